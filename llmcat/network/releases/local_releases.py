"""What of releases is on this machine: the last three, which of them is current, what was seen and pinned.

    catalog.db             the current one, and its sha256 beside it
    releases/state.json    what is known; written last
    releases/pinned        there while a release is pinned: Catalog() then prefers catalog.db, whatever its age
    releases/catalog-0123456789abcdef.db

Whatever process dies, the next pull finds the old catalogue or the new one, and removes what nobody names.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from llmcat.errors import PullError
from llmcat.network.snapshots import locked, put
from llmcat.storage.checks import before_use, sha256
from llmcat.storage.files.build_folder import clean_up, workplace
from llmcat.storage.files.put_in_place import put_in_place
from llmcat.storage.location import PINNED, RELEASES

KEPT = 3
NAME = re.compile(r"(catalog-[0-9a-f]{16}\.db)(\.sha256)?")


@dataclass
class State:
    """What is known. `seen` is the highest serial that a manifest of `url` had; `tag` is that of the
    manifest read last; `keys` are those that its signature must be by. `kept` are serials and sha256, the
    newest last; `current` is one of them; `pinned` a serial."""

    url: str = ""
    seen: int = 0
    tag: str | None = None
    next_update: str = ""
    keys: list[str] = field(default_factory=list)
    revoked: list[int] = field(default_factory=list)
    kept: list[tuple[int, str]] = field(default_factory=list)
    current: int = 0
    pinned: int | None = None


class Place:
    """Where the catalogue of a machine lies, with what is kept of releases beside it."""

    def __init__(self, catalog: Path) -> None:
        self.catalog = catalog
        self.folder = catalog.parent / RELEASES

    @contextlib.contextmanager
    def locked(self) -> Iterator[State]:
        """One pull at a time; gives what is known. Raises PullError where nothing can be written."""
        try:
            with locked(self.folder):
                for folder in (self.folder, self.catalog.parent):
                    clean_up(folder)
                yield self._state()
        except OSError as error:
            raise PullError(
                f"{self.folder} cannot be written ({error.strerror or error})"
            ) from None

    def _state(self) -> State:
        """What state.json says; nothing where it is missing or damaged, so that all is fetched again."""
        try:
            data: Any = json.loads((self.folder / "state.json").read_bytes())
            state = State(**data)
            state.kept = [(int(serial), str(digest)) for serial, digest in state.kept]
            state.seen, state.current = int(state.seen), int(state.current)
        except (OSError, ValueError, TypeError):
            return State()
        return state

    def save(self, state: State) -> None:
        """Write what is known, and remove the files that it does not name. Needs the lock."""
        pinned = self.folder / PINNED
        if state.pinned is not None:
            put(pinned, f"{state.pinned}\n".encode())
        else:
            pinned.unlink(missing_ok=True)
        put(self.folder / "state.json", f"{json.dumps(asdict(state), indent=1)}\n".encode())
        named = {self.file(digest).name for _, digest in state.kept}
        for entry in list(os.scandir(self.folder)):
            if (match := NAME.fullmatch(entry.name)) and match[1] not in named:
                with contextlib.suppress(OSError):  # the next pull tries again
                    os.unlink(entry.path)

    def file(self, digest: str) -> Path:
        """Where the catalogue of this sha256 is kept."""
        return self.folder / f"catalog-{digest[:16]}.db"

    def digest(self) -> str:
        """The sha256 of the catalogue that is current; empty where there is none."""
        return _digest(self.catalog)

    def has(self, digest: str) -> bool:
        """Whether the catalogue of this sha256 is kept, whole."""
        return _digest(self.file(digest)) == digest

    def check_neighbours(self) -> None:
        """Raise PullError where a -wal or -journal lies beside the catalogue: it would be mixed with the new one."""
        try:
            before_use.check_neighbours(str(self.catalog))
        except before_use.Untrusted as error:
            raise PullError(f"was not installed: {error}") from None

    def keep(self, draft: Path, digest: str) -> None:
        """Move a verified catalogue among those that are kept."""
        put_in_place(draft, self.file(digest))

    def install(self, digest: str) -> None:
        """Make a kept catalogue the one that everybody opens. Raises PullError, WriteError and OSError."""
        self.check_neighbours()
        with workplace(self.catalog.parent) as scratch:
            draft = scratch / "catalog.db"
            shutil.copyfile(self.file(digest), draft)
            if _digest(draft) != digest:
                raise PullError(f"was not installed: {self.file(digest)} is damaged")
            put_in_place(draft, self.catalog)


def _digest(path: Path) -> str:
    try:
        return sha256.of_file(path)
    except OSError:
        return ""
