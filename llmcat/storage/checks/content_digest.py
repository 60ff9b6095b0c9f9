"""The digest of what a catalogue says: equal rows, equal digest, whichever SQLite wrote the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

BLOCK = 1_000
"""Rows that are encoded at once: the text of all takes memory."""

Rows = Iterable["list[Any]"]


def content_digest(tables: Iterable[str], blocks_of: Callable[[str], Rows]) -> str:
    """sha256 over the rows of all tables that have some but `catalog`: per table its name, then its rows
    as JSON arrays with commas between them, a line for each block of BLOCK rows."""
    import hashlib
    import json

    digest = hashlib.sha256()
    encode = json.JSONEncoder(
        ensure_ascii=False, check_circular=False, separators=(",", ":")
    ).encode
    for table in sorted({*tables} - {"catalog"}):
        name = f"{table}\n".encode()
        for rows in blocks_of(table):
            digest.update(name + encode(rows)[1:-1].encode() + b"\n")
            name = b""
    return digest.hexdigest()
