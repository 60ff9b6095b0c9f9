"""Disagree: where two sources give different prices, limits or capabilities for one model.

The merge has a winner for each; what the others said is worth knowing: it is the check that catches a
price off by a thousand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from llmcat.pipeline.facts import follows_from_modalities
from llmcat.pipeline.layer import Entry, Facts, Layer, Records
from llmcat.pipeline.tables.flatten import Row, to_json
from llmcat.pipeline.tables.values import prices_of


def disagreements(layers: Sequence[Layer], records: Records) -> list[Row]:
    """Rows of `disagreements`: spec, field, the winner and its value, another and its value, ratio
    (the other value to the winner's; NULL where they are no numbers above 0)."""
    spoken: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for layer in layers:
        for key, entries in layer.entries.items():
            if isinstance(key, tuple):
                spoken[key] += entries
    rows = [
        row
        for key, entries in spoken.items()
        if len(entries) > 1 and key in records.models
        for row in _of_model(f"{key[0]}:{key[1]}", entries)
    ]
    return sorted(set(rows))


def _of_model(spec: str, entries: list[Entry]) -> Iterator[Row]:
    won: dict[str, tuple[str, Any]] = {}
    # the last that speaks of a field wins it, and what is said wins over what follows
    for speaks in (said, follows):
        for entry in reversed(entries):
            for field, value in speaks(entry.facts):
                winner, wins = won.setdefault(field, (entry.origin, value))
                if wins != value:
                    sides = winner, to_json(wins), entry.origin, to_json(value)
                    yield (spec, field, *sides, _ratio(value, wins))


def said(facts: Facts) -> Iterator[tuple[str, Any]]:
    """The comparable values that a record says, by path: prices with those of tiers and modes, limits,
    capabilities, open_weights."""
    for key, price in prices_of(facts):
        yield key.place, price
    for name, limit in facts.get("limit", {}).items():
        yield f"limit.{name}", limit
    for name, can in facts.get("capabilities", {}).items():
        if "supported" in can:
            yield f"capabilities.{name}", can["supported"]
    if "open_weights" in facts:
        yield "open_weights", facts["open_weights"]


def follows(facts: Facts) -> Iterator[tuple[str, Any]]:
    """The capabilities that follow from what a record says of its modalities."""
    able = follows_from_modalities(facts.get("modalities", {}), facts.get("capabilities", {}))
    for name, can in able.items():
        yield f"capabilities.{name}", can


def _ratio(value: Any, winner: Any) -> float | None:
    numbers = [
        v for v in (value, winner) if isinstance(v, (int, float)) and not isinstance(v, bool)
    ]
    if len(numbers) < 2 or not all(numbers):
        return None
    return float(round(value / winner, 6))
