"""The installed catalogue: whether what lies there is one, what becomes of it if not, and its manifest.

A file that is not whole would stop every later build, which keeps the past of what it replaces. So it is
set aside under another name, with what lies beside it, and nothing of it is lost.
"""

from __future__ import annotations

import json
import os
from itertools import count
from pathlib import Path

from llmcat.errors import WriteError
from llmcat.instants import utc_text
from llmcat.network.snapshots import locked, pulled_folder, put
from llmcat.storage.checks import before_use, sha256

NEIGHBOURS = ("", "-wal", "-shm", "-journal", sha256.SUFFIX)
"""What is added to the name of a catalogue for the files that belong to it."""


def manifest() -> Path:
    """The file in the cache folder that says what the last pull installed: path, sha256, installed_at."""
    return pulled_folder().parent / "installed.json"


def fault(installed: Path) -> str | None:
    """What is wrong with the installed file; None where it is a catalogue, or there is none.

    It must be one of this schema and, where its sha256 is known, have the bytes that were installed.
    """
    if not os.path.lexists(installed):
        return None
    if refused := before_use.refusal(str(installed)):
        return refused.reason
    sums = sha256.beside(installed) or _listed(installed)
    if sums and sha256.of_file(installed) not in sums:
        return "is damaged: its bytes are not those that were installed"
    return None


def set_aside(installed: Path) -> Path:
    """Give the file, and what lies beside it, the first name that is free: `catalog.db.set-aside-1`.

    Raises WriteError.
    """
    names = (installed.with_name(f"{installed.name}.set-aside-{number}") for number in count(1))
    aside = next(name for name in names if not os.path.lexists(name))
    try:
        for suffix in NEIGHBOURS:
            if os.path.lexists(f"{installed}{suffix}"):
                os.rename(f"{installed}{suffix}", f"{aside}{suffix}")
    except OSError as error:
        raise WriteError(f"{installed} cannot be set aside ({error.strerror}); remove it") from None
    return aside


def note(installed: Path) -> None:
    """Put the sha256 of what was installed into the manifest; a cache that cannot be written has none."""
    from datetime import datetime, timezone

    facts = {
        "path": str(installed),
        "sha256": sha256.of_file(installed),
        "size": installed.stat().st_size,
        "installed_at": utc_text(datetime.now(timezone.utc)),
    }
    try:
        with locked(manifest().parent):
            put(manifest(), f"{json.dumps(facts, indent=2)}\n".encode())
    except OSError:
        return


def _listed(installed: Path) -> list[str]:
    """The sum that the manifest has of the installed file."""
    try:
        facts = json.loads(manifest().read_bytes())
    except (OSError, ValueError):
        return []
    claimed = facts if isinstance(facts, dict) else {}
    return [str(claimed.get("sha256"))] if claimed.get("path") == str(installed) else []
