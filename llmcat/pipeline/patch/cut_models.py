"""A part of a catalogue as a catalogue of its own: some models, their providers and their past."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from llmcat.pipeline.entries import Document, Entry, Reject
from llmcat.pipeline.sources.catalog_file import CatalogFile
from llmcat.pipeline.tables.create_tables import schema_and_seal

KEPT_DERIVED = ("family", "quality_tier", "task", "billing", "dimensions")
"""What the build of the whole derived from all of its models, and a part could only know worse."""

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
    """The kind `catalog` for a part: what was derived of the whole stays as it is."""

    def translate(self, document: Document) -> Iterator[Entry | Reject]:
        """The facts, and what the whole derived of them."""
        rows = {row["spec"]: row for row in document.data["models"]}
        for entry in super().translate(document):
            if isinstance(entry, Entry) and entry.kind == "model":
                row = rows[":".join(entry.key)]
                for column in KEPT_DERIVED:
                    if column not in entry.facts and row[column] is not None:
                        entry.facts[column] = row[column]
                        _say_derived(entry, row, column)
            yield entry


def _say_derived(entry: Entry, row: Any, column: str) -> None:
    import json

    source = json.loads(row["provenance"]).get(column)
    if entry.provenance is not None and source:
        entry.provenance[column] = source


def cut(whole: Path, specs: Collection[str], part: Path) -> None:
    """Write the models of these specs, with their providers and their past, to `part`.

    Its time is that of the last change to any of them, so that what a patch says of later instants still
    finds its place in their past.
    """
    schema, seal = schema_and_seal()
    with closing(sqlite3.connect(part, isolation_level=None)) as connection:
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        connection.executescript(schema)
        connection.execute("ATTACH ? AS base", (str(whole),))
        connection.execute("BEGIN")
        connection.execute("CREATE TEMP TABLE touched (spec TEXT PRIMARY KEY)")
        connection.executemany(
            "INSERT OR IGNORE INTO touched VALUES (?)",
            [(name,) for spec in specs for name in (spec, spec.partition(":")[0])],
        )
        for statement in _copies():
            connection.execute(statement)
        connection.execute(UNTIL)
        connection.execute("DELETE FROM moments WHERE at > (SELECT built_at FROM catalog)")
        connection.execute("COMMIT")
        connection.execute("DETACH base")
        connection.executescript(seal)


NUMBERS = "(SELECT number FROM main.specs)"
UNTIL = """
UPDATE catalog SET
    models = (SELECT count(*) FROM models), providers = (SELECT count(*) FROM providers),
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
