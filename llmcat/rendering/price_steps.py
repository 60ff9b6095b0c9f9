"""Prices over time as steps of a line, from the catalogue's intervals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from llmcat.instants import epoch

if TYPE_CHECKING:
    from llmcat.history.changes import PriceInterval

DRAWN = {"input": "input tokens", "output": "output tokens"}
"""Meter -> its name in a chart."""


class Step(NamedTuple):
    """A price in USD per 1M tokens and the time it held, in seconds since 1970."""

    since: float
    until: float
    value: float


class Series(NamedTuple):
    """A line: its name, and its steps in order; a gap between two is a time without a price."""

    name: str
    steps: Sequence[Step]


def steps(intervals: Iterable[PriceInterval], meter: str, end: float) -> list[Step]:
    """The plain, standard prices of one meter in order of time; those still listed last to `end`."""
    return [
        Step(
            epoch(price.valid_from),
            epoch(price.valid_to) if price.valid_to else end,
            price.usd,
        )
        for price in intervals
        if price.meter == meter
        and price.is_plain
        and not price.suspect
        and not price.is_of_another_time
    ]
