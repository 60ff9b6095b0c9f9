"""A Datasette database whose every query ends in time and whose results fit into memory.

Datasette's own time limit is looked at once in a thousand steps of SQLite, and a step can take a fifth
of a second; its row limit does not know how wide a row is. And as the file never changes, neither its
schema nor what was counted for a facet need be asked again: that was half the time of an answer.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from copy import copy
from traceback import clear_frames
from typing import Any

from datasette.database import Database, QueryInterrupted

from llmcat.server import cut_short
from llmcat.server.unhurried import Unhurried
from llmcat.storage.trust import uri

GRACE = 0.15
"""Seconds that a query gets beyond Datasette's limit, whose message is the better one."""

TURN_SECONDS = 0.003
"""How long a query waits for the one before it: short ones take turns, because threads that fetch rows
at the same time fight for Python's lock, and a long one holds nobody up."""

WATCHDOG_SECONDS = 0.05
"""How often the watchdog looks at what is running."""

MAX_RESULT = 8_000_000
"""Bytes that one query may return, CELL of them for every cell: 1,000 rows of models take five
million. As JSON or HTML a result grows up to twelvefold."""

CELL = 100

KEPT, KEPT_BYTES = 500, 20_000
"""How many small results are kept, and the most bytes of one."""

SCHEMA = (
    *("fts_table", "primary_keys", "table_columns", "table_column_details", "table_exists"),
    *("foreign_keys_for_table", "get_all_foreign_keys", "label_column_for_table"),
    *("table_names", "hidden_table_names", "view_names"),
)
"""Methods of Datasette's that ask for the schema."""

REFUSALS = (
    *(sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError, sqlite3.Warning),
    *(OverflowError, ValueError, MemoryError),
)
"""What is wrong with a query or its values, for which Datasette knows OperationalError only."""

UNSTABLE = ("'now'", "current_", "random", "date()", "time()", "julianday()", "unixepoch()")
"""What in a visitor's filter makes it give another answer next time."""


class Watchdog(threading.Thread):
    """Interrupts connections that are busy for too long."""

    def __init__(self) -> None:
        super().__init__(name="llmcat-watchdog", daemon=True)
        self._busy: dict[sqlite3.Connection, float] = {}
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def run(self) -> None:
        """Look at what is running until stop()."""
        while not self._ended.wait(WATCHDOG_SECONDS):
            now = time.monotonic()
            with self._lock:  # what has ended meanwhile must not be interrupted: the next has begun
                for connection, end in list(self._busy.items()):
                    if now > end:
                        connection.interrupt()

    def stop(self) -> None:
        """End the thread."""
        self._ended.set()

    def begin(self, connection: sqlite3.Connection, seconds: float) -> None:
        """`connection` may run for `seconds` from now on."""
        self._busy[connection] = time.monotonic() + seconds

    def end(self, connection: sqlite3.Connection) -> None:
        """`connection` is done."""
        with self._lock:
            self._busy.pop(connection, None)


class GuardedDatabase(Database):  # type: ignore[misc]  # datasette has no stubs
    """An immutable database file behind a watchdog and a limit on the size of results."""

    def __init__(self, ds: Any, path: str) -> None:
        super().__init__(ds, path, is_mutable=False)
        self._seconds = ds.sql_time_limit_ms / 1000 + GRACE
        self._kept: dict[tuple[Any, ...], Any] = {}
        self._unhurried = Unhurried(self._prepared)
        self._turn = threading.Lock()
        self._watchdog = Watchdog()
        self._watchdog.start()

    def connect(self, write: bool = False) -> sqlite3.Connection:
        """A read-only connection; the path may hold any character."""
        assert not write
        connection = sqlite3.connect(uri(self.path), uri=True, check_same_thread=False)
        self._all_file_connections.append(connection)
        return connection

    def _prepared(self) -> sqlite3.Connection:
        connection = sqlite3.connect(uri(self.path), uri=True, check_same_thread=False)
        self.ds._prepare_connection(connection, self.name)
        return connection

    async def execute(self, sql: str, params: Any = None, **options: Any) -> Any:
        """Rows of one query. A query that fails is the visitor's to know of, not the log's."""
        options["log_sql_errors"] = False
        try:
            return await self._execute(sql, params, options)
        except QueryInterrupted:
            cut_short.note(sql)
            raise

    async def _execute(self, sql: str, params: Any, options: dict[str, Any]) -> Any:
        of_the_table = options.get("custom_time_limit") or "from sqlite_master" in sql
        if not of_the_table or any(word in sql.lower() for word in UNSTABLE):
            return await super().execute(sql, params, **options)
        values = sorted(params.items()) if isinstance(params, dict) else params or ()
        key = (sql, *values, *sorted(options.items()))
        if (results := self._kept.get(key) or self._unhurried.get(key)) is None:
            results = await self._execute_in_time(key, sql, params, options)
            if sum(map(weight, results.rows)) <= KEPT_BYTES:
                self._keep(key, results)
        return results

    async def _execute_in_time(self, key: Any, sql: str, params: Any, options: Any) -> Any:
        if key in self._unhurried:
            raise QueryInterrupted(None, sql, params)
        try:
            return await super().execute(sql, params, **options)
        except QueryInterrupted:
            if not params:
                self._unhurried.count(key, sql)
            raise

    def _keep(self, key: tuple[Any, ...], value: Any) -> None:
        if len(self._kept) >= KEPT:
            self._kept.clear()
        self._kept[key] = value

    async def execute_fn(self, fn: Callable[[sqlite3.Connection], Any]) -> Any:
        """What `fn` gives for a connection, in a thread."""

        def guarded(connection: sqlite3.Connection) -> Any:
            alone = self._turn.acquire(timeout=TURN_SECONDS)
            connection.row_factory = counting(MAX_RESULT)
            self._watchdog.begin(connection, self._seconds)
            try:
                return fn(connection)
            except REFUSALS as error:
                raise sqlite3.OperationalError(str(error) or "out of memory") from None
            except Exception as error:
                # a cursor that the traceback holds keeps its statement running, and with it the
                # interruption, which would then be the next query's
                clear_frames(error.__traceback__)
                raise
            finally:
                self._watchdog.end(connection)
                if alone:
                    self._turn.release()

        return await super().execute_fn(guarded)

    def close(self) -> None:
        """Close all connections and end all threads."""
        self._unhurried.close()
        self._watchdog.stop()
        super().close()


def _asked_once(name: str) -> Callable[..., Any]:
    ask = getattr(Database, name)

    async def asked_once(self: GuardedDatabase, *arguments: str) -> Any:
        key = (name, *arguments)
        if key not in self._kept:
            self._keep(key, await ask(self, *arguments))
        return copy(self._kept[key])

    return asked_once


for _name in SCHEMA:
    setattr(GuardedDatabase, _name, _asked_once(_name))


def weight(values: Iterable[Any]) -> int:
    """About how many bytes a row takes."""
    bytes_ = 0
    for value in values:
        bytes_ += CELL
        if type(value) is str or type(value) is bytes:
            bytes_ += len(value)
    return bytes_


def counting(limit: int) -> Callable[[sqlite3.Cursor, tuple[Any, ...]], sqlite3.Row]:
    """A row factory that raises OperationalError once the rows are larger than `limit` bytes."""
    left = limit

    def row(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> sqlite3.Row:
        nonlocal left
        left -= weight(values)
        if left < 0:
            raise sqlite3.OperationalError(
                f"the result is larger than {limit // 1_000_000} MB; add a LIMIT"
            )
        return sqlite3.Row(cursor, values)

    return row
