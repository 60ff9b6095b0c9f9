"""OpenAI's shapes: Chat Completions, which most gateways copy, Responses, Realtime, images, speech, and
the organization's usage API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmcat.pricing.usage.shape import Shape

if TYPE_CHECKING:
    from llmcat.pricing.usage.reading import Reading

SERVED = {"service_tier": "@tier", "speed": "@speed", "inference_geo": "@geo", "batch": "@batch"}

MONEY = {
    "cost": "$",
    "cost/total_cost": "$",
    "cost/*": "-",
    "cost_details": "-",
    "cost_in_usd_ticks": "$ticks",
    "is_byok": "-",
    "pydantic_ai_gateway": "-",
}
"""OpenRouter, Perplexity, xAI and gateways name what they charge."""

TOOLS = {
    "server_tool_use/web_search_requests": "web_search",
    "server_tool_use/web_fetch_requests": "-",
    "server_tool_use/tool_search_requests": "-",
    "server_tool_use_details/web_search_requests": "web_search",
    "server_tool_use_details/tool_calls_requested": "-",
    "num_search_queries": "web_search",
    "search_context_size": "@size",
}

INPUT_PARTS = {
    "cached_tokens": "cache_read",
    "cache_write_tokens": "written",
    "cache_write_tokens_details/ttl_30m_tokens": "-",
    "cache_write_tokens_details/ttl_12h_tokens": "~",
    "text_tokens": "-",
    "audio_tokens": "all_audio",
    "image_tokens": "all_image",
    "video_tokens": "all_video",
    "cached_tokens_details/text_tokens": "-",
    "cached_tokens_details/audio_tokens": "cache_read_audio",
    "cached_tokens_details/image_tokens": "cache_read_image",
}
OUTPUT_PARTS = {
    "reasoning_tokens": "reasoning",
    "audio_tokens": "output_audio",
    "image_tokens": "output_image",
    "video_tokens": "output_video",
    "text_tokens": "-",
    "thinking_tokens": "reasoning",
    "accepted_prediction_tokens": "-",
    "rejected_prediction_tokens": "-",
}


def below(key: str, rules: Mapping[str, str]) -> dict[str, str]:
    """The rules, each path under `key`."""
    return {f"{key}/{path}": word for path, word in rules.items()}


CHAT = {
    "prompt_tokens": "input",
    "completion_tokens": "output",
    "total_tokens": "total",
    **below("prompt_tokens_details", INPUT_PARTS),
    **below("completion_tokens_details", OUTPUT_PARTS),
    # LiteLLM
    "prompt_tokens_details/cache_creation_tokens": "written",
    "prompt_tokens_details/cache_creation_token_details/ephemeral_5m_input_tokens": "write_5m",
    "prompt_tokens_details/cache_creation_token_details/ephemeral_1h_input_tokens": "cache_write_1h",
    "prompt_tokens_details/web_search_requests": "web_search",
    "prompt_tokens_details/character_count": "character",
    "prompt_tokens_details/image_count": "image_input",
    "prompt_tokens_details/video_length_seconds": "second",
    "prompt_tokens_details/audio_length_seconds": "second",
    "prompt_tokens_details/query_count": "query",
    "prompt_tokens_details/google_maps_grounding_requests": "maps_search",
    "prompt_tokens_details/tool_use_tokens": "-",
    "prompt_tokens_details/initial_prompt_tokens": "-",
    "cache_creation_input_tokens": "written",
    "cache_read_input_tokens": "cache_read",
    "cache_creation/ephemeral_5m_input_tokens": "write_5m",
    "cache_creation/ephemeral_1h_input_tokens": "cache_write_1h",
    # Qwen, where a prompt is written to the cache on request
    "prompt_tokens_details/cache_creation_input_tokens": "written",
    "prompt_tokens_details/cache_creation/ephemeral_5m_input_tokens": "write_5m",
    "prompt_tokens_details/cache_type": "-",
    # Moonshot, Mistral, DeepSeek, at the top
    "cached_tokens": "cache_read",
    "num_cached_tokens": "cache_read",
    "prompt_audio_seconds": "second",
    "prompt_cache_hit_tokens": "cache_read",
    "prompt_cache_miss_tokens": "-",
    # Perplexity, where reasoning and citations are no part of the two counts
    "reasoning_tokens": "reasoning",
    "citation_tokens": "+citation",
    # Groq measures
    "queue_time": "-",
    "prompt_time": "-",
    "completion_time": "-",
    "total_time": "-",
    **MONEY,
    **TOOLS,
    **SERVED,
}

RESPONSES_RULES = {
    "input_tokens": "input",
    "output_tokens": "output",
    "total_tokens": "total",
    **below("input_tokens_details", INPUT_PARTS),
    **below("output_tokens_details", OUTPUT_PARTS),
    "type": "-",
    # the Agents SDK adds up several requests
    "requests": "request",
    "request_usage_entries": "-",
    "seconds": "second",
    # xAI: what of it filled the context of the last step
    "context_details": "-",
    "num_server_side_tools_used": "-",
    "server_side_tool_usage_details/web_search_calls": "web_search",
    "server_side_tool_usage_details/code_interpreter_calls": "session",
    "server_side_tool_usage_details/file_search_calls": "file_search",
    **MONEY,
    **TOOLS,
    **SERVED,
}

ORGANIZATION = {
    "input_tokens": "input",
    "output_tokens": "output",
    "input_cached_tokens": "cache_read",
    "input_uncached_tokens": "-",
    "input_text_tokens": "-",
    "output_text_tokens": "-",
    "input_cached_text_tokens": "-",
    "input_cache_write_tokens": "written",
    "input_cache_write_30m_tokens": "-",
    "input_cache_write_12h_tokens": "~",
    "input_audio_tokens": "all_audio",
    "input_cached_audio_tokens": "cache_read_audio",
    "output_audio_tokens": "output_audio",
    "input_image_tokens": "all_image",
    "input_cached_image_tokens": "cache_read_image",
    "output_image_tokens": "output_image",
    "num_model_requests": "request",
    "images": "image",
    "characters": "character",
    "seconds": "second",
    "num_sessions": "session",
    "num_requests": "searches",
    **SERVED,
}


def _chat(reading: Reading, body: Mapping[str, Any]) -> None:
    """Reasoning that was counted apart: by xAI and Perplexity beside it, by Gemini in the total alone."""
    counts = reading.counts
    total, reasoning = counts.get("total", 0), counts.get("reasoning", 0)
    if "output" not in counts and not reasoning:
        return  # an embedding has no output
    output = counts.get("output", 0)
    plain = counts.get("input", 0) - counts.get("citation", 0) + output
    if reasoning and (reasoning > output or plain + reasoning == total):
        reading.move_to_whole("reasoning")
        plain += reasoning
    if total > plain and "second" in counts:  # Mistral: the audio, which is paid by the second
        counts.pop("total")
    elif total > plain and "citation" not in counts:
        thoughts = total - plain
        reading.add("output", thoughts)
        reading.notes.append(
            f"total_tokens count {thoughts:,} more than input and output: billed as output"
        )


def _searches_by_kind(reading: Reading, body: Mapping[str, Any]) -> None:
    """The usage API counts searches of files and of the web alike, in results of another name."""
    searches = reading.counts.pop("searches", 0)
    if searches:
        meter = "web_search" if "web_search" in str(body.get("object")) else "file_search"
        reading.add(meter, searches)
        reading.keys[meter] = "num_requests"


CHAT_COMPLETIONS = (
    Shape(
        "OpenAI Chat Completions",
        CHAT,
        "openai CompletionUsage; litellm Usage; OpenRouter, Groq, Mistral, DeepSeek, Moonshot, Qwen,"
        " Perplexity recorded answers",
        any_of=("prompt_tokens", "completion_tokens"),
        includes="input holds cached, written, audio; output holds reasoning, unless total_tokens or"
        " its size say that it was counted apart; what only total_tokens count is output",
        finish=_chat,
    ),
)
USAGE_API = (
    Shape(
        "OpenAI usage API",
        ORGANIZATION,
        "openai api reference: UsageCompletionsResult and its siblings",
        any_of=("num_model_requests", "input_cached_tokens", "num_sessions", "num_requests"),
        includes="input holds cached, written, audio and images, some of them cached",
        finish=_searches_by_kind,
    ),
)
RESPONSES = (
    Shape(
        "OpenAI Responses, images",
        RESPONSES_RULES,
        "openai ResponseUsage, ImagesResponse.Usage; xAI and OpenRouter recorded answers",
        any_of=("input_tokens", "output_tokens"),
        includes="input holds cached, written, images, audio; output holds reasoning",
    ),
    Shape(
        "OpenAI speech by duration",
        {"type": "-", "seconds": "second", "duration": "second"},
        "openai UsageDuration of transcriptions",
        any_of=("seconds", "duration"),
        includes="seconds of audio",
    ),
)
