"""Call: one call of a model, as a log wrote it down; and how a log's time and counts are read."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from llmcat.errors import LlmcatError, OptionError
from llmcat.instants import from_epoch, instant

UTC = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ]([01]\d|2[0-3])(:[0-5]\d:[0-5]\d)(?:\.\d+)?(?:Z|\+00:?00| UTC)?",
    re.ASCII,
)
NUMBER = re.compile(r"\d+(?:\.\d*)?", re.ASCII)
LAST_SECOND = 253_402_300_799
"""The end of the year 9999, in seconds since 1970."""
FINER = (1, 1_000, 1_000_000, 1_000_000_000)
"""Logs count seconds, milliseconds, microseconds or nanoseconds since 1970; the size tells which."""


class Call(NamedTuple):
    """One call of a model: what a log says of it, in the log's own words."""

    model: str
    """The model that answered, in whatever spelling."""
    usage: Any
    """The usage that the API returned, in any shape that read_usage() knows, or a Usage."""
    at: Any = None
    """When: text, seconds (or milli-, micro-, nanoseconds) since 1970; None: the log does not say."""
    provider: str | None = None
    """Who served it, by any name of a provider."""
    requested: str | None = None
    """The model that was asked for, where the answer may name a dated one."""
    mode: str | None = None
    """The mode that the log itself is a proof of, such as batch; None: as the usage says."""
    user: str | None = None
    tags: tuple[str, ...] = ()
    id: str | None = None
    charged: Any = None
    """What the log says that it cost, in USD; None: it does not say, unless the usage does."""


class UnreadCall(LlmcatError):
    """A record that is a call, of which something cannot be read: `model` and a `reason` for people."""

    def __init__(self, reason: str, detail: str = "", model: str = "") -> None:
        self.reason = reason
        self.detail = detail
        self.model = model
        super().__init__(f"{reason}: {detail}" if detail else reason)


def instant_of(at: Any) -> str | None:
    """The instant (UTC text to the second) that a log's time means; None where there is none.

    Raises UnreadCall for what is no time.
    """
    if type(at) is int and 0 <= at < LAST_SECOND:
        return from_epoch(at)
    if isinstance(at, str):
        if found := UTC.fullmatch(at):
            day, hour, rest = found.groups()
            return f"{_day(day)}T{hour}{rest}Z"
        if not at or at.isspace():
            return None
        if NUMBER.fullmatch(at):
            at = float(at)
    if at is None:
        return None
    if isinstance(at, (int, float)) and not isinstance(at, bool):
        return _since_1970(at)
    try:
        return instant(at if isinstance(at, (date, datetime)) else str(at))
    except OptionError:
        raise UnreadCall("no time", f"{at!r:.60}") from None


def _since_1970(at: float) -> str:
    for unit in FINER:
        if 0 <= at < LAST_SECOND * unit and (unit == 1 or at >= LAST_SECOND * unit // 1000):
            return from_epoch(int(at // unit))
    raise UnreadCall("no time", f"{at!r:.60}")


@functools.lru_cache(maxsize=10_000)
def _day(day: str) -> str:
    """The day itself, once it is known to be one."""
    try:
        date.fromisoformat(day)
    except ValueError:
        raise UnreadCall("no time", day) from None
    return day


def text_of(value: Any) -> str | None:
    """A text that says something, else None; numbers as text."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def mapping_of(value: Any) -> Mapping[str, Any]:
    """A table, also one that is written as JSON in a text; else an empty one."""
    if type(value) is dict:
        return value
    if isinstance(value, str) and value.startswith("{"):
        value = _json(value)
    return value if isinstance(value, Mapping) else {}


def tags_of(value: Any) -> tuple[str, ...]:
    """Tags: a list, a JSON list, or text with commas between."""
    if isinstance(value, str):
        parsed = _json(value) if value.startswith("[") else None
        value = parsed if isinstance(parsed, list) else value.split(",")
    if not isinstance(value, (list, tuple, set, frozenset)):
        return ()
    return tuple(
        dict.fromkeys([tag.strip() for tag in value if isinstance(tag, str) and tag.strip()])
    )


def whole(value: Any) -> Any:
    """A whole number that CSV writes as text, or JSON with a point; None for an empty cell; anything
    else as it is, for whoever reads it to refuse."""
    if isinstance(value, str):
        digits = value.strip().removesuffix(".0")
        if digits.isdecimal() and digits.isascii() and len(digits) < 20:
            return int(digits)
        return digits or None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _json(text: str) -> Any:
    import json

    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
