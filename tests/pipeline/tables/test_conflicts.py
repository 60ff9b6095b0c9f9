"""Where two sources differ: both values, both sources, and how far they are apart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from llmcat.pipeline.build import build
from llmcat.pipeline.recipe import Recipe, SourceSpec
from tests.pipeline.building import Row, column, rows


def disagreements(tmp_path: Path, *models: Mapping[str, Any]) -> list[Row]:
    """What `disagreements` holds when each source says one thing of acme:acme-1; later ones win."""
    sources = [
        SourceSpec("mapping", name, {"acme": {"models": [{"id": "acme-1", **said}]}}, name)
        for name, said in zip(("upstream", "gateway", "ours"), models)
    ]
    output = tmp_path / "catalog.db"
    build(Recipe(tuple(sources)), output)
    return rows(output, "SELECT * FROM disagreements")


def test_a_price_off_by_a_thousand(tmp_path: Path) -> None:
    """Per thousand tokens in place of per million: the ratio says so at once."""
    found = disagreements(tmp_path, {"cost": {"input": 2.5}}, {"cost": {"input": 0.0025}})
    assert found == [
        {
            "spec": "acme:acme-1",
            "field": "cost.input",
            "winner": "gateway",
            "value": "0.0025",
            "other": "upstream",
            "other_value": "2.5",
            "ratio": 1000.0,
            "rule": "precedence",
            "contested": 0,
            "score": 0.0,
            "family": "gateway",
            "date": None,
            "other_family": "upstream",
            "other_date": None,
        }
    ]


def test_equal_values_and_silence_are_no_disagreement(tmp_path: Path) -> None:
    """Who says nothing agrees, and 2 is 2.0."""
    said = {"cost": {"input": 2}, "limit": {"context": 1000}}
    assert disagreements(tmp_path, said, {"cost": {"input": 2.0, "output": 4}}) == []


def test_limits_and_capabilities_are_compared_too(tmp_path: Path) -> None:
    """A yes against a no has no ratio."""
    found = disagreements(
        tmp_path,
        {"limits": {"context": 200_000}, "capabilities": {"vision": True}},
        {"limits": {"context": 100_000}, "capabilities": {"vision": False}},
    )
    assert [(row["field"], row["value"], row["other_value"], row["ratio"]) for row in found] == [
        ("capabilities.vision", "false", "true", None),
        ("limit.context", "100000", "200000", 2.0),
    ]


def test_tiers_and_modes_are_compared_too(tmp_path: Path) -> None:
    """Each tier with the one of its size, each mode with its own."""

    def priced(factor: float) -> dict[str, Any]:
        tiers = [{"min_context": 200_000, "input": 5 * factor, "output": 15}]
        return {
            "cost": {"input": 2.5, "tiers": tiers},
            "modes": {"fast": {"cost": {"input": 10 * factor, "output": 30}}},
        }

    found = disagreements(tmp_path, priced(1), priced(1000))
    assert [(row["field"], row["value"], row["ratio"]) for row in found] == [
        ("cost.tiers.200000.input", "5000.0", 0.001),
        ("modes.fast.cost.input", "10000.0", 0.001),
    ]


def test_what_follows_from_the_modalities_is_compared(tmp_path: Path) -> None:
    """Whoever lists no image among the inputs says that the model does not see."""
    found = disagreements(
        tmp_path,
        {"modalities": {"input": ["text", "image"], "output": ["text"]}, "open_weights": True},
        {"modalities": {"input": ["text"], "output": ["text", "audio"]}, "open_weights": False},
    )
    assert [(row["field"], row["value"], row["other_value"]) for row in found] == [
        ("capabilities.audio_output", "true", "false"),
        ("capabilities.vision", "false", "true"),
        ("open_weights", "false", "true"),
    ]


@pytest.mark.parametrize("first", ["upstream", "gateway"])
def test_what_is_said_wins_over_what_follows(first: str, tmp_path: Path) -> None:
    """As it does in `models`, whichever source comes last."""
    follows: dict[str, Any] = {"modalities": {"input": ["text", "image"], "output": ["text"]}}
    said: dict[str, Any] = {"capabilities": {"vision": False}}
    order = [follows, said] if first == "upstream" else [said, follows]
    [found] = disagreements(tmp_path, *order)
    assert (found["field"], found["value"], found["other"]) == (
        "capabilities.vision",
        "false",
        first,
    )
    assert column(tmp_path / "catalog.db", "SELECT vision FROM models") == [0]


def test_zero_has_no_ratio(tmp_path: Path) -> None:
    """Free against a price is a disagreement without a factor."""
    [found] = disagreements(tmp_path, {"cost": {"input": 3}}, {"cost": {"input": 0}})
    assert (found["value"], found["other_value"], found["ratio"]) == ("0.0", "3.0", None)


def test_the_last_that_speaks_wins_each_field(tmp_path: Path) -> None:
    """Three sources: the winner of a field is the last one that says something of it."""
    found = disagreements(
        tmp_path,
        {"cost": {"input": 1, "output": 4}},
        {"cost": {"input": 2, "output": 8}},
        {"cost": {"input": 3}},
    )
    assert [(row["field"], row["winner"], row["other"], row["ratio"]) for row in found] == [
        ("cost.input", "ours", "gateway", round(2 / 3, 6)),
        ("cost.input", "ours", "upstream", round(1 / 3, 6)),
        ("cost.output", "gateway", "upstream", 0.5),
    ]


def test_one_source_disagrees_with_nobody(tmp_path: Path) -> None:
    """Not even with itself."""
    assert disagreements(tmp_path, {"cost": {"input": 1}}) == []
