"""Run something in a process of its own: with less rights, with less disk, to be killed."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from pathlib import Path

import pytest

NOBODY = 65534

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def in_a_child(act: Callable[[], object], *, unprivileged: bool = False, max_file: int = -1) -> str:
    """What became of `act` in a fork: "ok", or the type and message of what it raised.

    A fork has all modules at hand, so that it needs no right to read the interpreter's files.
    `unprivileged` gives up root's rights; `max_file` is the largest file that may be written.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        outcome = "ok"
        try:
            if unprivileged and os.geteuid() == 0:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            if max_file >= 0:
                resource.setrlimit(resource.RLIMIT_FSIZE, (max_file, max_file))
            act()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the parent judges it
            outcome = f"{type(error).__name__}: {error}"
        finally:
            os.write(writing, outcome.encode("utf-8", "backslashreplace"))
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as stream:
        outcome = stream.read()
    os.waitpid(pid, 0)
    return outcome


def open_to_all(folder: Path) -> Path:
    """`folder`, reachable for whoever gave up root's rights; skips the test where it cannot be.

    pytest makes its folders for their owner alone.
    """
    for parent in (folder, *folder.parents):
        if not parent.stat().st_mode & 0o001:
            if not parent.name.startswith(("pytest-", "popen-", folder.name)):
                pytest.skip(f"{parent} is closed to other users")
            parent.chmod(0o755)
    return folder


def spawn(act: Callable[[], object]) -> int:
    """Start `act` in a fork, for ever if it wants; returns its pid."""
    pid = os.fork()
    if pid == 0:
        try:
            act()
        finally:
            os._exit(0)
    return pid
