"""What a call used: Usage, the counts in the way that cost() takes them.

APIs count differently; Usage counts one way: input_tokens hold the cached, written, audio, image,
video and citation ones, output_tokens the reasoning, audio, image and video ones, and no token is in
two of those parts. llmcat/pricing/usage reads it from what an API answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from llmcat.display import shown
from llmcat.errors import UsageError
from llmcat.meters import INPUT_METERS, METERS, OUTPUT_METERS, TOKEN_METERS

Units = int | Decimal
"""A count of units: whole images and searches, perhaps parts of seconds, hours and pixels."""


class Usage(NamedTuple):
    """What one call used, under the names that cost() takes."""

    input_tokens: int = 0
    """The whole input: plain, cached, written to the cache, audio, image, video, citations."""
    output_tokens: int = 0
    """The whole output: text, reasoning, audio, image, video."""
    cache_read_tokens: int = 0
    """Of the input: read from the cache; audio and images among it are in the two counts below."""
    cache_write_tokens: int = 0
    """Of the input: written to the cache for the usual time."""
    input_audio_tokens: int = 0
    """Of the input: audio that did not come from the cache."""
    output_audio_tokens: int = 0
    """Of the output: audio."""
    reasoning_tokens: int = 0
    """Of the output: reasoning."""
    cache_write_1h_tokens: int = 0
    """Of the input: written to the cache for an hour; not among cache_write_tokens."""
    cache_read_audio_tokens: int = 0
    """Of cache_read_tokens: audio."""
    input_image_tokens: int = 0
    """Of the input: images that did not come from the cache."""
    output_image_tokens: int = 0
    """Of the output: images."""
    cache_read_image_tokens: int = 0
    """Of cache_read_tokens: images."""
    input_video_tokens: int = 0
    """Of the input: video that did not come from the cache."""
    output_video_tokens: int = 0
    """Of the output: video."""
    citation_tokens: int = 0
    """Of the input: pages that a search model read."""
    images: int = 0
    """Images made."""
    input_images: int = 0
    """Images taken in, where a provider counts them."""
    seconds: Units = 0
    """Seconds of audio or video, made or taken in."""
    input_seconds: Units = 0
    """Seconds taken in, where those made are counted too."""
    characters: int = 0
    """Characters taken in."""
    output_characters: int = 0
    """Characters made."""
    pages: int = 0
    """Pages read."""
    pixels: int = 0
    """Pixels made."""
    requests: int = 0
    """Requests, for models with a price for each."""
    queries: int = 0
    """Queries, such as the search units of a reranker."""
    sessions: int = 0
    """Sessions of a code interpreter or another container."""
    web_searches: int = 0
    """Searches of the web."""
    file_searches: int = 0
    """Searches of uploaded files."""
    maps_searches: int = 0
    """Searches of maps."""
    gb_days: Units = 0
    """Storage: gigabytes times days."""
    hours: Units = 0
    """Hours, of whatever the model is sold by."""
    cache_token_hours: Units = 0
    """Storage of a prompt cache: tokens times hours."""


MOST_TOKENS = 2**63 - 1

COUNT_OF: dict[str, str] = {
    meter.name: meter.counted_as or f"{meter.name}_tokens"
    for meter in METERS
    if meter.counted_as or meter.name in TOKEN_METERS
}
"""Meter -> the count of Usage that is billed at it."""

METER_OF: dict[str, str] = {count: meter for meter, count in COUNT_OF.items()}

FRACTIONAL = frozenset(("seconds", "input_seconds", "gb_days", "hours", "cache_token_hours"))
"""Counts that need not be whole."""

CACHED_PARTS = ("cache_read_audio", "cache_read_image")
"""Meters whose tokens are among those of cache_read."""

PARTS: dict[str, tuple[str, ...]] = {
    "input": tuple([m for m in INPUT_METERS[1:] if m not in CACHED_PARTS]),
    "output": OUTPUT_METERS[1:],
    "cache_read": CACHED_PARTS,
}
"""Meter -> the meters whose tokens its count includes."""

WHOLE_OF: dict[str, str] = {part: whole for whole, parts in PARTS.items() for part in parts}


def whole_counts(usage: Usage) -> dict[str, Units]:
    """Meter -> its count in exact numbers, zeros left out. Raises UsageError for what is no count."""
    for count in usage:
        if type(count) is not int or not 0 <= count <= MOST_TOKENS:
            usage = _in_exact_numbers(usage)
            break
    return {METER_OF[name]: count for name, count in zip(usage._fields, usage) if count}


def billable(counts: Mapping[str, Units]) -> dict[str, Units]:
    """What is billed at each meter, each token at one of them: the parts taken off their wholes.

    Raises UsageError where the parts are more than their whole.
    """
    found = {meter: count for meter, count in counts.items() if count and meter in COUNT_OF}
    rests: dict[str, Units] = {}
    for part, count in found.items():
        if (whole := WHOLE_OF.get(part)) is not None:
            rests[whole] = rests.get(whole, found.get(whole, 0)) - count
    for whole, rest in rests.items():
        if rest < 0:
            raise why_impossible(usage_of(counts))
        if rest:
            found[whole] = rest
        else:
            found.pop(whole, None)
    return found


def usage_of(counts: Mapping[str, Units]) -> Usage:
    """The counts by meter as a Usage."""
    return Usage._make([counts.get(METER_OF[name], 0) for name in Usage._fields])


def _in_exact_numbers(usage: Usage) -> Usage:
    """Whole floats, Decimals and numpy's integers as int, fractions of seconds as Decimal."""
    return Usage._make(
        [number(count, name, name in FRACTIONAL) for name, count in zip(usage._fields, usage)]
    )


def why_impossible(usage: Usage) -> UsageError:
    """The error that says which part of `usage` is more than its whole."""
    for whole, parts in PARTS.items():
        counts = {COUNT_OF[part]: getattr(usage, COUNT_OF[part]) for part in parts}
        held = getattr(usage, COUNT_OF[whole])
        if sum(counts.values()) > held:
            counted = " + ".join(f"{name} ({n:,})" for name, n in counts.items() if n)
            return UsageError(f"{COUNT_OF[whole]} ({held:,}) must include {counted}")
    return UsageError(f"{usage} cannot be")


def is_numpy_number(value: object) -> bool:
    return hasattr(value, "dtype") and hasattr(value, "item") and getattr(value, "ndim", 1) == 0


def number(value: Any, name: str, may_be_fraction: bool = False) -> Units:
    """A count as an int, where fractions are allowed else as a Decimal.

    10.0, Decimal(10) and numpy.int64(10) are 10. Raises UsageError, which names the count.
    """
    found = value
    if is_numpy_number(found):
        found = found.item()
    if isinstance(found, float):
        found = Decimal(repr(found))
    is_finite = not isinstance(found, Decimal) or found.is_finite()
    if isinstance(found, (int, Decimal)) and not isinstance(found, bool) and is_finite:
        whole = int(found)
        if 0 <= found <= MOST_TOKENS and (whole == found or may_be_fraction):
            return whole if whole == found else Decimal(found)
    wanted = "a number" if may_be_fraction else "a whole number"
    raise UsageError(f"{name} is {shown(value)}; it must be {wanted} from 0 to 2^63 - 1")
