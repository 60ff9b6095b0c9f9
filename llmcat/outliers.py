"""Glitches: prices that stand out so far that they were hardly ever charged. They are kept, and marked.

A price is suspect when it is above CEILING, when it is 0 between two prices, or when it is GLITCH times
the one before it or behind it, or a part of it as small. Of two prices so far apart, the one that is as
far from the next ones too is suspect; where those do not tell, both are. Prices that begin after 0 and
prices that fall to 0 are no glitches by themselves: previews end, and models become free.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

GLITCH = 50.0
"""A price that jumps by this factor is suspect."""

CEILING = 5_000.0
"""USD per 1M tokens that nobody charges: the dearest model there was took 600."""


def suspects(prices: Sequence[float]) -> list[bool]:
    """Which of the prices that a meter had, the oldest first, are suspect."""
    marked = [price > CEILING for price in prices]
    for number in range(1, len(prices) - 1):
        if not prices[number] and prices[number - 1] and prices[number + 1]:
            marked[number] = True
    for number in _jumpers(prices):
        marked[number] = True
    return marked


def far_apart(one: float, other: float) -> bool:
    """Whether one price is GLITCH times the other; 0 is no measure."""
    return bool(one and other) and max(one, other) >= GLITCH * min(one, other)


def _jumpers(prices: Sequence[float]) -> set[int]:
    """The numbers of the prices that a jump makes suspect."""
    measures = [number for number, price in enumerate(prices) if 0 < price <= CEILING]
    found: set[int] = set()
    for place, pair in enumerate(pairwise(measures)):
        if far_apart(*(prices[number] for number in pair)):
            beside = [*measures[max(place - 1, 0) : place], *measures[place + 2 : place + 3]]
            alone = [
                number
                for number in pair
                if all(far_apart(prices[number], prices[other]) for other in beside)
            ]
            found.update(alone or pair)
    return found
