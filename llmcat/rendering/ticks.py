"""Where the marks of a scale stand: round prices, powers of ten, first days of months."""

from __future__ import annotations

import math
from calendar import timegm
from collections.abc import Sequence
from datetime import date, datetime, timezone

DAY = 86_400
MOST_Y_TICKS = 5
MONTHS_BETWEEN = (1, 2, 3, 6, 12, 24)
MOST_X_TICKS = 7
FEW_DECADES = 4
LEAST_PRICE = 1e-12
"""In USD per 1M tokens: what is below is drawn as 0, for floats end somewhere."""


def day_of(second: float) -> date:
    """The day in UTC of an instant in seconds since 1970."""
    return datetime.fromtimestamp(second, timezone.utc).date()


def linear_ticks(highest: float) -> list[float]:
    """From 0 past `highest` in steps of 1, 2 or 5 times a power of ten."""
    if highest < LEAST_PRICE:
        return [0.0]
    power = 10 ** math.floor(math.log10(highest / MOST_Y_TICKS))
    size = next(power * step for step in (1, 2, 5, 10) if highest / (power * step) <= MOST_Y_TICKS)
    return [round(size * n, 10) for n in range(math.ceil(highest / size - 1e-9) + 1)]


def log_range(values: Sequence[float]) -> tuple[float, float]:
    """The powers of ten between which all lie, a little apart from either end."""
    return math.log10(min(values)) - 0.15, math.log10(max(values)) + 0.15


def log_ticks(low: float, high: float) -> list[float]:
    """Powers of ten within the range; where they are few, thrice them, too."""
    steps = (1, 3) if high - low < FEW_DECADES else (1,)
    powers = range(math.floor(low), math.ceil(high) + 1)
    ticks = [step * 10.0**power for power in powers for step in steps]
    return [tick for tick in ticks if low <= math.log10(tick) <= high]


def month_ticks(start: float, end: float) -> list[tuple[float, str]]:
    """The first days of months, as many as are legible; the days themselves for a short span."""
    first, last = day_of(start), day_of(end)
    months = (last.year - first.year) * 12 + last.month - first.month
    apart = next((n for n in MONTHS_BETWEEN if months / n <= MOST_X_TICKS), 36)
    begin = first.year * 12 + first.month - 1
    found: list[tuple[float, str]] = []
    for number in range(begin - begin % apart, begin + months + 1):
        if number % apart:
            continue
        month = date(number // 12, number % 12 + 1, 1)
        second = timegm(month.timetuple())
        if start <= second <= end:
            found.append((second, f"{month:%b %Y}" if apart < 12 else f"{month:%Y}"))
    if found:
        return found
    ends = [(start, first.isoformat()), (end, last.isoformat())]
    return ends if first != last else ends[:1]
