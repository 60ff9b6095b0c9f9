"""Rows of models by their specs: the read that must be fast.

With every result sqlite3 makes a description of its columns, and for all columns of `models` that takes
as long as to read them; each cell is then asked for three times, under a lock. A row that SQL hands to a
function comes without, and costs half.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, Protocol

from llmcat.records import ModelRow

Row = tuple[Any, ...]

COLUMNS = ", ".join(ModelRow._fields)
NAMED = "FROM models WHERE spec = ?"
AMONG = "FROM models WHERE spec IN (SELECT value FROM json_each(?))"

ONE, SOME = f"SELECT take_row({COLUMNS}) {NAMED}", f"SELECT take_row({COLUMNS}) {AMONG}"
WHOLE_ONE, WHOLE_SOME = f"SELECT {COLUMNS} {NAMED}", f"SELECT {COLUMNS} {AMONG}"


class RowReader(Protocol):
    """Reads rows of `models` through one connection."""

    def one(self, spec: str) -> Row | None:
        """The row with exactly this spec."""

    def some(self, specs: Iterable[str]) -> list[Row]:
        """The rows with these specs, in any order."""


class TakingReader:
    """A reader for a connection that no other thread uses."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        taken: list[Row] = []
        # not list.append itself: the columns come as arguments, and *row makes a tuple of them
        connection.create_function(
            "take_row", len(ModelRow._fields), lambda *row: taken.append(row)
        )
        self._taken = taken
        self._execute = connection.execute

    def one(self, spec: str) -> Row | None:
        """The row with exactly this spec."""
        # execute() has run the first step, in which take_row() is called; fetchone() would run another
        self._execute(ONE, (spec,))
        # a row that an interrupted call left behind is not of this spec
        if self._taken and (row := self._taken.pop())[0] == spec:
            return row
        return None

    def some(self, specs: Iterable[str]) -> list[Row]:
        """The rows with these specs, in any order."""
        import json

        taken = self._taken
        first = len(taken)
        try:
            self._execute(SOME, (json.dumps([*specs]),)).fetchall()
            return taken[first:]
        finally:
            del taken[first:]

    def take(self, sql: str, values: tuple[Any, ...]) -> Row | None:
        """The only row that this SQL hands to take_row()."""
        if self._execute(sql, values).fetchone() is None:
            return None
        return self._taken.pop()


class SharedReader:
    """A reader for a connection that threads share: two rows handed to one take_row() could swap."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._execute = connection.execute

    def one(self, spec: str) -> Row | None:
        """The row with exactly this spec."""
        row: Row | None = self._execute(WHOLE_ONE, (spec,)).fetchone()
        return row

    def some(self, specs: Iterable[str]) -> list[Row]:
        """The rows with these specs, in any order."""
        import json

        return self._execute(WHOLE_SOME, (json.dumps([*specs]),)).fetchall()
