"""Glitches: prices that stand out so far that they were hardly ever charged. They are kept, and marked."""

from __future__ import annotations

from llmcat.pipeline.flatten import Row

GLITCH = 50.0
"""A price that jumps by this factor, or to 0 and back, is suspect."""


def mark_glitches(prices: list[Row]) -> list[Row]:
    """Sorted price rows, with `suspect` on those that stand out from what is listed around them: 0
    between two prices, or GLITCH times both neighbours."""
    marked = list(prices)
    for number in range(1, len(prices) - 1):
        before, row, after = prices[number - 1], prices[number], prices[number + 1]
        if before[:4] == row[:4] == after[:4] and _stands_out(before[4], row[4], after[4]):
            marked[number] = (*row[:5], 1, *row[6:])
    return marked


def _stands_out(before: float, price: float, after: float) -> bool:
    if not before or not after:
        return False
    jumps = [_jump(price, before), _jump(price, after)]
    return price == 0 or (min(jumps) >= GLITCH and (price > before) == (price > after))


def _jump(one: float, other: float) -> float:
    return max(one, other) / min(one, other) if one and other else 0.0


def mark_suspects(changes: list[Row]) -> list[Row]:
    """Changes, with `suspect` on price moves of GLITCH times, and on moves to 0 and back from it."""
    returns = _returns(changes)
    return [
        (*row[:7], 1, *row[8:]) if number in returns or _leaps(row) else row
        for number, row in enumerate(changes)
    ]


def _leaps(row: Row) -> bool:
    old, new = _prices_in(row)
    return bool(old and new and _jump(old, new) >= GLITCH)


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
    path = row[3]
    if row[2] != "changed" or "cost" not in path or None in (row[4], row[5]):
        return None, None
    try:
        return float(row[4]), float(row[5])
    except ValueError:
        return None, None
