"""Merge: what the layers say of one provider or model becomes one record.

Layers come lowest precedence first. The last one that speaks wins, field by field: tables merge
deeply, aliases and tags unite, other lists are replaced, silence overrides nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from llmcat.pipeline.layer import Entry, Facts, Layer

UNITED = ("aliases", "tags")
EVERYTHING_ELSE = "*"


class Merged(NamedTuple):
    """A merged record. `said_by` maps a path to the source that said it; `*` is all other paths."""

    facts: Facts
    said_by: dict[str, str]


@dataclass(slots=True)
class Records:
    """What is known, by id and by (provider, id)."""

    providers: dict[str, Merged] = field(default_factory=dict)
    models: dict[tuple[str, str], Merged] = field(default_factory=dict)


def merge(layers: Iterable[Layer]) -> Records:
    """One record for each provider and model that any layer speaks of."""
    records = Records()
    for layer in layers:
        for entry in layer.entries:
            facts = entry.facts
            if entry.kind == "provider":
                id_ = facts["id"]
                records.providers[id_] = merge_entry(records.providers.get(id_), entry)
            else:
                key = facts["provider"], facts["id"]
                records.models[key] = merge_entry(records.models.get(key), entry)
    return records


def merge_entry(base: Merged | None, entry: Entry) -> Merged:
    """`base` overlaid with what `entry` says; neither is changed."""
    if base is None:
        return Merged(entry.facts, entry.said_by or {EVERYTHING_ELSE: entry.origin})
    said_by = dict(base.said_by)
    facts = _overlay(base.facts, entry.facts, "", entry, said_by)
    return Merged(facts, said_by)


def _overlay(base: Facts, over: Facts, prefix: str, entry: Entry, said_by: dict[str, str]) -> Facts:
    result = dict(base)
    for key, value in over.items():
        path = prefix + key
        if value is None or path in ("id", "provider"):
            continue
        old = result.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            result[key] = _overlay(old, value, f"{path}.", entry, said_by)
            continue
        if path in UNITED and old:
            value = [*old, *(item for item in value if item not in old)]
            if value == old:
                continue
        result[key] = value
        for inner in [inner for inner in said_by if inner.startswith(f"{path}.")]:
            del said_by[inner]
        said_by[path] = _source_of(entry, path)
        for inner, source in (entry.said_by or {}).items():
            if inner.startswith(f"{path}."):
                said_by[inner] = source
    return result


def _source_of(entry: Entry, path: str) -> str:
    """Who said `path` in this entry: the nearest path that the entry's own provenance names."""
    if entry.said_by:
        parts = path.split(".")
        for end in range(len(parts), 0, -1):
            if source := entry.said_by.get(".".join(parts[:end])):
                return source
        return entry.said_by.get(EVERYTHING_ELSE, entry.origin)
    return entry.origin
