"""A Datasette database whose every query ends in time and whose results fit into memory.

And as the file never changes, neither its schema nor what was counted for a facet need be asked again:
that was half the time of an answer.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from contextvars import ContextVar
from copy import copy
from functools import partial
from typing import Any

from datasette.database import Database, QueryInterrupted, Results

from llmcat.storage.checks.before_use import uri
from llmcat.storage.sandbox.process_limits import MAX_RESULT, Limits, counting, weight

GRACE = 0.15
"""Seconds that a query gets beyond Datasette's limit, whose message is the better one."""

FACET_SECONDS, MOST_LATER = 60.0, 40
"""Facets of half a million models that take longer than a page may wait are counted in the background:
how long each, and how many of one snapshot, which is what strangers may cost."""

KEPT, KEPT_BYTES = 500, 20_000
"""How many small results are kept, and the most bytes of one."""

SCHEMA = (
    *("fts_table", "primary_keys", "table_columns", "table_column_details", "table_exists"),
    *("foreign_keys_for_table", "get_all_foreign_keys", "label_column_for_table"),
    *("table_names", "hidden_table_names", "view_names"),
)
"""Methods of Datasette's that ask for the schema."""

UNSTABLE = ("'now'", "current_", "random", "date()", "time()", "julianday()", "unixepoch()")
"""What in a visitor's filter makes it give another answer next time."""

FIRST_PAGE = re.compile(r"(?s)(.* order by [^,]+)( limit \d+)")
"""Datasette's query for the first page of a sorted table. It sorts by one column, the following pages by
the key as well: rows that are equal in that column would be skipped, or come twice."""

page_key: ContextVar[str] = ContextVar("the key of the table of which a page is made", default="")
_cut_short: ContextVar[list[str] | None] = ContextVar("queries that were cut short", default=None)


def begin_answer() -> list[str]:
    """The queries that are cut short from now on for the answer that is being made."""
    queries: list[str] = []
    _cut_short.set(queries)
    return queries


class GuardedDatabase(Database):  # type: ignore[misc]  # datasette has no stubs
    """An immutable database file behind a watchdog and a limit on the size of results."""

    def __init__(self, ds: Any, path: str) -> None:
        super().__init__(ds, path, is_mutable=False)
        self._limits = Limits(ds.sql_time_limit_ms / 1000 + GRACE)
        self._kept: dict[tuple[Any, ...], Any] = {}
        self._later: dict[tuple[Any, ...], Results | None] = {}
        self._background = ThreadPoolExecutor(1, thread_name_prefix="llmcat-facets")

    def connect(self, write: bool = False) -> sqlite3.Connection:
        """A read-only connection; the path may hold any character."""
        assert not write
        connection = sqlite3.connect(uri(self.path), uri=True, check_same_thread=False)
        self._all_file_connections.append(connection)
        return connection

    async def execute(self, sql: str, params: Any = None, **options: Any) -> Any:
        """Rows of one query. A query that fails is the visitor's to know of, not the log's."""
        options["log_sql_errors"] = False
        if (key := page_key.get()) and options.get("truncate"):
            sql = FIRST_PAGE.sub(rf"\1, {key}\2", sql)
        try:
            return await self._execute(sql, params, options)
        except QueryInterrupted:
            if (queries := _cut_short.get()) is not None:
                queries.append(sql)
            raise

    async def _execute(self, sql: str, params: Any, options: dict[str, Any]) -> Any:
        of_the_table = options.get("custom_time_limit") or "from sqlite_master" in sql
        if not of_the_table or any(word in sql.lower() for word in UNSTABLE):
            return await super().execute(sql, params, **options)
        values = sorted(params.items()) if isinstance(params, dict) else params or ()
        key = (sql, *values, *sorted(options.items()))
        if (results := self._kept.get(key) or self._later.get(key)) is not None:
            return results
        if key in self._later:
            raise QueryInterrupted(None, sql, params)
        try:
            results = await super().execute(sql, params, **options)
        except QueryInterrupted:
            if not params:
                self._count_later(key, sql)
            raise
        if sum(map(weight, results.rows)) <= KEPT_BYTES:
            self._keep(key, results)
        return results

    def _count_later(self, key: tuple[Any, ...], sql: str) -> None:
        """Count a facet of a whole table to its end; the pages of the meantime do without."""
        filtered = sql.lower().count("where") > sql.lower().count("is not null")
        if not (
            filtered or len(self._later) >= MOST_LATER or self._limits.watchdog.stopped.is_set()
        ):
            self._later[key] = None
            self._background.submit(self._count, key, sql)

    def _count(self, key: tuple[Any, ...], sql: str) -> None:
        end, stopped = time.monotonic() + FACET_SECONDS, self._limits.watchdog.stopped
        with closing(sqlite3.connect(uri(self.path), uri=True)) as db, suppress(sqlite3.Error):
            self.ds._prepare_connection(db, self.name)
            db.row_factory = counting(MAX_RESULT)
            db.set_progress_handler(lambda: stopped.is_set() or time.monotonic() > end, 10_000)
            cursor = db.execute(sql)
            self._later[key] = Results(cursor.fetchall(), False, cursor.description)

    def _keep(self, key: tuple[Any, ...], value: Any) -> None:
        if len(self._kept) >= KEPT:
            self._kept.clear()
        self._kept[key] = value

    async def execute_fn(self, fn: Callable[[sqlite3.Connection], Any]) -> Any:
        """What `fn` gives for a connection, in a thread, within the limits."""
        return await super().execute_fn(partial(self._limits.run, fn))

    def stop(self) -> None:
        """Interrupt what is running; nothing is counted in the background any more."""
        self._limits.watchdog.stop()
        self._background.shutdown(wait=True, cancel_futures=True)


def _once(name: str) -> Callable[..., Any]:
    ask = getattr(Database, name)

    async def once(self: GuardedDatabase, *arguments: str) -> Any:
        key = (name, *arguments)
        if key not in self._kept:
            self._keep(key, await ask(self, *arguments))
        return copy(self._kept[key])

    return once


for _name in SCHEMA:
    setattr(GuardedDatabase, _name, _once(_name))
