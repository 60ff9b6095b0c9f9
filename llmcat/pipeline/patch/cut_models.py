"""A part of a catalogue as a catalogue of its own: some models, their providers and their past."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from llmcat.pipeline.entries import Document
from llmcat.pipeline.sources.catalog_file import CatalogFile, document_of
from llmcat.pipeline.tables.create_tables import schema_and_seal
from llmcat.storage.checks import before_use

BY_SPEC = ("models", "aliases", "disagreements", "outliers")
BY_MODEL = {
    "version_log": "model",
    "price_log": "model",
    "change_log": "model",
    "detail_log": "model",
}
WHOLE = (
    "catalog",
    "provider_aliases",
    "meters",
    "words",
    "origins",
    "abilities",
    "catalog_columns",
)


class PartOfCatalog(CatalogFile):
    """The kind `catalog` for a part that was cut out."""

    def __init__(self, part: sqlite3.Connection) -> None:
        self._part = part

    def read(self, location: Any) -> Iterator[Document]:
        """All rows of the part; `location` is the file that it was cut out of."""
        yield document_of(self._part, location, "")


def cut(whole: Path, specs: Collection[str], *, dated: bool = False) -> sqlite3.Connection:
    """The models of these specs, with their providers and their past, as a catalogue in memory; a spec
    may also be the id of a provider alone.

    With `dated` its time is that of the last change to any of them, so that what a patch says of later
    instants still finds its place in their past; else it is that of the whole.
    """
    schema, seal = schema_and_seal()
    part = sqlite3.connect("file::memory:", isolation_level=None, uri=True)
    part.executescript(schema)
    part.execute("ATTACH ? AS base", (before_use.uri(str(whole)),))
    part.execute("BEGIN")
    part.execute("CREATE TEMP TABLE touched (spec TEXT PRIMARY KEY)")
    part.executemany(
        "INSERT OR IGNORE INTO touched VALUES (?)",
        [(name,) for spec in specs for name in (spec, spec.partition(":")[0])],
    )
    for statement in _copies():
        part.execute(statement)
    if dated:
        part.execute(UNTIL)
        part.execute("DELETE FROM moments WHERE at > (SELECT built_at FROM catalog)")
    part.execute(COUNTS)
    part.execute("COMMIT")
    part.execute("DETACH base")
    part.executescript(seal)
    return part


NUMBERS = "(SELECT number FROM main.specs)"
COUNTS = """
UPDATE catalog SET
    models = (SELECT count(*) FROM models), providers = (SELECT count(*) FROM providers)"""
UNTIL = """
UPDATE catalog SET
    built_at = coalesce((
        SELECT strftime('%Y-%m-%dT%H:%M:%SZ', max(at), 'unixepoch') FROM (
            SELECT CAST(strftime('%s', max(valid_from)) AS INTEGER) AS at FROM models
            UNION ALL SELECT max(until) FROM version_log
            UNION ALL SELECT max(since) FROM price_log
            UNION ALL SELECT max(at) FROM change_log
        )
    ), '1970-01-01T00:00:00Z')"""


def _copies() -> Iterator[str]:
    yield from (f"INSERT INTO main.{table} SELECT * FROM base.{table}" for table in WHOLE)
    yield "INSERT INTO main.specs SELECT * FROM base.specs WHERE spec IN (SELECT spec FROM touched)"
    yield "INSERT INTO main.providers SELECT * FROM base.providers WHERE id IN (SELECT spec FROM touched)"
    for table in BY_SPEC:
        yield f"INSERT INTO main.{table} SELECT * FROM base.{table} WHERE spec IN (SELECT spec FROM touched)"
    for table, column in BY_MODEL.items():
        yield f"INSERT INTO main.{table} SELECT * FROM base.{table} WHERE {column} IN {NUMBERS}"
    yield "INSERT INTO main.moments SELECT * FROM base.moments"
    named = [f"SELECT {column} FROM main.detail_log" for column in DETAILS]
    named += ["SELECT rest FROM main.version_log", "SELECT corroborated_by FROM main.price_log"]
    yield f"INSERT INTO main.texts SELECT * FROM base.texts WHERE number IN ({' UNION '.join(named)})"


DETAILS = (
    *("limits", "cost", "modes", "regions", "hours", "dated_prices", "capabilities", "serving"),
    *("links", "weights", "benchmarks", "notes", "task_complexity_score", "metadata", "extra"),
    "provenance",
)
"""The columns of detail_log, each the number of a text."""
