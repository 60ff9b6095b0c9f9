"""llmcat cost: what a call costs, to the last digit."""

from __future__ import annotations

import json
from pathlib import Path

from llmcat import Catalog
from tests.cli.running import error_of, llmcat, process
from tests.conftest import MakeCatalog


def test_cost_is_exact(shipped: Path) -> None:
    """gpt-4o, 1,000 in and 500 out: 0.0075 dollars, and how it comes about."""
    words = ("cost", "openai:gpt-4o", "--input", 1000, "--output", 500)
    said = process(*words, LLMCAT_DB=str(shipped))
    assert [line.split() for line in said.lines] == [
        ["meter", "tokens", "USD", "per", "1M", "USD"],
        ["input", "1,000", "$2.50", "$0.0025"],
        ["output", "500", "$10.00", "$0.005"],
        ["total", "$0.0075"],
    ]
    found = llmcat(*words, "--db", shipped, "--json").json
    assert (found["spec"], found["usd"], found["assumed"]) == ("openai:gpt-4o", "0.0075", [])
    assert [line["meter"] for line in found["breakdown"]] == ["input", "output"]


def test_many_calls_cost_so_many_times_what_one_does(shipped: Path) -> None:
    """Below the total, to the last digit."""
    words = ("cost", "openai:gpt-4o", 1000, 500, "--calls", "10k", "--db", shipped)
    assert llmcat(*words).lines[-1].split() == ["10,000", "calls", "$75.0000"]
    found = llmcat(*words, "--json").json
    assert (found["usd"], found["calls"], found["calls_usd"]) == ("0.0075", 10_000, "75.0000")


def test_usage_of_an_api_is_understood(shipped: Path) -> None:
    """As an option or on standard input; cached tokens are counted once."""
    usage = {"input_tokens": 12, "cache_read_input_tokens": 9_000, "output_tokens": 400}
    words = ("cost", "anthropic:claude-sonnet-4-5", "--db", shipped, "--json", "--usage")
    assert llmcat(*words, json.dumps(usage)).json["usd"] == "0.008736"
    assert llmcat(*words, "-", stdin=json.dumps(usage)).json["usd"] == "0.008736"


def test_a_tier_is_named(shipped: Path) -> None:
    """A prompt over the tier's size costs the tier's price as a whole, and that is said."""
    words = ("cost", "google:gemini-2.5-pro", "--db", shipped, "--input")
    assert "tier: the input is over 200,000 tokens" in llmcat(*words, 200_001).lines
    assert "tier" not in llmcat(*words, 200_000).out


def test_what_is_assumed_is_said(shipped: Path) -> None:
    """A cache price that is not known falls back to the input price, in so many words."""
    said = llmcat("cost", "openai:gpt-4o", "--input", 9, "--cache-write", 9, "--db", shipped)
    assert said.status == 0
    assert any(line.startswith("assumed: ") for line in said.lines)


def test_errors_of_cost_are_one_line(shipped: Path, make_catalog: MakeCatalog) -> None:
    """Unknown model, mode or price, counts that cannot be, usage that is none."""
    words = ("cost", "openai:gpt-4o", "--db", shipped)
    assert "no model" in error_of(llmcat("cost", "openai:gpt-0", "--db", shipped))
    assert "mode 'warp'" in error_of(llmcat(*words, "--input", 1, "--mode", "warp"))
    unpriced = make_catalog({"acme": {"models": [{"id": "unpriced"}]}})
    assert "no price" in error_of(llmcat("cost", "acme:unpriced", "--input", 1, "--db", unpriced))
    assert "input_tokens is -3" in error_of(llmcat(*words, "--input", -3), status=2)
    assert "cache_read" in error_of(llmcat(*words, "--input", 1, "--cache-read", 2), status=2)
    assert "is no JSON" in error_of(llmcat(*words, "--usage", "{"), status=2)
    assert "known shape" in error_of(llmcat(*words, "--usage", "[]"), status=2)
    assert "is no instant" in error_of(llmcat(*words, "--input", 1, "--at", "someday"), status=2)
    assert "1999" in error_of(llmcat(*words, "--input", 1, "--at", "1999"))
    assert "no number of tokens" in error_of(llmcat(*words, "--input", "1q"), status=2)


