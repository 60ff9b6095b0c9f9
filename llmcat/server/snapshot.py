"""A private copy of a catalogue: what is served changes only when we say so."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from typing import NamedTuple

from llmcat.catalog import Catalog
from llmcat.errors import CatalogError
from llmcat.storage.trust import uri

NAME = "catalog"
"""The database's name in every URL and in the metadata, whatever the file is called."""

Stamp = tuple[int, int, int, int, int]


class Snapshot(NamedTuple):
    """`path` is a copy of the source as it was at `stamp`, `digest` that of its content, `counts` the
    rows of each table."""

    folder: str
    path: str
    stamp: Stamp
    digest: str
    counts: dict[str, int]

    def remove(self) -> None:
        """Delete the copy."""
        shutil.rmtree(self.folder, ignore_errors=True)


def stamp(path: str) -> Stamp | None:
    """What changes when a file is swapped or written to: device, inode, mtime in ns, size in bytes,
    size of its write-ahead log; None where there is no file."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    try:
        pending = os.stat(f"{path}-wal").st_size
    except OSError:
        pending = 0
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size, pending


def take(source: str, within: str) -> Snapshot:
    """Copy `source` into a new folder in `within`.

    Raises CatalogError, and leaves nothing behind, unless the copy is a whole catalogue.
    """
    Catalog(source).close()  # says best what is wrong with the file
    folder = tempfile.mkdtemp(dir=within)
    path = os.path.join(folder, f"{NAME}.db")
    try:
        before = stamp(source)
        shutil.copyfile(source, path)
        if before is None or stamp(source) != before:
            raise CatalogError(f"{source}: changed while it was read; swap it in whole")
        return Snapshot(folder, path, before, *_inspect(source, path))
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if not isinstance(error, OSError):
            raise
        raise CatalogError(f"{source}: cannot be copied to {folder} ({error.strerror})") from None


def _inspect(source: str, copy: str) -> tuple[str, dict[str, int]]:
    """The content digest and the number of rows of every table of a copy that is whole."""
    try:
        with closing(sqlite3.connect(uri(copy), uri=True)) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise CatalogError(f"{source}: is damaged ({verdict.splitlines()[-1]})")
            (digest,) = connection.execute("SELECT content_digest FROM catalog").fetchone()
            names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            return str(digest), {n: _count(connection, n) for (n,) in names.fetchall()}
    except (sqlite3.Error, TypeError) as error:
        raise CatalogError(f"{source}: cannot be read as a catalogue ({error})") from None


def _count(connection: sqlite3.Connection, table: str) -> int:
    quoted = table.replace('"', '""')
    return int(connection.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()[0])
