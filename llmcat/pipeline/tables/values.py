"""The single values that facts hold, so that two sources can be compared: prices, limits, capabilities.

A price is told apart by how a call is served (mode, region, hours), by the context tier and by the meter.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any, NamedTuple

from llmcat.meters import NO_METERS, STANDARD, cost_table
from llmcat.pipeline.entries import Facts, Merged

Served = tuple[str, str, str]
"""Mode, region (empty: everywhere), hours (empty: always)."""


class PriceKey(NamedTuple):
    """Which price of a model: `min_context` 0 is the plain price."""

    mode: str
    region: str
    hours: str
    min_context: int
    meter: str

    @property
    def served(self) -> Served:
        """The way to be served that the price is for."""
        return self.mode, self.region, self.hours

    @property
    @functools.lru_cache(maxsize=8192)  # noqa: B019 - a key is a value, and there are a few hundred
    def path(self) -> str:
        """Where the price stands in the facts: `regions.eu.modes.batch.cost.input`."""
        return ".".join((*self.table, self.tier or self.meter))

    @property
    def table(self) -> tuple[str, ...]:
        """The path of the cost table in the facts: `regions`, `eu`, `cost`."""
        return cost_table(*self.served)

    @property
    @functools.lru_cache(maxsize=8192)  # noqa: B019 - a key is a value, and there are a few hundred
    def place(self) -> str:
        """`path` with the tier named by its size: `modes.fast.cost.tiers.200000.input`."""
        tier = ("tiers", str(self.min_context)) if self.min_context else ()
        return ".".join((*self.table, *tier, self.meter))

    @property
    def tier(self) -> str:
        """`tiers` where the price is one of a context tier."""
        return "tiers" if self.min_context else ""


price_key = functools.lru_cache(maxsize=8192)(PriceKey)
"""The few hundred keys of a catalogue, each made once: equal keys are then found equal at a glance."""


class Value(NamedTuple):
    """A comparable value: its path, as provenance names it, and which price it is, if it is one."""

    provenance: str
    price: PriceKey | None = None

    @property
    def field(self) -> str:
        """The value as people name it: `cost.input`, `limit.context`, `capabilities.vision`."""
        if self.price is not None:
            return self.price.place
        return self.provenance.removesuffix(".supported")


STANDARD_SERVED: Served = (STANDARD, "", "")


def prices_of(facts: Facts) -> Iterator[tuple[PriceKey, float]]:
    """Every price of a model in its meter's own unit, those of tiers, modes, regions and hours too."""
    for served, cost in cost_tables(facts):
        for meter, price in cost.items():
            if meter not in NO_METERS:
                yield price_key(*served, 0, meter), price
        for tier in cost.get("tiers", ()):
            for meter, price in tier.items():
                if meter != "min_context":
                    yield price_key(*served, tier["min_context"], meter), price


def cost_tables(facts: Facts) -> Iterator[tuple[Served, Facts]]:
    """Each cost table with the way to be served that it is for."""
    for region, held in (("", facts), *facts.get("regions", {}).items()):
        if "cost" in held:
            yield (STANDARD, region, ""), held["cost"]
        for mode, table in held.get("modes", {}).items():
            if "cost" in table:
                yield (mode, region, ""), table["cost"]
    for hours, table in facts.get("hours", {}).items():
        if "cost" in table:
            yield (STANDARD, "", hours), table["cost"]


def comparable_values(facts: Facts) -> Iterator[tuple[Value, Any]]:
    """Prices, limits, capabilities, open weights and the days of the lifecycle."""
    for key, price in prices_of(facts):
        yield Value(key.path, key), price
    for name, limit in facts.get("limit", {}).items():
        yield Value(f"limit.{name}"), limit
    for name, can in facts.get("capabilities", {}).items():
        if "supported" in can:
            yield Value(f"capabilities.{name}.supported"), can["supported"]
    for name in ("open_weights", "deprecated_on", "retires_on"):
        if name in facts:
            yield Value(name), facts[name]


def with_value(merged: Merged, value: Value, new: Any, source: str) -> Merged:
    """The record with another value in one place, and `source` as its provenance."""
    if value.price is None:
        facts = _set(merged.facts, value.provenance.split("."), new)
    else:
        facts = _set_price(merged.facts, value.price, new)
    return Merged(facts, {**merged.provenance, value.provenance: source})


def without_prices(facts: Facts, served: set[Served]) -> Facts:
    """The facts without the cost tables for these ways to be served."""
    result = dict(facts)
    for mode, region, hours in served:
        *outer, last = cost_table(mode, region, hours)
        result = _unset(result, outer, last)
    return result


def _set_price(facts: Facts, key: PriceKey, price: float) -> Facts:
    path = key.table
    if not key.min_context:
        return _set(facts, [*path, key.meter], price)
    cost: Facts = facts
    for part in path:
        cost = cost[part]
    tiers = [
        {**tier, key.meter: price} if tier["min_context"] == key.min_context else tier
        for tier in cost["tiers"]
    ]
    return _set(facts, [*path, "tiers"], tiers)


def _set(facts: Facts, path: list[str], value: Any) -> Facts:
    """A copy of nested tables with one value changed; all else is shared."""
    first, *rest = path
    return {**facts, first: _set(facts.get(first, {}), rest, value) if rest else value}


def _unset(facts: Facts, outer: list[str], last: str) -> Facts:
    if not outer:
        return {key: value for key, value in facts.items() if key != last}
    first, *rest = outer
    return {**facts, first: _unset(facts[first], rest, last)} if first in facts else facts
