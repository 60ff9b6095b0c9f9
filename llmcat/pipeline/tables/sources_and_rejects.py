"""Account: what the file says of itself. Sources, rejects, counts, the digest of its content."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from llmcat.pipeline.entries import Entry, Key, Layer, Reject
from llmcat.pipeline.provider_names import provider_renamer
from llmcat.pipeline.recipe import Recipe
from llmcat.pipeline.stages.filter import as_stored
from llmcat.pipeline.tables.create_tables import columns
from llmcat.pipeline.tables.flatten import Row, Rows, to_canonical_json
from llmcat.spec import fold_provider
from llmcat.storage.checks.content_digest import BLOCK, content_digest
from llmcat.storage.template import schema_version
from llmcat.version import __version__

RECORD_LENGTH = 10_000


class Parent(NamedTuple):
    """What the catalogue that a build goes on from says of itself: the time of its newest input, its
    digests, its rejects, the rows of its models by spec, and those of its disagreements."""

    built_at: str | None = None
    content_digest: str | None = None
    parent_digest: str | None = None
    rejects: Sequence[Row] = ()
    models: Mapping[str, Row] = MappingProxyType({})
    disagreements: Sequence[Row] = ()


def account(
    rows: Rows,
    layers: Sequence[Layer],
    recipe: Recipe,
    at: str,
    moments: Mapping[tuple[str, str], str],
    parent: Parent,
) -> Rows:
    """`rows` with sources, rejects, provider_aliases, catalog_columns and catalog added. `moments` are
    the instants at which sources were read, with what was read."""
    rename = provider_renamer(recipe.provider_aliases)
    providers = {row[0] for row in rows["providers"]}
    rows = {
        **rows,
        "sources": [_source_row(number, layer) for number, layer in enumerate(layers, start=1)],
        "rejects": sorted(
            _reject_rows(layers, moments, parent), key=lambda row: tuple(map(str, row))
        ),
        "provider_aliases": sorted(
            {
                (fold_provider(alias), rename(alias))
                for alias in recipe.provider_aliases
                if rename(alias) in providers
            }
        ),
        "catalog_columns": sorted(
            ((c.table, c.column, c.description, c.unit) for c in columns()), key=lambda row: row[:2]
        ),
    }
    filters = to_canonical_json(as_stored(recipe.filters, rename))
    return {**rows, "catalog": [_catalog_row(rows, layers, filters, at, parent)]}


def _catalog_row(rows: Rows, layers: Sequence[Layer], filters: str, at: str, parent: Parent) -> Row:
    accepted = sum(_records(layer.entries)["model"] for layer in layers)
    accepted += sum(_records(layer.last_good)["model"] for layer in layers)
    rejects = [reject for layer in layers for reject in layer.rejects]
    rejected = sum(reject.kind == "model" and reject.field is None for reject in rejects)
    digest = content_digest(rows, lambda table: _blocks(rows[table]))
    parents: list[str | None] = [layer.content_digest for layer in layers if layer.content_digest]
    if parent.content_digest:  # a build that changes nothing is no child of itself
        unchanged = digest == parent.content_digest
        parents = [parent.parent_digest if unchanged else parent.content_digest]
    return (
        schema_version(),
        at,
        digest,
        parents[-1] if parents else None,
        __version__,
        sqlite3.sqlite_version,
        len(rows["providers"]),
        len(rows["models"]),
        accepted + rejected,
        accepted,
        rejected,
        sum(reject.field is not None for reject in rejects),
        len(rows["filtered"]),
        filters,
    )


def _blocks(rows: list[Row]) -> Iterator[list[Row]]:
    return (rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK))


def _source_row(position: int, layer: Layer) -> Row:
    kinds = _records(layer.entries)
    fields = sum(reject.field is not None for reject in layer.rejects)
    return (
        position,
        layer.name,
        layer.kind,
        layer.role,
        layer.family,
        layer.location,
        layer.sha256,
        layer.retrieved_at,
        layer.licence,
        kinds["provider"],
        kinds["model"],
        len(layer.rejects) - fields,
        fields,
    )


def _records(entries: Mapping[Key, list[Entry]]) -> Counter[str]:
    """How many records of each kind a layer holds."""
    return Counter(entry.kind for held in entries.values() for entry in held)


def _reject_rows(
    layers: Sequence[Layer], moments: Mapping[tuple[str, str], str], parent: Parent
) -> list[Row]:
    """What the present and the past could not take. What was rejected once and says the same still is
    one reject, that of the instant at which it began."""
    known = {(source, revision) for (_, source), revision in moments.items()}
    new = [_reject_row(reject) for layer in layers for reject in layer.past_rejects]
    begun = {row for row in (*parent.rejects, *new) if (row[0], _revision(row)) in known}
    still = {_without_place(row) for row in begun}
    present = [_reject_row(reject) for layer in layers for reject in layer.rejects]
    return [*begun, *(row for row in present if _without_place(row) not in still)]


def _reject_row(reject: Reject) -> Row:
    return (
        reject.source,
        _shown(reject.place),
        reject.kind,
        None if reject.spec is None else _shown(reject.spec),
        None if reject.field is None else _shown(reject.field),
        _shown(reject.reason),
        _record_text(reject.record),
    )


def _revision(row: Row) -> str:
    """The commit or snapshot before the colon of a place; of a reject of the present it is none."""
    place: str = row[1]
    return place.partition(": ")[0]


def _without_place(row: Row) -> Row:
    source, _, *rest = row
    return source, *rest


def _shown(text: str) -> str:
    """`text` in one line that SQLite can hold, whatever was in it."""
    return text.encode("unicode_escape").decode() if not text.isprintable() else text


def _record_text(record: Any) -> str | None:
    if record is None:
        return None
    try:
        text = json.dumps(record, sort_keys=True, default=repr)
    except (RecursionError, TypeError, ValueError):
        text = json.dumps(f"a {type(record).__name__} that cannot be shown")
    return text[:RECORD_LENGTH]
