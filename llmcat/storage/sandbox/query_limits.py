"""How much time and memory one query may take, in a program that is not ours.

SQLite's own heap limit is the process's, and cannot be raised again: it is set where the process is our
own (process_limits.py). In a caller's program a query is watched instead: SQLite asks every few steps whether to
go on, and each row is counted as it is handed over, once the process has grown at all.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

from llmcat.errors import QueryError

PROMISE = 256_000_000
"""What one query may add to a process at most, in bytes: the three limits below, of which the third
may be overrun by the steps between two looks, and one row that is handed over."""

UNCOUNTED = 16_000_000
"""Bytes by which a process may grow before its rows are counted: to count them takes as long as to read
them, and nearly every result is smaller."""

MAX_RESULT = 100_000_000
"""Bytes of the rows of one result that are counted, as Python keeps them."""

MAX_WORK = 80_000_000
"""Bytes beside the rows: what SQLite sorts, groups and puts together."""

STEPS_BETWEEN_CHECKS = 100
"""Each step may make one text of a million bytes."""

SECONDS_BETWEEN_LOOKS = 0.001
"""How often memory is looked at; fresh memory comes at some 4 MB a millisecond."""

ROW, CELL, SHORT = 150, 80, 60
"""Bytes of a row as a tuple and a dictionary, and of each cell in them with a text up to SHORT."""


class Allowance:
    """What one query may take, that runs in `cursor` and nothing else on its connection.

    A context manager, which watches it. `over` is None, or a sentence about the limit that was reached.
    """

    def __init__(self, cursor: sqlite3.Cursor, seconds: float) -> None:
        self.seconds = seconds
        self.over: str | None = None
        self._cursor = cursor
        self._end = time.monotonic() + seconds
        self._next_look = self._end - seconds + SECONDS_BETWEEN_LOOKS
        self._at_first: tuple[int, int] | None = None
        self._counts = False
        self._result = 0

    def __enter__(self) -> Allowance:
        self._cursor.connection.set_progress_handler(self.stop, STEPS_BETWEEN_CHECKS)
        return self

    def __exit__(self, *exception: object) -> None:
        self._cursor.connection.set_progress_handler(None, 0)
        if self._counts:
            self._cursor.connection.text_factory = str

    def stop(self) -> bool:
        """SQLite's question every few steps: whether to interrupt the query."""
        now = time.monotonic()
        if now < self._next_look:
            return False
        self._next_look = now + SECONDS_BETWEEN_LOOKS
        if now > self._end:
            self.over = f"the query took longer than {self.seconds:g} s"
        elif not self._counts:
            self._count_once_grown()
        elif self._work() > MAX_WORK:
            self.over = (
                f"the query needs more than {MAX_WORK // 10**6} MB of memory; sort or join less"
            )
        return self.over is not None

    def _count_once_grown(self) -> None:
        """Count what is handed over from now on, if the process has grown or does not say."""
        resident = resident_bytes()
        if self._at_first is None:
            self._at_first = resident, -1
        if resident >= 0 and resident - self._at_first[0] <= UNCOUNTED:
            return
        self._counts = True
        self._at_first = resident, sqlite_bytes() if resident < 0 else -1
        # for every cell: what is short is in CELL, and a method called for it would take as long as sqlite3
        long_text = self._long_text
        connection = self._cursor.connection
        connection.text_factory = lambda c: c.decode() if len(c) <= SHORT else long_text(c)
        self._cursor.row_factory = self._row

    def _work(self) -> int:
        """Bytes that the query made grow beside its rows; 0 where that can't be known."""
        assert self._at_first is not None
        resident = resident_bytes()
        before, held_before = self._at_first
        if resident >= 0:
            grown = resident - before - self._result
            if grown <= MAX_WORK:
                return grown
            # another thread of the program may have taken it: SQLite knows what it holds itself
            if (held := sqlite_bytes()) < 0 or held > MAX_WORK:
                return grown
            self._at_first = resident - self._result, -1
            return 0
        return sqlite_bytes() - held_before

    def _count(self, bytes_: int) -> None:
        """Take so much of what a result may hold. Raises QueryError once that is used up."""
        self._result += bytes_
        if self._result > MAX_RESULT:
            self.over = f"the result is larger than {MAX_RESULT // 10**6} MB; name fewer columns, or add a LIMIT"
            raise QueryError(self.over)

    def _long_text(self, content: bytes) -> str:
        """A text that SQLite hands over, and that counts by itself."""
        text = content.decode()
        self._count(sys.getsizeof(text))
        return text

    def _row(self, cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> tuple[Any, ...]:
        """A row that SQLite hands over."""
        blobs = sum([len(value) for value in values if type(value) is bytes])
        self._count(ROW + CELL * len(values) + blobs)
        return values


def resident_bytes() -> int:
    """What this process holds in memory, -1 where the system does not say so."""
    try:
        with open("/proc/self/statm", "rb", buffering=0) as stream:
            return int(stream.read(100).split()[1]) * _page_size()
    except (OSError, IndexError, ValueError, TypeError):
        return -1


@lru_cache(maxsize=1)
def _page_size() -> int:
    return os.sysconf("SC_PAGE_SIZE")


def sqlite_bytes() -> int:
    """What SQLite holds in this process, -1 where its function can't be reached."""
    try:
        return _memory_used()()
    except (
        ImportError,
        OSError,
        AttributeError,
    ):  # also for want of a file handle, until there is one
        return -1


@lru_cache(maxsize=1)
def _memory_used() -> Callable[[], int]:
    import _sqlite3
    import ctypes

    function = ctypes.CDLL(_sqlite3.__file__).sqlite3_memory_used
    function.argtypes = ()
    function.restype = ctypes.c_int64
    return cast("Callable[[], int]", function)
