"""Where the catalogue is: named by the caller, by the environment, pulled, or in the package."""

from __future__ import annotations

import os
import sqlite3
import sys

from llmcat.errors import CatalogError
from llmcat.storage.checks import before_use

VARIABLE = "LLMCAT_DB"
CONFIG_VARIABLE = "LLMCAT_CONFIG"
DATA_VARIABLE = "LLMCAT_DATA"
PACKAGED = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "catalog.db")

RELEASES = "releases"
"""The folder beside the installed catalogue in which `llmcat pull --from` keeps the last ones."""

PINNED = "pinned"
"""A file in it that is there while one of them is pinned."""


def locate(path: str | os.PathLike[str] | None = None) -> str:
    """The file to open: `path`, else $LLMCAT_DB, else the newer of the one that `llmcat pull`
    installed and the one in the package.

    Where the installed one is missing or cannot be opened, the newest of those that are kept stands for
    it. One that is pinned goes before that of the package, whatever its age. Raises CatalogError when
    there is none.
    """
    if named := path or os.environ.get(VARIABLE):
        return os.fspath(named)
    current = installed()
    releases = os.path.join(os.path.dirname(current), RELEASES)
    found = [place for place in (current, PACKAGED) if os.path.isfile(place)]
    if os.path.isdir(releases) and not (current in found and built_at(current)):
        found = [place for place in (_newest_kept(releases), PACKAGED) if os.path.isfile(place)]
    if not found:
        raise CatalogError(
            f"there is no catalogue; run `llmcat build` and set {VARIABLE}, or install llmcat again"
        )
    if len(found) == 1 or os.path.isfile(os.path.join(releases, PINNED)):
        return found[0]
    # an upgraded package may be newer than what was pulled long ago
    return max(found, key=built_at)


def _newest_kept(releases: str) -> str:
    """The newest catalogue in a folder that can be opened; empty where there is none."""
    paths = [os.path.join(releases, name) for name in os.listdir(releases) if name.endswith(".db")]
    return max((path for path in paths if built_at(path)), key=built_at, default="")


def installed() -> str:
    """Where `llmcat pull` installs a catalogue; the file need not be there."""
    return os.path.join(data_folder(), "catalog.db")


def data_folder() -> str:
    """Where llmcat keeps what it was given: $LLMCAT_DATA, else the user's data folder by the rules of
    platformdirs, which itself would double the time to the first answer."""
    if named := os.environ.get(DATA_VARIABLE):
        return named
    home = os.path.expanduser("~")
    if sys.platform == "win32":
        folder = os.environ.get("LOCALAPPDATA") or os.path.join(home, "AppData", "Local")
    elif sys.platform == "darwin":
        folder = os.path.join(home, "Library", "Application Support")
    else:
        folder = os.environ.get("XDG_DATA_HOME") or os.path.join(home, ".local", "share")
    return os.path.join(folder, "llmcat")


def config_folder() -> str | None:
    """Where the user's own overlays and settings lie: $LLMCAT_CONFIG, else the user's config folder by
    the rules of platformdirs. None where the variable is set and empty: then there is no layer."""
    if (named := os.environ.get(CONFIG_VARIABLE)) is not None:
        return named or None
    if sys.platform in ("win32", "darwin"):
        return data_folder()
    folder = os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config")
    return os.path.join(folder, "llmcat")


def discovered_folder() -> str:
    """Where the answers of endpoints are kept."""
    return os.path.join(data_folder(), "discovered")


def built_at(path: str) -> str:
    """The time of a catalogue's newest input; empty for a file that is no catalogue."""
    try:
        connection = before_use.connect(path)
        try:
            return str(connection.execute("SELECT built_at FROM catalog").fetchone()[0])
        finally:
            connection.close()
    except (sqlite3.Error, TypeError, CatalogError):
        return ""
