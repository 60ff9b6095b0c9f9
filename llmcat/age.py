"""How old a catalogue is. A build reads no clock: where no input tells its time, nobody knows."""

from __future__ import annotations

from datetime import datetime

from llmcat.network.snapshots import instant

UNKNOWN_TIME = "1970-01-01T00:00:00Z"
"""`built_at` where neither a source nor a date in its records tells a time."""

UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))


def as_of(built_at: str, now: datetime) -> str:
    """The time of a catalogue and how long before `now` that was, or that it is unknown."""
    if built_at == UNKNOWN_TIME:
        return "unknown: no source tells its time"
    return f"{built_at} ({age_in_words(built_at, now)} old)"


def age_in_words(then: str, now: datetime) -> str:
    """How long before `now` an instant `YYYY-MM-DDTHH:MM:SSZ` or a day was: "3 minutes", "12 days".

    Raises ValueError when `then` is neither.
    """
    seconds = (now - instant(then)).total_seconds()
    for unit, length in UNITS:
        if count := int(seconds // length) if seconds > 0 else 0:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"
