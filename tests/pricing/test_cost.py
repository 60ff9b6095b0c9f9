"""What a call costs: exact sums, tiers, modes, fallbacks, and what is not known."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from llmcat.errors import LlmcatError, UnknownPrice, UsageError
from llmcat.pricing.cost import cost, cost_many, cost_of, total_cost
from llmcat.pricing.cost_result import COUNTED, CallCost
from llmcat.pricing.price_list import Prices, price_list
from llmcat.pricing.usage import read_usage

GPT_4O = {"input": 2.5, "output": 10, "cache_read": 1.25}
GPT_5_4 = {
    "input": 2.5,
    "output": 15,
    "cache_read": 0.25,
    "tiers": [{"min_context": 272_000, "input": 5, "output": 22.5, "cache_read": 0.5}],
}
OPUS_4_7 = {"input": 5, "output": 25, "cache_read": 0.5, "cache_write": 6.25}
FLASH_LITE = {"input": 0.1, "output": 0.4, "cache_read": 0.01, "input_audio": 0.3}

PriceOf = Callable[..., Prices]


@pytest.fixture
def priced(make_catalog: Callable[[Any], Path]) -> PriceOf:
    """`priced(cost, modes={…})`: the price list of lab:model, built by the pipeline and read back."""

    def priced(cost: dict[str, Any], **modes: dict[str, Any]) -> Prices:
        model = {"id": "model", "cost": cost}
        if modes:
            model["modes"] = {mode: {"cost": said} for mode, said in modes.items()}
        with sqlite3.connect(make_catalog({"lab": {"models": [model]}})) as connection:
            return price_list(connection, "lab:model")

    return priced


def shown(call: CallCost) -> tuple[str, str, str]:
    """Input, output and total as they print."""
    return str(call.input), str(call.output), str(call.total)


def test_a_thousand_in_and_five_hundred_out_of_gpt_4o_cost_0_0075(priced: PriceOf) -> None:
    """1,000 at 2.50 and 500 at 10.00 per million are 0.0075 to the digit, asked either way."""
    prices = priced(GPT_4O)
    assert shown(cost(prices, 1000, 500)) == ("0.0025", "0.005", "0.0075")
    assert prices.cost(1000, 500) == cost(prices, 1000, 500)
    assert cost(prices, 1000, 500).assumed == ()


def test_the_breakdown_has_a_line_for_every_meter_with_tokens(priced: PriceOf) -> None:
    """Cached and written tokens are billed once, at their own price, and the lines add up."""
    call = cost(
        priced(OPUS_4_7), 84_331, 7_283, cache_read_tokens=30_420, cache_write_tokens=40_816
    )
    assert shown(call) == ("0.335785", "0.182075", "0.51786")
    assert [tuple(map(str, line)) for line in call.breakdown] == [
        ("input", "13095", "token", "5", "0.065475"),
        ("cache_read", "30420", "token", "0.5", "0.01521"),
        ("cache_write", "40816", "token", "6.25", "0.2551"),
        ("output", "7283", "token", "25", "0.182075"),
    ]
    assert call.total == call.input + call.output == sum(line.usd for line in call.breakdown)


@pytest.mark.parametrize(
    ("prompt", "cached", "tier", "expected"),
    [
        (271_999, 0, 0, "0.6949975"),
        (272_000, 0, 0, "0.695"),
        (272_001, 0, 272_000, "1.382505"),
        (322_000, 262_000, 272_000, "0.4535"),
        (272_001, 272_001, 272_000, "0.1585005"),
    ],
    ids=["below", "at", "above", "via cache", "all cached"],
)
def test_a_tier_holds_for_the_whole_request_once_the_prompt_exceeds_it(
    priced: PriceOf, prompt: int, cached: int, tier: int, expected: str
) -> None:
    """Exactly at its size a tier does not hold yet; cached tokens count as prompt."""
    call = cost(priced(GPT_5_4), prompt, 1_000, cache_read_tokens=cached)
    assert (call.tier, str(call.total), call.assumed) == (tier, expected, ())


def test_of_several_tiers_the_largest_below_the_prompt_holds(priced: PriceOf) -> None:
    """Doubao's prices step at 32,000 and at 128,000 tokens."""
    tiers = [{"min_context": 128_000, "input": 0.27}, {"min_context": 32_000, "input": 0.13}]
    prices = priced({"input": 0.09, "output": 0.5, "tiers": tiers})
    found = {n: cost(prices, n, 0).tier for n in (32_000, 32_001, 128_000, 128_001)}
    assert found == {32_000: 0, 32_001: 32_000, 128_000: 32_000, 128_001: 128_000}
    assert str(cost(prices, 200_000, 0).total) == "0.054"


