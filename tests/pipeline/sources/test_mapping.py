"""Plain mappings: overrides handed over in Python."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from llmcat.errors import LlmcatError
from tests.pipeline.building import build_from, column, details, model, provider, reasons, rows


def built(tmp_path: Path, said: Any) -> Path:
    """The catalogue of one mapping."""
    return build_from(tmp_path / "catalog.db", ("mapping", said))


BY_PROVIDER = {"openai": {"base_url": "https://x", "models": [{"id": "m", "cost": {"input": 0}}]}}
BY_ID = {"openai": {"base_url": "https://x", "models": {"m": {"cost": {"input": 0}}}}}
TWO_LISTS = {
    "providers": [{"id": "openai", "base_url": "https://x"}],
    "models": [{"provider": "openai", "id": "m", "cost": {"input": 0}}],
}


@pytest.mark.parametrize("said", [BY_PROVIDER, BY_ID, TWO_LISTS])
def test_three_shapes_say_the_same(tmp_path: Path, said: Mapping[str, Any]) -> None:
    """Models as a list, by id, or in a list of their own."""
    db = built(tmp_path, said)
    assert provider(db, "openai")["api"] == "https://x"
    assert model(db, "openai:m")["cost_input"] == 0


def test_a_model_may_be_its_id_alone(tmp_path: Path) -> None:
    """{} and None are models of which nothing is known."""
    db = built(tmp_path, {"openai": {"models": {"a": None, "b": {}}}})
    assert column(db, "SELECT id FROM models") == ["a", "b"]


def test_what_a_user_notes_is_kept(tmp_path: Path) -> None:
    """Scores, notes, the default model and any key of one's own survive (behaviour 10)."""
    own = {
        "id": "m",
        "task_complexity_score": {"simple": 0.9, "hard": None},
        "notes": ["slow on Mondays"],
        "metadata": {"owner": "search"},
        "house_rating": 5,
        "extra": {"region": "eu"},
    }
    refreshed = {"openai": {"models": [{"id": "m", "name": "M", "cost": {"input": 1.0}}]}}
    mine = {"openai": {"default_model": "m", "models": [own], "cost_centre": 7}}
    db = build_from(tmp_path / "c.db", ("mapping", mine), ("mapping", refreshed))
    wide = details(db, "openai:m")
    assert wide["task_complexity_score"] == {"simple": 0.9, "hard": None}
    assert wide["notes"] == ["slow on Mondays"]
    assert wide["metadata"] == {"owner": "search"}
    assert wide["extra"] == {"house_rating": 5, "region": "eu"}
    assert provider(db, "openai")["default_model"] == "m"
    assert provider(db, "openai")["extra"] == {"cost_centre": 7}


@pytest.mark.parametrize(
    ("models", "reason"),
    [
        (5, "models is neither a list nor a mapping"),
        ("gpt", "models is neither a list nor a mapping"),
        ([5], "is no mapping"),
        ({"a": 5}, "is no mapping"),
        ([{"name": "nameless"}], "id: input should be a valid string, not None"),
    ],
)
def test_a_bad_record_costs_only_itself(tmp_path: Path, models: Any, reason: str) -> None:
    """What has the wrong shape is a reject, and the other provider is built."""
    db = built(tmp_path, {"bad": {"models": models}, "good": {"models": {"m": {}}}})
    assert column(db, "SELECT spec FROM models") == ["good:m"]
    assert reasons(db) == [reason]


@pytest.mark.parametrize(
    "said", [5, [], {"models": 5}, {"providers": {"a": {}}, "models": []}, {1: {}, "a": {}}]
)
def test_what_is_no_mapping_of_that_kind(tmp_path: Path, said: Any) -> None:
    """One line says so."""
    with pytest.raises(LlmcatError) as error:
        built(tmp_path, said)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "said",
    [
        {"p": {"runtime": {"auth": {"type": []}}, "models": {"m": {}}}},
        {"p": {"runtime": 5, "models": {"m": {}}}},
        {"p": {"env": {"A": 1}, "models": {"m": {}}}},
        {"p": {"features": [[1]], "models": {"m": {}}}},
        {"p": {"extra": 5, "models": {"m": {}}}},
    ],
)
def test_a_bad_provider_keeps_its_models(tmp_path: Path, said: Any) -> None:
    """The models of a provider whose own record is wrong are built all the same."""
    db = built(tmp_path, said)
    assert rows(db, "SELECT spec FROM models") == [{"spec": "p:m"}]
    assert column(db, "SELECT id FROM providers") == ["p"]


def test_an_empty_mapping_is_an_empty_catalogue(tmp_path: Path) -> None:
    """Nothing was said, so nothing is written."""
    with pytest.raises(LlmcatError, match="hold no provider with a model"):
        built(tmp_path, {})
    assert not (tmp_path / "catalog.db").exists()
