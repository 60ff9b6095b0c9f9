"""The walk as a process of its own: steps on standard output, so that whoever replays them has the
other processor. Clone in clone.py starts it, and reads them."""

from __future__ import annotations

import gc
import marshal
import os
import signal
import sys
from pathlib import Path
from typing import Any, BinaryIO

from llmcat.errors import SourceError
from llmcat.pipeline.sources.models_dev.git.walk import walk

ENDING = ("SIGTERM", "SIGINT")


def main(clone: str, after: str) -> None:
    """Write the steps of `clone` behind `after` (empty: all), then None; or the text of an error."""
    gc.disable()
    for name in ENDING:  # whoever reads has had enough: end, and clean up
        signal.signal(getattr(signal, name), lambda *_: sys.exit(1))
    try:
        _send_steps(sys.stdout.buffer, clone, after)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is left goes nowhere
        sys.exit(1)
    for name in ENDING:  # nothing is left to clean up, and to exit while Python ends is a traceback
        signal.signal(getattr(signal, name), signal.SIG_DFL)


def _send_steps(out: BinaryIO, clone: str, after: str) -> None:
    count = [0, 0]

    def progress(done: int, total: int) -> None:
        count[:] = done, total

    steps = walk(Path(clone), after=after or None, state_first=bool(after), progress=progress)
    try:
        for step in steps:
            send(out, (*count, tuple(step)))
        send(out, None)
    except SourceError as error:
        send(out, error.reason)
    finally:
        steps.close()


def send(out: BinaryIO, message: Any) -> None:
    """Its length in four bytes, then `message`: marshal.load would read from a pipe byte by byte."""
    packed = marshal.dumps(message)
    out.write(len(packed).to_bytes(4, "big"))
    out.write(packed)
