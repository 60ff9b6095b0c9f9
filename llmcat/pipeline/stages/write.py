"""Write: the rows become one SQLite file, beside the old one, checked, then moved into its place.

Equal rows give equal bytes: rows come sorted, no clock is read, and VACUUM INTO resets the header's
counters. A reader, or a machine that dies, sees the old file or the new one, never a part of one.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Sequence
from operator import itemgetter
from pathlib import Path

from llmcat.errors import WriteError
from llmcat.pipeline.tables.create_tables import columns_of, schema_and_seal
from llmcat.pipeline.tables.flatten import Row, Rows
from llmcat.storage.checks import before_use
from llmcat.storage.files.build_folder import check_folder, workplace
from llmcat.storage.files.put_in_place import put_in_place


def write(rows: Rows, output: Path) -> int:
    """Write the catalogue to `output`, and its sha256 beside it; returns its size in bytes.

    The new file has the mode (and, where that is allowed, the owner) of the one that it replaces.
    Raises WriteError, and leaves what was there untouched, when the folder cannot be written, the
    disk is full, another program has changes lying beside `output`, or the result does not pass its
    check.
    """
    output = writable(output)
    try:
        before_use.check_neighbours(str(output))  # SQLite would roll them into the new file
        with workplace(output.parent) as folder:
            draft, final = folder / "draft.db", folder / "catalog.db"
            _draft(rows, draft, final)
            _check(final, len(rows["models"]))
            size = final.stat().st_size
            put_in_place(final, output)
    except before_use.Untrusted as error:
        raise WriteError(f"{output} was not written: it {error.reason}; {error.way_out}") from None
    except sqlite3.Error as error:
        raise WriteError(f"{output} was not written: {error}") from None
    except OSError as error:
        raise WriteError(f"{output} was not written: {error.strerror or error}") from None
    return size


def writable(output: Path) -> Path:
    """The real path of a catalogue that is to be written; WriteError at once where it cannot be."""
    output = Path(os.path.realpath(output))
    if os.path.isdir(output):
        raise WriteError(f"{output} is a directory; name a file, such as {output / 'catalog.db'}")
    if os.path.exists(output) and not os.path.isfile(output):
        raise WriteError(f"{output} is no regular file, and would be replaced by one; name another")
    check_folder(output.parent)
    return output


def _draft(rows: Rows, draft: Path, final: Path) -> None:
    connection = sqlite3.connect(draft, isolation_level=None)
    try:
        # the draft is thrown away: it needs no journal, and no disk to be waited for
        connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        fill(rows, connection)
        connection.execute("VACUUM INTO ?", (str(final),))
    finally:
        connection.close()


def fill(rows: Rows, connection: sqlite3.Connection) -> None:
    """Make the schema in an empty database, put the rows into it, index and seal it.

    `connection` must be in autocommit mode (isolation_level None).
    """
    schema, seal = schema_and_seal()
    tables, create, indexes = schema.partition("CREATE INDEX")
    connection.executescript(f"{tables} COMMIT;")
    connection.execute("BEGIN")
    for table, table_rows in rows.items():
        _insert(table, table_rows, connection)
    connection.execute("INSERT INTO models_fts (models_fts) VALUES ('rebuild')")
    connection.execute("INSERT INTO models_fts (models_fts) VALUES ('optimize')")
    connection.execute("COMMIT")
    # an index is made faster of all rows at once than row by row
    connection.executescript(f"BEGIN; {create}{indexes}")
    connection.execute("ANALYZE")
    connection.executescript(seal)


def _insert(table: str, rows: Sequence[Row], connection: sqlite3.Connection) -> None:
    """Put rows into a table. Of all values NULL takes longest to hand over, so that columns in which a
    catalogue has nothing else are left out."""
    columns = {
        column: map(itemgetter(number), rows)
        for number, column in enumerate(columns_of(table))
        if any(row[number] is not None for row in rows)
    }
    if rows:
        names, marks = ",".join(map('"{}"'.format, columns)), ",".join("?" * len(columns))
        insert = f'INSERT INTO "{table}" ({names}) VALUES ({marks})'
        connection.executemany(insert, zip(*columns.values()))


def _check(path: Path, models: int) -> None:
    """Raise WriteError unless the new file is a whole catalogue of so many models.

    It is opened read-only: of a file that is gone SQLite would make an empty one, and find it in order.
    """
    try:
        connection = before_use.connect(str(path))
    except before_use.Untrusted as error:
        raise WriteError(f"the new catalogue {error.reason}; the old one stays") from None
    with contextlib.closing(connection):
        (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        counts = connection.execute("SELECT models, (SELECT count(*) FROM models) FROM catalog")
        if found == "ok" and counts.fetchall() != [(models, models)]:
            found = f"it should hold {models:,} models and does not"
    if found != "ok":
        raise WriteError(f"the new catalogue is damaged ({found}); the old one stays")
