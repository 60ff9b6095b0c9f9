"""From an overlay's words for prices to facts: `pricing` (ExLLM) and `cost` (LLMModels).

Both hold USD by meter: per 1M tokens, per image, second, page, …. `effective_from` is the day on which
they took effect; what else they say about the prices (for whom, in which currency) is no price: it is kept in `extra.pricing`. Prices of a batch are a mode of their own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llmcat.display import shown
from llmcat.meters import METERS, NO_METERS
from llmcat.pipeline.entries import Facts, Unreadable
from llmcat.pipeline.sources.overlays.about_prices import AboutPrices

TABLES = ("pricing", "cost")
"""A later one wins."""

CURRENCY = "USD"
BATCH = "batch"
METER_NAMES = frozenset(meter.name for meter in METERS)

ABOUT_PRICES = frozenset((*AboutPrices.__annotations__, "currency"))
"""Keys that are no prices."""


def translate_prices(record: Facts, facts: Facts, extra: Facts) -> None:
    """Take the tables of prices out of `record` into facts["cost"], facts["modes"] and `extra`."""
    for name in TABLES:
        value = record.pop(name, None)
        if value is None:
            continue
        if not isinstance(value, Mapping):
            facts[f"{name}?"] = Unreadable(name, f"must be a table, not {shown(value)}", value)
            continue
        currency = value.get("currency")
        if currency is not None and str(currency).upper() != CURRENCY:
            reason = f"the prices are in {shown(currency)}, and only {CURRENCY} is understood"
            facts[f"{name}?"] = Unreadable(name, reason, value)
            continue
        _take(name, value, facts, extra)


def _take(name: str, table: Mapping[str, Any], facts: Facts, extra: Facts) -> None:
    about: Facts = {}
    batch: Facts = {}
    cost: Facts = {}
    for key, value in table.items():
        meter = key.removeprefix(f"{BATCH}_")
        if key == BATCH and _are_prices(value):
            batch.update(value)
        elif meter != key and meter in METER_NAMES:
            batch[meter] = value
        elif key in ABOUT_PRICES:
            if key != "currency":
                about[key] = value
        elif key in METER_NAMES or key in NO_METERS or _is_price(value):
            cost[key] = value
        elif value is not None:
            about[key] = value
    if cost:
        facts["cost"] = {**facts.get("cost", {}), **cost}
    if batch:
        modes = facts.setdefault("modes", {})
        if isinstance(modes, dict):
            claimed = modes.get(BATCH)
            mode = claimed if isinstance(claimed, dict) else {}
            modes[BATCH] = {**mode, "cost": {**batch, **mode.get("cost", {})}}
    if about:
        kept = extra.get("pricing")
        extra["pricing"] = {**(kept if isinstance(kept, dict) else {}), **about}


def _is_price(value: Any) -> bool:
    return isinstance(value, (int, float, Unreadable)) and not isinstance(value, bool)


def _are_prices(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and METER_NAMES.issuperset(value)
