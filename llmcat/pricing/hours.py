"""Prices by the hour of the day: whether an instant lies in hours such as `Mon-Fri 00:30-08:30`, UTC.

Several windows stand behind one another: `Mon-Fri 04:00-06:00, Sat-Sun 00:00-24:00`.
"""

from __future__ import annotations

import re
from datetime import date

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
WINDOW = re.compile(r"(?:(?P<days>[A-Z][a-z,A-Z-]*) )?(?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d)")


def holds_at(hours: str, at: str) -> bool:
    """Whether `at`, UTC text to the second, lies in one of the windows; one over midnight belongs to the
    day of its start. A window of another form holds never."""
    return any(_in_window(window, at) for window in hours.split(", "))


def _in_window(window: str, at: str) -> bool:
    found = WINDOW.fullmatch(window)
    if not found:
        return False
    day = date.fromisoformat(at[:10]).weekday()
    time, start, end = at[11:16], found["start"], found["end"]
    if start < end:
        return start <= time < end and _is_day(found["days"], day)
    return (time >= start and _is_day(found["days"], day)) or (
        time < end and _is_day(found["days"], (day - 1) % 7)
    )


def _is_day(days: str | None, day: int) -> bool:
    """`Mon-Fri`, `Sat,Sun`, None: every day."""
    if days is None:
        return True
    for part in days.split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last and last not in DAYS):
            return False
        start, end = DAYS.index(first), DAYS.index(last or first)
        if (start <= day <= end) if start <= end else (day >= start or day <= end):
            return True
    return False
