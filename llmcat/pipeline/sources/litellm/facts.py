"""What an entry of LiteLLM's map says beside prices: limits, capabilities, lifecycle, links."""

from __future__ import annotations

from typing import Any

from llmcat.pipeline.entries import Facts
from llmcat.pipeline.sources.litellm.names import name_of

SUPPORTS = {
    "supports_function_calling": "function_calling",
    "supports_parallel_function_calling": "parallel_function_calling",
    "supports_tool_choice": "tool_choice",
    "supports_response_schema": "structured_outputs",
    "supports_native_structured_output": "native_structured_outputs",
    "supports_reasoning": "reasoning",
    "supports_vision": "vision",
    "supports_image_input": "vision",
    "supports_audio_input": "audio_input",
    "supports_video_input": "video_input",
    "supports_pdf_input": "pdf_input",
    "supports_audio_output": "audio_output",
    "supports_prompt_caching": "prompt_caching",
    "supports_web_search": "web_search",
    "supports_computer_use": "computer_use",
    "supports_system_messages": "system_messages",
    "supports_assistant_prefill": "assistant_prefill",
    "supports_native_streaming": "streaming",
    "supports_url_context": "url_context",
    "supports_tool_search": "tool_search",
}
"""Flag of an entry -> canonical capability. Absent is unknown: LiteLLM nearly never says false."""

EFFORT = "_reasoning_effort"
"""supports_xhigh_reasoning_effort and its siblings: a level of effort each."""

LINKS = {"source": "pricing", "deprecation_source": "deprecation"}
"""Key -> what the page is about."""

RATE_LIMITS = ("rpm", "tpm")

SAME_MEANING = {
    "mode": "task",
    "output_vector_size": "dimensions",
}


def other_facts(entry: dict[str, Any]) -> Facts:
    """Take what is no price out of `entry`; what has no place in the facts is left in it."""
    if entry.get("mode") == "chat" and entry.get("max_output_tokens") == 0:
        del entry["mode"]  # a filler: what gives no token answers nobody
    facts: Facts = {name: entry.pop(key) for key, name in SAME_MEANING.items() if key in entry}
    _limits(entry, facts)
    _modalities(entry, facts)
    if capabilities := _capabilities(entry):
        facts["capabilities"] = capabilities
    _lifecycle(entry, facts)
    if links := {name: entry.pop(key) for key, name in LINKS.items() if key in entry}:
        facts["links"] = links
    if "supported_endpoints" in entry:
        facts["serving"] = {"endpoints": entry.pop("supported_endpoints")}
    if limits := {key: entry.pop(key) for key in RATE_LIMITS if key in entry}:
        entry["rate_limits"] = limits
    return facts


def _limits(entry: dict[str, Any], facts: Facts) -> None:
    """max_input_tokens is the context window in nine cases of ten, max_output_tokens the longest
    output; 0 is unknown."""
    limit = {}
    for key, name in (("max_input_tokens", "context"), ("max_output_tokens", "output")):
        if entry.get(key):
            limit[name] = entry.pop(key)
    if limit:
        facts["limit"] = limit


def _modalities(entry: dict[str, Any], facts: Facts) -> None:
    sides = {"supported_modalities": "input", "supported_output_modalities": "output"}
    found = {side: entry.pop(key) for key, side in sides.items() if entry.get(key)}
    if found:
        facts["modalities"] = found


def _capabilities(entry: dict[str, Any]) -> Facts:
    capabilities: Facts = {}
    for key, name in SUPPORTS.items():
        if isinstance(entry.get(key), bool):
            capabilities[name] = capabilities.get(name, False) or entry.pop(key)
    if "prompt_cache_min_tokens" in entry:
        caching = {"min_tokens": entry.pop("prompt_cache_min_tokens")}
        if "prompt_caching" in capabilities:
            caching["supported"] = capabilities["prompt_caching"]
        capabilities["prompt_caching"] = caching
    efforts = [key for key in entry if key.startswith("supports_") and key.endswith(EFFORT)]
    levels = [key.removeprefix("supports_").removesuffix(EFFORT) for key in efforts if entry[key]]
    for key in efforts:
        del entry[key]
    listed = entry.pop("reasoning_effort_levels", None)
    if listed or levels:
        reasoning = {"effort_levels": listed or levels}
        if "reasoning" in capabilities:
            reasoning["supported"] = capabilities["reasoning"]
        capabilities["reasoning"] = reasoning
    return capabilities


def _lifecycle(entry: dict[str, Any], facts: Facts) -> None:
    """`deprecation_date` is the day of the shutdown. Without a source it contradicts its siblings too
    often to be taken for a fact: it stays in extra."""
    if "deprecation_date" in entry and "deprecation_source" in entry:
        facts["retires_on"] = entry.pop("deprecation_date")
    successor = entry.pop("successor_model", None)
    if isinstance(successor, str) and successor:
        name = name_of(successor, str(entry.get("litellm_provider", "")))
        facts["replacement"] = name.id if name else successor
