"""An open catalogue file: the connections of all threads, to the very file that was opened.

The file is opened immutable, so no lock is ever taken and no call waits for another process. A build
that replaces it leads the path to another file; who opened the old one goes on reading it: threads
that have a connection by theirs, others take turns on one that was kept for them.
"""

from __future__ import annotations

import itertools
import os
import sqlite3
import sys
import threading

# what threading has imported of weakref; see current.py
from _weakrefset import WeakSet
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from llmcat.errors import CatalogError
from llmcat.storage.checks import before_use
from llmcat.storage.connections import (
    Connection,
    KeptConnection,
    SharedConnection,
    ThreadConnections,
    connect,
    let_go,
    too_many_open,
)

IN_MEMORY = ":memory:"
"""The path of a catalogue that is in no file."""

SHARED_MEMORY = (
    "file:/llmcat-{}?vfs=memdb"
    if sqlite3.sqlite_version_info >= (3, 36)
    else "file:llmcat-{}?mode=memory&cache=shared"
)
"""The address of a database in memory that connections share. One cache for all of them, as older
SQLites have it, makes one wait for the other with Python's lock held, which Python 3.10 closes them with."""

Prepare = Callable[[sqlite3.Connection], object]
Stamp = tuple[int, ...]

_numbers = itertools.count(1)
_open_files: WeakSet[OpenFile] = WeakSet()


class OpenFile:
    """One opened catalogue. It closes when the last that refers to it is gone: a catalogue, a call
    that is under way, or a Model whose details may be asked for.

    `path` is where it was opened, `stamp` tells it from another file there (None: in memory).
    `kept` are the connections on which threads without one of their own take turns: one for
    llmcat's queries, one for SQL from elsewhere.
    """

    def __init__(self, path: str, uri: str, stamp: Stamp | None, kept: list[Connection]) -> None:
        self.path = path
        self.uri = uri
        self.stamp = stamp
        self.kept = kept
        self.local = threading.local()
        self.derived: dict[Any, Any] = {}
        for connection in kept:
            connection.derived = self.derived
        self._may_open = True
        self._making_copy = threading.Lock()
        self._copy: OpenFile | None = None
        _open_files.add(self)

    @property
    def mine(self) -> ThreadConnections:
        """What this thread has open."""
        try:
            mine: ThreadConnections = self.local.mine
        except AttributeError:
            mine = self.local.mine = ThreadConnections()
        return mine

    @property
    def connection(self) -> Connection:
        """This thread's connection; the kept one where it has none and the file is no longer there."""
        try:
            connection: Connection | None = self.local.mine.connection
        except AttributeError:
            connection = None
        if connection is None:
            mine = self.mine
            connection = mine.connection = self._open(mine.own) or self._kept(0)
        return connection

    @property
    def sandbox(self) -> Connection:
        """This thread's connection for SQL from elsewhere, behind the authorizer; it may be the kept
        one, so that queries enter its `turn`."""
        mine = self.mine
        connection = mine.sandbox
        if connection is None:
            from llmcat.storage.sandbox.sql import harden

            connection = self._open(mine.own) or self._kept(1)
            with connection.turn:
                harden(connection)
            mine.sandbox = connection
        return connection

    def open(self, kind: type[Connection] = Connection) -> Connection | None:
        """A new connection; None where the path leads to another file by now, or none can be opened."""
        try:
            connection = connect(self.uri, kind)
            before_use.guard(connection)
        except sqlite3.Error:
            return None
        if self.stamp == stamp_of(self.path):
            return connection
        connection.close()
        self._may_open = False
        return None

    def seal(self, connection: Connection) -> None:
        """Let `connection` write nothing: a file is opened read-only already."""

    def _open(self, own: list[Connection]) -> Connection | None:
        connection = self.open() if self._may_open and not too_many_open() else None
        if connection is not None:
            connection.derived = self.derived
            own.append(connection)
        return connection

    def _kept(self, number: int) -> Connection:
        if not self.kept:
            raise CatalogError(
                f"{self.path}: was replaced, and this forked process cannot read the old file; ask the catalogue again"
            )
        return self.kept[number]

    def copy(self) -> OpenFile:
        """The same catalogue in a temporary file: for what is read in the past of one that was replaced.

        Not in memory: the shipped catalogue would take 20 MB of it.
        """
        with self._making_copy:
            if self._copy is None:
                try:
                    self._copy = self._make_copy()
                except (OSError, sqlite3.Error) as error:
                    raise CatalogError(
                        f"{self.path}: was replaced, and no copy of what was read can be made for"
                        f" this call ({error}); call reload() to read the new file"
                    ) from None
            return self._copy

    def _make_copy(self) -> OpenFile:
        from shutil import rmtree
        from tempfile import mkdtemp
        from weakref import finalize

        folder = mkdtemp(prefix="llmcat-")
        try:
            path = os.path.join(folder, "catalog.db")
            kept = self._kept(0)
            with closing(sqlite3.connect(path)) as copy, kept.turn:
                kept.backup(copy)
            made = OpenFile(path, before_use.uri(path), stamp_of(path), [])
        except BaseException:
            rmtree(folder, ignore_errors=True)
            raise
        finalize(made, rmtree, folder, ignore_errors=True)
        return made

    @property
    def source(self) -> OpenFile:
        """The file itself, without what its connections were prepared for."""
        return self

    @contextmanager
    def readable_path(self) -> Iterator[str]:
        """A path at which this very file can be read: its own, or that of a temporary copy."""
        if self.stamp == stamp_of(self.path):
            yield self.path
            return
        yield self.source.copy().path

    def close_idle(self) -> None:
        """Close the connections of all threads that no call is using."""
        self.local = threading.local()

    def retire(self) -> None:
        """Keep no more than the kept connections: for calls under way, and for details of Models."""
        self._may_open = False
        self.close_idle()

    def __del__(self, ending: Callable[[], bool] = sys.is_finalizing) -> None:
        if not ending():  # then each connection closes by itself, and the names of modules are None
            self.local = threading.local()  # first: threads may share what is kept
            let_go(self.kept)

    def after_fork(self) -> None:
        """Leave the parent's connections alone, in a forked process."""
        self.local = threading.local()
        self._making_copy = threading.Lock()
        if self.stamp is not None:
            self.kept = []


