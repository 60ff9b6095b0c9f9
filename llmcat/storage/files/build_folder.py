"""The folder in which a build makes its files, and what becomes of those of builds that died.

A build holds a lock in its folder for as long as it lives, and the system lets go of it when the build
dies, however it dies. So a folder whose lock can be had is nobody's. A process id would not tell: another
container on the same volume counts its own, and every one of them has a process 1.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from llmcat.errors import WriteError

NAME = re.compile(r"\.llmcat-[0-9a-f]{16}\.tmp")
LOCK = "lock"


@contextlib.contextmanager
def workplace(beside: Path) -> Iterator[Path]:
    """A new folder in `beside` that only its owner may enter, and that is gone afterwards.

    What builds left behind that died is removed first. Raises WriteError where nothing can be written.
    """
    check_folder(beside)
    clean_up(beside)
    folder, lock = _make(beside)
    try:
        yield folder
    finally:
        _remove(folder, lock)


def check_folder(folder: Path) -> None:
    """Raise WriteError where nothing can be written to the folder."""
    if not os.access(folder, os.W_OK):
        reason = "no permission to write there" if folder.is_dir() else "there is no such folder"
        raise WriteError(f"nothing can be written to {folder}: {reason}")


def clean_up(beside: Path) -> None:
    """Remove the folders of builds that died; those of living ones stay, whoever runs them."""
    with contextlib.suppress(OSError):
        for entry in list(os.scandir(beside)):
            if NAME.fullmatch(entry.name) and entry.is_dir(follow_symlinks=False):
                folder = Path(entry.path)
                if (lock := _lock(folder)) is not None:
                    _remove(folder, lock)


def _make(beside: Path) -> tuple[Path, int | None]:
    """A new folder and its lock. Another build may take the folder for a dead one's until it is locked:
    then there is another."""
    while True:
        folder = beside / f".llmcat-{secrets.token_hex(8)}.tmp"
        os.mkdir(folder, 0o700)
        try:
            if (lock := _lock(folder)) is not None or not _locks_work_in(beside):
                return folder, lock
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


def _lock(folder: Path) -> int | None:
    """The lock of a folder, held; None where another build holds it, or it is not to be had."""
    path = folder / LOCK
    try:
        lock = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
    except OSError:
        return None
    try:
        _try_to_lock(lock)
        if os.path.samestat(os.fstat(lock), os.stat(path)):
            return lock  # and not that of a folder which another build has just removed
    except OSError:
        pass
    os.close(lock)
    return None


def _try_to_lock(lock: int) -> None:
    """Lock a file, or raise OSError at once."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _locks_work_in(beside: Path) -> bool:
    """Whether the file system knows locks at all; where it does not, nothing is ever cleaned up."""
    probe = beside / f".llmcat-{secrets.token_hex(8)}.lock"
    descriptor = os.open(probe, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        _try_to_lock(descriptor)
    except OSError:
        return False
    finally:
        os.close(descriptor)
        os.unlink(probe)
    return True


def _remove(folder: Path, lock: int | None) -> None:
    """Delete the folder, then let go of its lock; the lock's file goes last, so that what is left of a
    folder after a crash here is still nobody's."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            if entry.name != LOCK:
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)
    if lock is not None and sys.platform == "win32":
        os.close(lock)  # a file that is open can't be deleted there
    shutil.rmtree(folder, ignore_errors=True)
    if lock is not None and sys.platform != "win32":
        os.close(lock)
