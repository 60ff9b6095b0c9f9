"""Put the rows of a part into a copy of the whole catalogue, in place of those that stood there."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Collection, Iterable, Sequence

from llmcat.pipeline.patch.cut_models import DETAILS
from llmcat.pipeline.patch.outliers_anew import Namesakes, bases_of_touched, mark_outliers
from llmcat.pipeline.tables.create_tables import columns_of
from llmcat.pipeline.tables.flatten import Row, Rows

ALIASES_THAT_ARE_MODELS = """
DELETE FROM aliases
WHERE provider || ':' || alias IN (SELECT spec FROM models)
    AND (
        spec IN (SELECT spec FROM touched)
        OR provider || ':' || alias IN (SELECT spec FROM touched)
    )"""
FULL_TEXT = "id, name, provider, family, aliases, description"


def put(
    connection: sqlite3.Connection, rows: Rows, specs: Collection[str], namesakes: Namesakes
) -> None:
    """Replace what the catalogue behind `connection` has of `specs` and their providers by `rows`, those
    of a part that was built anew. `connection` is in a transaction."""
    connection.execute("CREATE TEMP TABLE touched (spec TEXT PRIMARY KEY)")
    built = {row[0] for row in rows["models"]}
    connection.executemany(
        "INSERT OR IGNORE INTO touched VALUES (?)", [(spec,) for spec in {*specs, *built}]
    )
    numbers = _Numbers(connection, rows)
    bases = bases_of_touched(connection, namesakes)
    _take_out(connection)
    for table in ("models", "aliases", "providers"):
        _insert(connection, table, rows[table], "INSERT OR REPLACE")
    connection.execute(
        f"INSERT INTO models_fts (rowid, {FULL_TEXT}) SELECT rowid, {FULL_TEXT} FROM models"
        " WHERE spec IN (SELECT spec FROM touched)"
    )
    connection.execute(ALIASES_THAT_ARE_MODELS)
    mark_outliers(connection, bases | bases_of_touched(connection, namesakes), namesakes)
    for table in ("meters", "provider_aliases", "filtered"):
        _insert(connection, table, rows[table], "INSERT OR IGNORE")
    _insert(connection, "disagreements", rows["disagreements"])
    for table, logged in numbers.logs().items():
        _insert(connection, table, logged, "INSERT OR REPLACE")
    _insert(connection, "moments", rows["moments"], "INSERT OR IGNORE")
    _insert(connection, "rejects", rows["rejects"])


def _take_out(connection: sqlite3.Connection) -> None:
    """Remove what stands there of the models that are touched; the index of words needs the old words
    for that."""
    connection.execute(
        f"INSERT INTO models_fts (models_fts, rowid, {FULL_TEXT})"
        f" SELECT 'delete', rowid, {FULL_TEXT} FROM models WHERE spec IN (SELECT spec FROM touched)"
    )
    for table in ("models", "aliases", "disagreements", "filtered"):
        connection.execute(f"DELETE FROM {table} WHERE spec IN (SELECT spec FROM touched)")
    numbers = "SELECT number FROM specs WHERE spec IN (SELECT spec FROM touched)"
    for table in ("detail_log", "version_log", "price_log", "change_log"):
        connection.execute(f"DELETE FROM {table} WHERE model IN ({numbers})")


class _Numbers:
    """The numbers of a part, as those of the whole: what the whole does not have gets a new one."""

    def __init__(self, connection: sqlite3.Connection, rows: Rows) -> None:
        self._rows = rows
        self.specs = _named(connection, "specs", "spec", rows["specs"])
        self.origins = _named(connection, "origins", "name", rows["origins"])
        self.words = _named(connection, "words", "word", rows["words"])
        self.texts = _new(connection, "texts", rows["texts"])
        self.abilities = _new(connection, "abilities", rows["abilities"])

    def logs(self) -> Rows:
        """The rows of the logs with the whole's numbers."""
        found: Rows = {}
        plans = {
            "detail_log": {"model": self.specs, **dict.fromkeys(DETAILS, self.texts)},
            "version_log": {
                "model": self.specs,
                "origin": self.origins,
                "ability": self.abilities,
                "rest": self.texts,
            },
            "price_log": {
                "model": self.specs,
                "meter": self.words,
                "origin": self.origins,
                "corroborated_by": self.texts,
            },
            "change_log": {
                "model": self.specs,
                "field": self.words,
                "origin": self.origins,
            },
        }
        for table, plan in plans.items():
            columns = columns_of(table)
            maps = [(columns.index(name), numbers) for name, numbers in plan.items()]
            found[table] = [_renumbered(row, maps) for row in self._rows[table]]
        return found


