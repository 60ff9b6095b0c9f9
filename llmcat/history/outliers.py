"""Glitches and outliers: values that stand out so far that they are hardly true. They are kept, and marked.

A glitch stands out from what the same offer cost before and after: `suspect` in prices and changes. An
outlier stands out from its siblings of the day, the other offers of the same base model: the table
outliers. A price above 0 is one at TIMES_USUAL the median of FEWEST_SIBLINGS or more siblings that have
one, and at PART_OF_USUAL of it; a price of input or output tokens also below FLOOR; a context window is one
from LARGEST_CONTEXT on, which no model takes. Lists in the order of such a value have outliers behind all
others, so that a slip in a source is neither the cheapest nor the dearest.

The rule of glitches:

A price is suspect when it is above CEILING, when it is 0 between two prices, or when it is GLITCH times
the one before it or behind it, or a part of it as small. Of two prices so far apart, the one that is as
far from the next ones too is suspect; where those do not tell, both are. Prices that begin after 0 and
prices that fall to 0 are no glitches by themselves: previews end, and models become free.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

GLITCH = 50.0
"""A price that jumps by this factor is suspect."""

CEILING = 5_000.0
"""USD per 1M tokens that nobody charges: the dearest model there was took 600."""

FLOOR = 0.003
"""USD per 1M tokens, input or output, below which nobody sells them: the cheapest embedding takes 0.004.
What is below is a price per step, second or image that was taken for one per token."""

TIMES_USUAL = 3.0
PART_OF_USUAL = 1 / 15
FEWEST_SIBLINGS = 3
LARGEST_CONTEXT = 20_000_000
"""Tokens; the largest window that is sold takes 10,000,000."""


class Outlier(NamedTuple):
    """A value that stands out: `usual` is the median of the siblings, None where there is no such."""

    spec: str
    value: float
    usual: float | None


def price_outliers(
    offers: Mapping[str, Mapping[str, float]], namesakes: Mapping[str, Mapping[str, float]]
) -> Iterator[Outlier]:
    """The outliers of one meter: `offers` are the prices above 0 by spec, those of each base model
    together. `namesakes` are those of offers of which nobody says the base model and whose id is equal:
    they are measured by its offers, and measure nobody."""
    for base, priced in offers.items():
        ordered = sorted(priced.values())
        for spec, price in {**namesakes.get(base, {}), **priced}.items():
            siblings = ordered
            if spec in priced:
                own = bisect_left(ordered, price)
                siblings = ordered[:own] + ordered[own + 1 :]
            if len(siblings) >= FEWEST_SIBLINGS:
                usual = _median(siblings)
                if price >= TIMES_USUAL * usual or price <= PART_OF_USUAL * usual:
                    yield Outlier(spec, price, usual)


def _median(ordered: Sequence[float]) -> float:
    middle = len(ordered) // 2
    return (ordered[middle] + ordered[-middle - 1]) / 2  # of sorted numbers, as these are


def below_floor(prices: Mapping[str, float]) -> Iterator[Outlier]:
    """The outliers among prices of input or output tokens, by spec, that nobody asks."""
    return (Outlier(spec, price, None) for spec, price in prices.items() if 0 < price < FLOOR)


def context_outliers(windows: Iterable[tuple[str, int | None]]) -> Iterator[Outlier]:
    """The outliers among context windows by spec."""
    for spec, tokens in windows:
        if tokens is not None and tokens >= LARGEST_CONTEXT:
            yield Outlier(spec, tokens, None)


def suspects(prices: Sequence[float]) -> list[bool]:
    """Which of the prices that a meter had, the oldest first, are suspect."""
    marked = [price > CEILING for price in prices]
    if len(prices) < 2:  # most have one price, and no other to stand out from
        return marked
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
