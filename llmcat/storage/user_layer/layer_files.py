"""The files that make the user's layer, and where the copies of the catalogue with it lie."""

from __future__ import annotations

import os

from llmcat.storage import location

OVERLAYS = (".yml", ".yaml", ".toml")
NO_OVERLAYS = ("config.toml",)
EDITS = "edits.jsonl"
NOTE = "current"

Stamp = tuple[str, int, int]
"""Path, time and size of a file."""


def layer_files() -> list[Stamp]:
    """The files that make the layer, in order of precedence: what was discovered, overlays by name,
    edits. Empty where there is none, or $LLMCAT_CONFIG is empty."""
    folder = location.config_folder()
    if folder is None:
        return []
    own = _files(folder)
    found = [stamp for stamp in _files(location.discovered_folder()) if stamp[0].endswith(".json")]
    overlays = [s for s in own if s[0].endswith(OVERLAYS) and not s[0].endswith(NO_OVERLAYS)]
    return [*found, *overlays, *(s for s in own if os.path.basename(s[0]) == EDITS)]


def is_own(stamp: Stamp) -> bool:
    """Whether it is a file that the user wrote, and no answer of an endpoint."""
    return not stamp[0].endswith(".json")


def _files(folder: str) -> list[Stamp]:
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if not entry.name.startswith(".") and entry.is_file():
                    status = entry.stat()
                    found.append((entry.path, status.st_mtime_ns, status.st_size))
    except OSError:
        return []
    return sorted(found)


def layered_folder() -> str:
    """Where the patched copies lie."""
    return os.path.join(location.data_folder(), "layered")
