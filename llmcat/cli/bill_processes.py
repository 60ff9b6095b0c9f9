"""A long log of JSON lines, read by as many processes as there are cores.

Each takes blocks of whole lines and gives back their tally. The lines of a session depend on those
before them: where a block holds any, the file is left to one process.
"""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from llmcat.catalog import Catalog
from llmcat.cli.bill_progress import Progress
from llmcat.pricing.logs.formats import FormatReader
from llmcat.pricing.logs.log_file import LogFile, calls_of_block
from llmcat.pricing.logs.sessions import Seen
from llmcat.pricing.tally import Tally

WORTH_IT = 32 * 2**20
"""Bytes from which on a second process saves more than its start takes."""
PACKED = 10
"""How much longer JSON lines become when they are unpacked."""
AHEAD = 2
"""Blocks for each process that wait for it."""

_tally: Tally
_columns: dict[str, str]


def is_worth_it(path: str) -> bool:
    """Whether several processes would be faster: a long file, and no pipe, which is read only once."""
    try:
        size = os.path.getsize(path) if os.path.isfile(path) else 0
    except (OSError, ValueError):
        return False
    return size * (PACKED if path.endswith(".gz") else 1) >= WORTH_IT and _cores() > 1


def add_in_processes(
    tally: Tally, log: LogFile, columns: dict[str, str], progress: Progress
) -> bool:
    """Add the calls of a log to the tally, or nothing, and False, where it is for one process."""
    if log.kind != "jsonl":
        return False
    whole = tally.like_it()
    given = (tally.catalog.path, tally.by, tally.others, columns)
    with ProcessPoolExecutor(_cores(), get_context("spawn"), _begin, given) as pool:
        waiting: deque[Future[Tally | None]] = deque()
        try:
            for line, block in log.blocks():
                waiting.append(pool.submit(_read, line, block, log.name))
                if len(waiting) > _cores() * AHEAD and not _take(waiting, whole, progress):
                    return False
            while waiting:
                if not _take(waiting, whole, progress):
                    return False
        except BrokenProcessPool:
            return False
        finally:
            pool.shutdown(
                wait=False, cancel_futures=True
            )  # else its end waits for what is not begun
    tally.merge(whole)
    return True


def _take(waiting: deque[Future[Tally | None]], whole: Tally, progress: Progress) -> bool:
    """Add the tally of the oldest block; False where it has none, for the block holds sessions."""
    part = waiting.popleft().result()
    if part is None:
        return False
    whole.merge(part)
    progress.step(part.read)
    return True


def _begin(
    path: str, by: tuple[str, ...], others: Sequence[str] | None, columns: dict[str, str]
) -> None:
    """In a new process: the catalogue and an empty tally. Ctrl-C is for the process that started it."""
    global _tally, _columns
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _tally, _columns = Tally(Catalog(path), by, others), columns


def _read(line: int, block: bytes, log: str) -> Tally | None:
    """The tally of a block; None where it holds lines of a session."""
    reader = FormatReader(_columns, Seen())
    _tally.clear()
    _tally.add_all(calls_of_block(block, line, reader), log)
    return None if reader.has_sessions else _tally


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
