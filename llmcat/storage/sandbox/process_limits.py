"""What queries of others may take of a process: time, and memory for their results."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from traceback import clear_frames
from typing import TypeVar

SOFT_HEAP_LIMIT, HARD_HEAP_LIMIT = 64_000_000, 96_000_000
"""Bytes of all connections together: from the first on SQLite drops cached pages instead of taking
more, beyond the second a query fails. It binds even where the limit of lengths can't be set."""

WATCHDOG_SECONDS = 0.05
"""How often the watchdog looks at what is running."""

CELL = 100
"""Bytes that a cell takes beside its text."""

TURN_SECONDS = 0.003
"""How long a query waits for the one before it: short ones take turns, because threads that fetch rows
at the same time fight for Python's lock, and a long one holds nobody up."""

MAX_RESULT = 8_000_000
"""Bytes that one query may return: 1,000 rows of models take five million. As JSON or HTML a result
grows up to twelvefold."""

MISTAKES = (
    *(sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError, sqlite3.Warning),
    *(OverflowError, ValueError, MemoryError),
)
"""What is wrong with a query or its values, beside OperationalError."""

Result = TypeVar("Result")


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


class Limits:
    """Runs functions on connections for `seconds` at the most, with results of MAX_RESULT bytes."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._turn = threading.Lock()
        self.watchdog = Watchdog()
        self.watchdog.start()

    def run(
        self, function: Callable[[sqlite3.Connection], Result], connection: sqlite3.Connection
    ) -> Result:
        """What `function` gives for `connection`. Raises OperationalError for all that is wrong with a
        query, or goes over a limit."""
        alone = self._turn.acquire(timeout=TURN_SECONDS)
        connection.row_factory = counting(MAX_RESULT)
        self.watchdog.begin(connection, self._seconds)
        try:
            return function(connection)
        except MISTAKES as error:
            raise sqlite3.OperationalError(str(error) or "out of memory") from None
        except Exception as error:  # whatever it is, it goes on to the caller
            # a cursor that the traceback holds keeps its statement running, and with it the
            # interruption, which would then be the next query's
            clear_frames(error.__traceback__)
            raise
        finally:
            self.watchdog.end(connection)
            if alone:
                self._turn.release()
