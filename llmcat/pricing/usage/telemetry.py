"""Shapes of traces: OpenTelemetry's gen_ai.usage.* attributes, as OpenLLMetry and OpenInference write
them too, and Langfuse's usage_details."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmcat.pricing.usage.shape import Shape

if TYPE_CHECKING:
    from llmcat.pricing.usage.reading import Reading

OTEL = {
    "gen_ai.usage.input_tokens": "input",
    "gen_ai.usage.output_tokens": "output",
    "gen_ai.usage.cache_read.input_tokens": "cache_read",
    "gen_ai.usage.cache_creation.input_tokens": "written",
    "gen_ai.usage.reasoning.output_tokens": "reasoning",
    # the names of earlier versions, and those of OpenLLMetry
    "gen_ai.usage.prompt_tokens": "input",
    "gen_ai.usage.completion_tokens": "output",
    "gen_ai.usage.total_tokens": "-",
    "llm.usage.total_tokens": "-",
    "gen_ai.usage.cache_read_input_tokens": "cache_read",
    "gen_ai.usage.cache_creation_input_tokens": "written",
    "gen_ai.usage.reasoning_tokens": "reasoning",
    "gen_ai.usage.details.cache_read_tokens": "cache_read",
    "gen_ai.usage.details.cache_write_tokens": "written",
    "gen_ai.usage.details.reasoning_tokens": "reasoning",
    "gen_ai.usage.cost": "$",
    "gen_ai.usage.cost_in_usd_ticks": "$ticks",
}
OPENINFERENCE = {
    "llm.token_count.prompt": "input",
    "llm.token_count.completion": "output",
    "llm.token_count.total": "-",
    "llm.token_count.prompt_details.cache_read": "cache_read",
    "llm.token_count.prompt_details.cache_input": "cache_read",
    "llm.token_count.prompt_details.cache_write": "written",
    "llm.token_count.prompt_details.audio": "all_audio",
    "llm.token_count.completion_details.reasoning": "reasoning",
    "llm.token_count.completion_details.audio": "output_audio",
    "llm.cost.total": "$",
    **{
        f"llm.cost.{part}": "-"
        for part in (
            "prompt",
            "completion",
            "prompt_details.input",
            "prompt_details.cache_read",
            "prompt_details.cache_input",
            "prompt_details.cache_write",
            "prompt_details.audio",
            "completion_details.output",
            "completion_details.reasoning",
            "completion_details.audio",
        )
    },
}
USAGE_DETAILS = {
    "input": "input",
    "output": "output",
    "total": "total",
    "unit": "-",
    "input_cached_tokens": "cache_read",
    "input_cache_read": "cache_read",
    "cache_read_input_tokens": "cache_read",
    "input_cache_creation": "written",
    "cache_creation_input_tokens": "written",
    "input_cache_creation_5m": "write_5m",
    "input_cache_creation_1h": "cache_write_1h",
    "input_audio_tokens": "input_audio",
    "input_audio": "input_audio",
    "input_image_tokens": "input_image",
    "input_image": "input_image",
    "input_video": "input_video",
    "input_text_tokens": "+input",
    "input_text": "+input",
    "output_reasoning_tokens": "reasoning",
    "output_reasoning": "reasoning",
    "output_audio_tokens": "output_audio",
    "output_audio": "output_audio",
    "output_image_tokens": "output_image",
    "output_image": "output_image",
    "output_text_tokens": "+output",
    "output_text": "+output",
    "input_priority": "~",
    "output_priority": "~",
    # its handlers of LangChain pass on what these call otherwise
    "cache_creation_ephemeral_5m_input_tokens": "write_5m",
    "cache_creation_ephemeral_1h_input_tokens": "cache_write_1h",
    "input_ephemeral_5m_input_tokens": "write_5m",
    "input_ephemeral_1h_input_tokens": "cache_write_1h",
    "cached_content_token_count": "cache_read",
    "thoughts_token_count": "reasoning",
    "tool_use_prompt_token_count": "+input",
    "input_modality_TEXT": "+input",
    "input_modality_AUDIO": "input_audio",
    "input_modality_IMAGE": "input_image",
    "input_modality_VIDEO": "input_video",
    "output_modality_TEXT": "+output",
    "output_modality_AUDIO": "output_audio",
    "output_modality_IMAGE": "output_image",
    "cached_modality_TEXT": "-",
    "cached_modality_AUDIO": "cache_read_audio",
    "cached_modality_IMAGE": "cache_read_image",
}
INPUT_PARTS = (
    "cache_read",
    "cache_write",
    "cache_write_1h",
    "input_audio",
    "input_image",
    "input_video",
)
OUTPUT_PARTS = ("reasoning", "output_audio", "output_image")


def _as_the_total_says(reading: Reading, body: Mapping[str, Any]) -> None:
    """Langfuse takes the parts off their whole before it stores them; what it is handed may have them
    within. The total says which parts are counted beside the two wholes; without one, all are."""
    counts = reading.counts
    wholes = sum(counts.get(word, 0) for word in ("input", "output", "+input", "+output"))
    beside: tuple[str, ...] = (*INPUT_PARTS, *OUTPUT_PARTS)
    for parts in (beside, (), OUTPUT_PARTS, INPUT_PARTS):
        if counts.get("total") == wholes + sum(counts.get(part, 0) for part in parts):
            beside = parts
            break
    for part in beside:
        if counts.get(part):
            reading.move_to_whole(part)


def _cached_within(reading: Reading, body: Mapping[str, Any]) -> None:
    """Some instrumentations pass on Anthropic's input_tokens, which leave out the cached ones."""
    counts = reading.counts
    cached = [part for part in ("cache_read", "cache_write") if counts.get(part)]
    if sum(counts[part] for part in cached) > counts.get("input", 0):
        for part in cached:
            reading.move_to_whole(part)
    if counts.get("reasoning", 0) > counts.get("output", 0):
        reading.move_to_whole("reasoning")


SPANS = (
    Shape(
        "OpenTelemetry gen_ai",
        OTEL,
        "OpenTelemetry semantic conventions, attributes of gen_ai spans; OpenLLMetry",
        any_of=tuple([key for key in OTEL if key.endswith("put_tokens") or "pt_tokens" in key]),
        includes="input holds cached and written, unless it is smaller than they are; output holds"
        " reasoning likewise",
        finish=_cached_within,
    ),
    Shape(
        "OpenInference",
        OPENINFERENCE,
        "openinference-instrumentation 0.1.72, openinference-instrumentation-openai 0.1.66",
        any_of=("llm.token_count.prompt", "llm.token_count.completion"),
        includes="input holds cached and written, unless it is smaller than they are; output holds"
        " reasoning likewise",
        finish=_cached_within,
    ),
)
LANGFUSE = (
    Shape(
        "Langfuse usage_details",
        USAGE_DETAILS,
        "langfuse 5.0.4, handlers of LangChain and OpenAI",
        any_of=("input", "output"),
        includes="parts stand beside, unless the total is that of input and output without them",
        finish=_as_the_total_says,
    ),
)
