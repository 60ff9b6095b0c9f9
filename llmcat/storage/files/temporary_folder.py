"""A temporary folder that does not outlive its process."""

from __future__ import annotations

import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import Any

from llmcat.errors import ServeError


@contextmanager
def temporary_folder() -> Iterator[str]:
    """A temporary folder that goes when the process ends, by SIGTERM, SIGHUP and Ctrl-C too."""

    def end(number: int, frame: FrameType | None) -> None:
        sys.exit(0)

    def hung_up(number: int, frame: FrameType | None) -> None:
        signal.raise_signal(signal.SIGTERM)

    # uvicorn ends the requests first, then raises the signal again for us
    before: dict[int, Any] = {signal.SIGTERM: signal.signal(signal.SIGTERM, end)}
    hangup = getattr(signal, "SIGHUP", None)
    if hangup is not None and signal.getsignal(hangup) != signal.SIG_IGN:  # nohup wants it ignored
        before[hangup] = signal.signal(hangup, hung_up)
    try:
        made = tempfile.TemporaryDirectory(prefix="llmcat-serve-", ignore_cleanup_errors=True)
        with made as name, suppress(KeyboardInterrupt):
            yield name
    except OSError as error:
        if "temporary directory" not in str(error):
            raise
        raise ServeError(f"{error}: set TMPDIR to a folder that can be written") from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
