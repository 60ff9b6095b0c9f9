"""Write: the rows become one SQLite file, beside the old one, checked, then moved into its place.

Equal rows give equal bytes: rows come sorted, no clock is read, and VACUUM INTO resets the header's
counters. A reader, or a machine that dies, sees the old file or the new one, never a part of one.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from llmcat.errors import WriteError
from llmcat.pipeline.tables.flatten import Rows
from llmcat.pipeline.tables.schema import columns_of, schema_and_seal

TEMPORARY = re.compile(r"^\.llmcat-(\d+)-[0-9a-f]+\.tmp(-journal)?$")


def write(rows: Rows, output: Path) -> int:
    """Write the catalogue to `output`; returns its size in bytes.

    Raises WriteError, and leaves what was there untouched, when the folder cannot be written, the
    disk is full or the result does not pass SQLite's own check.
    """
    output = Path(os.path.realpath(output))
    if os.path.isdir(output):
        raise WriteError(f"{output} is a directory; name a file, such as {output / 'catalog.db'}")
    if os.path.exists(output) and not os.path.isfile(output):
        raise WriteError(f"{output} is no regular file, and would be replaced by one; name another")
    clean_up(output.parent)
    try:
        with _temporary(output.parent) as draft, _temporary(output.parent) as final:
            _draft(rows, draft, final)
            _check(final)
            size = final.stat().st_size
            _move(final, output)
    except sqlite3.Error as error:
        raise WriteError(f"{output} was not written: {error}") from None
    except OSError as error:
        raise WriteError(f"{output} was not written: {error.strerror or error}") from None
    return size


def clean_up(folder: Path) -> None:
    """Remove the temporary files of builds that died; those of living processes stay."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            match = TEMPORARY.match(entry.name)
            if match and not _alive(int(match[1])):
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True


@contextlib.contextmanager
def _temporary(folder: Path) -> Iterator[Path]:
    """A path for a new file that is gone afterwards, unless it was moved away."""
    if not os.access(folder, os.W_OK):
        reason = "no permission to write there" if folder.is_dir() else "there is no such folder"
        raise WriteError(f"nothing can be written to {folder}: {reason}")
    path = folder / f".llmcat-{os.getpid()}-{secrets.token_hex(4)}.tmp"
    try:
        yield path
    finally:
        for leftover in (path, Path(f"{path}-journal")):
            leftover.unlink(missing_ok=True)


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
    connection.executescript(schema)
    connection.execute("BEGIN")
    for table, table_rows in rows.items():
        marks = ",".join("?" * len(columns_of(table)))
        connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', table_rows)
    connection.execute("INSERT INTO models_fts (models_fts) VALUES ('rebuild')")
    connection.execute("INSERT INTO models_fts (models_fts) VALUES ('optimize')")
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.executescript(seal)


def _check(path: Path) -> None:
    connection = sqlite3.connect(path)
    try:
        found = connection.execute("PRAGMA integrity_check").fetchone()[0]
    finally:
        connection.close()
    if found != "ok":
        raise WriteError(f"the new catalogue is damaged ({found}); the old one stays")


def _move(source: Path, target: Path) -> None:
    """Put `source` in place of `target` so that the change survives a power cut."""
    with open(source, "rb") as stream:
        os.fsync(stream.fileno())
    os.replace(source, target)
    if os.name == "posix":
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
