"""SQL from users and models: read-only, and limited in time, rows and size."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from typing import Any, cast

from llmcat.errors import OptionError, QueryError
from llmcat.storage.connections import LIMIT_ATTACHED
from llmcat.storage.sandbox.query_limits import Allowance

Parameters = Sequence[Any] | Mapping[str, Any]

MAX_LENGTH = 1_000_000
"""Longest text or blob that a query may make, in bytes: against hex(zeroblob(4e8))."""

MAX_SQL = 100_000
MAX_COLUMNS = 150
"""Columns of a result: each may hold a text of MAX_LENGTH."""

READING_PRAGMAS = (
    *("data_version", "schema_version", "database_list", "foreign_key_list"),
    *("table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo"),
    "recursive_triggers",  # sqlite-utils sets it on every connection; nothing here has triggers to run
)

# the numbers of sqlite3.h; Python 3.10 does not name all of them
READ, SELECT, FUNCTION, RECURSIVE, PRAGMA, UPDATE = 20, 21, 31, 33, 19, 23
LIMIT_LENGTH, LIMIT_SQL_LENGTH, LIMIT_COLUMN, LIMIT_LIKE_PATTERN_LENGTH = 0, 1, 2, 8

DENIED_FUNCTIONS = frozenset(("load_extension", "fts3_tokenizer", "zeroblob", "randomblob"))
"""What loads code, takes pointers, or makes memory out of a number."""

WIDEST = 1_000_000
"""The most that widths and precisions of one printf() add up to: SQLite pads in one step, which no limit
of time ends."""

WIDTHS = r"%[-+ 0#,!]*(\d*)(?:\.(\d*))?"


def authorize(
    action: int, first: str | None, second: str | None, database: str | None, inner: str | None
) -> int:
    """The authorizer: reading is allowed, all else is not."""
    if action in (READ, SELECT, RECURSIVE):
        return sqlite3.SQLITE_OK
    if action == FUNCTION:
        return sqlite3.SQLITE_DENY if second in DENIED_FUNCTIONS else sqlite3.SQLITE_OK
    if action == PRAGMA:
        return sqlite3.SQLITE_OK if first in READING_PRAGMAS else sqlite3.SQLITE_DENY
    if action == UPDATE and first == "sqlite_master":
        return sqlite3.SQLITE_OK  # FTS5 and json_each ask when they start; the file is read-only
    return sqlite3.SQLITE_DENY


def harden(connection: sqlite3.Connection, max_length: int = MAX_LENGTH) -> sqlite3.Connection:
    """Put `connection` behind the authorizer and the size limits for good.

    `max_length` is the longest text, blob or row in bytes.
    """
    _limit(
        connection,
        {
            LIMIT_LENGTH: max_length,
            LIMIT_SQL_LENGTH: MAX_SQL,
            LIMIT_COLUMN: MAX_COLUMNS,
            LIMIT_LIKE_PATTERN_LENGTH: 100,
            LIMIT_ATTACHED: 0,
        },
    )
    for name in ("printf", "format"):
        printf = partial(_narrow_printf, max_length)
        connection.create_function(name, -1, printf, deterministic=True)
    connection.set_authorizer(authorize)
    return connection


def _narrow_printf(max_length: int, *values: Any) -> Any:
    """SQLite's printf; what is wider than WIDEST is refused as SQLite refuses what is too long."""
    import re

    layout = str(values[0]) if values else ""
    sizes = [size for sizes in re.findall(WIDTHS, layout) for size in sizes]
    sizes += values[1:] if "*" in layout else ()
    if sum(map(_size, sizes)) <= WIDEST:
        marks = ", ".join("?" * len(values))
        with suppress(sqlite3.Error):
            (text,) = _limited(max_length).execute(f"SELECT printf({marks})", values).fetchone()
            if text is not None or not layout or values[0] is None:  # NULL is also what is too long
                return text
    return " " * (max_length + 1)  # an exception would be logged with a traceback by Datasette


