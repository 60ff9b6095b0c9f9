"""How values are shown to people."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcat import display


@pytest.mark.parametrize(
    ("usd", "shown"),
    [
        (2.5, "$2.50"),
        (0.075, "$0.075"),
        (10, "$10.00"),
        (1234.5, "$1,234.50"),
        (0.0001, "$0.0001"),
        (0.1 + 0.2, "$0.30"),
        (Decimal("0.0075"), "$0.0075"),
        (1e-12, "$1e-12"),
        (10**14, "$100,000,000,000,000.00"),
        (1.25e300, "$1.25e+300"),
        (Decimal("1.25e300"), "$1.25e+300"),
        (-1.0, "-$1.00"),
        (0, "free"),
        (Decimal(0), "free"),
        (None, "?"),
    ],
)
def test_prices_are_exact_and_to_the_cent(usd: float | Decimal | None, shown: str) -> None:
    """A price has two decimals or as many as it needs; 0 is free and unknown is neither."""
    assert display.price(usd) == shown


@given(st.floats(min_value=1e-30, max_value=1e9))
def test_only_zero_is_free(usd: float) -> None:
    """However small a price is, it never looks like nothing."""
    assert display.price(usd) != "free"
    assert float(display.price(usd).replace("$", "").replace(",", "")) > 0


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (1_050_000, "1.05M"),
        (1_048_576, "1.05M"),
        (1_000_000, "1M"),
        (10_000_000, "10M"),
        (999_999, "1M"),
        (131_072, "131K"),
        (128_000, "128K"),
        (8_192, "8.2K"),
        (1_000, "1K"),
        (512, "512"),
        (0, "0"),
        (None, "?"),
        (10**13, "10,000B"),
    ],
)
def test_tokens_are_shown_in_thousands_and_millions(count: int | None, shown: str) -> None:
    """Limits have the unit that a person would say."""
    assert display.tokens(count) == shown


def test_flags_tell_no_from_unknown() -> None:
    """A flag is yes, no or ?."""
    assert [display.flag(value) for value in (True, False, None)] == ["yes", "no", "?"]


def test_dates_stay_as_they_are_known() -> None:
    """A partial date is not made whole."""
    assert [display.date(day) for day in ("2025", "2025-03", None)] == ["2025", "2025-03", "?"]


def test_names_stand_in_one_cell() -> None:
    """An empty array is unknown, as everywhere."""
    assert display.names(("image", "text")) == "image, text"
    assert display.names(()) == "?"


def test_texts_cannot_steer_the_terminal() -> None:
    """Line breaks and escapes of a source become blanks."""
    assert display.text("Evil\n\x1b[31mModel\t9") == "Evil [31mModel 9"
    assert display.text("Qwen 通义") == "Qwen 通义"


@given(st.text())
def test_texts_are_one_printable_line(value: str) -> None:
    """Any text fits a cell, and no cell is empty."""
    shown = display.text(value)
    assert shown
    assert shown.isprintable()