def _renumbered(row: Row, maps: Sequence[tuple[int, dict[int, int]]]) -> Row:
    values = list(row)
    for place, numbers in maps:
        if values[place] is not None:
            values[place] = numbers[values[place]]
    return tuple(values)


def _named(
    connection: sqlite3.Connection, table: str, column: str, rows: Iterable[Row]
) -> dict[int, int]:
    """Number in the part -> number in the whole, of what has a name there."""
    rows = list(rows)
    connection.executemany(
        f"INSERT OR IGNORE INTO {table} ({column}) VALUES (?)", [(name,) for _, name in rows]
    )
    query = f"SELECT number FROM {table} WHERE {column} = ?"
    return {number: connection.execute(query, (name,)).fetchone()[0] for number, name in rows}


def _new(connection: sqlite3.Connection, table: str, rows: Iterable[Row]) -> dict[int, int]:
    """The same of what gets new numbers in any case."""
    (last,) = connection.execute(f"SELECT coalesce(max(number), 0) FROM {table}").fetchone()
    renumbered = {row[0]: last + count for count, row in enumerate(rows, start=1)}
    _insert(connection, table, [(renumbered[row[0]], *row[1:]) for row in rows])
    return renumbered


def _insert(
    connection: sqlite3.Connection, table: str, rows: Sequence[Row], how: str = "INSERT"
) -> None:
    marks = ",".join("?" * len(columns_of(table)))
    connection.executemany(f'{how} INTO "{table}" VALUES ({marks})', rows)


def account(connection: sqlite3.Connection, rows: Rows, layers: Collection[str], key: str) -> None:
    """Let the file say of itself what it is now: the sources of the patch behind those of the whole,
    the counts, and a digest that follows from that of the whole and from `key`, the patch's own. Its
    time stays that of the whole: a layer makes no catalogue younger."""
    (position,) = connection.execute("SELECT max(position) FROM sources").fetchone()
    columns = columns_of("sources")
    read = [columns.index(name) for name in ("providers", "models", "rejected")]
    own = [row for row in rows["sources"] if row[1] in layers and any(row[n] for n in read)]
    _insert(
        connection,
        "sources",
        [(position + count, *row[1:]) for count, row in enumerate(own, start=1)],
        "INSERT OR REPLACE",
    )
    (digest,) = connection.execute("SELECT content_digest FROM catalog").fetchone()
    part = dict(zip(columns_of("catalog"), rows["catalog"][0]))
    accepted = sum(row[columns.index("models")] for row in own)
    connection.execute(
        "UPDATE catalog SET parent_digest = content_digest, content_digest = ?,"
        " models = (SELECT count(*) FROM models), providers = (SELECT count(*) FROM providers),"
        " models_filtered = (SELECT count(*) FROM filtered), records_read = records_read + ?,"
        " records_accepted = records_accepted + ?, records_rejected = records_rejected + ?,"
        " fields_rejected = fields_rejected + ?",
        (
            hashlib.sha256(f"{digest} {key}".encode()).hexdigest(),
            accepted + part["records_rejected"],
            accepted,
            part["records_rejected"],
            part["fields_rejected"],
        ),
    )
