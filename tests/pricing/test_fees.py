"""What is not priced per token, and what has no price: units, fees, unbilled counts."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.errors import UnknownPrice, UsageError
from llmcat.pricing.cost import cost_many, cost_of
from llmcat.pricing.price_list import Prices
from llmcat.pricing.usage import Usage

SONNET = {"input": 3.0, "output": 15.0, "cache_read": 0.3, "cache_write": 3.75}
ANSWER = {
    "input_tokens": 1_000,
    "output_tokens": 500,
    "cache_read_input_tokens": 0,
    "server_tool_use": {"web_search_requests": 5, "web_fetch_requests": 2},
}


def listed(meters: dict[str, float], *more: tuple[Any, ...], **known: Any) -> Prices:
    """A price list of these plain prices and `more` rows (mode, region, hours, tier, meter, USD)."""
    rows = [("standard", None, None, 0, meter, usd) for meter, usd in meters.items()]
    return Prices("lab:model", None, [*rows, *more], **known)


def test_a_fee_is_billed_at_its_own_price() -> None:
    """Five searches at a cent stand in a line of their own, and are neither input nor output."""
    call = cost_of(listed({**SONNET, "web_search": 0.01}), ANSWER)
    assert (str(call.total), str(call.fees)) == ("0.0605", "0.05")
    assert call.total == call.input + call.output + call.fees
    assert tuple(map(str, call.breakdown[-1])) == ("web_search", "5", "search", "0.01", "0.05")
    assert (call.breakdown[-1].tokens, call.breakdown[-1].usd_per_mtok) == (None, None)
    assert (call.unbilled, call.assumed) == ((), ())


def test_a_fee_without_a_price_is_unbilled_and_said() -> None:
    """The tokens are billed; the searches stand beside, under the key of the usage."""
    call = cost_of(listed(SONNET), ANSWER)
    assert str(call.total) == "0.0105"
    assert call.unbilled == (("server_tool_use.web_search_requests", 5),)
    assert call.assumed == (
        "server_tool_use.web_search_requests (5) is not billed: no price for web_search is known",
    )


def test_a_count_that_nobody_knows_is_unbilled_and_said() -> None:
    """A new key of an API does not fall in silence."""
    call = cost_of(listed(SONNET), {**ANSWER, "server_tool_use": None, "moon_tokens": 7})
    assert call.unbilled == (("moon_tokens", 7),)
    assert call.assumed == ("moon_tokens (7) is not billed: no price is known to count it",)


def test_where_nothing_has_a_price_it_is_unknown_not_0() -> None:
    """A transcription of a model without a price by the second is an error."""
    with pytest.raises(UnknownPrice, match="no price for second is known"):
        cost_of(listed(SONNET), {"type": "duration", "seconds": 42.5})


def test_units_are_counted_by_their_names() -> None:
    """Images, seconds, characters, pages and requests, alone or beside tokens."""
    prices = listed({**SONNET, "image": 0.04, "second": 0.0001, "page": 0.001, "request": 0.005})
    assert str(prices.cost(images=3).total) == "0.12"
    assert str(prices.cost(seconds=42.5).total) == "0.00425"
    assert str(prices.cost(seconds=Decimal("42.5"), input_tokens=1_000).total) == "0.00725"
    assert str(prices.cost(1_000, 500, pages=2, requests=1).total) == "0.0175"
    with pytest.raises(UsageError, match=r"images is 1\.5; it must be a whole number"):
        prices.cost(images=1.5)
    with pytest.raises(TypeError, match="argument 'imagess'; did you mean images"):
        prices.cost(imagess=1)


def test_a_size_class_is_counted_by_its_own_name() -> None:
    """image_4k has another price than image_1k; which of them an image was, is not guessed."""
    prices = listed({"image_1k": 0.04, "image_4k": 0.15})
    assert str(prices.cost(image_1k=2, image_4k=1).total) == "0.23"
    with pytest.raises(UnknownPrice, match="no price for image is known"):
        prices.cost(images=1)


def test_searches_of_no_known_size_are_medium_unless_all_cost_the_same() -> None:
    """What a search tool takes where a request names no size; and it is said."""
    same = listed({"web_search_low": 0.005, "web_search_high": 0.005})
    assert (str(same.cost(web_searches=74).total), same.cost(web_searches=1).assumed) == (
        "0.37",
        (),
    )
    sizes = listed({"web_search_low": 0.03, "web_search_medium": 0.035, "web_search_high": 0.05})
    found = sizes.cost(web_searches=1)
    assert str(found.total) == "0.035"
    assert found.assumed == ("the size of web_search is not known: billed as web_search_medium",)


def test_the_usage_says_the_size_of_its_searches(tmp_path: Path) -> None:
    """Perplexity's models search once for each request, and say only the size; a log costs what its calls do."""
    prices = {"input": 3.0, "output": 15.0, "web_search": 0.01, "web_search_low": 0.006}
    usage = {"prompt_tokens": 14, "completion_tokens": 100, "search_context_size": "low"}
    found = cost_of(listed(prices), usage)
    assert (str(found.total), found.breakdown[-1].meter) == ("0.007542", "web_search_low")
    assert str(cost_of(listed(prices), {**usage, "num_search_queries": 2}).total) == "0.013542"
    assert (
        str(cost_of(listed(prices), {**usage, "search_context_size": "medium"}).total) == "0.011542"
    )
    assert str(cost_of(listed({"input": 3.0, "output": 15.0}), usage).total) == "0.001542"
    catalog = Catalog.from_sources({"lab": {"models": [{"id": "model", "cost": prices}]}})
    log = tmp_path / "calls.jsonl"
    log.write_text(json.dumps({"model": "lab:model", "usage": usage}) + "\n" * 2, encoding="utf-8")
    assert catalog.bill(log).total == catalog.cost_of("lab:model", usage).total