def test_tokens_may_be_written_short(shipped: Path) -> None:
    """200k is 200,000, and never 200."""
    words = ("cost", "openai:gpt-4o", "--json", "--db", shipped, "--input")
    assert llmcat(*words, "200k").json == llmcat(*words, "200_000").json
    assert llmcat(*words, "1.5M").json["breakdown"][0]["quantity"] == 1_500_000


def test_the_service_tier_of_a_usage_holds(shipped: Path) -> None:
    """As in Python; --mode overrides it."""
    usage = {"prompt_tokens": 1000, "completion_tokens": 10, "total_tokens": 1010}
    text = json.dumps({**usage, "service_tier": "priority"})
    words = ("cost", "openai:gpt-5.4", "--db", shipped, "--json", "--usage", text)
    with Catalog(shipped) as catalog:
        known = catalog.cost_of("openai:gpt-5.4", json.loads(text))
    said = llmcat(*words).json
    assert (said["mode"], said["usd"]) == (known.mode, str(known.total))
    assert said["mode"] != "standard" or said["assumed"]
    assert llmcat(*words, "--mode", "standard").json["mode"] == "standard"


def test_an_empty_usage_is_an_error(shipped: Path) -> None:
    """A variable that was never set costs an error, not nothing."""
    words = ("cost", "openai:gpt-4o", "--db", shipped, "--usage")
    assert "is no JSON" in error_of(llmcat(*words, ""), status=2)
    assert "is no JSON" in error_of(llmcat(*words, "-", stdin=""), status=2)
    assert "empty" in error_of(llmcat(*words, "{}"), status=2)


def test_usage_and_counts_do_not_mix(shipped: Path) -> None:
    """Which of the two was meant is not guessed."""
    usage = json.dumps({"prompt_tokens": 12, "completion_tokens": 3})
    words = ("cost", "openai:gpt-4o", "--db", shipped, "--usage", usage)
    line = error_of(llmcat(*words, "--input", 0, "--cache-read", 5), status=2)
    assert line == "--usage says all counts; leave out --input, --cache-read"


def test_cost_warns_of_what_is_switched_off(make_catalog: MakeCatalog) -> None:
    """The answer stands alone on standard output; for the prices of another time there is no warning."""
    going = {"id": "old", "cost": {"input": 1}, "retires_on": "2025-06-01", "replacement": "new"}
    words = ("cost", "acme:old", "--input", 9, "--db", make_catalog({"acme": {"models": [going]}}))
    said = llmcat(*words, "--json")
    assert said.json["usd"] == "0.000009"
    assert said.err == "acme:old: switched off on 2025-06-01; use new instead\n"
    assert llmcat(*words).err == said.err
    assert llmcat(*words, "--at", "2030-01-01").err == ""


def test_an_amount_that_nobody_pays_fits_its_column(make_catalog: MakeCatalog) -> None:
    """The table rounds it, JSON has all of its digits."""
    dear = {"id": "dear", "cost": {"input": 1e300}}
    words = ("cost", "acme:dear", "--input", 1, "--db", make_catalog({"acme": {"models": [dear]}}))
    assert llmcat(*words).lines[-1].split() == ["total", "$1e+294"]
    assert llmcat(*words, "--json").json["usd"] == "1" + 294 * "0"


def test_a_call_without_any_count_is_wrong_usage(shipped: Path) -> None:
    """Nothing counted is not a call that used nothing."""
    line = error_of(llmcat("cost", "openai:gpt-4o", "--db", shipped), status=2)
    assert line.startswith("nothing is counted; give input_tokens")


def test_units_and_what_has_no_price_are_told(make_catalog: MakeCatalog) -> None:
    """A search without a known price stands beside the sum, for people and for programs."""
    model = {"id": "a", "cost": {"input": 3}}
    words = ("cost", "acme:a", "--input", "1k", "--db", make_catalog({"acme": {"models": [model]}}))
    sentence = "web_searches (5) is not billed: no price for web_search is known"
    assert f"assumed: {sentence}" in llmcat(*words, "--web-searches", 5).lines
    found = llmcat(*words, "--web-searches", 5, "--json").json
    assert (found["usd"], found["assumed"]) == ("0.003", [sentence])
    assert found["unbilled"] == [{"key": "web_searches", "quantity": 5}]
    assert "is no number" in error_of(llmcat(*words, "--seconds", "long"), status=2)
