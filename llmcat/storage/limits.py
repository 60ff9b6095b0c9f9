"""What queries of others may take of a process: time, and memory for their results."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing

SOFT_HEAP_LIMIT, HARD_HEAP_LIMIT = 64_000_000, 96_000_000
"""Bytes of all connections together: from the first on SQLite drops cached pages instead of taking
more, beyond the second a query fails. It binds even where the limit of lengths can't be set."""

WATCHDOG_SECONDS = 0.05
"""How often the watchdog looks at what is running."""

CELL = 100
"""Bytes that a cell takes beside its text."""


def limit_heap() -> None:
    """Keep SQLite below the limits for the rest of the process; the hard one can't be raised again."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"PRAGMA hard_heap_limit = {HARD_HEAP_LIMIT}")
        connection.execute(f"PRAGMA soft_heap_limit = {SOFT_HEAP_LIMIT}")


class Watchdog(threading.Thread):
    """Interrupts connections that are busy for too long, and all of them when it is stopped.

    A progress handler is called between two steps of SQLite, of which one can take a fifth of a second.
    """

    def __init__(self) -> None:
        super().__init__(name="llmcat-watchdog", daemon=True)
        self._busy: dict[sqlite3.Connection, float] = {}
        self._lock = threading.Lock()
        self.stopped = threading.Event()

    def run(self) -> None:
        """Look at what is running until stop()."""
        while not self.stopped.wait(WATCHDOG_SECONDS):
            self._interrupt_after(time.monotonic())

    def _interrupt_after(self, now: float) -> None:
        with self._lock:  # what has ended meanwhile must not be interrupted: the next has begun
            for connection, end in list(self._busy.items()):
                if now > end:
                    connection.interrupt()

    def stop(self) -> None:
        """End the thread and whatever is running."""
        self.stopped.set()
        self._interrupt_after(float("inf"))

    def begin(self, connection: sqlite3.Connection, seconds: float) -> None:
        """`connection` may run for `seconds` from now on."""
        self._busy[connection] = 0.0 if self.stopped.is_set() else time.monotonic() + seconds

    def end(self, connection: sqlite3.Connection) -> None:
        """`connection` is done."""
        with self._lock:
            self._busy.pop(connection, None)


def weight(values: Iterable[object]) -> int:
    """About how many bytes a row takes."""
    bytes_ = 0
    for value in values:
        bytes_ += CELL
        if type(value) is str or type(value) is bytes:
            bytes_ += len(value)
    return bytes_


def counting(limit: int) -> Callable[[sqlite3.Cursor, tuple[object, ...]], sqlite3.Row]:
    """A row factory that raises OperationalError once the rows are larger than `limit` bytes."""
    left = limit

    def row(cursor: sqlite3.Cursor, values: tuple[object, ...]) -> sqlite3.Row:
        nonlocal left
        left -= weight(values)
        if left < 0:
            raise sqlite3.OperationalError(
                f"the result is larger than {limit // 1_000_000} MB; add a LIMIT"
            )
        return sqlite3.Row(cursor, values)

    return row
