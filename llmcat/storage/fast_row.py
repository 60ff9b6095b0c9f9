"""The row of one model by its spec: the read that must be fast.

With every result sqlite3 makes a description of its columns, and for all columns of `models` that takes
as long as to read them. A row that SQL hands to a function comes without.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any

from llmcat.records import ModelRow

Row = tuple[Any, ...]
ReadRow = Callable[[str], "Row | None"]

NOW = f"SELECT take_row({', '.join(ModelRow._fields)}) FROM models WHERE spec = ?"

WHOLE_ROW = f"SELECT {', '.join(ModelRow._fields)} FROM models WHERE spec = ?"


def reader(connection: sqlite3.Connection) -> ReadRow:
    """A function from a spec to the row of `models` that it names."""
    one = taking(connection)
    return lambda spec: one(NOW, (spec,))


def whole_row_reader(connection: sqlite3.Connection) -> ReadRow:
    """The same on a connection that threads share: two rows handed to one take_row() could swap."""

    def read_row(spec: str) -> Row | None:
        row: Row | None = connection.execute(WHOLE_ROW, (spec,)).fetchone()
        return row

    return read_row


def taking(connection: sqlite3.Connection) -> Callable[[str, tuple[Any, ...]], Row | None]:
    """A function from SQL that hands its only row to take_row(), and its values, to that row."""
    taken: list[Row] = []
    # not list.append itself: the columns come as arguments, and *row makes a tuple of them
    connection.create_function("take_row", len(ModelRow._fields), lambda *row: taken.append(row))
    execute = connection.execute

    def one(sql: str, values: tuple[Any, ...]) -> Row | None:
        if execute(sql, values).fetchone() is None:
            return None
        return taken.pop()

    return one
