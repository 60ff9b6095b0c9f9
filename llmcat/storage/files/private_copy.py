"""A private copy of a catalogue, which changes only when we say so: not even where the file is written to
in place, and for as long as somebody opens it by its path."""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from typing import NamedTuple

from llmcat.errors import CatalogError
from llmcat.storage.checks import before_use
from llmcat.storage.open_file import Stamp, stamp_of


class Snapshot(NamedTuple):
    """`path`, alone in `folder`, is a copy of the source as it was at `stamp`; `digest` is that of its
    content."""

    folder: str
    path: str
    stamp: Stamp
    digest: str


def take(source: str, within: str) -> Snapshot:
    """Copy `source` into a new folder in `within`.

    Raises CatalogError, and leaves nothing behind, unless the copy is a whole catalogue.
    """
    before_use.connect(source).close()
    folder = tempfile.mkdtemp(dir=within)
    path = os.path.join(folder, "catalog.db")
    try:
        before = stamp_of(source)
        shutil.copyfile(source, path)
        if before is None or stamp_of(source) != before:
            raise CatalogError(f"{source}: changed while it was read; swap it in whole")
        return Snapshot(folder, path, before, _digest(source, path))
    except BaseException as error:
        shutil.rmtree(folder, ignore_errors=True)
        if not isinstance(error, OSError):
            raise
        raise CatalogError(f"{source}: cannot be copied to {folder} ({error.strerror})") from None


def _digest(source: str, copy: str) -> str:
    """The content digest of a copy that is whole."""
    try:
        with closing(before_use.connect(copy)) as connection:
            (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if verdict != "ok":
                raise CatalogError(f"{source}: is damaged ({verdict.splitlines()[-1]})")
            (digest,) = connection.execute("SELECT content_digest FROM catalog").fetchone()
            return str(digest)
    except (sqlite3.Error, TypeError) as error:
        raise before_use.unreadable(source, error) from None
