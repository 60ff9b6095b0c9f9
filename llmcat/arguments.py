"""Checks of the arguments of calls: each gives the value in the form that a query binds.

All raise OptionError, which names the argument, for a wrong type or a value out of range.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from llmcat.errors import OptionError
from llmcat.meters import COLUMN_METERS

Names = str | Iterable[str] | None
"""One name, or several; None: not given."""

FACTORS = {"k": 1_000, "m": 1_000_000}
LONGEST = 30
"""Digits of a whole number that are read; far more than any that makes sense."""

LARGEST = 2**63 - 1
"""The largest whole number that SQLite holds."""

DAYS_IN_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def text(name: str, value: Any) -> str:
    """A text that SQLite can hold."""
    if not isinstance(value, str):
        raise OptionError(f"{name} must be text, not {value!r}")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise OptionError(f"{name} holds a lone surrogate: {value!r}") from None
    if "\x00" in value:
        raise OptionError(f"{name} holds a NUL character: {value!r}")
    return value


def names(name: str, value: Any) -> list[str]:
    """One name or several; what is named twice counts once."""
    if isinstance(value, str):
        return [text(name, value)]
    if isinstance(value, (Mapping, bytes)) or not isinstance(value, Iterable):
        raise OptionError(f"{name} must be a name or a list of names, not {value!r}")
    several = sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value
    return list(dict.fromkeys([text(name, item) for item in several]))


def several(names: str | Iterable[str]) -> list[str]:
    """One name, or a list of names, as a list."""
    return [names] if isinstance(names, str) else list(names)


def flag(name: str, value: Any) -> bool:
    """True or False, nothing that is merely like it."""
    if not isinstance(value, bool):
        raise OptionError(f"{name} must be True or False, not {value!r}")
    return value


def whole(name: str, value: Any) -> int:
    """A whole number, 0 or more; 1e6 will do."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        raise OptionError(f"{name} must be a whole number, not {value!r}")
    if not 0 <= value <= LARGEST:
        raise OptionError(f"{name} must be between 0 and 2^63 - 1, not {value}")
    return value


def token_count(value: Any) -> Any:
    """A number of tokens that is written as text, in full or short: "200000", "200_000", "200k", "1.5M".

    k is a thousand, M a million. Anything else comes back as it is, so that whoever reads it refuses it.
    """
    if not isinstance(value, str):
        return value
    digits = value.strip().replace("_", "")
    factor = FACTORS.get(digits[-1:].lower(), 1)
    whole_part, _, fraction = (digits[:-1] if factor > 1 else digits).partition(".")
    sign = "-" if whole_part.startswith("-") else ""
    whole_part = whole_part.removeprefix("-")
    zeros = len(str(factor)) - 1
    if not (whole_part + fraction).isdecimal() or not whole_part or len(whole_part) > LONGEST:
        return value
    if not value.isascii() or len(fraction.rstrip("0")) > zeros:
        return value
    return int(f"{sign}{whole_part}{fraction.rstrip('0'):0<{zeros}}")


def number(name: str, value: Any) -> float:
    """A finite number, 0 or more; a Decimal will do."""
    if isinstance(value, (str, bytes, bool)) or not hasattr(value, "__float__"):
        raise OptionError(f"{name} must be a number, not {value!r}")
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        raise OptionError(f"{name} must be a number, not {value!r}") from None
    if not 0 <= found < float("inf"):
        raise OptionError(f"{name} must be 0 or more and finite, not {value}")
    return found


def day(name: str, value: Any) -> str:
    """The earliest day of a date: 2025-06 -> 2025-06-01."""
    day_text = value.isoformat()[:10] if hasattr(value, "isoformat") else value
    parts = day_text.split("-") if isinstance(day_text, str) else []
    if not _is_date(parts):
        raise OptionError(f"{name} must be a date, YYYY, YYYY-MM or YYYY-MM-DD, not {value!r}")
    return "-".join([*parts, "01", "01"][:3])


def shortest(name: str, value: Any) -> str:
    """A date as the shortest text with the same earliest day: 2025-06-01 -> 2025-06, 2025-01 -> 2025.

    In this form texts compare as the earliest days do, for partial dates too: "2025-06" >= "2025-06",
    where "2025-06" < "2025-06-01" would leave out a model that is known to be of that month.
    """
    parts = day(name, value).split("-")
    while len(parts) > 1 and parts[-1] == "01":
        parts.pop()
    return "-".join(parts)


def _is_date(parts: list[str]) -> bool:
    if not all(part.isascii() and part.isdigit() for part in parts):
        return False
    if [len(part) for part in parts] not in ([4], [4, 2], [4, 2, 2]):
        return False
    month, day_ = (*map(int, parts[1:]), 1, 1)[:2]
    return 1 <= month <= 12 and 1 <= day_ <= DAYS_IN_MONTH[month - 1]


def environment(name: str, value: Any) -> Mapping[str, str] | None:
    """The environment to look into; None: available or not."""
    if isinstance(value, Mapping):
        return value
    if flag(name, value):
        import os

        return os.environ
    return None


def weights(name: str, value: Any) -> dict[str, float]:
    """Meter -> weight, in the order of COLUMN_METERS, those of weight 0 left out."""
    if isinstance(value, str):
        value = _split_weights(name, value)
    if not isinstance(value, Mapping):
        parts = list(value) if isinstance(value, Iterable) else []
        if len(parts) not in (2, 3):
            raise OptionError(
                f"{name} must be (input, output) or (input, output, cache_read) weights"
            )
        value = dict(zip(COLUMN_METERS, parts))
    if unknown := [meter for meter in value if meter not in COLUMN_METERS]:
        raise OptionError(
            f"{name} knows no meter {unknown[0]!r}; there are {', '.join(COLUMN_METERS)}"
        )
    found = {meter: number(name, value[meter]) for meter in COLUMN_METERS if meter in value}
    found = {meter: weight for meter, weight in found.items() if weight}
    if not found:
        raise OptionError(f"{name} needs a weight above 0")
    return found


def _split_weights(name: str, text: str) -> list[float]:
    try:
        return [float(part) for part in text.split(":")]
    except ValueError:
        raise OptionError(f"{name} must be weights such as 3:1, not {text!r}") from None
