"""Token counts: Usage, and read_usage(), which reads them from what an API answered.

APIs count differently; Usage counts one way, the way that cost() takes: input_tokens hold the cached,
written and audio ones, output_tokens the reasoning and audio ones, and no token is in two of those.

| shape | told by | what is added or taken off |
|---|---|---|
| OpenAI chat completions, and what copies it | `prompt_tokens` | reasoning, where it was counted apart |
| Gemini | `promptTokenCount`, `candidatesTokenCount` | thoughts to the output, tool results to the input |
| Anthropic | `cache_read_input_tokens`, `cache_creation_input_tokens` or `cache_creation` | cache to the input |
| OpenAI Responses and Realtime | `input_tokens` and none of Anthropic's keys | nothing |

Anthropic and Responses both say input_tokens, and only Anthropic leaves the cached ones out of it, so
Anthropic's keys decide. A bare {input_tokens, output_tokens} means the same in both.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from llmcat.errors import UsageError
from llmcat.meters import INPUT_METERS, OUTPUT_METERS


class Usage(NamedTuple):
    """The tokens of one call, in the order in which cost() takes them."""

    input_tokens: int = 0
    """The whole prompt: plain, cached, written to the cache, audio."""
    output_tokens: int = 0
    """The whole answer: text, reasoning, audio."""
    cache_read_tokens: int = 0
    """Of the prompt: read from the cache, audio included."""
    cache_write_tokens: int = 0
    """Of the prompt: written to the cache for the usual time."""
    input_audio_tokens: int = 0
    """Of the prompt: audio that did not come from the cache."""
    output_audio_tokens: int = 0
    """Of the answer: audio."""
    reasoning_tokens: int = 0
    """Of the answer: reasoning."""
    cache_write_1h_tokens: int = 0
    """Of the prompt: written to the cache for an hour; not among cache_write_tokens."""


MOST_TOKENS = 2**63 - 1
PARTS = {
    f"{whole}_tokens": tuple([n for n in map("{}_tokens".format, parts) if n in Usage._fields])
    for whole, *parts in (INPUT_METERS, OUTPUT_METERS)
}
"""Count -> the counts that it includes."""

ANTHROPIC_KEYS = ("cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation")
"""Keys that no other API puts beside input_tokens."""

GEMINI_KEYS = (
    "promptTokenCount",
    "prompt_token_count",
    "candidatesTokenCount",
    "candidates_token_count",
)

USUAL_TIERS = ("standard", "default", "auto", "")
"""Service tiers at the standard prices."""

WRAPPERS = ("usage", "usageMetadata", "usage_metadata")
"""Where whole answers keep their usage; only named to say so."""


def read_usage(usage: Mapping[str, Any] | object) -> Usage:
    """The token counts in `usage`, the usage part of an API's answer: a mapping or an SDK's object.

    None and absent counts are 0. Raises UsageError for an unknown shape and for counts that are not
    whole numbers from 0 up.
    """
    for keys, read in SHAPES:
        if any(_has(usage, key) for key in keys):
            return read(usage)
    for wrapper in WRAPPERS:
        if _has(usage, wrapper):
            raise UsageError(f"this is a whole answer, not its usage; pass its {wrapper!r}")
    seen = ", ".join(map(repr, usage)) if isinstance(usage, Mapping) else type(usage).__name__
    raise UsageError(
        f"no usage of a known shape ({seen[:200] or 'empty'}); give the usage of an answer from"
        " OpenAI, Anthropic or Gemini, or count yourself with Usage(input_tokens=…)"
    )


def served_as(usage: Mapping[str, Any] | object) -> str:
    """The mode of prices that the usage names: Anthropic says `service_tier` "batch" or "priority"."""
    tier = _get(usage, "service_tier")
    return tier if isinstance(tier, str) and tier not in USUAL_TIERS else "standard"


def _chat_completions(usage: object) -> Usage:
    details = _get(usage, "prompt_tokens_details")
    answer = _get(usage, "completion_tokens_details")
    prompt = _count(usage, "prompt_tokens")
    # DeepSeek says the cached ones at the top, OpenRouter and LiteLLM add the written ones
    cached = _count(details, "cached_tokens") or _count(usage, "prompt_cache_hit_tokens")
    written = _count(details, "cache_write_tokens") or _count(usage, "cache_creation_input_tokens")
    output = _count(usage, "completion_tokens")
    reasoning = _count(answer, "reasoning_tokens")
    # xAI leaves the reasoning out of completion_tokens; its total_tokens give it away
    counted_apart = prompt + output + reasoning == _count(usage, "total_tokens")
    return Usage(
        input_tokens=prompt,
        output_tokens=output + reasoning if counted_apart or reasoning > output else output,
        cache_read_tokens=cached,
        cache_write_tokens=written,
        input_audio_tokens=_uncached_audio(details, prompt, cached + written),
        output_audio_tokens=_count(answer, "audio_tokens"),
        reasoning_tokens=reasoning,
    )


def _responses(usage: object) -> Usage:
    # the Realtime API says token where Responses says tokens
    details = _get(usage, "input_tokens_details", "input_token_details")
    answer = _get(usage, "output_tokens_details", "output_token_details")
    prompt = _count(usage, "input_tokens")
    cached = _count(details, "cached_tokens")
    return Usage(
        input_tokens=prompt,
        output_tokens=_count(usage, "output_tokens"),
        cache_read_tokens=cached,
        input_audio_tokens=_uncached_audio(details, prompt, cached),
        output_audio_tokens=_count(answer, "audio_tokens"),
        reasoning_tokens=_count(answer, "reasoning_tokens"),
    )


def _anthropic(usage: object) -> Usage:
    creation = _get(usage, "cache_creation")
    for_an_hour = _count(creation, "ephemeral_1h_input_tokens")
    for_minutes = _count(creation, "ephemeral_5m_input_tokens")
    # the parts, where they are said, add up to the whole
    written = max(_count(usage, "cache_creation_input_tokens"), for_an_hour + for_minutes)
    cached = _count(usage, "cache_read_input_tokens")
    return Usage(
        input_tokens=_count(usage, "input_tokens") + cached + written,
        output_tokens=_count(usage, "output_tokens"),
        cache_read_tokens=cached,
        cache_write_tokens=written - for_an_hour,
        cache_write_1h_tokens=for_an_hour,
    )


def _gemini(usage: object) -> Usage:
    audio = _audio(usage, "promptTokensDetails", "prompt_tokens_details") + _audio(
        usage, "toolUsePromptTokensDetails", "tool_use_prompt_tokens_details"
    )
    cached_audio = _audio(usage, "cacheTokensDetails", "cache_tokens_details")
    thoughts = _count(usage, "thoughtsTokenCount", "thoughts_token_count")
    return Usage(
        input_tokens=_count(usage, "promptTokenCount", "prompt_token_count")
        + _count(usage, "toolUsePromptTokenCount", "tool_use_prompt_token_count"),
        output_tokens=_count(usage, "candidatesTokenCount", "candidates_token_count") + thoughts,
        cache_read_tokens=_count(usage, "cachedContentTokenCount", "cached_content_token_count"),
        input_audio_tokens=max(0, audio - cached_audio),
        output_audio_tokens=_audio(usage, "candidatesTokensDetails", "candidates_tokens_details"),
        reasoning_tokens=thoughts,
    )


SHAPES: tuple[tuple[tuple[str, ...], Callable[[object], Usage]], ...] = (
    (("prompt_tokens", "completion_tokens"), _chat_completions),
    (GEMINI_KEYS, _gemini),
    (ANTHROPIC_KEYS, _anthropic),
    (("input_tokens", "output_tokens"), _responses),
)
"""Keys that tell a shape and who reads it; the first match counts."""


def _uncached_audio(details: object, prompt: int, cached: int) -> int:
    """The audio of a prompt that did not come from the cache.

    Realtime says how much of the cached was audio. Where it is not said, audio counts as not cached,
    unless the prompt is too short for both.
    """
    of_cached = _get(details, "cached_tokens_details")
    audio = _count(details, "audio_tokens") - _count(of_cached, "audio_tokens")
    return max(0, min(audio, prompt - cached))


def _audio(usage: object, *names: str) -> int:
    """The AUDIO tokens in one of Gemini's lists of {modality, tokenCount}."""
    parts = _get(usage, *names)
    if parts is not None and not isinstance(parts, (list, tuple)):
        raise UsageError(f"{names[0]} is no list of {{modality, tokenCount}}")
    return sum(
        _count(part, "tokenCount", "token_count")
        for part in parts or ()
        if _modality(part) == "AUDIO"
    )