def _size(value: Any) -> float:
    """The largest width that SQLite may read in a value: a number, or where a text begins with one."""
    import re

    digits = re.search(r"\d{1,15}", str(value), re.ASCII)
    begins = int(digits[0]) if digits else 0
    try:
        return max(abs(float(value)), begins)
    except (TypeError, ValueError):
        return begins


@lru_cache(maxsize=8)
def _limited(max_length: int) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    _limit(connection, {LIMIT_LENGTH: max_length})
    return connection


def _limit(connection: sqlite3.Connection, limits: Mapping[int, int]) -> None:
    if hasattr(connection, "setlimit"):  # Python 3.11
        for limit, value in limits.items():
            connection.setlimit(limit, value)
    elif sys.implementation.name == "cpython" and (set_limit := _sqlite3_limit()):
        # 3.10 changes no more: its connection object begins with the sqlite3 pointer
        import ctypes

        pointer = ctypes.c_void_p.from_address(id(connection) + object.__basicsize__)
        for limit, value in limits.items():
            set_limit(pointer, limit, value)


@lru_cache(maxsize=1)
def _sqlite3_limit() -> Callable[[Any, int, int], int] | None:
    """SQLite's own function, which Python 3.10 does not offer; None where it can't be reached.

    Raises QueryError where that is for want of a file handle: next time there may be one.
    """
    try:
        import _sqlite3
        import ctypes
    except (ImportError, OSError) as error:
        raise QueryError(
            f"SQL cannot be limited now ({error}); close files and ask again"
        ) from None
    try:
        function = ctypes.CDLL(_sqlite3.__file__).sqlite3_limit
    except (OSError, AttributeError):
        return None  # the authorizer and the limits of time, rows and heap remain
    function.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_int)
    function.restype = ctypes.c_int
    return cast("Callable[[Any, int, int], int]", function)


def query(
    connection: sqlite3.Connection,
    sql: str,
    parameters: Parameters = (),
    *,
    max_seconds: float,
    max_rows: int,
) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows of one SELECT on a hardened connection.

    Raises QueryError: for what is wrong in the SQL (naming the place), for anything but reading, and
    when the time, the memory (see query_limits.py) or the number of rows goes over its limit. OptionError for a limit that is none.
    """
    if not 0 < max_seconds < float("inf"):  # nan would be no limit at all
        raise OptionError(f"max_seconds must be above 0 and finite, not {max_seconds:g}")
    if max_rows < 0:
        raise OptionError(f"max_rows must be 0 or more, not {max_rows}")
    if len(sql) > MAX_SQL:
        raise QueryError(f"the query is longer than {MAX_SQL:,} characters")
    cursor = connection.cursor()
    with Allowance(cursor, max_seconds) as left:
        try:
            cursor.execute(sql, parameters)
            rows = cursor.fetchmany(max_rows + 1)
        except MemoryError:  # the hard limit of a process of our own
            raise QueryError("the query takes too much memory; sort or join less") from None
        except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError) as error:
            if "malformed" in str(error) and "JSON" not in str(error).upper():
                raise  # the file is damaged, whatever the query
            raise QueryError(left.over or _explain(error, sql)) from None
    if len(rows) > max_rows:
        raise QueryError(f"the query gives more than {max_rows:,} rows; add a LIMIT")
    return [column[0] for column in cursor.description or ()], rows


def _explain(error: Exception, sql: str) -> str:
    text = str(error)
    if any(word in text for word in ("not authorized", "authorization", "prohibited")):
        return f"only reading is allowed ({text})"
    if "readonly database" in text:
        return "only reading is allowed (the catalogue is opened read-only)"
    word = text.split('"')[1] if text.startswith('near "') else text.rpartition(": ")[2]
    if not text.startswith(("near", "no such", "ambiguous")) or (at := sql.find(word)) < 0:
        return text
    line = sql.count("\n", 0, at) + 1
    return f"{text} (line {line}, column {at - sql.rfind(chr(10), 0, at)})"
