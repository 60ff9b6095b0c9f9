"""How a call was served: modes and regions by what its usage says, hours by its time."""

from __future__ import annotations

from typing import Any

import pytest

from llmcat.errors import UnknownPrice
from llmcat.pricing.cost import cost_of
from llmcat.pricing.hours import holds_at
from llmcat.pricing.price_list import Prices, Row
from llmcat.pricing.served import geographies

CALL = {"input_tokens": 1_000_000, "output_tokens": 0, "cache_read_input_tokens": 0}
GPT = {"fast": {"body": {"service_tier": "priority"}, "cost": {"input": 5}}}
OPUS = {"fast": {"body": {"speed": "fast"}, "headers": {"anthropic-beta": "fast-mode"}}}


def listed(*rows: tuple[str, str, str, float], modes: Any = None, hour: Any = None) -> Prices:
    """A price list of input prices (mode, region, hours, USD) beside the plain $2."""
    found: list[Row] = [("standard", None, None, 0, "input", 2.0)]
    found += [(mode, region, hours, 0, "input", usd) for mode, region, hours, usd in rows]
    return Prices("lab:model", hour, found, modes, hour)


@pytest.mark.parametrize(
    ("said", "modes", "mode"),
    [
        ({"service_tier": "priority"}, GPT, "fast"),
        ({"service_tier": "standard", "speed": "fast"}, OPUS, "fast"),
        ({"speed": "standard", "service_tier": "default"}, GPT, "standard"),
        ({"service_tier": "auto"}, GPT, "standard"),
    ],
)
def test_the_catalogue_says_which_mode_a_word_asks_for(said: Any, modes: Any, mode: str) -> None:
    """OpenAI's tier priority is the mode whose body asks for it."""
    call = cost_of(listed(("fast", "", "", 5.0), modes=modes), {**CALL, **said})
    assert (call.mode, call.assumed) == (mode, ())
    assert str(call.total) == ("5" if mode == "fast" else "2")


def test_reasoning_costs_at_each_hour_what_the_output_costs_then() -> None:
    """Where it costs what the output costs at all other hours; a price of its own stays its own."""
    night = "22:00-06:00"

    def total(reasoning: float, hour: str) -> str:
        rows: list[Row] = [
            ("standard", None, None, 0, "output", 4.0),
            ("standard", None, None, 0, "reasoning", reasoning),
            ("standard", None, night, 0, "output", 2.0),
        ]
        prices = Prices("lab:model", hour, rows, None, hour)
        return str(prices.cost(0, 1_000_000, reasoning_tokens=500_000).total)

    assert (total(4.0, "2026-11-23T12:00:00Z"), total(4.0, "2026-11-23T23:00:00Z")) == ("4", "2")
    assert total(6.0, "2026-11-23T23:00:00Z") == "4"


def test_a_mode_may_be_asked_for_by_the_word_of_its_body() -> None:
    """cost(mode="priority") is what a request with that service tier costs."""
    prices = listed(("fast", "", "", 5.0), modes=GPT)
    assert str(prices.cost(1_000_000, mode="priority").total) == "5"
    with pytest.raises(
        UnknownPrice, match="mode 'warp' is known; there are prices for: fast, stand"
    ):
        prices.cost(1, mode="warp")


@pytest.mark.parametrize(
    ("usage", "mode"),
    [
        ({**CALL, "service_tier": "batch"}, "batch"),
        ({"input_tokens": 1_000_000, "num_model_requests": None, "batch": True}, "batch"),
        ({"promptTokenCount": 1_000_000, "trafficType": "ON_DEMAND_FLEX"}, "flex"),
        ({"promptTokenCount": 1_000_000, "serviceTier": "flex"}, "flex"),
    ],
)
def test_batch_and_flex_are_modes_of_their_name(usage: Any, mode: str) -> None:
    """Anthropic's tier, the batch flag of OpenAI's usage API, Google's traffic type."""
    call = cost_of(listed((mode, "", "", 1.0)), usage)
    assert (call.mode, str(call.total), call.assumed) == (mode, "1", ())
    plain = cost_of(listed(), usage)
    assert (plain.mode, str(plain.total)) == ("standard", "2")
    assert plain.assumed == (f"no {mode} prices: billed at the standard ones",)


