"""The names of capabilities and of tasks: one row each, and every spelling that is understood.

A newcomer adds a capability or a task here. A capability that is filtered often also gets a column in
catalog.db.template and a field in records.py; the others live in the JSON array alone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import TypedDict

    class CapabilityFlags(TypedDict, total=False):
        """The options of find() that are capabilities, by name and column; a test compares the two."""

        chat: bool | None
        streaming: bool | None
        function_calling: bool | None
        tools: bool | None
        parallel_function_calling: bool | None
        parallel_tools: bool | None
        tool_choice: bool | None
        streaming_tool_calls: bool | None
        strict_tools: bool | None
        structured_outputs: bool | None
        structured_output: bool | None
        strict_json: bool | None
        json_mode: bool | None
        reasoning: bool | None
        temperature: bool | None
        attachment: bool | None
        vision: bool | None
        audio_input: bool | None
        video_input: bool | None
        pdf_input: bool | None
        image_generation: bool | None
        audio_output: bool | None
        embeddings: bool | None
        prompt_caching: bool | None
        web_search: bool | None
        computer_use: bool | None
        code_execution: bool | None
        speech_synthesis: bool | None
        speech_recognition: bool | None
        video_generation: bool | None
        rerank: bool | None
        moderation: bool | None
        ocr: bool | None
        interleaved: bool | None
        context_caching: bool | None
        system_messages: bool | None
        assistants_api: bool | None
        fine_tuning: bool | None
        grounding: bool | None
        long_context: bool | None


class Capability(NamedTuple):
    """A capability: its canonical name, its column in `models` if it has one, other spellings."""

    name: str
    column: str | None = None
    aliases: tuple[str, ...] = ()


CAPABILITIES: tuple[Capability, ...] = (
    Capability("chat", "chat"),
    Capability(
        "streaming",
        "streaming",
        ("stream", "sse", "server_sent_events", "streaming_text", "native_streaming"),
    ),
    Capability(
        "function_calling",
        "tools",
        ("tools", "tool_use", "functions", "function_call", "tool_call"),
    ),
    Capability(
        "parallel_function_calling",
        "parallel_tools",
        ("parallel_tool_calls", "parallel_tools", "tools_parallel"),
    ),
    Capability("tool_choice", "tool_choice", ("tools_forced_choice",)),
    Capability("streaming_tool_calls", None, ("tools_streaming",)),
    Capability("strict_tools", None, ("tools_strict",)),
    Capability(
        "structured_outputs",
        "structured_output",
        (
            *("structured_output", "json_schema", "structured_data", "typed_outputs"),
            "response_schema",
        ),
    ),
    Capability("strict_json", None, ("json_strict",)),
    Capability("json_mode", "json_mode", ("json", "json_output", "json_native")),
    Capability("reasoning", "reasoning", ("chain_of_thought", "cot", "deep_thinking", "thinking")),
    Capability("temperature", "temperature"),
    Capability("attachment", "attachment"),
    Capability(
        "vision",
        "vision",
        ("image_input", "image_understanding", "visual_understanding", "multimodal"),
    ),
    Capability("audio_input", "audio_input", ("audio_understanding", "audio_analysis")),
    Capability("video_input", "video_input", ("video_understanding",)),
    Capability("pdf_input", "pdf_input"),
    Capability(
        "image_generation", "image_generation", ("images", "dalle", "image_gen", "text_to_image")
    ),
    Capability("audio_output", "audio_output"),
    Capability(
        "embeddings", "embeddings", ("embed", "embedding", "text_embedding", "vectorization")
    ),
    Capability("prompt_caching", "prompt_caching", ("prompt_cache",)),
    Capability("web_search", "web_search"),
    Capability(
        "computer_use",
        "computer_use",
        ("computer_interaction", "desktop_control", "screen_control"),
    ),
    Capability(
        "code_execution", "code_execution", ("code_exec", "code_runner", "code_interpreter")
    ),
    Capability("speech_synthesis", None, ("tts", "text_to_speech", "audio_generation")),
    Capability(
        "speech_recognition",
        None,
        ("whisper", "stt", "speech_to_text", "audio_transcription", "transcribe"),
    ),
    Capability("video_generation"),
    Capability("rerank", None, ("reranking", "reranker")),
    Capability("moderation", None, ("moderations", "content_moderation")),
    Capability("ocr", None, ("document_ocr",)),
    Capability("interleaved"),
    Capability("context_caching", None, ("context_cache",)),
    Capability("system_messages", None, ("system_prompt", "system_instruction")),
    Capability("assistants_api", None, ("assistants", "assistant_api")),
    Capability("fine_tuning", None, ("fine_tune", "finetuning")),
    Capability("grounding", None, ("web_grounding", "search_grounding", "rag")),
    Capability("long_context", None, ("extended_context", "large_context")),
)

CANONICAL: dict[str, str] = {
    spelling: capability.name
    for capability in CAPABILITIES
    for spelling in (capability.name, *capability.aliases)
}
"""Every known spelling -> canonical name."""

SAID_IN_FACTS: dict[tuple[str, str], str] = {
    ("function_calling", "streaming"): "streaming_tool_calls",
    ("function_calling", "strict"): "strict_tools",
    ("structured_outputs", "strict"): "strict_json",
}
"""Capability and a fact of it that is true or false -> the capability that this fact speaks of."""

MODALITY_OF: dict[str, tuple[str, str]] = {
    "vision": ("input", "image"),
    "audio_input": ("input", "audio"),
    "video_input": ("input", "video"),
    "pdf_input": ("input", "pdf"),
    "image_generation": ("output", "image"),
    "audio_output": ("output", "audio"),
    "video_generation": ("output", "video"),
    "embeddings": ("output", "embedding"),
}
"""Capability -> the side and the modality that it follows from. Where the modalities of that side are
known and this one is not among them, the capability is known to be missing."""

NEVER_RULED_OUT = ("embeddings",)
"""models.dev calls the output of embedding models "text": only the word itself says something."""

PROVIDER_WORDS: tuple[str, ...] = (
    *("agents", "audio", "batch_inference", "batch_operations", "batch_processing"),
    *("chat", "citation_metadata", "completions", "context_window_override", "converse"),
    *("converse_stream", "copy", "cost_tracking", "count_tokens", "custom_templates", "delete"),
    *("document_understanding", "dynamic_model_listing", "file_uploads", "files", "generate"),
    *("guardrails", "images", "invoke_model", "invoke_model_with_response_stream", "keep_alive"),
    *("knowledge_bases", "list", "logprobs", "messages", "model_evaluation", "model_management"),
    *("moderation", "multi_provider_models", "multi_turn_conversations", "multiple_images"),
    *("provisioned_throughput", "pull", "push", "rate_limiting_headers", "raw_mode", "responses"),
    *("response_format", "safety_settings", "seed_control", "show", "stop_sequences"),
    *("temperature_control", "usage_tracking", "vector_stores"),
)
"""Endpoints and features of providers' APIs, beside the capabilities, that llmcat knows."""

