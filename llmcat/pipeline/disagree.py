"""Disagree: where two sources give different prices, limits or capabilities for one model.

The merge has a winner for each; what the others said is worth knowing: it is the check that catches a
price off by a thousand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from llmcat.pipeline.flatten import Row, to_json
from llmcat.pipeline.layer import Entry, Facts, Layer
from llmcat.pipeline.merge import Records

COMPARED = ("cost", "limit", "capabilities")


def disagreements(layers: list[Layer], records: Records) -> list[Row]:
    """Rows of `disagreements`: spec, field, the winner and its value, another and its value, ratio
    (the other value to the winner's; NULL where they are no numbers above 0)."""
    spoken: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for layer in layers:
        for entry in layer.entries:
            if entry.kind == "model":
                spoken[entry.facts["provider"], entry.facts["id"]].append(entry)
    rows = [
        row
        for key, entries in spoken.items()
        if len(entries) > 1 and key in records.models
        for row in _of_model(f"{key[0]}:{key[1]}", entries)
    ]
    return sorted(set(rows))


def _of_model(spec: str, entries: list[Entry]) -> Iterator[Row]:
    *earlier, last = [(entry.origin, dict(values(entry.facts))) for entry in entries]
    said: dict[str, tuple[str, Any]] = {}
    for origin, found in (last, *reversed(earlier)):  # the last that speaks of a field wins it
        for field, value in found.items():
            winner, wins = said.setdefault(field, (origin, value))
            if wins != value:
                yield (
                    spec,
                    field,
                    winner,
                    to_json(wins),
                    origin,
                    to_json(value),
                    _ratio(value, wins),
                )


def values(facts: Facts) -> Iterator[tuple[str, Any]]:
    """The comparable values of a record: prices, limits, capabilities, by path."""
    for table in COMPARED:
        for name, value in facts.get(table, {}).items():
            if isinstance(value, dict):
                if "supported" in value:
                    yield f"{table}.{name}", value["supported"]
            elif not isinstance(value, list):
                yield f"{table}.{name}", value


def _ratio(value: Any, winner: Any) -> float | None:
    numbers = [
        v for v in (value, winner) if isinstance(v, (int, float)) and not isinstance(v, bool)
    ]
    if len(numbers) < 2 or not all(numbers):
        return None
    return float(round(value / winner, 6))
