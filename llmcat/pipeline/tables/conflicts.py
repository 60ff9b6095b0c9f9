"""Disagree: where two sources give different prices, limits or capabilities for one model.

Each value of the record has a winner: the last source that speaks of it, or what the witnesses decided.
What the others said is worth knowing: it is the check that catches a price off by a thousand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from llmcat.pipeline.entries import Disagreement, Entry, Facts, Layer, ModelKey, Records
from llmcat.pipeline.evidence import Claim
from llmcat.pipeline.facts import follows_from_modalities
from llmcat.pipeline.tables.flatten import Row, to_json
from llmcat.pipeline.tables.values import comparable_values

PRECEDENCE = "precedence"
"""The rule where no witness speaks: a later source of the recipe wins."""


def disagreements(
    layers: Sequence[Layer], records: Records, of_base: Sequence[Row] = ()
) -> list[Row]:
    """The rows of `disagreements`, sorted. `of_base` are those of a catalogue that is built upon: they
    go on where the value that they are about still stands."""
    specs = {":".join(key) for key in records.models}
    witnessed = [found for found in records.disagreements if found.spec in specs]
    rows = {_key(found): found for found in _of_precedence(layers, records, witnessed)}
    rows.update((_key(found), found) for found in witnessed)
    known = set(map(_row, rows.values()))
    known.update(_still_standing(of_base, records))
    return sorted(known, key=lambda row: tuple(map(str, row)))


def _still_standing(of_base: Sequence[Row], records: Records) -> Iterator[Row]:
    stands: dict[str, dict[str, str | None]] = {}
    for row in of_base:
        spec, field, _, value = row[:4]
        provider, _, id_ = spec.partition(":")
        if spec not in stands:
            merged = records.models.get((provider, id_))
            facts = {} if merged is None else merged.facts
            stands[spec] = {
                name: to_json(says) for name, says in (*follows(facts), *claimed(facts))
            }
        if stands[spec].get(field) == value:
            yield row


def _key(found: Disagreement) -> tuple[str, str, str, str]:
    return found.spec, found.field, found.other.source, str(to_json(found.other.value))


def _row(found: Disagreement) -> Row:
    spec, field, standing, other, rule, contested, score = found
    return (
        *(spec, field, standing.source, to_json(standing.value)),
        *(other.source, to_json(other.value)),
        _ratio(other.value, standing.value),
        *(rule, int(contested), score),
        *(standing.family, standing.date or None, other.family, other.date or None),
    )


def _of_precedence(
    layers: Sequence[Layer], records: Records, witnessed: Sequence[Disagreement]
) -> Iterator[Disagreement]:
    """Where base sources and corrections differ among themselves."""
    winners: dict[str, dict[str, Claim]] = defaultdict(dict)
    for found in witnessed:
        winners[found.spec][found.field] = found.standing
    spoken: dict[ModelKey, list[tuple[Layer, Entry]]] = defaultdict(list)
    for layer in layers:
        for key, entries in layer.entries.items() if layer.role != "witness" else ():
            if isinstance(key, tuple):
                spoken[key] += [(layer, entry) for entry in entries]
    for key, claims in spoken.items():
        if len(claims) > 1 and key in records.models:
            spec = ":".join(key)
            yield from _of_model(spec, claims, winners.get(spec, {}))


def _of_model(
    spec: str, spoken: Sequence[tuple[Layer, Entry]], decided: Mapping[str, Claim]
) -> Iterator[Disagreement]:
    won = dict(decided)
    # the last that speaks of a field wins it, and what is said wins over what follows
    for speaks in (claimed, follows):
        for layer, entry in reversed(spoken):
            for field, value in speaks(entry.facts):
                winner = won.get(field)
                if winner is not None and winner.value == value:
                    continue
                claim = Claim(entry.origin, layer.family, layer.retrieved_at or "", value)
                if winner is None:
                    won[field] = claim
                else:
                    yield Disagreement(spec, field, winner, claim, PRECEDENCE, False, 0.0)


def claimed(facts: Facts) -> Iterator[tuple[str, Any]]:
    """The comparable values that a record says, by path: prices, limits, capabilities, …"""
    for value, says in comparable_values(facts):
        yield value.field, says


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