KNOWN_WORDS = frozenset((*CANONICAL, *PROVIDER_WORDS))
"""Every word that may name a feature of a provider."""

COLUMNS: dict[str, str] = {c.name: c.column for c in CAPABILITIES if c.column}
"""Canonical name -> its 0/1/NULL column in `models`."""


FLAG_PREFIX = "supports_"


def canonical(name: str) -> str:
    """The canonical name of a capability: case and dashes do not count.

    A name that is not in the table passes through in its folded form, so that it never vanishes.
    """
    if name in CANONICAL:
        return CANONICAL[name]
    if not isinstance(name, str):
        raise TypeError(f"the name of a capability or feature is text, not {name!r}")
    folded = name.strip().lower().replace("-", "_")
    if folded not in CANONICAL and folded.removeprefix(FLAG_PREFIX) in CANONICAL:
        folded = folded.removeprefix(FLAG_PREFIX)  # LiteLLM's and chuk-llm's supports_vision
    return CANONICAL.get(folded, folded)


def implied_by_modalities(
    takes: Collection[str] | None, gives: Collection[str] | None
) -> dict[str, bool]:
    """Capability -> whether a model has it, as far as what it takes and gives tells (None: unknown)."""
    implied = {}
    for name, (side, modality) in MODALITY_OF.items():
        known = takes if side == "input" else gives
        if known is not None and (modality in known or name not in NEVER_RULED_OUT):
            implied[name] = modality in known
    return implied


class Task(NamedTuple):
    """A task: its name, the capability that a model for it has, and other spellings.

    `converses` says whether a model for it takes a conversation (None: it may), `gives` is the modality
    of which a model that gives nothing else is for this task, `endpoints` are the ends of the paths
    of APIs under which it is called.
    """

    name: str
    capability: str | None = None
    converses: bool | None = None
    gives: str | None = None
    endpoints: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()


