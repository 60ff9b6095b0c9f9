"""A cost is what a slow sum of exact fractions says, whatever the prices and counts."""

from __future__ import annotations

import decimal
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcat.errors import UnknownPrice
from llmcat.pricing.cost import cost, total_cost
from llmcat.pricing.cost_result import COUNTED
from llmcat.pricing.price_list import Prices
from tests.examples import examples


def test_the_callers_decimal_context_changes_nothing() -> None:
    """A program that rounds its own decimals to three digits still gets exact costs."""
    rows = {("standard", 0, "input"): 0.08333333333333334, ("standard", 0, "output"): 1e-07}
    prices = listed(rows)
    with decimal.localcontext() as context:
        context.prec = 3
        call = cost(prices, 123_456_789, 1)
        assert str(call.total) == "10.28806575000010082304526"
        assert total_cost([call]) == call.total


# A slow second opinion: fractions, and the four steps read from the flat rows every time.

Rows = dict[tuple[str, int, str], float]
FALL_BACK = {"cache_write_1h": "cache_write", "reasoning": "output", "output_audio": "output"}


def slow_price(rows: Rows, mode: str, prompt: int, meter: str) -> float | None:
    """The price of one meter by the rules, without any cleverness."""
    reached = [
        size for (m, size, _) in rows if m in (mode, "standard") and (size == 0 or size < prompt)
    ]
    top = max(reached, default=0)
    for provenance in (mode, "standard"):
        sizes = [
            size for (m, size, of) in rows if (m, of) == (provenance, meter) and size in reached
        ]
        if sizes:
            size = max(sizes)
            own = (provenance, size) == (mode, top)
            below = [s for (m, s, of) in rows if (m, of) == (provenance, "output") and s <= size]
            repeats = bool(below) and (
                (max(below), rows[provenance, max(below), "output"])
                == (size, rows[provenance, size, meter])
            )
            if own or meter != "reasoning" or not repeats:
                return rows[provenance, size, meter]
            break
    if meter in ("input", "output"):
        return None
    return slow_price(rows, mode, prompt, FALL_BACK.get(meter, "input"))


def listed(rows: Rows) -> Prices:
    """The same rows as a price list."""
    found = [
        (mode, None, None, size, meter, usd) for (mode, size, meter), usd in sorted(rows.items())
    ]
    return Prices("lab:model", None, found)


PRICES = st.one_of(
    st.floats(0, 1e4),
    st.decimals(0, 1000, places=4).map(float),
    st.sampled_from([0.0, 5e-324, 1e-07, 0.08333333333333334, 1.7976931348623157e308]),
)
KEYS = st.tuples(
    st.sampled_from(["standard", "fast"]),
    st.sampled_from([0, 32_000, 200_000]),
    st.sampled_from(COUNTED),
)
COUNTS = st.integers(0, 3) | st.integers(0, 10**5) | st.integers(0, 10**15)


@settings(deadline=None, max_examples=examples(150))
@given(
    rows=st.dictionaries(KEYS, PRICES, min_size=1, max_size=16),
    counts=st.tuples(*[COUNTS] * len(COUNTED)),
    prompt=st.none() | st.sampled_from([31_999, 32_000, 32_001, 200_000, 200_001]),
    mode=st.sampled_from(["standard", "fast"]),
)
def test_costs_equal_a_slow_sum_of_fractions(
    rows: Rows, counts: tuple[int, ...], prompt: int | None, mode: str
) -> None:
    """Whatever the prices and counts, fast and slow agree to the last digit, or both know no price."""
    rows = {**rows, (mode, 0, "input"): rows.get((mode, 0, "input"), 1.5)}
    tokens = dict(zip(COUNTED, counts))
    if prompt is not None:
        tokens.update(input=prompt, cache_read=0, cache_write=0, cache_write_1h=0, input_audio=0)
    of_prompt = sum(tokens[meter] for meter in COUNTED[:5])
    given: dict[str, Any] = {
        "input_tokens": of_prompt,
        "output_tokens": sum(tokens[meter] for meter in COUNTED[5:]),
        **{
            f"{meter}_tokens": tokens[meter]
            for meter in COUNTED
            if meter not in ("input", "output")
        },
    }
    expected = Fraction(0)
    for meter, count in tokens.items():
        price = slow_price(rows, mode, of_prompt, meter)
        if count and price is None:
            with pytest.raises(UnknownPrice):
                cost(listed(rows), mode=mode, **given)
            return
        expected += count * Fraction(repr(price or 0.0)) / 10**6
    call = cost(listed(rows), mode=mode, **given)
    assert Fraction(call.total) == expected
    assert Fraction(call.input) + Fraction(call.output) == expected
    assert sum((Fraction(line.usd) for line in call.breakdown), Fraction(0)) == expected
    assert sum(line.quantity for line in call.breakdown) == sum(tokens.values())
    assert Fraction(total_cost([call, call])) == 2 * expected
    assert all(isinstance(line.usd, Decimal) for line in call.breakdown)