def test_what_is_paid_by_the_hour_is_said_to_be() -> None:
    """Provisioned throughput has no price per token."""
    usage = {"promptTokenCount": 1_000_000, "trafficType": "PROVISIONED_THROUGHPUT"}
    sentence = "provisioned_throughput is not paid by the token: billed at the standard prices"
    assert cost_of(listed(), usage).assumed == (sentence,)


def test_the_region_of_an_answer_has_its_price_or_says_that_it_has_none() -> None:
    """Anthropic's inference_geo "us" costs 1.1 times; "global" is everywhere."""
    here = cost_of(listed(("standard", "us", "", 2.2)), {**CALL, "inference_geo": "us"})
    assert (str(here.total), here.region, here.assumed) == ("2.2", "us", ())
    plain = cost_of(listed(), {**CALL, "inference_geo": "us"})
    assert plain.assumed == ("no price for input in us: billed at that of everywhere",)
    for geo in ("global", "not_available"):
        assert cost_of(listed(), {**CALL, "inference_geo": geo}).assumed == ()


def test_a_region_takes_the_price_of_the_wider_one() -> None:
    """eu-west-1 lies in eu; GovCloud lies nowhere else."""
    prices = listed(
        ("standard", "eu", "", 2.2), ("batch", "eu", "", 1.1), ("standard", "us", "", 3.0)
    )
    assert str(prices.cost(1_000_000, region="eu-west-1").total) == "2.2"
    assert str(prices.cost(1_000_000, region="eu-west-1", mode="batch").total) == "1.1"
    gov = prices.cost(1_000_000, region="us-gov-west-1")
    assert str(gov.total) == "2"
    assert gov.assumed == ("no price for input in us-gov-west-1: billed at that of everywhere",)
    assert geographies("us-gov-west-1") == ("us-gov-west-1", "us-gov", "")


def test_the_hour_of_a_call_decides_where_it_is_known() -> None:
    """Half the price at night; a call of no known hour pays the plain one, and that is said."""
    night = ("standard", "", "Mon-Fri 16:30-00:30", 1.0)
    assert str(listed(night, hour="2026-11-27T17:00:00Z").cost(1_000_000).total) == "1"
    assert str(listed(night, hour="2026-11-28T00:15:00Z").cost(1_000_000).total) == "1"
    assert str(listed(night, hour="2026-11-28T17:00:00Z").cost(1_000_000).total) == "2"
    some_time = listed(night).cost(1_000_000)
    assert str(some_time.total) == "2"
    assert some_time.assumed == (
        "the hour is not known; Mon-Fri 16:30-00:30 UTC have other prices",
    )


@pytest.mark.parametrize(
    ("window", "at", "holds"),
    [
        ("00:30-08:30", "2026-11-28T00:30:00Z", True),
        ("00:30-08:30", "2026-11-28T08:30:00Z", False),
        ("Sat,Sun 00:00-23:59", "2026-11-28T10:00:00Z", True),
        ("Fri-Mon 10:00-11:00", "2026-11-29T10:30:00Z", True),
        ("Mon-Fri 10:00-11:00", "2026-11-29T10:30:00Z", False),
        ("whenever", "2026-11-29T10:30:00Z", False),
        ("Xyz 10:00-11:00", "2026-11-29T10:30:00Z", False),
        ("04:00-06:00, 10:00-01:00", "2026-11-25T20:00:00Z", True),
        ("04:00-06:00, 10:00-01:00", "2026-11-25T09:00:00Z", False),
        ("Mon-Fri 10:00-24:00, Sat-Sun 00:00-24:00", "2026-11-28T03:00:00Z", True),
        ("Mon-Fri 10:00-24:00, Sat-Sun 00:00-24:00", "2026-11-27T23:59:59Z", True),
        ("Mon-Fri 10:00-24:00, Sat-Sun 00:00-24:00", "2026-11-27T03:00:00Z", False),
    ],
)
def test_a_window_holds_from_its_start_to_before_its_end(window: str, at: str, holds: bool) -> None:
    """UTC; the days are those on which it begins."""
    assert holds_at(window, at) is holds
