"""Glitches: the rows of prices and changes that are suspect; see llmcat/outliers.py for the rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from llmcat.history.outliers import CEILING, far_apart, suspects
from llmcat.pipeline.history.state import ListedPrice
from llmcat.pipeline.tables.flatten import Row

METER = itemgetter(0, 1)  # spec and key


def mark_glitches(prices: Sequence[ListedPrice]) -> Iterator[ListedPrice]:
    """Sorted prices, with `suspect` on those that stand out from what else the meter cost. What
    was suspect in an earlier build may be none, now that more is known."""
    for _, listed in groupby(prices, METER):
        held = list(listed)
        of_now = iter(suspects([price.usd for price in held if price.since != price.until]))
        for price in held:
            mark = int(price.since != price.until and next(of_now))
            yield price if price.suspect == mark else price._replace(suspect=mark)


def mark_suspects(changes: list[Row]) -> list[Row]:
    """Changes, with `suspect` on price moves that jump, that come from or go to a price above the
    ceiling, and on moves to 0 and back from it."""
    returns = _returns(changes)
    return [
        (*row[:7], 1, *row[8:]) if number in returns or _leaps(row) else row
        for number, row in enumerate(changes)
    ]


def _leaps(row: Row) -> bool:
    old, new = _prices_in(row)
    return far_apart(old or 0.0, new or 0.0) or max(old or 0.0, new or 0.0) > CEILING


def _returns(changes: list[Row]) -> set[int]:
    """The numbers of moves price -> 0 and 0 -> price that follow each other."""
    to_zero: dict[tuple[str, str], int] = {}
    found: set[int] = set()
    for number, row in enumerate(changes):
        old, new = _prices_in(row)
        if old and new == 0:
            to_zero[row[1], row[3]] = number
        elif old == 0 and new and (row[1], row[3]) in to_zero:
            found.update((to_zero.pop((row[1], row[3])), number))
    return found


def _prices_in(row: Row) -> tuple[float | None, float | None]:
    """The prices before and after; None where there is none."""
    if row[2] != "changed" or "cost" not in row[3]:
        return None, None
    return _price(row[4]), _price(row[5])


def _price(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
