"""Shapes of libraries: llmcat's own Usage, LangChain, pydantic-ai and genai-prices, the Vercel AI SDK,
OpenAI's Codex. The Realtime API and LangChain share a key and stand in one row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmcat.pricing.counts import METER_OF, Usage
from llmcat.pricing.usage.openai import INPUT_PARTS, OUTPUT_PARTS, below
from llmcat.pricing.usage.shape import Shape

if TYPE_CHECKING:
    from llmcat.pricing.usage.reading import Reading

OWN = {name: METER_OF[name] for name in Usage._fields}

LANGCHAIN = {
    "input_tokens": "input",
    "output_tokens": "output",
    "total_tokens": "-",
    "type": "-",
    "service_tier": "@tier",
    **below("input_token_details", INPUT_PARTS),
    **below("output_token_details", OUTPUT_PARTS),
    "input_token_details/audio": "all_audio",
    "input_token_details/cache_read": "cache_read",
    "input_token_details/cache_creation": "written",
    "input_token_details/ephemeral_5m_input_tokens": "write_5m",
    "input_token_details/ephemeral_1h_input_tokens": "cache_write_1h",
    "input_token_details/text": "-",
    "input_token_details/image": "all_image",
    "input_token_details/video": "all_video",
    "input_token_details/flex": "~",
    "input_token_details/priority": "~",
    "input_token_details/flex_cache_read": "cache_read",
    "input_token_details/priority_cache_read": "cache_read",
    "output_token_details/audio": "output_audio",
    "output_token_details/image": "output_image",
    "output_token_details/text": "-",
    "output_token_details/reasoning": "reasoning",
    "output_token_details/flex": "~",
    "output_token_details/priority": "~",
    "output_token_details/flex_reasoning": "reasoning",
    "output_token_details/priority_reasoning": "reasoning",
}
PYDANTIC = {
    "input_tokens": "input",
    "output_tokens": "output",
    "cache_read_tokens": "cache_read",
    "cache_write_tokens": "written",
    "cache_write_5m_tokens": "write_5m",
    "cache_write_1h_tokens": "cache_write_1h",
    "input_audio_tokens": "all_audio",
    "cache_audio_read_tokens": "cache_read_audio",
    "input_image_tokens": "all_image",
    "cache_image_read_tokens": "cache_read_image",
    "input_video_tokens": "all_video",
    "cache_video_read_tokens": "cached_video",
    "output_audio_tokens": "output_audio",
    "output_image_tokens": "output_image",
    "output_video_tokens": "output_video",
    "output_reasoning_tokens": "reasoning",
    "input_text_tokens": "-",
    "output_text_tokens": "-",
    "input_tool_tokens": "-",
    "input_text_tool_tokens": "-",
    "cache_text_read_tokens": "-",
    "cache_text_write_tokens": "-",
    "web_searches": "web_search",
    "file_searches": "file_search",
    "requests": "request",
    "unmeasured_requests": "~",
    "audio_seconds": "second",
    "cost": "$",
    "tool_calls": "-",
    # what the provider counted, in its own words; the counts above are made from it
    "details/*": "-",
    "details/reasoning_tokens": "reasoning",
}
VERCEL_4 = {"promptTokens": "input", "completionTokens": "output", "totalTokens": "-"}
VERCEL_5 = {
    "inputTokens": "input",
    "outputTokens": "output",
    "totalTokens": "-",
    "cachedInputTokens": "cache_read",
    "reasoningTokens": "reasoning",
    "inputTokenDetails/noCacheTokens": "-",
    "inputTokenDetails/cacheReadTokens": "cache_read",
    "inputTokenDetails/cacheWriteTokens": "written",
    "outputTokenDetails/textTokens": "-",
    "outputTokenDetails/reasoningTokens": "reasoning",
    # what a provider of the SDK hands to it
    "inputTokens/total": "input",
    "inputTokens/noCache": "-",
    "inputTokens/cacheRead": "cache_read",
    "inputTokens/cacheWrite": "written",
    "outputTokens/total": "output",
    "outputTokens/text": "-",
    "outputTokens/reasoning": "reasoning",
    "raw": "-",
}
CODEX = {
    "input_tokens": "input",
    "cached_input_tokens": "cache_read",
    "cache_write_input_tokens": "written",
    "output_tokens": "output",
    "reasoning_output_tokens": "reasoning",
    "total_tokens": "-",
}


def _no_more_cached_than_input(reading: Reading, body: Mapping[str, Any]) -> None:
    """Codex counts more cached than read where a count began anew; ccusage caps it likewise."""
    counts = reading.counts
    counts["cache_read"] = min(counts.get("cache_read", 0), counts.get("input", 0))


def _cached_of_vercel_5(reading: Reading, body: Mapping[str, Any]) -> None:
    """Version 5 hands on Anthropic's inputTokens, which leave out the cached ones, and those of others,
    which hold them; version 6 has details, and holds them always."""
    cached = reading.counts.get("cache_read", 0)
    if not cached or body.get("inputTokenDetails") or isinstance(body.get("inputTokens"), Mapping):
        return
    if cached > reading.counts.get("input", 0):
        reading.move_to_whole("cache_read")
    else:
        reading.notes.append(
            "cachedInputTokens are taken for a part of inputTokens; version 5 of the AI SDK counts"
            " Anthropic's beside them"
        )


SHAPES = (
    Shape(
        "OpenAI Realtime, LangChain usage_metadata",
        LANGCHAIN,
        "openai RealtimeResponseUsage, UsageTokens of transcriptions; langchain-core UsageMetadata",
        any_of=("input_token_details", "output_token_details"),
        includes="input holds cached, written, audio, images, some of them cached; output reasoning",
    ),
    Shape(
        "Codex session logs",
        CODEX,
        "@openai/codex-sdk 0.163.0 Usage; token_count events of public rollouts",
        any_of=("cached_input_tokens", "reasoning_output_tokens"),
        includes="input holds cached; output holds reasoning",
        finish=_no_more_cached_than_input,
    ),
    Shape(
        "pydantic-ai, genai-prices",
        PYDANTIC,
        "pydantic-ai RequestUsage, RunUsage; genai-prices Usage",
        any_of=(
            "cache_read_tokens",
            "cache_write_tokens",
            "cache_audio_read_tokens",
            "output_reasoning_tokens",
            "input_text_tokens",
            "input_image_tokens",
            "input_audio_tokens",
            "output_audio_tokens",
            "web_searches",
            "file_searches",
            "details",
        ),
        includes="input holds cached and written; audio, image and video hold those from the cache",
    ),
    Shape(
        "Vercel AI SDK 4",
        VERCEL_4,
        "ai 4.3.19, generateText().usage",
        any_of=("promptTokens", "completionTokens"),
    ),
    Shape(
        "Vercel AI SDK 5 and 6",
        VERCEL_5,
        "ai 5.0.277 and 6.0.326, generateText().usage; LanguageModelV3Usage",
        any_of=("inputTokens", "outputTokens"),
        includes="input holds cached and written, unless it is smaller than they are; output holds"
        " reasoning",
        finish=_cached_of_vercel_5,
    ),
)
OWN_USAGE = (
    Shape(
        "llmcat Usage",
        OWN,
        "llmcat.usage.Usage",
        keys=Usage._fields,
        includes="input and output hold all parts",
    ),
    Shape(
        "llmcat Usage, as a dictionary",
        OWN,
        "Usage(…)._asdict() without zeros",
        any_of=(
            "cache_read_audio_tokens",
            "cache_read_image_tokens",
            "input_images",
            "output_characters",
            "cache_token_hours",
            "gb_days",
            "sessions",
            "queries",
            "pages",
        ),
        includes="input and output hold all parts",
    ),
)
