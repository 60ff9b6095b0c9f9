"""Watch: keep catalogue, discovered models and layer fresh, round after round, one watcher at a time."""

from __future__ import annotations

import contextlib
import os
import random
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from threading import Event
from typing import IO

from llmcat.errors import LlmcatError, WriteError
from llmcat.storage.location import data_folder

JITTER = 0.1
"""The part by which a pause is longer or shorter, so that not all machines ask at the full hour."""

SOONER = 60.0
"""Seconds after the first failure; each further one doubles them, up to the interval."""

Tell = Callable[[str], None]
Task = Callable[[Tell], bool]
"""A part of a round: says in lines what it came to, and gives whether it went well."""


Ended = Callable[[bool, float | None], None]
"""Hears of each round whether all went well, and in how many seconds the next is; None: there is none."""


def watch(
    every: float,
    stop: Event,
    tell: Tell,
    tasks: Sequence[Task],
    rounds: int | None = None,
    ended: Ended = lambda well, seconds: None,
) -> None:
    """Do `tasks` every so many seconds, until `stop` is set or `rounds` are done.

    What fails is told, and tried again sooner; the others go on. Raises WriteError where another watcher
    runs already.
    """
    failures = done = 0
    with only_watcher():
        while not stop.is_set():
            well = True
            for task in tasks:
                if stop.is_set():
                    return
                well &= _done(task, tell)
            failures = 0 if well else failures + 1
            done += 1
            if done == rounds:
                ended(well, None)
                return
            seconds = pause(every, failures, random.random())
            ended(well, seconds)
            stop.wait(seconds)


def _done(task: Task, tell: Tell) -> bool:
    try:
        return task(tell)
    except (LlmcatError, OSError) as error:
        tell(f"warning: {error}")
        return False


def pause(every: float, failures: int, chance: float) -> float:
    """Seconds until the next round, `chance` being from 0 to 1."""
    wanted = every if not failures else min(every, SOONER * 2 ** min(failures - 1, 30))
    return wanted * (1 + JITTER * (2 * chance - 1))


def pull_task(tell: Tell) -> bool:
    """Fetch the sources, and install what they give."""
    from llmcat.network.sources import pull_and_install

    report = pull_and_install()
    for result in report.sources:
        if result.error:
            tell(f"warning: {result.source.name}: {result.error}")
    tell("pull: " + (f"{report.build.models:,} models" if report.build else "nothing is new"))
    return not any(result.error for result in report.sources)


def discover_task(tell: Tell) -> bool:
    """Ask the endpoints."""
    from llmcat.network.discover.discovery import discover

    found = discover()
    for line in found.errors:
        tell(f"warning: {line}")
    tell(f"discover: {len(found.models):,} models at {len(found.endpoints)} endpoints")
    return not found.errors


def layer_task(tell: Tell) -> bool:
    """Make the user's layer anew where it changed, so that no reader has to."""
    from llmcat.catalog import Catalog

    with Catalog() as catalog:
        tell(f"catalogue: {catalog.path}")
    return True


@contextlib.contextmanager
def only_watcher() -> Iterator[None]:
    """Be the only watcher of this user's data folder; the lock dies with its holder. Raises WriteError."""
    folder = Path(data_folder())
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".watch.lock", "a+b") as stream:
        if not _lock(stream):
            stream.seek(0)
            other = stream.read(20).decode("ascii", "replace").strip()
            raise WriteError(f"another `llmcat watch` runs already (process {other})")
        stream.truncate(0)
        stream.write(str(os.getpid()).encode())
        stream.flush()
        yield


def _lock(stream: IO[bytes]) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
