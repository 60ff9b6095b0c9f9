"""Dates: what a source may write, how it is read, and what a fact holds. Schemas, validate and build share it."""

from __future__ import annotations

import functools
import re
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, StringConstraints, WithJsonSchema

from llmcat.pipeline.lenient_fields import kept

SHAPED_LIKE_A_DATE = re.compile(r"^\d{4}-\d{2}(-\d{2})?$")
TIMESTAMP = re.compile(r"^(\d{4}-\d{2}-\d{2})[T ]\d")

ZERO_OF_CLOCKS = "1970-01-01"
"""What programs write that take 0 for a time; no model is as old."""

_YEAR = "(?!0000)[0-9]{4}"
_DAY_OF_YEAR = (
    "((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    "|02-(0[1-9]|[12][0-9]))"
)
_TIME = r"([T ][0-9][\s\S]*)?"
_DAY_SCHEMA = {
    "type": "string",
    "pattern": rf"^\s*{_YEAR}-{_DAY_OF_YEAR}{_TIME}\s*$",
    "description": "YYYY-MM-DD or a full timestamp",
}
_DATE_SCHEMA = {
    "anyOf": [
        {
            "type": "string",
            "pattern": rf"^\s*({_YEAR}|[0-9]{{4}}-[0-9]{{2}}|[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}{_TIME})\s*$",
        },
        {"type": "integer", "exclusiveMinimum": 1900, "exclusiveMaximum": 2200},
    ],
    "description": "YYYY, YYYY-MM, YYYY-MM-DD or a full timestamp",
}


@functools.cache
def _real_date(text: str) -> str:
    year, month, day = (*map(int, text.split("-")), 1, 1)[:3]
    date(year, month, day)
    return text


def date_text(value: Any) -> Any:
    """`YYYY-MM-DD` of dates and timestamps; YYYY and YYYY-MM stay; YAML may give a year as a number."""
    if isinstance(value, str):
        return _day_of(value)
    if isinstance(value, date):
        return value.isoformat()[:10]
    if isinstance(value, int) and not isinstance(value, bool) and 1900 < value < 2200:
        return str(value)
    return value


@functools.lru_cache(maxsize=8192)
def _day_of(text: str) -> str:
    trimmed = text.strip()
    return match[1] if (match := TIMESTAMP.match(trimmed)) else trimmed


@functools.lru_cache(maxsize=8192)
def is_unreal(text: str) -> bool:
    """Whether a text has the shape of a date and is none."""
    if text == ZERO_OF_CLOCKS:
        return True
    if not SHAPED_LIKE_A_DATE.match(text):
        return False
    try:
        date.fromisoformat(text if len(text) > len("YYYY-MM") else f"{text}-01")
    except ValueError:
        return True
    return False


def _written_date(value: Any) -> Any:
    text = date_text(value)
    if isinstance(text, str) and is_unreal(text):
        why = "is the zero of clocks" if text == ZERO_OF_CLOCKS else "is in no calendar"
        raise kept(f"{why} and only kept in extra")
    return text


Date = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$"),
    AfterValidator(_real_date),
]
"""A fact: YYYY, YYYY-MM or YYYY-MM-DD."""

Day = Annotated[
    str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), AfterValidator(_real_date)
]
"""A fact: YYYY-MM-DD."""

WrittenDate = Annotated[Date, BeforeValidator(_written_date), WithJsonSchema(_DATE_SCHEMA)]
"""What may be written where a Date is meant."""

WrittenDay = Annotated[Day, BeforeValidator(date_text), WithJsonSchema(_DAY_SCHEMA)]
"""What may be written where a Day is meant. Its schema has 29 February in every year."""