def _modality(part: object) -> str:
    modality = _get(part, "modality")
    return str(getattr(modality, "name", modality)).upper()  # the SDK makes it an enum


def _has(usage: object, name: str) -> bool:
    return name in usage if isinstance(usage, Mapping) else hasattr(usage, name)


def _get(usage: object, *names: str) -> Any:
    """The first of `names` that `usage` says; None where it says none."""
    for name in names:
        value = usage.get(name) if isinstance(usage, Mapping) else getattr(usage, name, None)
        if value is not None:
            return value
    return None


def _count(usage: object, *names: str) -> int:
    value = _get(usage, *names)
    if value is None:
        return 0
    if type(value) is not int or value < 0:
        raise UsageError(f"{names[0]} is {value!r}; it must be a whole number from 0 up")
    return value


def why_impossible(usage: Usage) -> UsageError:
    """The error that says which count of `usage` cannot be."""
    for name, count in zip(usage._fields, usage):
        if type(count) is not int or not 0 <= count <= MOST_TOKENS:
            return UsageError(f"{name} is {count!r}; it must be a whole number from 0 to 2^63 - 1")
    for whole, parts in PARTS.items():
        counts = {part: getattr(usage, part) for part in parts if getattr(usage, part)}
        if sum(counts.values()) > getattr(usage, whole):
            counted = " + ".join(f"{name} ({count:,})" for name, count in counts.items())
            return UsageError(f"{whole} ({getattr(usage, whole):,}) must include {counted}")
    return UsageError(f"{usage} cannot be")
