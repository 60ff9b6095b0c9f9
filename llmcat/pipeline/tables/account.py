"""Account: what the file says of itself. Sources, rejects, counts, the digest of its content."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections import Counter
from typing import Any

from llmcat.errors import SourceError
from llmcat.instants import UNKNOWN_TIME
from llmcat.pipeline.history.resume import Past
from llmcat.pipeline.layer import Layer, Reject
from llmcat.pipeline.recipe import Recipe
from llmcat.pipeline.stages.filter import as_stored
from llmcat.pipeline.stages.normalize import provider_renamer
from llmcat.pipeline.tables.flatten import Row, Rows, to_canonical_json
from llmcat.pipeline.tables.schema import columns
from llmcat.spec import fold_provider
from llmcat.storage.template import schema_version
from llmcat.version import __version__

RECORD_LENGTH = 10_000
BLOCK = 1_000


def account(
    rows: Rows,
    layers: list[Layer],
    recipe: Recipe,
    kept: int,
    at: str,
    past: Past,
) -> Rows:
    """`rows` with sources, rejects, provider_aliases, catalog_columns and catalog added. Of
    `kept` models an earlier record stands."""
    rename = provider_renamer(recipe.provider_aliases)
    providers = {row[0] for row in rows["providers"]}
    rows = {
        **rows,
        "sources": [_source_row(number, layer) for number, layer in enumerate(layers, start=1)],
        "rejects": sorted(_reject_rows(layers, past), key=lambda row: tuple(map(str, row))),
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
    return {**rows, "catalog": [_catalog_row(rows, layers, filters, kept, at, past)]}


def built_at(layers: list[Layer], past: str | None) -> str:
    """The newest time among the inputs. Where none knows its own, the newest date in the records.

    Raises SourceError when that is before the time of the catalogue that is built upon.
    """
    times = [layer.retrieved_at for layer in layers if layer.retrieved_at]
    at = max(times, default=None) or _newest_date(layers) or past or UNKNOWN_TIME
    if past and at < past and times:
        raise SourceError(
            layers[0].name,
            f"is of {at}, older than the catalogue that is there ({past}), and a past cannot follow a"
            " future: name another file with -o, or remove that one",
        )
    return max(at, past or at)


def _newest_date(layers: list[Layer]) -> str | None:
    dates = (
        entry.facts["last_updated"]
        for layer in layers
        for entry in layer.entries
        if len(entry.facts.get("last_updated", "")) == len("YYYY-MM-DD")
    )
    newest = max(dates, default=None)
    return f"{newest}T00:00:00Z" if newest else None


def content_digest(rows: Rows) -> str:
    """sha256 over all rows but those of `catalog`: per table its name, then its rows as JSON
    arrays with commas between them, BLOCK rows a line."""
    digest = hashlib.sha256()
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    for table in sorted(rows.keys() - {"catalog"}):
        digest.update(f"{table}\n".encode())
        for start in range(0, len(rows[table]), BLOCK):  # in blocks: the text of all takes memory
            digest.update(encode(rows[table][start : start + BLOCK])[1:-1].encode() + b"\n")
    return digest.hexdigest()


def _catalog_row(
    rows: Rows, layers: list[Layer], filters: str, kept: int, at: str, past: Past
) -> Row:
    accepted = kept + sum(entry.kind == "model" for layer in layers for entry in layer.entries)
    rejects = [reject for layer in layers for reject in layer.rejects]
    rejected = sum(reject.kind == "model" and reject.field is None for reject in rejects)
    digest = content_digest(rows)
    parents: list[str | None] = [layer.content_digest for layer in layers if layer.content_digest]
    if past.content_digest:  # a build that changes nothing is no child of itself
        unchanged = digest == past.content_digest
        parents = [past.parent_digest if unchanged else past.content_digest]
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


def _source_row(position: int, layer: Layer) -> Row:
    kinds = Counter(entry.kind for entry in layer.entries)
    fields = sum(reject.field is not None for reject in layer.rejects)
    return (
        position,
        layer.name,
        layer.kind,
        layer.location,
        layer.sha256,
        layer.retrieved_at,
        layer.licence,
        kinds["provider"],
        kinds["model"],
        len(layer.rejects) - fields,
        fields,
    )


def _reject_rows(layers: list[Layer], past: Past) -> list[Row]:
    """What the present and the past could not take. What was rejected once and says the same still is
    one reject, that of the instant at which it began."""
    told = {(source, revision) for (_, source), revision in past.recorder.moments.items()}
    new = [_reject_row(reject) for layer in layers for reject in layer.past_rejects]
    begun = {row for row in (*past.rejects, *new) if (row[0], _revision(row)) in told}
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
    source, _, *said = row
    return source, *said


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
