"""The walk as a process of its own: steps on standard output, so that whoever replays them has the
other processor. See Clone in clone.py, which reads them."""

from __future__ import annotations

import gc
import marshal
import signal
import sys
from pathlib import Path
from typing import Any, BinaryIO

from llmcat.errors import SourceError
from llmcat.pipeline.sources.models_dev.git.walk import walk


def main(clone: str, after: str) -> None:
    """Write the steps of `clone` behind `after` (empty: all), then None; or the text of an error."""
    gc.disable()
    if hasattr(signal, "SIGPIPE"):  # whoever reads may have had enough
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    out = sys.stdout.buffer
    try:
        count = [0, 0]

        def progress(done: int, total: int) -> None:
            count[:] = done, total

        steps = walk(Path(clone), after=after or None, state_first=bool(after), progress=progress)
        for step in steps:
            send(out, (*count, tuple(step)))
        send(out, None)
    except SourceError as error:
        send(out, [error.location, error.reason])


def send(out: BinaryIO, said: Any) -> None:
    """Its length in four bytes, then `said`: marshal.load would read from a pipe byte by byte."""
    packed = marshal.dumps(said)
    out.write(len(packed).to_bytes(4, "big"))
    out.write(packed)


main(*sys.argv[1:])
