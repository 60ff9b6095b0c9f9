"""The past that an existing catalogue holds, so that a build onto it goes on where it ended."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

from llmcat.errors import WriteError
from llmcat.pipeline.flatten import MODEL_COLUMNS, PROVIDER_COLUMNS, Row
from llmcat.pipeline.history import Open, OpenPrice, Recorder, State
from llmcat.pipeline.template import schema_version

APPLICATION_ID = 1280068931

VERSIONS = f"SELECT {', '.join(MODEL_COLUMNS)}, {{rest}}, valid_from, valid_to, source FROM model_versions"
PRICES = (
    "SELECT spec, mode, min_context, meter, usd_per_mtok, {suspect}, valid_from, valid_to, source"
    " FROM prices"
)
CHANGES = "SELECT at, spec, kind, field, old, new, backfill, {suspect}, source FROM changes"
MOMENTS = "SELECT at, source, revision FROM moments"

Missing = dict[str, str]

OLDER: dict[int, Missing] = {
    # schema 1 had no rest, no suspect and no moments
    1: {"rest": "NULL", "suspect": "0", "moments": "SELECT NULL, NULL, NULL WHERE 0"},
}
"""Older schema that a build still takes over -> what stands for the columns that it lacks."""


@dataclass(slots=True)
class Past:
    """What a catalogue knew: its history, the time of its newest input, its digests."""

    recorder: Recorder = field(default_factory=Recorder)
    built_at: str | None = None
    content_digest: str | None = None
    parent_digest: str | None = None

    def models(self) -> dict[str, Row]:
        """The rows of `models` by spec."""
        return {spec: stretch.state.row for spec, stretch in self.recorder.open.items()}


def read_past(path: Path) -> Past | None:
    """The past of the catalogue at `path`; None where there is no file, or an empty one.

    Raises WriteError, and nothing was touched, for a file that is no catalogue or of a later schema.
    """
    if not path.exists() or path.is_dir() or path.stat().st_size == 0:
        return None
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        try:
            missing = _check(path, connection)
            return _read(connection, missing)
        finally:
            connection.close()
    except (sqlite3.Error, TypeError, ValueError) as error:
        raise WriteError(_way_out(path, f"cannot be read as a catalogue ({error})")) from None


def _check(path: Path, connection: sqlite3.Connection) -> Missing:
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise WriteError(_way_out(path, "is no llmcat catalogue"))
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version == schema_version():
        return {"rest": "rest", "suspect": "suspect", "moments": MOMENTS}
    if version in OLDER:
        return OLDER[version]
    reason = f"has schema {version}, and this llmcat knows {schema_version()}"
    raise WriteError(_way_out(path, reason))


def _way_out(path: Path, reason: str) -> str:
    return f"{path} {reason}; its past would be lost: name another file with -o, or remove it"


def _read(connection: sqlite3.Connection, missing: Missing) -> Past:
    recorder = Recorder()
    said_by = {
        spec: json.loads(text)
        for spec, text in connection.execute("SELECT spec, provenance FROM model_details")
    }
    for row in connection.execute(VERSIONS.format(**missing)):
        *values, rest, since, until, source = row
        if until is not None:
            recorder.versions.append(row)
        else:
            spoke = said_by.get(row[0], {"*": source})
            recorder.open[row[0]] = Open(since, State(tuple(values), rest, {}, spoke))
    for row in connection.execute(PRICES.format(**missing)):
        spec, mode, size, meter, price, _, since, until, source = row
        if until is not None:
            recorder.prices.append(row)
        else:
            held = recorder.open_prices.setdefault(spec, {})
            held[mode, size, meter] = OpenPrice(since, price, source)
            recorder.open[spec].state.prices[mode, size, meter] = price
    recorder.changes = connection.execute(CHANGES.format(**missing)).fetchall()
    recorder.moments = set(connection.execute(missing["moments"]))
    names = ", ".join(PROVIDER_COLUMNS[:-1])
    for row in connection.execute(f"SELECT {names} FROM providers"):
        recorder.open_providers[row[0]] = row
    query = "SELECT built_at, content_digest, parent_digest FROM catalog"
    past = Past(recorder, *connection.execute(query).fetchone())
    recorder.last = past.built_at
    return past