def test_what_a_tier_does_not_price_keeps_its_plain_price_and_is_said(priced: PriceOf) -> None:
    """Gemini at OpenRouter prices cache writes without a tier."""
    tier = {"min_context": 200_000, "input": 4, "output": 18, "cache_read": 0.4}
    prices = priced(
        {"input": 2, "output": 12, "cache_read": 0.2, "cache_write": 0.375, "tiers": [tier]}
    )
    call = cost(prices, 300_000, 0, cache_write_tokens=100_000)
    assert str(call.total) == "0.8375"
    assert call.assumed == (
        "no price for cache_write above 200,000 tokens: billed at its plain price",
    )
    smaller = cost(priced({**GPT_5_4, "cache_write": 3}), 1000, 0, cache_write_tokens=1000)
    assert smaller.assumed == ()


def test_a_reasoning_price_that_repeats_the_output_price_follows_it(priced: PriceOf) -> None:
    """Gemini at OpenRouter lists reasoning at 12, its output price, and no reasoning in the tier."""
    tier = {"min_context": 200_000, "input": 4, "output": 18}
    prices = priced({"input": 2, "output": 12, "reasoning": 12, "tiers": [tier]})
    call = cost(prices, 200_001, 1_000, reasoning_tokens=400)
    assert (str(call.output), call.assumed) == ("0.018", ())
    apart = priced({"input": 2, "output": 12, "reasoning": 3, "tiers": [tier]})
    call = cost(apart, 200_001, 1_000, reasoning_tokens=400)
    assert str(call.output) == "0.012"
    assert call.assumed == (
        "no price for reasoning above 200,000 tokens: billed at its plain price",
    )


@pytest.mark.parametrize(
    ("usage", "expected", "assumed"),
    [
        ({"cache_read_tokens": 400}, "0.0075", ["no price for cache_read: billed as input"]),
        ({"cache_write_tokens": 400}, "0.0075", ["no price for cache_write: billed as input"]),
        (
            {"cache_write_1h_tokens": 400},
            "0.0075",
            [
                "no price for cache_write_1h: billed as cache_write",
                "no price for cache_write: billed as input",
            ],
        ),
        ({"input_audio_tokens": 400}, "0.0075", ["no price for input_audio: billed as input"]),
        ({"output_audio_tokens": 400}, "0.0075", ["no price for output_audio: billed as output"]),
        ({"reasoning_tokens": 400}, "0.0075", []),
    ],
)
def test_a_meter_without_a_price_is_billed_at_another_and_that_is_said(
    priced: PriceOf, usage: dict[str, Any], expected: str, assumed: list[str]
) -> None:
    """Reasoning at the price of the answer is what providers do: no assumption."""
    call = cost(priced({"input": 2.5, "output": 10}), 1000, 500, **usage)
    assert (str(call.total), list(call.assumed)) == (expected, assumed)


def test_each_meter_that_has_a_price_is_billed_at_it(priced: PriceOf) -> None:
    """Eight meters, eight prices, no token twice."""
    prices = priced({meter: 10**place for place, meter in enumerate(COUNTED)})
    call = cost(
        prices,
        15,
        6,
        cache_read_tokens=2,
        cache_write_tokens=3,
        input_audio_tokens=5,
        output_audio_tokens=2,
        reasoning_tokens=3,
        cache_write_1h_tokens=4,
    )
    assert {line.meter: line.tokens for line in call.breakdown} == {
        "input": 1,
        "cache_read": 2,
        "cache_write": 3,
        "cache_write_1h": 4,
        "input_audio": 5,
        "output": 1,
        "reasoning": 3,
        "output_audio": 2,
    }
    assert str(call.total) == "23.154321"


def test_an_hour_of_cache_without_a_price_is_billed_as_a_cache_write(priced: PriceOf) -> None:
    """Anthropic asks more for an hour than for five minutes, so the answer says what was taken."""
    call = cost(priced(OPUS_4_7), 1000, 0, cache_write_1h_tokens=1000)
    assert str(call.total) == "0.00625"
    assert call.assumed == ("no price for cache_write_1h: billed as cache_write",)


def test_audio_in_the_prompt_has_its_own_price(priced: PriceOf) -> None:
    """Gemini 2.5 Flash-Lite hears at three times the price at which it reads."""
    call = cost(priced(FLASH_LITE), 79_908, 2_006, input_audio_tokens=15_125)
    assert shown(call) == ("0.0110158", "0.0008024", "0.0118182")


