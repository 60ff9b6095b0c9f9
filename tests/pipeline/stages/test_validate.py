"""Validate: what fails is named, and costs nothing but itself."""

from __future__ import annotations

from typing import Any

import pytest

from llmcat.pipeline.layer import Entry, Layer
from llmcat.pipeline.stages.validate import validate

NAME = {"provider": "openai", "id": "m"}


def judged(facts: dict[str, Any], kind: Any = "model") -> Layer:
    """The layer of one record, validated."""
    return validate(Layer("test", "mapping", "test", entries=[Entry(kind, "here", facts, facts)]))


def reason(facts: dict[str, Any], kind: Any = "model") -> str:
    """Why the record was rejected; it must have been."""
    layer = judged(facts, kind)
    assert layer.entries == []
    [reject] = layer.rejects
    assert "\n" not in reject.reason
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
        ({"cost": {"": 1.0}}, "cost: '' is no name of a meter"),
        ({"cost": {"a\x00b": 1.0}}, "cost: 'a\\x00b' is no name of a meter"),
        ({"cost": {"tiers": [{"input": 1.0}]}}, "cost.tiers.0.min_context"),
        ({"cost": {"tiers": [{"min_context": 5, "a\nb": 1.0}]}}, "cost: 'a\\nb'"),
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
    assert reject.record == {**NAME, "cost": {"input": "2.50"}}
    assert reject.reason == "cost.input: input should be a valid number, not '2.50'"


def test_of_twins_in_one_file_the_later_stays() -> None:
    """Two records that are one once they are spelled alike: the first is a reject."""
    entries = [Entry("model", f"line {n}", {**NAME, "name": str(n)}, {}, "file") for n in (1, 2)]
    layer = validate(Layer("test", "yaml", "test", entries=entries))
    assert [entry.facts["name"] for entry in layer.entries] == ["2"]
    assert layer.rejects[0].reason == "said again at line 2, and the later one is kept"


def test_two_files_are_no_twins() -> None:
    """What another file says is merged, not rejected."""
    entries = [Entry("model", "1", {**NAME}, {}, origin) for origin in ("a.yml", "b.yml")]
    assert len(validate(Layer("test", "yaml", "test", entries=entries)).entries) == 2


def test_providers_are_judged_too() -> None:
    """A provider's record has a shape of its own."""
    assert reason({"id": "a", "env": "KEY"}, "provider").startswith("env")
    assert reason({"id": "a:b"}, "provider").startswith("id")
    assert judged({"id": "a", "local": True, "limitations": {"rpm": [1]}}, "provider").rejects == []
