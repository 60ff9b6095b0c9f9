"""Periods: the stretches of time between two changes of any price, by number, and which of them are one for a
model, because nothing changed of its own prices."""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable

NOW = -1
"""The period of calls of which no time is known."""

CHANGES = """
SELECT valid_from FROM prices UNION SELECT valid_to FROM prices WHERE valid_to IS NOT NULL
UNION SELECT effective_from || 'T00:00:00Z' FROM prices WHERE effective_from IS NOT NULL
UNION SELECT effective_to || 'T00:00:00Z' FROM prices WHERE effective_to IS NOT NULL ORDER BY 1"""
LISTED = "SELECT valid_from, valid_to FROM prices WHERE spec = ?"


class Periods:
    """The periods of a catalogue: number 0 is before the first change, each other begins with a change.

    `others` are the models at which calls of every model are reckoned as well; None: it may be any.
    """

    def __init__(self, connection: sqlite3.Connection, others: Iterable[str] | None) -> None:
        self._connection = connection
        self._others = None if others is None else tuple(others)
        self._changes_of: dict[str, tuple[list[int], list[bool]]] = {}
        self.changes = [at for (at,) in connection.execute(CHANGES)]

    def at(self, instant: str | None) -> int:
        """The period of an instant; NOW where it is not known."""
        return NOW if instant is None else bisect_right(self.changes, instant)

    def first_alike(self, spec: str, period: int) -> int:
        """The first of the periods up to this one in which a model, and each of the others, has the same
        prices all along. While a model has none, those of another may stand in: then it is the period itself."""
        if self._others is None or period == NOW:
            return period
        return max(self._first_alike(one, period) for one in (spec, *self._others))

    def _first_alike(self, spec: str, period: int) -> int:
        known = self._changes_of.get(spec)
        if known is None:
            known = self._changes_of[spec] = self._read(spec)
        starts, listed = known
        place = bisect_right(starts, period) - 1
        return starts[place] if place >= 0 and listed[place] else period

    def _read(self, spec: str) -> tuple[list[int], list[bool]]:
        """The periods that begin with a change of the prices of a model, and whether it has any from there on."""
        more: Counter[int] = Counter()
        for valid_from, valid_to in self._connection.execute(LISTED, (spec,)):
            if valid_to is None or valid_to > valid_from:
                more[self.at(valid_from)] += 1
                if valid_to is not None:
                    more[self.at(valid_to)] -= 1
        starts, listed, prices = sorted(more), [], 0
        for start in starts:
            prices += more[start]
            listed.append(prices > 0)
        return starts, listed
