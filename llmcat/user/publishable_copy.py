"""The catalogue with the user's layer as a file that may be published: its digest is that of its rows."""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from llmcat.storage.checks.whole_file import digest_of


@contextmanager
def publishable(layered: str) -> Iterator[Path]:
    """A temporary copy of a catalogue with a layer, whose content_digest is worked out anew: to do it each
    time a layer is made would take a second."""
    folder = tempfile.mkdtemp(prefix="llmcat-")
    try:
        copy = Path(folder) / "catalog.db"
        shutil.copyfile(layered, copy)
        with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = OFF")
            digest = digest_of(connection)
            connection.execute("UPDATE catalog SET content_digest = ?", (digest,))
            connection.execute("VACUUM")
        os.chmod(copy, 0o644)
        yield copy
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(folder)
