"""Validate: what fails is named, and costs nothing but itself."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcat.pipeline.entries import Entry, Layer, Step
from llmcat.pipeline.stages.validate import validate

NAME = {"provider": "openai", "id": "m"}


def validated(*entries: Entry) -> Step:
    """What a source says, validated."""
    return validate(Step(None, "", list(entries), layer=Layer("test", "mapping", "test")))


def judged(facts: dict[str, Any], kind: Any = "model") -> Step:
    """One record, validated."""
    return validated(Entry(kind, "here", facts, facts))


def reason(facts: dict[str, Any], kind: Any = "model") -> str:
    """Why the record, or one field of it, was rejected; what stays must hold."""
    layer = judged(facts, kind)
    [reject] = layer.rejects
    assert "\n" not in reject.reason
    assert (reject.field is None) == (layer.entries == [])
    for entry in layer.entries:
        assert judged(entry.facts, kind).rejects == []
    return reject.reason


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"cost": {"input": "2.50"}}, "cost.input"),
        ({"cost": {"input": -1}}, "cost.input"),
        ({"cost": {"input": True}}, "cost.input"),
        ({"cost": {"input": float("inf")}}, "cost.input"),
        ({"cost": {"input": float("nan")}}, "cost.input"),
        ({"cost": {"new_meter": "cheap"}}, "cost.new_meter"),
        ({"cost": {"": 1.0}}, "cost.: '' is no name of a meter"),
        ({"cost": {"a\x00b": 1.0}}, "cost.a\\x00b: 'a\\x00b' is no name of a meter"),
        ({"cost": {"tiers": [{"input": 1.0}]}}, "cost.tiers.0.min_context"),
        ({"cost": {"tiers": [{"min_context": 5, "a\nb": 1.0}]}}, "cost.tiers.0.a\\nb: 'a\\nb'"),
        ({"cost": 5}, "cost"),
        ({"limit": {"context": -1}}, "limit.context"),
        ({"limit": {"context": 0.5}}, "limit.context"),
        ({"limit": {"context": True}}, "limit.context"),
        ({"limit": {"context": "128k"}}, "limit.context"),
        ({"limit": {"context": 2**53 + 1}}, "limit.context"),
        ({"limit": {"context": 2**63}}, "limit.context"),
        ({"limit": {"context": 10**5000}}, "limit.context"),
        ({"release_date": "2025-13"}, "release_date"),
        ({"release_date": "25-01-01"}, "release_date"),
        ({"release_date": "\u0662\u0660\u0662\u0665"}, "release_date"),
        ({"retires_on": "2025-02"}, "retires_on"),
        ({"retires_on": "2025-02-30"}, "retires_on"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"name": "x" * 20_001}, "name"),
        ({"id": ""}, "id"),
        ({"id": "a\nb"}, "id"),
        ({"id": "x" * 501}, "id"),
        ({"id": 5}, "id"),
        ({"provider": "a:b"}, "provider"),
        ({"provider": ""}, "provider"),
        ({"aliases": ["a\tb"]}, "aliases.0"),
        ({"aliases": "a"}, "aliases"),
        ({"open_weights": "yes"}, "open_weights"),
        ({"open_weights": 1}, "open_weights"),
        ({"quality_tier": "good"}, "quality_tier"),
        (
            {"status": "retird"},
            "status: input should be 'alpha', 'beta', 'active', 'deprecated' or",
        ),
        ({"modalities": {"input": ["text"], "sideways": []}}, "modalities.sideways"),
        ({"extra": {"a": float("nan")}}, "extra"),
        ({"extra": {"a": 2**63}}, "extra"),
        ({"extra": {"\ud800": 1}}, "extra"),
        ({"extra": {"a\x00": 1}}, "extra"),
        ({"extra": {1: 1}}, "extra"),
        ({"metadata": {"a": {"b\x00": 1}}}, "metadata"),
        ({"notes": object()}, "notes"),
        ({"a column of tomorrow": 1}, "a column of tomorrow"),
    ],
)
def test_what_is_refused(said: dict[str, Any], field: str) -> None:
    """The reason names the field and quotes what was found, in one line."""
    assert reason({**NAME, **said}).startswith(field)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"cost": {"input": 0}},
        {"cost": {"input": 1, "video_second": 0.5}},
        {"limit": {"context": 0, "output": 10_000_000.0}},
        {"limit": {"context": 2**53}},
        {"id": "../../x"},
        {"id": "accounts/fireworks/models/llama:v3@2025*"},
        {"name": "名前 🦙"},
        {"release_date": "2024-02-29"},
        {"capabilities": {"anything": {"at": ["all"]}}},
    ],
)
def test_what_is_taken(said: dict[str, Any]) -> None:
    """Sparse, odd and large records hold as long as every reader can hold them."""
    assert judged({**NAME, **said}).rejects == []


def test_nested_without_end() -> None:
    """A value that is nested 33 deep goes no further."""
    value: Any = 0
    for _ in range(33):
        value = [value]
    assert "nested more than 32 deep" in reason({**NAME, "notes": value})


def test_a_reject_keeps_place_and_record() -> None:
    """Whoever reads the report finds the record again."""
    layer = judged({**NAME, "cost": {"input": "2.50"}})
    [reject] = layer.rejects
    assert reject.place == "here"
    assert reject.spec == "openai:m"
    assert (reject.field, reject.record) == ("cost.input", "2.50")
    assert reject.reason == "cost.input: input should be a valid number, not '2.50'"


def test_a_bad_field_costs_itself_alone() -> None:
    """Its neighbours in the same table stay, and of a list the items that hold."""
    layer = judged(
        {
            **NAME,
            "name": 5,
            "cost": {
                "input": 2.0,
                "output": "dear",
                "": 1,
                "tiers": [{"min_context": 5, "input": "x"}],
            },
            "aliases": ["a", 7, "b"],
            "capabilities": {"vision": {"supported": "maybe"}, "chat": {"supported": True}},
            "metadata": {"a": float("nan"), "b": [1, 2**63]},
            "limit": {"context": "128k"},
        }
    )
    [entry] = layer.entries
    assert entry.facts == {
        **NAME,
        "cost": {"input": 2.0, "tiers": [{"min_context": 5}]},
        "aliases": ["a", "b"],
        "capabilities": {"chat": {"supported": True}},
        "metadata": {"b": [1]},
    }
    assert {reject.field for reject in layer.rejects} == {
        "name",
        "cost.output",
        "cost.",
        "cost.tiers.0.input",
        "aliases.1",
        "capabilities.vision.supported",
        "metadata.a",
        "metadata.b.1",
        "limit.context",
    }


def test_a_list_of_modalities_goes_as_a_whole() -> None:
    """What is missing from it is known not to be there: half a list would say too much."""
    layer = judged({**NAME, "modalities": {"input": ["text", 5], "output": ["text"]}})
    assert layer.entries[0].facts["modalities"] == {"output": ["text"]}
    assert [reject.field for reject in layer.rejects] == ["modalities.input"]


def test_a_record_without_a_good_id_is_rejected_whole() -> None:
    """Nobody knows of what the rest would speak."""
    layer = judged({**NAME, "id": 5, "name": "M"})
    assert layer.entries == []
    assert layer.rejects[0].field is None


def test_a_record_of_a_thousand_bad_fields_is_none() -> None:
    """It is rejected whole, in one line."""
    layer = judged({**NAME, "metadata": {str(n): float("nan") for n in range(5_000)}})
    assert layer.entries == []
    assert "and so are 1,000 fields more" in layer.rejects[0].reason


@pytest.mark.parametrize(
    ("price", "meant"),
    [
        (0.5699999999999999, 0.57),
        (0.1 + 0.2, 0.3),
        (0.0024499999999999995, 0.00245),
        (7.5e-8 * 1e6, 0.075),
        (600, 600.0),
        (0.123456789012, 0.123456789012),
    ],
)
def test_prices_are_read_as_they_were_meant(price: float, meant: float) -> None:
    """To twelve significant digits, wherever a price stands: the noise of floats lies behind them."""
    cost = {"input": price, "tiers": [{"min_context": 5, "input": price}]}
    component = {"kind": "image", "rate": price}
    facts = judged({**NAME, "cost": {**cost, "components": [component]}}).entries[0].facts
    assert facts["cost"]["input"] == facts["cost"]["tiers"][0]["input"] == meant
    assert facts["cost"]["components"][0]["rate"] == meant


@settings(deadline=None)
@given(st.decimals("0.000001", "10000", places=6))
def test_a_price_of_six_places_comes_through_any_sum(price: Decimal) -> None:
    """However it was computed from prices per token, the bound that a person writes finds it."""
    per_token = float(price) / 1e6
    said = {"input": per_token * 1e6, "output": sum([float(price) / 8] * 8)}
    facts = judged({**NAME, "cost": said}).entries[0].facts
    assert facts["cost"] == {"input": float(price), "output": float(price)}


def test_of_twins_in_one_file_the_later_stays() -> None:
    """Two records that are one once they are spelled alike: the first is a reject."""
    entries = [Entry("model", f"line {n}", {**NAME, "name": str(n)}, {}, "file") for n in (1, 2)]
    layer = validated(*entries)
    assert [entry.facts["name"] for entry in layer.entries] == ["2"]
    assert layer.rejects[0].reason == "said again at line 2, and the later one is kept"


def test_two_files_are_no_twins() -> None:
    """What another file says is merged, not rejected."""
    entries = [Entry("model", "1", {**NAME}, {}, origin) for origin in ("a.yml", "b.yml")]
    assert len(validated(*entries).entries) == 2


def test_providers_are_judged_too() -> None:
    """A provider's record has a shape of its own."""
    assert reason({"id": "a", "env": "KEY"}, "provider").startswith("env")
    assert reason({"id": "a:b"}, "provider").startswith("id")
    assert judged({"id": "a", "local": True, "limitations": {"rpm": [1]}}, "provider").rejects == []
