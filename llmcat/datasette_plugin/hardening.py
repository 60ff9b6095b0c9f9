"""Connections to catalogues, behind the authorizer and the size limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcat.datasette_plugin.catalogues import is_catalogue
from llmcat.sandbox import harden

if TYPE_CHECKING:
    import sqlite3

    from datasette.app import Datasette


def prepare(connection: sqlite3.Connection, database: str, datasette: Datasette) -> None:
    """Harden `connection` when the database of this name is a catalogue."""
    if is_catalogue(datasette, database):
        harden(connection)
