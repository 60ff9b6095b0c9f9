"""What is listed: the prices of now and of their time, and what has none."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llmcat.errors import ModelNotFound, OptionError, UnknownPrice
from llmcat.lookup.prices_by_name import price_list_of
from llmcat.pipeline.build import build
from llmcat.pipeline.recipe import Recipe, SourceSpec
from llmcat.pricing.price_list import price_list


def test_a_model_without_prices_and_one_that_does_not_exist(
    make_catalog: Callable[[Any], Path],
) -> None:
    """The one is UnknownPrice, the other ModelNotFound."""
    connection = sqlite3.connect(make_catalog({"lab": {"models": [{"id": "secret"}]}}))
    with pytest.raises(UnknownPrice, match="lab:secret: no price is known"):
        price_list(connection, "lab:secret")
    with pytest.raises(ModelNotFound, match="lab:nobody"):
        price_list(connection, "lab:nobody")


@pytest.fixture
def history(tmp_path: Path) -> sqlite3.Connection:
    """gpt-4o, which cost 5 and 15 until it was made cheaper, and a model that is gone."""
    then = {"gpt-4o": {"input": 5, "output": 15}, "davinci": {"input": 20}}
    now = {"gpt-4o": {"input": 2.5, "output": 10, "cache_read": 1.25}}
    return build_two(tmp_path, then, now)


def build_two(tmp_path: Path, then: dict[str, Any], now: dict[str, Any]) -> sqlite3.Connection:
    """A catalogue with the prices of May 2024 and those since October."""
    series = tmp_path / "series"
    series.mkdir()
    for name, prices in (("2024-05-13T000000Z", then), ("2024-10-01T093000Z", now)):
        models = {id_: {"id": id_, "name": id_, "cost": cost} for id_, cost in prices.items()}
        provider = {"id": "openai", "name": "OpenAI", "models": models}
        (series / f"{name}.json").write_text(json.dumps({"openai": provider}))
    source = SourceSpec("models.dev", "models.dev", series, "series")
    output = tmp_path / "catalog.db"
    build(Recipe((source,)), output)
    return sqlite3.connect(output)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (None, "0.0075"),
        ("2024-05-13T00:00:00Z", "0.0125"),
        ("2024-10-01", "0.0125"),
        ("2024-10-01T09:29:59Z", "0.0125"),
        ("2024-10-01T09:30:00Z", "0.0075"),
        ("2030-01-01", "0.0075"),
    ],
)
def test_a_call_is_billed_at_the_prices_of_its_time(
    history: sqlite3.Connection, at: str | None, expected: str
) -> None:
    """A price holds from its first instant to just before its last."""
    assert str(price_list(history, "openai:gpt-4o", at).cost(1000, 500).total) == expected


def test_what_was_not_known_yet_is_billed_at_the_first_price_that_is(
    history: sqlite3.Connection,
) -> None:
    """Sources list the price of the cache, of batches and fees later than those of tokens; what is known of
    the day itself is not touched."""
    call = price_list(history, "openai:gpt-4o", "2024-06-01").cost(1_000, 0, cache_read_tokens=400)
    assert str(call.total) == "0.0035"  # 600 at 5, 400 at 1.25
    assert call.assumed == (
        "no price for cache_read of that day is known: billed at the first that is, of 2024-10-01",
    )
    after = price_list(history, "openai:gpt-4o", "2024-12-01").cost(1_000, 0, cache_read_tokens=400)
    assert after.assumed == ()


def test_reasoning_that_costs_what_output_does_cost_that_before_too(tmp_path: Path) -> None:
    """A source began to list the price of reasoning when the output had become cheaper."""
    output = {"input": 5, "output": 15}
    then = {"same": output, "other": output}
    now = {
        "same": {"input": 2.5, "output": 10, "reasoning": 10},
        "other": {"input": 2.5, "output": 10, "reasoning": 40},
    }
    connection = build_two(tmp_path, then, now)
    for id_, usd in (("same", "15"), ("other", "40")):
        prices = price_list(connection, f"openai:{id_}", "2024-06-01")
        assert str(prices.cost(0, 1_000_000, reasoning_tokens=1_000_000).total) == usd


def test_a_snapshot_that_was_not_listed_yet_has_the_prices_of_its_family(tmp_path: Path) -> None:
    """Sources list gpt-5.4-2026-03-05 months after answers have named it."""
    cheap, dear = {"input": 2}, {"input": 3}
    then = {"gpt-5.4": dear}
    now = {"gpt-5.4": cheap, "gpt-5.4-2026-03-05": cheap}
    connection = build_two(tmp_path, then, now)
    call = price_list_of(connection, "gpt-5.4-2026-03-05", "2024-06-01T00:00:00Z").cost(1_000_000)
    assert (call.spec, str(call.total)) == ("openai:gpt-5.4", "3")
    assert call.assumed == (
        "openai:gpt-5.4-2026-03-05 was not listed at that time: billed as openai:gpt-5.4",
    )
    later = price_list_of(connection, "gpt-5.4-2026-03-05", "2025-01-01T00:00:00Z")
    assert (later.spec, later.assumed) == ("openai:gpt-5.4-2026-03-05", ())


def test_outside_the_known_time_the_price_is_unknown(history: sqlite3.Connection) -> None:
    """Before the first price and after the last there is an error that says where to look."""
    with pytest.raises(UnknownPrice, match="asked for 2023-01-01T00:00:00Z, its prices"):
        price_list(history, "openai:gpt-4o", "2023-01-01")
    with pytest.raises(UnknownPrice, match="no longer listed; it had prices at='2024-05-13"):
        price_list(history, "openai:davinci")


@pytest.mark.parametrize(
    "at", ["yesterday", "2026-02-30", "2026-3-1T0:0:0Z", "", 20260301, "2026-1"]
)
def test_a_time_that_is_none_is_an_error(history: sqlite3.Connection, at: Any) -> None:
    """The message shows the form."""
    with pytest.raises(OptionError, match="an instant is YYYY, YYYY-MM, YYYY-MM-DD"):
        price_list(history, "openai:gpt-4o", at)
