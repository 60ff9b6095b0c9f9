"""The sha256 beside a catalogue, `catalog.db.sha256`: what `sha256sum -c` reads, and we.

Any bit that flips on a disk changes it, where SQLite's own check sees one of twelve. The file says at
most two sums: that of the catalogue, and for a moment that of the one which takes its place.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Union

SUFFIX = ".sha256"
BLOCK = 2**20
LONGEST = 10_000

File = Union[str, "os.PathLike[str]"]


def of_file(path: File) -> str:
    """The sha256 of a file, in hex. Raises OSError."""
    from hashlib import sha256

    digest = sha256()
    with open(path, "rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def beside(path: File) -> list[str]:
    """The sums that stand beside a catalogue; none where there is no such file."""
    try:
        with open(f"{os.fspath(path)}{SUFFIX}", encoding="ascii", errors="replace") as stream:
            return [line.split()[0] for line in stream.read(LONGEST).splitlines() if line.strip()]
    except OSError:
        return []


def announce(path: File, digest: str, within: File) -> None:
    """Say that `path` is about to become the file of this sum; that of the one there still holds."""
    listed = beside(path)
    old = of_file(path) if listed and os.path.isfile(path) else ""
    put(path, [digest, old] if old in listed and old != digest else [digest], within)


def put(path: File, sums: Sequence[str], within: File) -> None:
    """Write the sums beside `path`, whole or not at all; the folder `within` is for the draft."""
    draft = os.path.join(within, f"draft{SUFFIX}")
    with open(draft, "w", encoding="ascii", newline="\n") as stream:
        for digest in sums:
            stream.write(f"{digest}  {os.path.basename(path)}\n")
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(draft, f"{os.fspath(path)}{SUFFIX}")
