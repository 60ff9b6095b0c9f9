"""One catalogue takes the place of another, so that a reader or a power cut finds the old one or the new."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from llmcat.storage.checks import sha256


def put_in_place(source: Path, target: Path) -> None:
    """Put `source`, in a folder of its own on the same file system, in place of `target`.

    The file of the sha256 names both while the one takes the other's place, so that it is never wrong.
    The new file has the mode (and, where that is allowed, the owner) of the old one. Raises OSError.
    """
    _take_over_rights(source, target)
    with open(source, "r+b") as stream:
        os.fsync(stream.fileno())
    digest = sha256.of_file(source)
    sha256.announce(target, digest, source.parent)
    os.replace(source, target)
    sync_folder(target.parent)
    with contextlib.suppress(OSError):  # the new file is there, and what stands beside it names it
        sha256.put(target, [digest], source.parent)


def _take_over_rights(source: Path, target: Path) -> None:
    """Give `source` the mode and the owner of `target`: a catalogue with private models stays private."""
    try:
        old = os.stat(target)
    except FileNotFoundError:
        return
    if hasattr(os, "chown"):
        with contextlib.suppress(OSError):  # only root may give files away
            os.chown(source, old.st_uid, old.st_gid)
    os.chmod(source, old.st_mode & 0o7777)


def sync_folder(folder: Path) -> None:
    """Flush the names in a folder to the disk."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
