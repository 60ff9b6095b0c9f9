"""Instants and days: how they are read, how they are written, and how long ago they were.

An instant is UTC text to the second, `2026-03-01T00:00:00Z`, so that instants compare as their texts do.
A day is `2026-03-01` and, as an instant, its first second.
"""

from __future__ import annotations

import functools
import re
import time
from datetime import date, datetime, timedelta, timezone
from typing import Any

from llmcat.errors import OptionError

EPOCH = datetime(1970, 1, 1)
UTC_TEXT = "%Y-%m-%dT%H:%M:%SZ"
"""How strftime, Python's and SQLite's, writes an instant."""

UNKNOWN_TIME = "1970-01-01T00:00:00Z"
"""`built_at` where neither a source nor a date in its records tells a time."""

FORMS = (
    "an instant is YYYY, YYYY-MM, YYYY-MM-DD, YYYY-MM-DDTHH:MM or …:SS, in UTC or with an offset"
)
FORM = r"\d{4}(?:-\d\d(?:-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)?)?)?)?"
"""An instant as it may be written: a regular expression, compiled by the first one that is read."""
FRACTION = r"\.\d+"

UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def instant(value: Any) -> str:
    """A date, a datetime (naive: UTC) or their text as an instant; a day is its first second.

    Raises OptionError for anything else.
    """
    if isinstance(value, str):
        value = _parse(value.strip())
    if isinstance(value, datetime):
        try:
            return utc_text(value)
        except OverflowError:
            raise OptionError(f"{value} is no instant; {FORMS}") from None
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00Z"
    raise OptionError(f"{value!r} is no instant; {FORMS}")


def moment(text: str) -> datetime:
    """The datetime, in UTC where `text` names no offset, of an instant or a day.

    Raises OptionError, a ValueError, when it is neither.
    """
    at = _parse(text)
    return at if at.tzinfo else at.replace(tzinfo=timezone.utc)


def _parse(text: str) -> datetime:
    # datetime.fromisoformat takes other forms in each version of Python
    if re.fullmatch(FORM, text, re.ASCII | re.IGNORECASE):
        padded = re.sub(FRACTION, "", f"{text}-01-01"[: max(len(text), len("YYYY-MM-DD"))])
        try:
            return datetime.fromisoformat(padded.upper().replace("Z", "+00:00"))
        except ValueError:
            pass
    raise OptionError(f"{text!r} is no instant; {FORMS}")


def utc_text(at: datetime) -> str:
    """A datetime (naive: UTC) as an instant, what is less than a second cut off."""
    aware = at if at.tzinfo else at.replace(tzinfo=timezone.utc)
    return f"{aware.astimezone(timezone.utc).replace(tzinfo=None).isoformat()[:19]}Z"


@functools.lru_cache(maxsize=10_000)
def epoch(at: str) -> int:
    """An instant as seconds since 1970."""
    return int(datetime.fromisoformat(at.replace("Z", "+00:00")).timestamp())


def from_epoch(seconds: int) -> str:
    """Seconds since 1970 as an instant."""
    minutes, second = divmod(seconds, 60)
    day, minute = divmod(minutes, 1440)
    return f"{_day_since_1970(day)}T{_minute_of_day(minute)}:{second:02}Z"


@functools.lru_cache(maxsize=10_000)
def _day_since_1970(days: int) -> str:
    return (EPOCH + timedelta(days=days)).date().isoformat()


@functools.lru_cache(maxsize=1440)
def _minute_of_day(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def today() -> str:
    """The day it is here."""
    day, first, end = _day_here
    # every model with a day of retirement is judged by it: to look it up takes ten times as long
    return day if first <= time.time() < end else _look_up_day()


_day_here = ("", 0.0, 0.0)
"""The day that was looked up last, its first second and the first one after it."""


def _look_up_day() -> str:
    global _day_here
    now = time.localtime()
    day = time.strftime("%Y-%m-%d", now)
    first, end = (
        time.mktime((now.tm_year, now.tm_mon, now.tm_mday + more, 0, 0, 0, 0, 0, -1))
        for more in (0, 1)
    )
    _day_here = day, first, end
    return day


def days_from(day: str, days: int) -> str:
    """The day `days` days after `day`. Raises OptionError for days that are none to look ahead."""
    if type(days) is not int or days < 0:
        raise OptionError(f"{days!r} days is no number of days to look ahead; give 0 or more")
    try:
        return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
    except OverflowError:
        raise OptionError(f"{days} days is no number of days to look ahead") from None


def with_age(built_at: str, now: datetime) -> str:
    """The time of a catalogue and how long before `now` that was, or that it is unknown.

    A build reads no clock: where no input tells its time, nobody knows.
    """
    if built_at == UNKNOWN_TIME:
        return "unknown: no source tells its time"
    return f"{built_at} ({age_in_words(built_at, now)} old)"


def age_in_words(then: str, now: datetime) -> str:
    """How long before `now` an instant or a day was: "3 minutes", "12 days".

    Raises OptionError, a ValueError, when `then` is neither.
    """
    seconds = (now - moment(then)).total_seconds()
    for unit, length in UNITS:
        if count := int(seconds // length) if seconds > 0 else 0:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"
