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
}
OPENINFERENCE = {
    "llm.token_count.prompt": "input",
    "llm.token_count.completion": "output",
    "llm.token_count.total": "-",
    "llm.token_count.prompt_details.cache_read": "cache_read",
    "llm.token_count.prompt_details.cache_write": "written",
    "llm.token_count.prompt_details.audio": "all_audio",
    "llm.token_count.completion_details.reasoning": "reasoning",
    "llm.token_count.completion_details.audio": "output_audio",
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
    "output_reasoning_tokens": "reasoning",
    "output_reasoning": "reasoning",
    "output_audio_tokens": "output_audio",
    "output_audio": "output_audio",
}
LANGFUSE_PARTS = (
    "cache_read",
    "cache_write",
    "cache_write_1h",
    "input_audio",
    "input_image",
    "reasoning",
    "output_audio",
)


def _apart_unless_the_total_says(reading: Reading, body: Mapping[str, Any]) -> None:
    """Langfuse takes the parts off the whole before it stores them, and adds all up to the total."""
    counts = reading.counts
    total = counts.get("total")
    parts = [part for part in LANGFUSE_PARTS if counts.get(part)]
    if parts and total == counts.get("input", 0) + counts.get("output", 0):
        return
    for part in parts:
        reading.move_to_whole(part)


SPANS = (
    Shape(
        "OpenTelemetry gen_ai",
        OTEL,
        "OpenTelemetry semantic conventions, attributes of gen_ai spans; OpenLLMetry",
        any_of=tuple([key for key in OTEL if key.endswith("put_tokens") or "pt_tokens" in key]),
        includes="input holds cached and written; output holds reasoning",
    ),
    Shape(
        "OpenInference",
        OPENINFERENCE,
        "OpenInference semantic conventions",
        any_of=("llm.token_count.prompt", "llm.token_count.completion"),
        includes="input holds cached and written; output holds reasoning",
        verified=False,
    ),
)
LANGFUSE = (
    Shape(
        "Langfuse usage_details",
        USAGE_DETAILS,
        "Langfuse documentation of usage_details",
        any_of=("input", "output"),
        includes="parts stand beside, unless total is input and output alone",
        finish=_apart_unless_the_total_says,
        verified=False,
    ),
)
