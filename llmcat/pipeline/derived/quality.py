"""Quality tiers: best, balanced or cheap, from price and age relative to what the catalogue knows.

Nobody publishes tiers, and a name proves nothing; but within one time makers charge more for what is
better. So:

1. The offers of one model are those with the same bare id. Its price is the blended price that its
   maker asks, else the median over all who serve it; its date the earliest its maker says, else the
   median. The date is that of the last update, where there is one: `…-latest` ids move on.
2. Among the models of the last 18 months before the newest one, the dearest quarter is `best`, the
   cheapest third `cheap`, the rest `balanced`.
3. An older model is measured by the same prices and slides one step down, from best to balanced or
   from balanced to cheap: what costs as much as today's best is never called cheap.

Unknown stays what gives too little to say: no price, free, no date, anything but text in and text
out (embeddings, images, speech), and a catalogue with fewer than 12 recent models to measure by.
A tier that a source says is kept; it does not move the others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from llmcat.pipeline.entries import Facts

Key = tuple[str, str]

BLEND = {"input": 3, "output": 1}
RECENT_MONTHS = 18
CHEAPEST = 1 / 3
DEAREST = 1 / 4
FEWEST_PEERS = 12
EARLIEST = "2020"
"""Dates before it are no release dates of these models: 1970-01-01 is a clock that was not set."""

ONE_STEP_DOWN = {"best": "balanced", "balanced": "cheap", "cheap": "cheap"}


class _Measure(NamedTuple):
    """A model's blended price in USD per 1M tokens, and its release date, YYYY-MM-DD."""

    price: float
    released: str


def quality_tiers(models: Mapping[Key, Facts]) -> dict[Key, str]:
    """(provider, id) -> best, balanced or cheap, for all models of which something can be said.

    `models` are merged facts (see facts.py), with `first_party` where it is known. Those that already
    have a `quality_tier` are not in the answer.
    """
    measures = _measures(models)
    if not measures:
        return {}
    newest = max(measure.released for measure in measures.values())
    since = _months_before(newest, RECENT_MONTHS)
    recent = sorted(m.price for m in measures.values() if m.released >= since)
    if len(recent) < FEWEST_PEERS:
        return {}
    cheap = recent[int(len(recent) * CHEAPEST)]
    best = recent[int(len(recent) * (1 - DEAREST))]
    tiers = {name: _tier(measure, cheap, best, since) for name, measure in measures.items()}
    return {
        key: tiers[name]
        for key, facts in models.items()
        if "quality_tier" not in facts
        and (name := _bare_id(facts)) in tiers
        and _speaks_text(facts)
    }


def bearing(facts: Facts) -> tuple[object, ...]:
    """All of a model's facts that tiers depend on, its own and those of others; falsy values: none do."""
    measure = _measure(facts)
    return measure, measure and facts.get("first_party") is True, _speaks_text(facts)


def _tier(measure: _Measure, cheap: float, best: float, since: str) -> str:
    tier = "best" if measure.price >= best else "cheap" if measure.price < cheap else "balanced"
    return tier if measure.released >= since else ONE_STEP_DOWN[tier]


def _measures(models: Mapping[Key, Facts]) -> dict[str, _Measure]:
    """Bare id -> what its offers say together."""
    offers: dict[str, list[tuple[bool, _Measure]]] = defaultdict(list)
    for facts in models.values():
        if measure := _measure(facts):
            offers[_bare_id(facts)].append((facts.get("first_party") is True, measure))
    return {name: _together(groups) for name, groups in offers.items()}


def _together(offers: Iterable[tuple[bool, _Measure]]) -> _Measure:
    from statistics import median, median_low

    every = list(offers)
    if own := [measure for first_party, measure in every if first_party]:
        return _Measure(median(m.price for m in own), min(m.released for m in own))
    others = [measure for _, measure in every]
    return _Measure(median(m.price for m in others), median_low(m.released for m in others))


def _measure(facts: Facts) -> _Measure | None:
    cost, released = facts.get("cost", {}), facts.get("release_date", "")
    updated = facts.get("last_updated", "")
    prices = [cost.get(meter) for meter in BLEND]
    # an answer that costs nothing beside a prompt that costs: an embedding, whatever it is called
    if not all(prices) or released < EARLIEST or not _speaks_text(facts):
        return None
    total = sum(weight * cost[meter] for meter, weight in BLEND.items())
    return _Measure(
        total / sum(BLEND.values()), max(_first_day(released), _first_day(updated or released))
    )


def _speaks_text(facts: Facts) -> bool:
    modalities = facts.get("modalities", {})
    return "text" in modalities.get("input", ()) and list(modalities.get("output", ())) == ["text"]


def _bare_id(facts: Facts) -> str:
    bare: str = facts["id"].rpartition("/")[2]
    return bare.lower()


def _first_day(partial: str) -> str:
    return partial + "-01-01"[len(partial) - 4 :]


def _months_before(day: str, months: int) -> str:
    year, month, day_of_month = map(int, day.split("-"))
    year, month = divmod(year * 12 + month - 1 - months, 12)
    return date(year, month + 1, min(day_of_month, 28)).isoformat()
