"""Facets of large catalogues, counted to their end in the background.

Half a million models have array facets that take five seconds. A page does not wait for them, and the
next ones have them: Datasette alone would give up on every page anew.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from datasette.database import Results

LONGEST_SECONDS = 60.0
MOST = 40
"""How many facets of one snapshot are counted like this: all that our metadata names, and what
strangers may cost us."""

STEPS = 10_000


class Unhurried:
    """Counts one facet after the other, on a connection of its own."""

    def __init__(self, connect: Callable[[], sqlite3.Connection]) -> None:
        self._connect = connect
        self._done: dict[Hashable, Results | None] = {}
        self._ended = False
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="llmcat-facets")

    def __contains__(self, key: Hashable) -> bool:
        """Whether a facet is counted here, to its end or not yet."""
        return key in self._done

    def get(self, key: Hashable) -> Results | None:
        """The facet's rows, once they are there."""
        return self._done.get(key)

    def count(self, key: Hashable, sql: str) -> None:
        """Begin to count, when there is room; `sql` is of a whole table, without parameters."""
        filtered = sql.lower().count("where") > sql.lower().count("is not null")
        if not (filtered or key in self._done or len(self._done) >= MOST or self._ended):
            self._done[key] = None
            self._executor.submit(self._run, key, sql)

    def _run(self, key: Hashable, sql: str) -> None:
        end = time.monotonic() + LONGEST_SECONDS
        connection = self._connect()
        try:
            connection.row_factory = sqlite3.Row
            connection.set_progress_handler(lambda: self._ended or time.monotonic() > end, STEPS)
            with suppress(sqlite3.Error, MemoryError):  # then pages go on without it
                cursor = connection.execute(sql)
                self._done[key] = Results(cursor.fetchall(), False, cursor.description)
        finally:
            connection.close()

    def close(self) -> None:
        """Stop what is being counted."""
        self._ended = True
        self._executor.shutdown(wait=True, cancel_futures=True)