TASKS: tuple[Task, ...] = (
    Task(
        "chat",
        "chat",
        converses=True,
        endpoints=("chat/completions", "responses", "messages", "converse", "chat"),
        aliases=("responses", "chat_completion", "chat_completions", "conversation", "messages"),
    ),
    Task(
        "completion",
        endpoints=("completions",),
        aliases=("completions", "text_completion", "text_completions", "fim"),
    ),
    Task(
        "embedding",
        "embeddings",
        converses=False,
        gives="embedding",
        endpoints=("embeddings", "embed"),
        aliases=("embeddings", "embed", "text_embedding", "vectorization", "feature_extraction"),
    ),
    Task(
        "rerank",
        "rerank",
        converses=False,
        endpoints=("rerank",),
        aliases=("reranking", "reranker", "text_ranking"),
    ),
    Task(
        "transcription",
        "speech_recognition",
        converses=False,
        endpoints=("audio/transcriptions",),
        aliases=(
            *("audio_transcription", "transcriptions", "transcribe", "stt", "asr"),
            *("speech_to_text", "speech_recognition", "automatic_speech_recognition"),
        ),
    ),
    Task(
        "speech",
        "speech_synthesis",
        endpoints=("audio/speech",),
        aliases=("audio_speech", "tts", "text_to_speech", "speech_synthesis"),
    ),
    Task(
        "image",
        "image_generation",
        gives="image",
        endpoints=("images/generations", "images/edits"),
        aliases=(
            *("image_generation", "image_gen", "image_edit", "image_editing", "images"),
            *("text_to_image", "image_to_image", "dalle"),
        ),
    ),
    Task(
        "video",
        "video_generation",
        gives="video",
        endpoints=("videos", "videos/generations"),
        aliases=("video_generation", "videos", "text_to_video", "image_to_video"),
    ),
    Task(
        "moderation",
        "moderation",
        converses=False,
        endpoints=("moderations",),
        aliases=("moderations", "content_moderation"),
    ),
    Task("ocr", "ocr", endpoints=("ocr",), aliases=("document_ocr",)),
    Task("realtime", endpoints=("realtime",), aliases=("live", "speech_to_speech")),
    Task("search", aliases=("web_search",)),
)

CANONICAL_TASKS: dict[str, str] = {
    spelling: task.name for task in TASKS for spelling in (task.name, *task.aliases)
}
"""Every known spelling -> canonical name."""

TASK_GIVING: dict[str, str] = {task.gives: task.name for task in TASKS if task.gives}
"""The only modality that a model gives -> what it is for."""

TASK_AT: dict[str, str] = {end: task.name for task in TASKS for end in task.endpoints}
"""The end of an API's path -> what is called there."""


def canonical_task(name: str) -> str:
    """The canonical name of a task: case, blanks and dashes do not count.

    A name that is not in the table passes through in its folded form, so that it never vanishes.
    """
    folded = name.strip().lower().replace("-", "_").replace(" ", "_")
    return CANONICAL_TASKS.get(folded, folded)


def task_of_endpoints(endpoints: Iterable[str]) -> str | None:
    """What is called at these paths (`/v1/audio/speech`), where all that are known say the same; a
    model that answers in a conversation is for chat, whatever other doors it has."""
    tasks = {task for path in endpoints if (task := _at(path))}
    if "chat" in tasks:
        return "chat"
    return tasks.pop() if len(tasks) == 1 else None


def _at(path: str) -> str | None:
    """The longest known end of a path decides: chat/completions is no completions."""
    parts = path.strip("/").split("/")
    ends = ["/".join(parts[-length:]) for length in (2, 1)]
    return next((TASK_AT[end] for end in ends if end in TASK_AT), None)


def implied_by_task(task: str | None, calls_functions: bool) -> dict[str, bool]:
    """Capability -> whether a model for this task has it, as far as the task tells. A model that calls
    functions takes a conversation, whatever it is called for."""
    implied = dict(IMPLIED_BY_TASK.get(task, {})) if task else {}
    return {**implied, "chat": True} if calls_functions else implied


IMPLIED_BY_TASK: dict[str, dict[str, bool]] = {
    task.name: {
        **({} if task.capability is None else {task.capability: True}),
        **({} if task.converses is None else {"chat": task.converses}),
    }
    for task in TASKS
}
"""Task -> the capabilities that it implies."""