def test_images_audio_and_video_have_their_own_price_or_the_plain_one() -> None:
    """Images out at $60, text and reasoning at $3; without a price of its own, as output, and said."""
    usage = {
        "promptTokenCount": 33,
        "candidatesTokenCount": 1_780,
        "thoughtsTokenCount": 529,
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": 1_120}],
    }
    prices = listed({"input": 0.5, "output": 3.0, "output_image": 60.0})
    assert str(cost_of(prices, usage).total) == "0.0707835"
    plain = cost_of(listed({"input": 0.5, "output": 3.0}), usage)
    assert plain.assumed == ("no price for output_image: billed as output",)


def test_cached_audio_is_billed_at_its_own_price() -> None:
    """It is part of what was cached, and no longer billed as text from the cache."""
    prices = listed({"input": 4.0, "cache_read": 0.4, "cache_read_audio": 0.8, "input_audio": 32.0})
    call = prices.cost(
        1_000, cache_read_tokens=600, cache_read_audio_tokens=400, input_audio_tokens=100
    )
    assert [(line.meter, line.quantity) for line in call.breakdown] == [
        ("input", 300),
        ("cache_read", 200),
        ("input_audio", 100),
        ("cache_read_audio", 400),
    ]
    with pytest.raises(UsageError, match="cache_read_tokens \\(600\\) must include"):
        prices.cost(1_000, cache_read_tokens=600, cache_read_audio_tokens=700)


def test_a_call_without_any_count_is_an_error() -> None:
    """Nothing counted is not a call that used nothing."""
    prices = listed(SONNET)
    with pytest.raises(UsageError, match="nothing is counted; give input_tokens"):
        prices.cost()
    with pytest.raises(UsageError, match="call 2: nothing is counted"):
        cost_many(lambda spec: prices, [{"spec": "a", "input_tokens": 1}, {"spec": "a"}])
    assert prices.cost(0, 0).total == cost_of(prices, Usage()).total == 0
    assert prices.cost(output_tokens=1).total == Decimal("0.000015")


def test_what_a_gateway_charged_stands_beside_the_sum() -> None:
    """OpenRouter names a cost of its own; the difference is told."""
    usage = {"prompt_tokens": 1_000, "completion_tokens": 500, "cost": 0.0161, "is_byok": False}
    call = cost_of(listed(SONNET), usage)
    assert (str(call.total), str(call.charged)) == ("0.0105", "0.0161")
    assert call.assumed == ("the response itself says $0.0161, $0.0056 more",)
    assert cost_of(listed(SONNET), {**usage, "cost": 0.0105}).assumed == ()


def test_searches_that_are_free_in_a_period_are_said_and_not_taken_off() -> None:
    """One call does not know what the others of its day used."""
    free = {"count": 1_500, "period": "day", "shared_group": "gemini-2-flash"}
    model = {
        "id": "gemini-2.5-flash",
        "cost": {"input": 1, "web_search": 0.035},
        "extra": {"litellm": {"search_free_requests": free}},
    }
    catalog = Catalog.from_sources({"google": {"models": [model]}})
    call = catalog.cost("google:gemini-2.5-flash", 0, web_searches=2)
    assert str(call.total) == "0.07"
    assert call.assumed == (
        "1,500 web searches a day are free, for all of gemini-2-flash together: they are not taken off",
    )
    assert catalog.cost("google:gemini-2.5-flash", 1_000).assumed == ()
