"""genai-prices' data: rules in place of ids, prices with days, hours, tiers and variants."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcat.errors import SourceError
from llmcat.pipeline.entries import BadRecord, Document, Entry, Reject
from llmcat.pipeline.sources.genai_prices.data import GenaiPrices
from llmcat.pipeline.sources.genai_prices.prices import METERS
from llmcat.pipeline.sources.genai_prices.rules import matcher
from tests.cli.running import llmcat
from tests.examples import examples
from tests.pipeline.kept import not_held

NOVEMBER = "2026-11-09T00:00:00Z"


def facts_of(**said: Any) -> dict[str, Any]:
    """The facts of one model, as of November 2026."""
    model = {"id": "m", "match": {"equals": "m"}, **said}
    data = [{"id": "acme", "name": "Acme", "models": [model]}]
    document = Document("data.json", data, "", retrieved_at=NOVEMBER)
    [facts] = [
        entry.facts
        for entry in GenaiPrices().translate(document)
        if isinstance(entry, Entry) and entry.kind == "model"
    ]
    return facts


@pytest.mark.parametrize(
    ("clause", "matching", "others"),
    [
        ({"equals": "GPT-4o"}, ["gpt-4o"], ["gpt-4o-mini"]),
        ({"starts_with": "gpt-4o"}, ["gpt-4o-mini"], ["chatgpt-4o"]),
        ({"ends_with": "-latest"}, ["gpt-4o-latest"], ["gpt-4o"]),
        ({"contains": "4o"}, ["chatgpt-4o-latest"], ["gpt-5"]),
        ({"regex": r"^gpt-4o(-\d+)?$"}, ["gpt-4o", "gpt-4o-11"], ["gpt-4o-mini"]),
        ({"and": [{"contains": "4o"}, {"contains": "mini"}]}, ["gpt-4o-mini"], ["gpt-4o"]),
        ({"or": [{"equals": "a"}, {"equals": "b"}]}, ["a", "b"], ["c"]),
    ],
)
def test_clauses(clause: dict[str, Any], matching: list[str], others: list[str]) -> None:
    """As genai-prices itself looks ids up: letter case does not count."""
    matches = matcher(clause)
    assert all(map(matches, matching))
    assert not any(map(matches, others))


@pytest.mark.parametrize(
    "clause", [{"regex": "(a+)+$"}, {"regex": "("}, {"like": "a"}, {}, None, {"or": [3]}]
)
def test_clauses_that_are_none(clause: Any) -> None:
    """A pattern that could take for ever is refused, as one that is broken is."""
    with pytest.raises(BadRecord, match="match"):
        matcher(clause)


def test_dated_prices() -> None:
    """The price of today with the day on which it took effect; earlier and later ones beside it."""
    facts = facts_of(
        prices=[
            {"prices": {"input_mtok": 2.5}},
            {"constraint": {"start_date": "2026-03-01"}, "prices": {"input_mtok": 2}},
            {"constraint": {"start_date": "2027-01-01"}, "prices": {"input_mtok": 1}},
        ]
    )
    assert facts["cost"] == {"input": 2.0, "effective_from": "2026-03-01"}
    assert facts["dated_prices"] == [
        {"until": "2026-03-01", "cost": {"input": 2.5}},
        {"from": "2027-01-01", "cost": {"input": 1.0}},
    ]


def test_hours_of_the_day() -> None:
    """cost holds the dearer price; the cheaper one stands with its hours in UTC."""
    facts = facts_of(
        prices=[
            {"prices": {"input_mtok": 0.56}},
            {
                "constraint": {"start_time": "16:30:00Z", "end_time": "00:30:00Z"},
                "prices": {"input_mtok": 0.28},
            },
        ]
    )
    assert facts["cost"] == {"input": 0.56}
    assert facts["hours"] == {"16:30-00:30": {"cost": {"input": 0.28}}}


def test_hours_hold_beside_the_price_of_the_day() -> None:
    """The hours behind the last day that has come hold now; those before it count no more, and stay in extra."""
    timed = {
        "constraint": {"start_time": "16:30:00Z", "end_time": "00:30:00Z"},
        "prices": {"input_mtok": 0.28},
    }
    dated = {"constraint": {"start_date": "2026-03-01"}, "prices": {"input_mtok": 2}}
    facts = facts_of(prices=[{"prices": {"input_mtok": 0.56}}, dated, timed])
    assert facts["cost"] == {"input": 2.0, "effective_from": "2026-03-01"}
    night = {"input": 0.28, "effective_from": "2026-03-01"}
    assert facts["hours"] == {"16:30-00:30": {"cost": night}}
    assert facts["dated_prices"] == [{"until": "2026-03-01", "cost": {"input": 0.56}}]
    assert "extra" not in facts
    before = facts_of(prices=[{"prices": {"input_mtok": 0.56}}, timed, dated])
    assert (before["cost"], "hours" in before) == (facts["cost"], False)
    assert before["extra"]["genai_prices"]["timed_prices"] == [timed]


def test_tiers_fees_and_variants() -> None:
    """Tiers by the size of the prompt, searches by the one, batch as a mode."""
    facts = facts_of(
        prices={
            "input_mtok": {"base": 1.25, "tiers": [{"start": 200_000, "price": 2.5}]},
            "web_searches_kcount": 14,
            "audio_hours": 0.36,
        },
        price_variants=[{"when": {"processing": "batch"}, "prices": {"input_mtok": 0.625}}],
    )
    assert facts["cost"] == {
        "input": 1.25,
        "web_search": 0.014,
        "second": 0.0001,
        "tiers": [{"min_context": 200_000, "input": 2.5}],
    }
    assert facts["modes"] == {"batch": {"cost": {"input": 0.625}}}


def test_a_file_that_is_none(tmp_path: Path) -> None:
    """One line that says so."""
    path = tmp_path / "data.json"
    path.write_text("[1]")
    with pytest.raises(SourceError, match="is no data of genai-prices"):
        list(GenaiPrices().read(path))


def test_from_the_command_line(tmp_path: Path) -> None:
    """Rules alone name no model: with a base they fill what it leaves open."""
    api = {"acme": {"id": "acme", "name": "Acme", "models": {"m-2": {"id": "m-2"}}}}
    (tmp_path / "api.json").write_text(json.dumps(api))
    model = {"id": "m", "match": {"starts_with": "m"}, "prices": {"input_mtok": 3}}
    (tmp_path / "data.json").write_text(json.dumps([{"id": "acme", "models": [model]}]))
    sources = ["--source", f"genai-prices={tmp_path / 'data.json'}"]
    db = tmp_path / "c.db"
    base = ["--source", f"models.dev={tmp_path / 'api.json'}"]
    assert llmcat("build", *base, *sources, "-o", db).status == 0
    assert llmcat("show", "acme:m-2", "--db", db, "--json").json["cost_input"] == 3.0
    assert llmcat("build", *sources, "-o", tmp_path / "none.db").status == 1


numbers = st.integers(0, 10_000).map(lambda number: number / 100)
tiered = st.builds(
    lambda base, price: {"base": base, "tiers": [{"start": 128_000, "price": price}]},
    numbers,
    numbers,
)
table = st.dictionaries(
    st.sampled_from([*sorted(METERS), "new_meter"]), numbers | tiered, max_size=5
)
days = st.sampled_from(["2025-01-01", "2026-01-01", "2026-11-09", "2027-01-01"])
dated = st.builds(lambda d, t: {"constraint": {"start_date": d}, "prices": t}, days, table)
timed = st.builds(
    lambda t: {"constraint": {"start_time": "08:00:00Z", "end_time": "16:00:00Z"}, "prices": t},
    table,
)
listed = st.builds(
    lambda first, rest: [{"prices": first}, *rest], table, st.lists(dated | timed, max_size=3)
)
variants = st.lists(
    st.builds(
        lambda when, value, prices: {"when": {when: value}, "prices": prices},
        st.sampled_from(["processing", "speed", "size"]),
        st.sampled_from(["batch", "fast", "large"]),
        table,
    ),
    max_size=3,
)


@settings(max_examples=examples(40), deadline=None)
@given(table | listed, variants)
def test_every_scalar_is_found_again(prices: Any, others: list[Any]) -> None:
    """In the facts, in llmcat's unit or as it is; what is rejected is rejected whole."""
    model = {
        "id": "m",
        "match": {"equals": "m"},
        "prices": prices,
        "price_variants": others,
        "context_window": 131_072,
        "price_comments": "flat",
        "collapse": ["x"],
    }
    data = [{"id": "acme", "pricing_urls": ["https://acme.example"], "models": [model]}]
    document = Document("data.json", data, "", retrieved_at=NOVEMBER)
    for entry in GenaiPrices().translate(document):
        if not isinstance(entry, Reject):
            assert list(not_held("genai-prices", entry)) == []
