"""What a publisher needs of a place where releases lie: a folder or a bucket.

A file is read with its tag, made where there is none, or replaced where it still has the tag that was
read: so two publishers at once cannot lose each other's release.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol


class Stored(NamedTuple):
    """A file as it was read; `tag` is for replace()."""

    body: bytes
    tag: Any


class Changed(Exception):
    """The file is no longer the one that was read, or is there already."""


class Store(Protocol):
    """What a publisher needs of a place. All paths are relative to it, with /."""

    def read(self, path: str, limit: int) -> Stored | None:
        """The file; None where there is none. Raises PublishError for one larger than `limit` bytes."""

    def create(self, path: str, body: bytes) -> None:
        """Make a file that is not there. Raises Changed when it is."""

    def replace(self, path: str, body: bytes, tag: Any) -> None:
        """Replace the file that has this tag. Raises Changed when it has another by now."""

    def remove(self, path: str) -> None:
        """Delete a file; one that is gone is no error."""

    def names(self, folder: str) -> list[str]:
        """The names of the files in a folder."""