def test_a_mode_has_its_own_prices_and_takes_the_others_from_standard(priced: PriceOf) -> None:
    """Fast is twice the price; what it says nothing of is billed as ever, and that is said."""
    prices = priced(OPUS_4_7, fast={"input": 10, "output": 50})
    assert prices.modes == ("fast", "standard")
    fast = cost(prices, 1000, 500, mode="fast")
    assert (str(fast.total), fast.mode, fast.assumed) == ("0.035", "fast", ())
    cached = cost(prices, 1000, 0, cache_read_tokens=1000, mode="fast")
    assert str(cached.total) == "0.0005"
    assert cached.assumed == ("no fast price for cache_read: billed at its standard price",)


def test_a_mode_without_tiers_says_so_where_standard_has_one(priced: PriceOf) -> None:
    """The tier of the standard prices is not taken over into a mode, nor kept quiet."""
    prices = priced(GPT_5_4, fast={"input": 5, "output": 30})
    call = cost(prices, 300_000, 0, cache_read_tokens=100_000, mode="fast")
    assert (call.tier, str(call.total)) == (0, "1.05")
    assert call.assumed == (
        "no fast price for input above 272,000 tokens: billed at its plain fast price",
        "no fast price for cache_read: billed at its standard price above 272,000 tokens",
    )


def test_an_unknown_mode_is_an_error_that_names_the_modes(priced: PriceOf) -> None:
    """Nobody is billed at the standard price for a batch by accident."""
    with pytest.raises(
        UnknownPrice, match="'batch' is known; there are prices for: fast, standard"
    ):
        cost(priced(GPT_4O, fast={"input": 5}), 1000, 500, mode="batch")


def test_an_unknown_price_is_an_error_that_names_model_and_meter(priced: PriceOf) -> None:
    """Unknown is not free; but tokens that there are none of need no price."""
    prices = priced({"input": 0.02})
    with pytest.raises(UnknownPrice, match="lab:model: no price for reasoning is known") as caught:
        cost(prices, 1000, 500, reasoning_tokens=500)
    assert (caught.value.spec, caught.value.meter) == ("lab:model", "reasoning")
    assert isinstance(caught.value, LlmcatError)
    assert str(cost(prices, 1000, 0).total) == "0.00002"


def test_a_free_model_costs_0(priced: PriceOf) -> None:
    """A price of 0 is a price."""
    call = cost(priced({"input": 0, "output": 0}), 10**6, 10**6)
    assert shown(call) == ("0", "0", "0")
    assert [line.usd for line in call.breakdown] == [0, 0]


def test_no_tokens_cost_nothing(priced: PriceOf) -> None:
    """A call of nothing has no lines; counts that are not given beside others are 0."""
    call = cost(priced(GPT_4O), 0, 0)
    assert call == cost(priced(GPT_4O), cache_read_tokens=0, output_tokens=0, input_tokens=0)
    assert call.total == 0
    assert not call.breakdown
    assert not call.assumed


@pytest.mark.parametrize(
    ("usage", "message"),
    [
        (
            {"input_tokens": -1},
            r"input_tokens is -1; it must be a whole number from 0 to 2\^63 - 1$",
        ),
        ({"output_tokens": 1.5}, "output_tokens is 1.5; "),
        ({"reasoning_tokens": True}, "reasoning_tokens is True; "),
        ({"input_tokens": None}, "input_tokens is None; "),
        ({"input_tokens": "1000"}, "input_tokens is '1000'; "),
        ({"input_tokens": 2**63}, "input_tokens is 9223372036854775808; "),
        (
            {"input_tokens": 10, "cache_read_tokens": 8, "cache_write_tokens": 3},
            r"input_tokens \(10\) must include cache_read_tokens \(8\) \+ cache_write_tokens \(3\)",
        ),
        (
            {"output_tokens": 10, "reasoning_tokens": 11},
            r"output_tokens \(10\) must include reasoning_tokens \(11\)",
        ),
    ],
)
def test_counts_that_cannot_be_are_errors(
    priced: PriceOf, usage: dict[str, Any], message: str
) -> None:
    """The message names the count."""
    with pytest.raises(UsageError, match=message) as caught:
        cost(priced(GPT_4O), **usage)
    assert isinstance(caught.value, ValueError)
    assert isinstance(caught.value, LlmcatError)


