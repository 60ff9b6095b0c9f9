"""Connections to one catalogue: read-only, one for each thread, opened when first asked for."""

from __future__ import annotations

import itertools
import sqlite3
import threading
from collections.abc import Callable

from llmcat.storage.sandbox import harden, refuse_other_files

CACHE = "PRAGMA cache_size = -16000"
"""16 MB at most, a catalogue as it ships: SQLite's own 2 MB cost a microsecond a lookup."""

_numbers = itertools.count(1)

Prepare = Callable[[sqlite3.Connection], object]


class Database:
    """The connections to the database at `uri`.

    `prepare` is run on each new connection; `anchor` is kept open, and with it a database in memory.
    """

    def __init__(
        self,
        uri: str,
        prepare: Prepare = lambda connection: None,
        anchor: sqlite3.Connection | None = None,
    ) -> None:
        self.uri = uri
        self._prepare = prepare
        self._anchor = anchor
        self._open: list[sqlite3.Connection] = []
        self.local = threading.local()

    @classmethod
    def in_memory(cls, fill: Callable[[sqlite3.Connection], object]) -> Database:
        """A database that never touches the disk and that all threads share."""
        uri = f"file:llmcat-{next(_numbers)}?mode=memory&cache=shared"
        anchor = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
        fill(anchor)
        return cls(uri, lambda connection: connection.execute("PRAGMA query_only = 1"), anchor)

    def prepared(self, prepare: Prepare) -> Database:
        """The same database through connections that are prepared further."""

        def both(connection: sqlite3.Connection) -> None:
            prepare(connection)  # first: what is made in temp must be made before query_only
            self._prepare(connection)

        return Database(self.uri, both, self._anchor)

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection."""
        try:
            connection: sqlite3.Connection = self.local.connection
        except AttributeError:
            connection = self.local.connection = self._connect()
        return connection

    @property
    def sandbox(self) -> sqlite3.Connection:
        """This thread's connection for SQL from elsewhere, behind the authorizer."""
        try:
            connection: sqlite3.Connection = self.local.sandbox
        except AttributeError:
            connection = self.local.sandbox = harden(self._connect())
        return connection

    def _connect(self) -> sqlite3.Connection:
        # check_same_thread off: close() may be called from another thread than the one that opened
        connection = sqlite3.connect(
            self.uri, uri=True, isolation_level=None, check_same_thread=False
        )
        connection.execute(CACHE)
        refuse_other_files(connection)
        self._open.append(connection)
        self._prepare(connection)
        return connection

    def close(self) -> None:
        """Close the connections of all threads; the next use opens new ones."""
        self.local = threading.local()
        while self._open:
            self._open.pop().close()
