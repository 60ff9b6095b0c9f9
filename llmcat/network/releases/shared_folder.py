"""A folder as a place of releases."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

from llmcat.errors import PublishError
from llmcat.network.releases.store import Changed, Stored
from llmcat.network.snapshots import locked, put


class Folder:
    """A folder of this machine, or one that it mounts; a lock lets in one writer at a time."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str, limit: int) -> Stored | None:
        """As in Store."""
        try:
            with open(self.root / path, "rb") as stream:
                body = stream.read(limit + 1)
        except FileNotFoundError:
            return None
        if len(body) > limit:
            raise PublishError(f"{self.root / path} is larger than {limit:,} bytes")
        return Stored(body, sha256(body).hexdigest())

    def create(self, path: str, body: bytes) -> None:
        """As in Store."""
        with self._writing(path) as file:
            if file.exists():
                raise Changed(path)
            put(file, body)

    def replace(self, path: str, body: bytes, tag: Any) -> None:
        """As in Store."""
        with self._writing(path) as file:
            if not file.exists() or sha256(file.read_bytes()).hexdigest() != tag:
                raise Changed(path)
            put(file, body)

    @contextlib.contextmanager
    def _writing(self, path: str) -> Iterator[Path]:
        file = self.root / path
        with locked(file.parent):
            yield file

    def remove(self, path: str) -> None:
        """As in Store."""
        (self.root / path).unlink(missing_ok=True)

    def names(self, folder: str) -> list[str]:
        """As in Store."""
        try:
            return sorted(os.listdir(self.root / folder))
        except FileNotFoundError:
            return []
