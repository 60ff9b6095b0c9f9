"""Connections to a catalogue: read-only, closed once nobody uses them.

To close a connection while another thread is inside of a query crashes the process. So a connection is
let go by whoever owns it, and closed when there is no other reference to it: a thread that is inside
has one, and so has a cursor whose rows were not read to their end.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from llmcat.storage.fast_row import RowReader

CACHE = "PRAGMA cache_size = -16000"
"""16 MB at most, a catalogue as it ships: SQLite's own 2 MB cost a microsecond a lookup."""

FEW_CONNECTIONS, MANY_CONNECTIONS = 16, 256
"""So many may be open in any process, and no more in any: beyond, threads take turns."""

SHARE_OF_HANDLES = 4
"""Between the two, connections may take one file handle in so many of those that the process may have."""

ATTACH, LIMIT_ATTACHED = 24, 7
"""Numbers of sqlite3.h."""

_let_go: deque[Connection] = deque()
"""Connections that were in use when their owner was done with them."""

_of_the_parent: list[Connection] = []
"""In a forked process: the connections of the process that it was forked from."""


class Connection(sqlite3.Connection):
    """A connection that knows how many references it has when nobody uses it.

    `turn` is entered for what takes more than one statement; only a connection that threads share
    makes them wait there. `derived` is what was derived from the file; all who read it share it.
    """

    turn: AbstractContextManager[Any] = nullcontext()
    process: int | None = None
    references: int
    all_open: ClassVar[set[int]] = set()
    """The ids of those that are open, and of those of the process that this one was forked from."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.process = os.getpid()
        self.derived: dict[Any, Any] = {}
        self.all_open.add(id(self))

    def close(self) -> None:
        """As sqlite3's."""
        self.all_open.discard(id(self))
        super().close()

    def __del__(
        self,
        getpid: Callable[[], int] = os.getpid,
        keep: Callable[[Connection], None] = _of_the_parent.append,
    ) -> None:
        # what it needs are defaults: when the interpreter ends, the names of a module are None
        if self.process == getpid():
            self.close()
        elif self.process:  # a thread of the parent may be inside for ever, and close() would wait
            keep(self)


class SharedConnection(Connection):
    """A connection that threads share: each enters its `turn` for as long as it reads."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.turn = threading.RLock()


class KeptConnection(SharedConnection):
    """A shared connection on which every statement is a turn, in which all its rows are read."""

    def cursor(self, factory: Any = None) -> Any:
        """A cursor that reads all rows at once; `factory` is not used."""
        return super().cursor(CursorInTurn)

    def execute(self, sql: str, parameters: Any = ()) -> sqlite3.Cursor:
        """As sqlite3's, and the rows are read when it returns."""
        cursor: sqlite3.Cursor = self.cursor().execute(sql, parameters)
        return cursor


class CursorInTurn(sqlite3.Cursor):
    """A cursor whose rows are all read before the next thread has its turn."""

    _rows: Iterator[Any] = iter(())

    def execute(self, sql: str, parameters: Any = ()) -> CursorInTurn:
        """As sqlite3's, but the rows are read when it returns."""
        connection: Any = self.connection
        with connection.turn:
            super().execute(sql, parameters)
            self._rows = iter(super().fetchall())
        return self

    def fetchone(self) -> Any:
        """The next row, or None."""
        return next(self._rows, None)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        """At most `size` rows that are left."""
        wanted = self.arraysize if size is None else size
        return [row for _, row in zip(range(wanted), self._rows)]

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        return list(self._rows)

    def __iter__(self) -> CursorInTurn:
        return self

    def __next__(self) -> Any:
        return next(self._rows)


def refuse_other_files(connection: sqlite3.Connection) -> None:
    """No ATTACH, nor VACUUM INTO, which attaches, nor temporary files: even a read-only connection would
    make files so, and what is sorted in them would be limited by nothing but the disk."""
    connection.execute("PRAGMA temp_store = MEMORY")
    if hasattr(connection, "setlimit"):  # Python 3.11
        connection.setlimit(LIMIT_ATTACHED, 0)
    else:  # not by ctypes, as for SQL of others: every program that reads would import it
        connection.set_authorizer(_no_attaching)


def _no_attaching(action: int, *_: str | None) -> int:
    return sqlite3.SQLITE_DENY if action == ATTACH else sqlite3.SQLITE_OK


def connect(uri: str, kind: type[Connection] = Connection) -> Connection:
    """A connection to `uri` that makes no other file; a thread's own holds a catalogue in its cache.

    Raises sqlite3.Error where the file cannot be opened.
    """
    # check_same_thread off: the last reference may be gone in another thread than the one that opened
    connection = sqlite3.connect(
        uri, uri=True, isolation_level=None, check_same_thread=False, factory=kind
    )
    connection.references = sys.getrefcount(connection)
    close_idle()
    if kind is Connection:
        connection.execute(CACHE)
    refuse_other_files(connection)
    return connection


def too_many_open() -> bool:
    """Whether there are so many connections that other files of the process may find no handle."""
    number = len(Connection.all_open)
    if number <= FEW_CONNECTIONS or number > MANY_CONNECTIONS:
        return number > FEW_CONNECTIONS
    try:
        import resource
    except ImportError:  # Windows
        return False
    handles, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return handles != resource.RLIM_INFINITY and number > handles // SHARE_OF_HANDLES


def let_go(connections: list[Connection]) -> None:
    """Close connections, each as soon as it is not in use; the list is empty then."""
    while connections:
        _let_go.append(connections.pop())
    close_idle()


def close_idle() -> None:
    """Close what was let go and is not in use any more."""
    for _ in range(len(_let_go)):
        try:
            connection = _let_go.popleft()
        except IndexError:  # another thread does the same
            return
        if sys.getrefcount(connection) > connection.references:
            _let_go.append(connection)
        elif connection.process == os.getpid():
            connection.close()
        else:
            _of_the_parent.append(connection)


class ThreadConnections:
    """What one thread has open of a file: let go when the thread has ended, or the file is done with.

    `connection` and `sandbox` (for SQL from elsewhere) are its `own`, or ones that threads share.
    `rows` reads the rows of models through `connection`.
    """

    connection: Connection | None = None
    sandbox: Connection | None = None
    rows: RowReader | None = None

    def __init__(self) -> None:
        self.own: list[Connection] = []

    def __del__(self, ending: Callable[[], bool] = sys.is_finalizing) -> None:
        self.connection = self.sandbox = self.rows = None
        if not ending():  # then each connection closes by itself, and the names of modules are None
            let_go(self.own)
