"""Where the catalogue is: named by the caller, by the environment, pulled, or in the package."""

from __future__ import annotations

import os
import sqlite3
import sys

from llmcat.errors import CatalogError
from llmcat.storage import trust

VARIABLE = "LLMCAT_DB"
PACKAGED = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "catalog.db")


def locate(path: str | os.PathLike[str] | None = None) -> str:
    """The file to open: `path`, else $LLMCAT_DB, else the newer of the one that `llmcat pull`
    installed and the one in the package.

    Raises CatalogError when there is none.
    """
    if named := path or os.environ.get(VARIABLE):
        return os.fspath(named)
    found = [place for place in (installed(), PACKAGED) if os.path.isfile(place)]
    if not found:
        raise CatalogError(
            f"there is no catalogue; run `llmcat build` and set {VARIABLE}, or install llmcat again"
        )
    # an upgraded package may be newer than what was pulled long ago
    return found[0] if len(found) == 1 else max(found, key=built_at)


def installed() -> str:
    """Where `llmcat pull` installs a catalogue; the file need not be there.

    The user's data folder by the rules of platformdirs, which itself would double the time to the
    first answer.
    """
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        folder = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    elif sys.platform == "darwin":
        folder = os.path.join(home, "Library", "Application Support")
    else:
        folder = os.environ.get("XDG_DATA_HOME") or os.path.join(home, ".local", "share")
    return os.path.join(folder, "llmcat", "catalog.db")


def built_at(path: str) -> str:
    """The time of a catalogue's newest input; empty for a file that is no catalogue."""
    try:
        connection = trust.connect(path)
        try:
            return str(connection.execute("SELECT built_at FROM catalog").fetchone()[0])
        finally:
            connection.close()
    except (sqlite3.Error, TypeError, CatalogError):
        return ""