class PreparedFile(OpenFile):
    """`file` through connections that `prepare` has prepared further."""

    def __init__(self, file: OpenFile, prepare: Prepare) -> None:
        super().__init__(file.path, file.uri, file.stamp, [])
        self._file = file
        self._prepare = prepare

    @property
    def source(self) -> OpenFile:
        """The file that was prepared."""
        return self._file

    def _open(self, own: list[Connection]) -> Connection | None:
        if too_many_open():
            for other in list(_open_files):
                other.close_idle()
            if too_many_open():
                return None
        connection = self._prepared(Connection)
        own.append(connection)
        return connection

    def _kept(self, number: int) -> Connection:
        """A connection for threads to share, made for the first that finds too many open."""
        with self._making_copy:
            if not self.kept:
                self.kept += map(self._prepared, (KeptConnection, SharedConnection))
            return self.kept[number]

    def _prepared(self, kind: type[Connection]) -> Connection:
        file = self._file
        connection = file.open(kind)
        if connection is None and file.stamp != stamp_of(self.path):
            file = file.copy()
            connection = file.open(kind)
        if connection is None:
            raise CatalogError(f"{self.path}: cannot be opened again; are too many files open?")
        connection.derived = self.derived
        self._prepare(connection)
        file.seal(connection)  # after what is made in temp
        return connection


class InMemory(OpenFile):
    """A catalogue in memory, which all threads share."""

    def open(self, kind: type[Connection] = Connection) -> Connection:
        """A new connection, to be sealed."""
        return connect(self.uri, kind)

    def seal(self, connection: Connection) -> None:
        """Let `connection` write nothing."""
        connection.execute("PRAGMA query_only = 1")

    def _open(self, own: list[Connection]) -> Connection:
        connection = self.open()
        connection.derived = self.derived
        own.append(connection)
        self.seal(connection)
        return connection


def open_file(path: str) -> OpenFile:
    """The file at `path`, once it has shown that it is a catalogue. Raises CatalogError."""
    kept: list[Connection] = []
    stamp = None
    try:
        while (seen := stamp_of(path)) != stamp or not kept:  # again, if it was replaced meanwhile
            let_go(kept)
            stamp = seen
            before_use.check_header(path)
            uri = before_use.uri(path)
            kept += (connect(uri, KeptConnection), connect(uri, SharedConnection))
            before_use.check_schema(kept[0], path)
    except sqlite3.Error as error:
        let_go(kept)
        raise before_use.unreadable(path, error) from None
    except BaseException:
        let_go(kept)
        raise
    return OpenFile(path, uri, stamp, kept)


def in_memory(fill: Callable[[sqlite3.Connection], object]) -> InMemory:
    """A catalogue that never touches the disk and that all threads share."""
    uri = SHARED_MEMORY.format(next(_numbers))
    kept = connect(uri)
    fill(kept)
    return InMemory(IN_MEMORY, uri, None, [kept])


def stamp_of(path: str) -> Stamp | None:
    """What changes when a file is replaced; None where there is no file."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):  # no file, or nothing that could be the name of one
        return None
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size


def _after_fork() -> None:
    for file in list(_open_files):
        file.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
