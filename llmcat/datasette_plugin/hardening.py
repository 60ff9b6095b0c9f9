"""Connections to catalogues, behind the authorizer and the size limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcat.datasette_plugin.catalogues import is_catalogue
from llmcat.storage.sandbox.sql import harden

if TYPE_CHECKING:
    import sqlite3

    from datasette.app import Datasette

MAX_LENGTH = 250_000
"""Longest text, blob or row in bytes on a connection that others send SQL to.

One call of instr() or replace() can't be stopped: it takes 0.2 s at this length, 4 s at a million. The
longest row of a catalogue as it ships has a thousand bytes.
"""


def prepare(connection: sqlite3.Connection, database: str, datasette: Datasette) -> None:
    """Harden `connection` when the database of this name is a catalogue."""
    if is_catalogue(datasette, database):
        harden(connection, MAX_LENGTH)
