"""The names of capabilities: one row each, and every spelling that is understood.

A newcomer adds a capability here. One that is filtered often also gets a column in
catalog.db.template and a field in records.py; the others live in the JSON array alone.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple


class Capability(NamedTuple):
    """A capability: its canonical name, its column in `models` if it has one, other spellings."""

    name: str
    column: str | None = None
    aliases: tuple[str, ...] = ()


CAPABILITIES: tuple[Capability, ...] = (
    Capability("chat", "chat"),
    Capability("streaming", "streaming", ("stream", "sse", "server_sent_events")),
    Capability(
        "function_calling",
        "tools",
        ("tools", "tool_use", "functions", "function_call", "tool_call"),
    ),
    Capability(
        "parallel_function_calling", "parallel_tools", ("parallel_tool_calls", "parallel_tools")
    ),
    Capability("tool_choice", "tool_choice"),
    Capability(
        "structured_outputs",
        "structured_output",
        ("structured_output", "json_schema", "structured_data", "typed_outputs"),
    ),
    Capability("json_mode", "json_mode", ("json", "json_output")),
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

COLUMNS: dict[str, str] = {c.name: c.column for c in CAPABILITIES if c.column}
"""Canonical name -> its 0/1/NULL column in `models`."""


def canonical(name: str) -> str:
    """The canonical name of a capability: case and dashes do not count.

    A name that is not in the table passes through in its folded form, so that it never vanishes.
    """
    if name in CANONICAL:
        return CANONICAL[name]
    folded = name.strip().lower().replace("-", "_")
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
