"""Numbers, prices and days as endpoints write them: one strict reader for all.

Cohere's context is a float, Together's a text, xAI's price a number of ten-thousandths. 0 and a missing
value are unknown; what is there and is no such number is Unreadable, which costs that field alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from llmcat.pipeline.entries import Facts, Unreadable
from llmcat.pipeline.storable_values import MAX_TOKENS

MILLION = Decimal(1_000_000)
NEVER = 2090
"""A day in or after this year stands for none."""


def number(value: Any) -> Decimal | None:
    """A finite number, written as a number or as text; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = Decimal(str(value).strip())
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def tokens(value: Any, field: str) -> int | Unreadable | None:
    """A limit in tokens; None where nothing is said."""
    if value is None or value == "":
        return None
    found = number(value)
    if found is None or found < 0 or found != found.to_integral_value() or found > MAX_TOKENS:
        return Unreadable(field, "is no number of tokens", value)
    return int(found) or None


def price(value: Any, scale: Decimal, field: str) -> float | Unreadable | None:
    """A price in llmcat's unit, `value` times `scale`; None where nothing is said, or it varies (-1)."""
    if value is None or value == "":
        return None
    found = number(value)
    if found is None:
        return Unreadable(field, "is no price", value)
    return float(found * scale) if found >= 0 else None


def day(value: Any) -> str | None:
    """The day of an instant: text, seconds since 1970, or a table of year, month and day."""
    try:
        if isinstance(value, Mapping):
            found = datetime(value["year"], value["month"], value["day"])
        elif isinstance(value, str):
            found = datetime.fromisoformat(value[:10])
        elif isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0:
            found = datetime.fromtimestamp(value, timezone.utc)
        else:
            return None
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        return None
    return found.date().isoformat() if 1990 < found.year < NEVER else None


def limits(row: Mapping[str, Any], **keys: str) -> Facts:
    """The limits that a row gives: `limits(row, context="context_window")`."""
    found = {name: tokens(row.get(key), key) for name, key in keys.items()}
    return {name: value for name, value in found.items() if value is not None}


def table(value: Any) -> Mapping[str, Any]:
    """A table, empty where there is none."""
    return value if isinstance(value, Mapping) else {}


def rows(value: Any) -> list[Any]:
    """A list, empty where there is none."""
    return value if isinstance(value, list) else []


def words(value: Any) -> list[str]:
    """The texts in a list."""
    return [item for item in rows(value) if isinstance(item, str) and item]


def flags(row: Mapping[str, Any], names: Mapping[str, str]) -> Facts:
    """The capabilities that true and false in a row speak of: key -> capability."""
    return {
        capability: row[key] for key, capability in names.items() if isinstance(row.get(key), bool)
    }
