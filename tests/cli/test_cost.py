"""llmcat cost: what a call costs, to the last digit."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.running import error_of, llmcat, process


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


def test_usage_of_an_api_is_understood(shipped: Path) -> None:
    """As an option or on standard input; cached tokens are counted once."""
    usage = {"input_tokens": 12, "cache_read_input_tokens": 9_000, "output_tokens": 400}
    words = ("cost", "anthropic:claude-sonnet-4-5", "--db", shipped, "--json", "--usage")
    assert llmcat(*words, json.dumps(usage)).json["usd"] == "0.008736"
    assert llmcat(*words, "-", stdin=json.dumps(usage)).json["usd"] == "0.008736"


def test_a_tier_is_named(shipped: Path) -> None:
    """A prompt over the tier's size costs the tier's price as a whole, and that is said."""
    words = ("cost", "google:gemini-2.5-pro", "--db", shipped, "--input")
    assert "tier: the prompt is over 200,000 tokens" in llmcat(*words, 200_001).lines
    assert "tier" not in llmcat(*words, 200_000).out


def test_what_is_assumed_is_said(shipped: Path) -> None:
    """A cache price that is not known falls back to the input price, in so many words."""
    said = llmcat("cost", "openai:gpt-4o", "--input", 9, "--cache-write", 9, "--db", shipped)
    assert said.status == 0
    assert any(line.startswith("assumed: ") for line in said.lines)


def test_errors_of_cost_are_one_line(shipped: Path) -> None:
    """Unknown model, mode or price, counts that cannot be, usage that is none."""
    words = ("cost", "openai:gpt-4o", "--db", shipped)
    assert "no model" in error_of(llmcat("cost", "openai:gpt-0", "--db", shipped))
    assert "mode 'warp'" in error_of(llmcat(*words, "--input", 1, "--mode", "warp"))
    assert "no price" in error_of(
        llmcat("cost", "openai:gpt-image-1", "--input", 1, "--db", shipped)
    )
    assert "input_tokens is -3" in error_of(llmcat(*words, "--input", -3), status=2)
    assert "cache_read" in error_of(llmcat(*words, "--input", 1, "--cache-read", 2), status=2)
    assert "is no JSON" in error_of(llmcat(*words, "--usage", "{"), status=2)
    assert "known shape" in error_of(llmcat(*words, "--usage", "[]"), status=2)
    assert "is no instant" in error_of(llmcat(*words, "--input", 1, "--at", "yesterday"), status=2)
    assert "1999" in error_of(llmcat(*words, "--input", 1, "--at", "1999"))
    assert "valid integer" in error_of(llmcat(*words, "--input", "1k"), status=2)
