"""How a call was served: the mode and the region whose prices hold, by what its usage says.

The catalogue itself says which body or header asks for a mode (details.modes), so that OpenAI's
service_tier "priority" is the mode `fast` where its body is {"service_tier": "priority"}. Words that
mean nothing special stand in the tables here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from llmcat.meters import STANDARD

if TYPE_CHECKING:
    from llmcat.pricing.counts import Units
    from llmcat.pricing.price_list import Prices

WORDS = {
    "auto": STANDARD,
    "default": STANDARD,
    "normal": STANDARD,
    "on_demand": STANDARD,
    "on-demand": STANDARD,
    "on_demand_flex": "flex",
    "on_demand_offpeak": "offpeak",
    "on_demand_priority": "priority",
    "optimized": "fast",
    "not_available": STANDARD,
    "traffic_type_unspecified": STANDARD,
    "": STANDARD,
    "true": "batch",
    "false": STANDARD,
    "scale": "scale",
}
"""Service tier, traffic type, speed or batch flag, in small letters -> the mode that it means."""

EVERYWHERE = ("", "global", "not_available", "unspecified", "none")
"""Words for a region at whose prices nothing is special."""

SEARCH = "web_search"
SIZED_SEARCHES = tuple(f"{SEARCH}_{size}" for size in ("low", "medium", "high"))
"""The meters of searches by the size of what they bring."""

PREPAID = ("provisioned_throughput", "provisioned", "scale")
"""What is paid by the hour or in advance, whatever tokens it uses."""


def mode_and_region(prices: Prices, served: Mapping[str, str]) -> tuple[str, str, tuple[str, ...]]:
    """The mode, the region and the sentences about what had no prices of its own."""
    mode, notes = STANDARD, []
    for key in ("batch", "speed", "tier"):
        word = served.get(key, "").lower()
        word = WORDS.get(word, word)
        if word == STANDARD or mode != STANDARD:
            continue
        found = prices.mode_named(word)
        if found:
            mode = found
        elif word in PREPAID:
            notes.append(f"{word} is not paid by the token: billed at the standard prices")
        else:
            notes.append(f"no {word} prices: billed at the standard ones")
    region = served.get("geo", "").lower()
    return mode, "" if region in EVERYWHERE else region, tuple(notes)


def at_their_size(
    prices: Prices, served: Mapping[str, str], counts: dict[str, Units], calls: int = 1
) -> dict[str, Units]:
    """The counts with web searches at the price of the size of what they brought, where the usage says it.
    A usage that says it of searches that it does not count is of calls that search once each, as
    Perplexity's models do."""
    size = served.get("size", "").lower()
    if not size or not prices.has_meter(SEARCH):
        return counts
    sized = f"{SEARCH}_{size}"
    others = {meter: count for meter, count in counts.items() if meter != SEARCH}
    meter = sized if prices.has_meter(sized) else SEARCH
    return {**others, meter: counts.get(SEARCH, calls)}


def requested_by(body: Any) -> Iterator[str]:
    """Every text in what a mode says to send: {"service_tier": "priority"} -> priority."""
    if isinstance(body, str):
        yield body.lower()
    elif isinstance(body, Mapping):
        for value in body.values():
            yield from requested_by(value)


def geographies(region: str) -> tuple[str, ...]:
    """A region and what it lies in: eu-west-1 -> eu-west-1, eu, everywhere.

    GovCloud is no part of the commercial regions of its country: us-gov-west-1 -> us-gov.
    """
    if not isinstance(region, str):
        raise TypeError(f"a region is text such as 'eu' or 'us-east-1', not {region!r}")
    wide = "us-gov" if region.startswith("us-gov") else region.partition("-")[0]
    return tuple(dict.fromkeys((region, wide, "")))
