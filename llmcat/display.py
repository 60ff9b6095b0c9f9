"""How values are shown to people: prices, tokens, flags, dates, names. Pure, and imports nothing.

Unknown is shown as "?", never as 0, "no" or "free"; a price of 0 is "free".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from decimal import Decimal

UNKNOWN = "?"
FREE = "free"
FLAGS = {None: UNKNOWN, True: "yes", False: "no"}

LONGEST = 10**15
"""Prices from here on are no prices, and are not written out to the cent."""

SCALES = (("", 1, 0), ("K", 1_000, 1), ("M", 1_000_000, 2), ("B", 1_000_000_000, 2))
"""Letter, size and digits behind the point; thousands have none from ten on: 8.2K, 131K, 1.05M."""


def price(usd: float | Decimal | None) -> str:
    """A price in USD, to the cent or as exact as it is: "$2.50", "$0.075", "free" for 0, "?"."""
    if usd is None:
        return UNKNOWN
    if usd == 0:
        return FREE
    sign, size = ("-", -usd) if usd < 0 else ("", usd)
    if size < 1e-9:  # more zeros than anyone counts, and still not free
        return f"{sign}${size:.2g}"
    if size >= LONGEST:
        return f"{sign}${float(size):.10g}"
    whole, _, digits = f"{size:,.10f}".partition(".")
    return f"{sign}${whole}.{digits.rstrip('0'):0<2}"


def decimals(prices: Iterable[float | Decimal | None]) -> int:
    """The most digits behind the point of prices as they are shown, for a column that is aligned at it:
    2 or more; what is free or unknown has none."""
    return max((len(price(usd).partition(".")[2]) for usd in prices if usd), default=2)


def tokens(count: int | None) -> str:
    """A number of tokens: "512", "8.2K", "131K", "1.05M", "?"."""
    if count is None:
        return UNKNOWN
    for letter, size, digits in SCALES:
        scaled = count / size
        shown = round(scaled, digits if size > 1_000 or scaled < 10 else 0)
        if shown < 1_000:
            return f"{shown:.{digits}f}".rstrip("0").rstrip(".") + letter if digits else str(count)
    return f"{shown:,.0f}{letter}"


def flag(value: bool | None) -> str:
    """ "yes", "no" or "?"."""
    return FLAGS[value]


def date(day: str | None) -> str:
    """A date as it is known: "2025", "2025-03", "2025-03-14", "?"."""
    return text(day)


def names(values: Iterable[str]) -> str:
    """Several names in one cell: "image, text"; "?" where none is known."""
    return ", ".join(text(value) for value in values) or UNKNOWN


def text(value: str | None) -> str:
    """A text on one line, without what would steer a terminal; "?" where it is unknown or empty."""
    return UNKNOWN if value is None else " ".join(printable(value).split()) or UNKNOWN


def printable(value: str) -> str:
    """A text with blanks for control characters; the bytes of a file's name that are no UTF-8 as
    their codes."""
    if value.isprintable():
        return value
    whole = value.encode("utf-8", "backslashreplace").decode()
    return "".join(c if c.isprintable() else " " for c in whole)


def shown(value: Any) -> str:
    """`value` as a reason quotes it: short, in one line, whatever it is."""
    try:
        return f"{value!r:.60}"
    except ValueError:  # a whole number of more than 4,300 digits has no text
        return "a number of thousands of digits"
