"""Where the catalogue is: named by the caller, by the environment, pulled, or in the package."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from llmcat.errors import CatalogError

VARIABLE = "LLMCAT_DB"
PACKAGED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "catalog.db")


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
    """Where `llmcat pull` installs a catalogue; the file need not be there."""
    from platformdirs import user_data_dir

    return os.path.join(user_data_dir("llmcat", appauthor=False), "catalog.db")


def built_at(path: str) -> str:
    """The time of a catalogue's newest input; empty for a file that is no catalogue."""
    try:
        connection = sqlite3.connect(uri(path), uri=True)
        try:
            return str(connection.execute("SELECT built_at FROM catalog").fetchone()[0])
        finally:
            connection.close()
    except (sqlite3.Error, TypeError):
        return ""


def uri(path: str) -> str:
    """The SQLite URI that opens `path` read-only and immutable: no lock, no journal, no -wal."""
    return f"{Path(path).absolute().as_uri()}?mode=ro&immutable=1"
