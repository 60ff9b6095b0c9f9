"""Which open file a catalogue reads now: replaced in one step, watched, opened anew after a fork."""

from __future__ import annotations

import os
import threading
import time

# the part of weakref that threading has imported; weakref itself takes a sixtieth of the first answer
from _weakrefset import WeakSet
from collections.abc import Callable, Mapping

from llmcat.errors import CatalogError
from llmcat.records import Model
from llmcat.storage.models import Reader
from llmcat.storage.open_file import IN_MEMORY, OpenFile, open_file, stamp_of
from llmcat.storage.user_layer.which_file import path_to_open

NOTICE_SECONDS = 1.0
"""How often a catalogue that watches its file looks whether it was replaced."""

_all: WeakSet[Current] = WeakSet()


class Current:
    """The reader of the present file. A call takes `reader` once (None: open()), and keeps it to its
    end, so that no call reads from two files.

    `models` are those of the reader that were read before, for the call that is made most; empty where a
    call has to look first.

    `given` is what the caller named, `make_reader` makes the reader of an open file. With `watch` a call
    runs look_again() first. `path` is the file opened last, `epoch` counts the files.
    """

    def __init__(
        self,
        file: OpenFile,
        make_reader: Callable[[OpenFile], Reader],
        given: str | os.PathLike[str] | None,
        *,
        watch: bool = False,
        epoch: int = 1,
    ) -> None:
        self.path = file.path
        self.watch = watch
        self.reader: Reader | None = None
        self.models: Mapping[str, Model] = {}
        self.epoch = epoch
        self._make_reader = make_reader
        self._given = given
        self._next_look = time.monotonic() + NOTICE_SECONDS
        self._lock = threading.Lock()
        self._take_up(file)
        _all.add(self)

    def open(self) -> Reader:
        """The reader, of a file that is opened again where it was closed. Raises CatalogError."""
        with self._lock:
            return self.reader or self._reopen()

    def reload(self) -> None:
        """Take up the file that is there now. Raises CatalogError, and stays with the old one."""
        if self.path == IN_MEMORY:
            raise CatalogError("a catalogue in memory has no file to read again; make another")
        with self._lock:
            self._reopen()
            self.epoch += 1

    def close(self) -> None:
        """Let go of the file; the next call opens it again. What is in memory only stays."""
        if self.path != IN_MEMORY:
            self.models = {}
            self.reader = None
        elif self.reader is not None:
            self.reader.file.close_idle()

    def look_again(self) -> None:
        """Take up the file if another one has its place, looking once in NOTICE_SECONDS."""
        reader = self.reader
        if reader is None or (now := time.monotonic()) < self._next_look:
            return
        self._next_look = now + NOTICE_SECONDS
        try:
            path = path_to_open(self._given)
        except CatalogError:
            return
        if path == self.path and stamp_of(path) in (reader.file.stamp, None):
            return
        if not self._lock.acquire(False):
            return
        try:
            self._reopen()
            self.epoch += 1
        except CatalogError:
            pass  # half a file, or none of ours: the old one serves on, and we look again
        finally:
            self._lock.release()

    def _reopen(self) -> Reader:
        file = open_file(path_to_open(self._given))
        reader = self._take_up(file)
        self.path = file.path
        self._next_look = time.monotonic() + NOTICE_SECONDS
        return reader

    def _take_up(self, file: OpenFile) -> Reader:
        reader = self._make_reader(file)
        self.reader = reader
        self.models = {} if self.watch else reader.models
        return reader

    def after_fork(self) -> None:
        """In a forked process: the next call opens the file for this process."""
        self._lock = threading.Lock()
        self.close()


def _after_fork() -> None:
    for current in list(_all):
        current.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
