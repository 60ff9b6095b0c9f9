"""Which open file a catalogue reads now: replaced at once, looked after, opened anew after a fork."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from weakref import WeakSet

from llmcat.errors import CatalogError
from llmcat.storage import location
from llmcat.storage.models import Reader
from llmcat.storage.open_file import OpenFile, open_file, stamp_of

NOTICE_SECONDS = 1.0
"""How often a catalogue that watches its file looks whether it was replaced."""

_all: WeakSet[Current] = WeakSet()


class Current:
    """The reader of the present file. A call takes `reader` once and keeps it to its end.

    `path` is what the caller named, `make_reader` makes the reader of an open file; `shares` says
    that the file belongs to another catalogue, too. `look` is true while there may be another file to
    take up, see look_again(); `epoch` counts the files.
    """

    def __init__(
        self,
        file: OpenFile,
        make_reader: Callable[[OpenFile], Reader],
        path: str | os.PathLike[str] | None,
        *,
        watch: bool = False,
        shares: bool = False,
        epoch: int = 1,
    ) -> None:
        self.reader = make_reader(file)
        self.look = watch
        self.epoch = epoch
        self._make_reader = make_reader
        self._path = path
        self._watch = watch
        self._shares = shares
        self._must_reopen = False
        self._next_look = time.monotonic() + NOTICE_SECONDS
        self._lock = threading.Lock()
        _all.add(self)

    def reload(self) -> None:
        """Take up the file that is there now. Raises CatalogError, and stays with the old one."""
        if self.reader.file.stamp is None:
            raise CatalogError("a catalogue in memory has no file to read again; make another")
        with self._lock:
            self._reopen()
            self.epoch += 1

    def close(self) -> None:
        """Let go of the file; the next call opens it again. What is in memory only stays."""
        with self._lock:
            file = self.reader.file
            if file.stamp is None:
                file.close_idle()
                return
            self.reader = self._make_reader(file.source.unopened())
            self._open_with_the_next_call()

    def look_again(self) -> None:
        """Open the file again where it was replaced, was closed, or was opened before a fork."""
        if time.monotonic() < self._next_look or not self._lock.acquire(blocking=self._must_reopen):
            return
        try:
            if self._must_reopen:
                self._reopen()
            else:
                self._next_look = time.monotonic() + NOTICE_SECONDS
                self._take_up_replaced()
        finally:
            self._lock.release()

    def _take_up_replaced(self) -> None:
        file = self.reader.file
        if stamp_of(file.path) in (file.stamp, None):
            return
        try:
            self._reopen()
        except CatalogError:
            return  # half a file, or none of ours: the old one serves on, and we look again
        self.epoch += 1

    def _reopen(self) -> None:
        new = self._make_reader(open_file(location.locate(self._path)))
        old, self.reader = self.reader, new  # at once: no call reads from two files
        self.look, self._must_reopen = self._watch, False
        self._next_look = time.monotonic() + NOTICE_SECONDS
        old.file.retire()
        if not self._shares:
            old.file.source.retire()

    def _open_with_the_next_call(self) -> None:
        self.look = self._must_reopen = True
        self._next_look = 0.0

    def after_fork(self) -> None:
        """In a forked process: the next call opens the file for this process."""
        self._lock = threading.Lock()
        if self.reader.file.stamp is not None:
            self._open_with_the_next_call()


def _after_fork() -> None:
    for current in list(_all):
        current.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