@pytest.mark.parametrize(
    ("usage", "expected"),
    [((1, 1), "7.5E-7"), ((10**8, 0), "15"), ((10**9, 0), "150"), ((10**7, 10**6), "2.1")],
)
def test_amounts_print_plainly(priced: PriceOf, usage: tuple[int, int], expected: str) -> None:
    """No trailing zeros, and 150 is not 1.5E+2."""
    assert str(cost(priced({"input": 0.15, "output": 0.6}), *usage).total) == expected


def test_what_an_api_answers_can_be_billed_as_it_is(priced: PriceOf) -> None:
    """A Usage has the counts under the names that cost() takes."""
    usage = read_usage({"input_tokens": 3, "cache_read_input_tokens": 1000, "output_tokens": 5})
    call = cost(priced(OPUS_4_7), **usage._asdict())
    assert call == cost(priced(OPUS_4_7), *usage[:2], cache_read_tokens=1000)
    assert call == cost_of(priced(OPUS_4_7), usage)
    assert str(call.total) == "0.00064"


def test_many_calls_are_billed_in_their_order_and_added_up(priced: PriceOf) -> None:
    """In a ledger a count that is not given is 0."""
    prices = priced(GPT_4O, batch={"input": 1.25, "output": 5})
    calls: list[dict[str, Any]] = [
        {"spec": "lab:model", "input_tokens": 1000, "output_tokens": 500},
        {"spec": "lab:model", "input_tokens": 1000, "mode": "batch"},
    ]
    costs = cost_many({"lab:model": prices}.__getitem__, calls)
    assert [str(call.total) for call in costs] == ["0.0075", "0.00125"]
    assert str(total_cost(costs)) == "0.00875"
    assert total_cost([]) == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ({"spec": "lab:model", "prompt_tokens": 3}, "call 1: unknown prompt_tokens"),
        ({"input_tokens": 3}, "call 1: names no spec"),
        ({"spec": "lab:model", "output_tokens": -3}, "call 1: output_tokens is -3"),
    ],
)
def test_a_wrong_call_among_many_is_named(
    priced: PriceOf, call: dict[str, Any], message: str
) -> None:
    """A misspelt count must not be billed as 0."""
    prices = priced(GPT_4O)
    with pytest.raises(UsageError, match=message):
        cost_many(lambda spec: prices, [call])


def test_equal_calls_are_equal(priced: PriceOf) -> None:
    """A cost is a value: it compares, hashes and shows what it is."""
    prices = priced(GPT_4O)
    first, second = cost(prices, 1000, 500), cost(prices, 1000, 500)
    assert {first, second} == {first}
    assert first != cost(prices, 1)
    assert repr(first) == "CallCost('lab:model', total='0.0075', mode='standard')"
    assert repr(prices) == "Prices('lab:model', at=None, modes=('standard',))"


def test_the_service_tier_of_a_usage_is_its_mode(priced: PriceOf) -> None:
    """Anthropic says how a call was served; where that has no prices, what was taken is said."""
    usage = {"input_tokens": 1_000_000, "output_tokens": 0, "service_tier": "batch"}
    listed = priced({"input": 5, "output": 25}, batch={"input": 2.5, "output": 12.5})
    assert (cost_of(listed, usage).total, cost_of(listed, usage).assumed) == (Decimal("2.5"), ())
    assert cost_of(listed, usage, mode="standard").total == 5
    plain = cost_of(priced({"input": 5, "output": 25}), usage)
    assert plain.total == 5
    assert plain.assumed == ("no batch prices: billed at the standard ones",)
    with pytest.raises(UnknownPrice, match="in mode 'batch'"):
        cost_of(priced({"input": 5, "output": 25}), usage, mode="batch")


@pytest.mark.parametrize(
    ("call", "error", "reason"),
    [
        (("openai:gpt-4o", 1), UsageError, "call 2: a call is a mapping"),
        (
            {"spec": "lab:model", "output_audio_tokens": 1, "output_tokens": 1},
            UnknownPrice,
            "call 2: ",
        ),
        ({"spec": "lab:model", "tokens": 1}, UsageError, "call 2: unknown tokens"),
    ],
)
def test_the_error_of_many_calls_names_which(
    priced: PriceOf, call: Any, error: type[Exception], reason: str
) -> None:
    """Of a month's log the line is told."""
    prices = priced({"input": 5})
    with pytest.raises(error, match=reason):
        cost_many(lambda spec: prices, [{"spec": "lab:model", "input_tokens": 1}, call])
