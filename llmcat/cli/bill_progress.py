"""How far a bill has come: records, rate and time left, on a terminal."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

import click

from llmcat.pricing.logs.log_file import LogFile

Item = TypeVar("Item")

EVERY = 10_000
"""Records between two looks at the clock."""
SECONDS = 0.5


class Progress:
    """A line on standard error that says how far it is; nothing where that is no terminal."""

    def __init__(self, files: Iterable[str]) -> None:
        self._shown = sys.stderr.isatty()
        self._start = self._last = time.monotonic()
        self._whole: int | None = sum(map(_size, files)) or None
        self._done = 0
        self._records = 0
        self._written = False
        self._log: LogFile | None = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._written:
            click.echo("\r\x1b[K", err=True, nl=False)

    def begin(self, log: LogFile) -> None:
        """A new file is read."""
        if self._log is not None and self._log.path != log.path:
            self._done += self._log.size or 0
        self._log = log

    def watch(self, items: Iterable[Item]) -> Iterator[Item]:
        """The items themselves, counted."""
        if not self._shown:
            yield from items
            return
        for number, item in enumerate(items, 1):
            yield item
            if number % EVERY == 0:
                self.step(EVERY)

    def step(self, records: int) -> None:
        """So many more records were read."""
        self._records += records
        now = time.monotonic()
        if self._shown and now - self._last >= SECONDS:
            self._last = now
            self._written = True
            click.echo(f"\r\x1b[K{self.line(now - self._start)}", err=True, nl=False)

    def line(self, seconds: float) -> str:
        """ "1,250,000 records, 83,000/s, 41%, 22 s left"."""
        words = [f"{self._records:,} records", f"{self._records / seconds:,.0f}/s"]
        read = self._done + (self._log.position if self._log else 0)
        if self._whole and read:
            part = min(read / self._whole, 1.0)
            words += [f"{part:.0%}", f"{seconds * (1 - part) / part:,.0f} s left"]
        return ", ".join(words)


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size
    except (OSError, ValueError):
        return 0
