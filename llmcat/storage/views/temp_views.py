"""Connections on which tables show something else: temp views of the same names stand before them.

The views of the file are made again over these, so that llmcat's own queries and the user's see the
same. The words that search looks among are indexed for such a connection when they are first asked for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

VIEWS = "SELECT name, sql FROM main.sqlite_master WHERE type = 'view'"

SEARCHED = (
    *("spec", "provider", "id", "name", "family", "aliases", "description"),
    *("status", "release_date", "deprecated_on", "retires_on", "first_party"),
)
"""Columns of models that search reads."""

MADE = "SELECT 1 FROM temp.sqlite_master WHERE name = ?"
FTS = "SELECT sql FROM main.sqlite_master WHERE name = 'models_fts'"
# in the order in which a build writes models: of too many matches, the first ones are ranked
MODELS_THEN = f"""
CREATE TEMP TABLE models_then AS SELECT {", ".join(SEARCHED)} FROM models ORDER BY provider, id"""


def shift(connection: sqlite3.Connection, selects: Mapping[str, str]) -> None:
    """Let each table or view named in `selects` be what its SELECT gives, on this connection."""
    views = [sql for name, sql in connection.execute(VIEWS) if name not in selects]
    for name, select in selects.items():
        connection.execute(f"CREATE TEMP VIEW {name} AS {select}")
    for sql in views:
        connection.execute(sql.replace("CREATE VIEW", "CREATE TEMP VIEW", 1))


def searched_schema(connection: sqlite3.Connection) -> str:
    """Where the models_fts of this connection stands: "main", or "temp" on one
    that is shifted.

    There it is made when it is first asked for, beside the table `models_then`, whose rowids it has.
    """
    if not is_shifted(connection):
        return "main"
    if connection.execute(MADE, ("models_fts",)).fetchone() is None:
        _index_then(connection)
    return "temp"


def is_shifted(connection: sqlite3.Connection) -> bool:
    """Whether `models` is something else than the table of the file, which no index helps to read."""
    return connection.execute(MADE, ("models",)).fetchone() is not None


def _index_then(connection: sqlite3.Connection) -> None:
    (fts,) = connection.execute(FTS).fetchone()
    fts = fts.replace("models_fts", "temp.models_fts", 1)
    fts = fts.replace('content="models"', 'content="models_then"', 1)
    (locked,) = connection.execute("PRAGMA query_only").fetchone()
    connection.execute("PRAGMA query_only = 0")  # a catalogue in memory has it set, for temp too
    try:
        connection.execute("SAVEPOINT words")
        try:
            for statement in (
                MODELS_THEN,
                fts,
                "INSERT INTO temp.models_fts (models_fts) VALUES ('rebuild')",
            ):
                connection.execute(statement)
        except BaseException:
            connection.execute("ROLLBACK TO words")
            raise
        finally:
            connection.execute("RELEASE words")
    finally:
        connection.execute(f"PRAGMA query_only = {locked}")
