"""A private copy of a catalogue: what is served changes only when we say so, not even where the file is
written to in place. Datasette opens a connection when a thread needs one, by the path."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from typing import Any, NamedTuple

from datasette.inspect import inspect_tables

from llmcat.errors import CatalogError
from llmcat.storage import trust
from llmcat.storage.open_file import Stamp, stamp_of

NAME = "catalog"
"""The database's name in every URL and in the metadata, whatever the file is called."""


class Snapshot(NamedTuple):
    """`path` is a copy of the source as it was at `stamp`, `digest` that of its content, `tables` what
    Datasette knows of each table, the number of rows among it."""

    folder: str
    path: str
    stamp: Stamp
    digest: str
    tables: dict[str, Any]


def take(source: str, within: str) -> Snapshot:
    """Copy `source` into a new folder in `within`.

    Raises CatalogError, and leaves nothing behind, unless the copy is a whole catalogue.
    """
    trust.connect(source).close()
    folder = tempfile.mkdtemp(dir=within)
    path = os.path.join(folder, f"{NAME}.db")
    try:
        before = stamp_of(source)
        shutil.copyfile(source, path)
        if before is None or stamp_of(source) != before:
            raise CatalogError(f"{source}: changed while it was read; swap it in whole")
        return Snapshot(folder, path, before, *_inspect(source, path))
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if not isinstance(error, OSError):
            raise
        raise CatalogError(f"{source}: cannot be copied to {folder} ({error.strerror})") from None


def _inspect(source: str, copy: str) -> tuple[str, dict[str, Any]]:
    """The content digest and the tables of a copy that is whole."""
    try:
        with closing(trust.connect(copy)) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise CatalogError(f"{source}: is damaged ({verdict.splitlines()[-1]})")
            (digest,) = connection.execute("SELECT content_digest FROM catalog").fetchone()
            connection.row_factory = sqlite3.Row
            return str(digest), inspect_tables(connection, {})
    except (sqlite3.Error, TypeError) as error:
        raise trust.unreadable(source, error) from None
