"""Scores and speed: what was measured of models chooses among them."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.choosing.frontier import beats, frontier
from llmcat.errors import LedgerError, OptionError
from llmcat.ledger import Ledger
from llmcat.user.scores import Scores
from tests.cli.running import error_of, llmcat
from tests.conftest import MakeCatalog

CHAT = {"capabilities": {"chat": True}}
MAPPING: dict[str, Any] = {
    "acme": {
        "models": [
            {"id": "dear", "cost": {"input": 10, "output": 30}, **CHAT},
            {"id": "middle", "cost": {"input": 2, "output": 6}, **CHAT},
            {
                "id": "cheap",
                "cost": {"input": 0.1, "output": 0.3},
                "task_complexity_score": {"simple": 4, "complex": 1.5},
                "tokens_per_second": 80,
                **CHAT,
            },
            {"id": "unknown", "cost": {"input": 0.5, "output": 1}, **CHAT},
        ]
    }
}


@pytest.fixture(name="catalog")
def scored_catalog(
    make_catalog: MakeCatalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Catalog:
    """Four models; an overlay scored one, a learning system two."""
    monkeypatch.setenv("LLMCAT_DATA", str(tmp_path / "data"))
    path = make_catalog(MAPPING)
    monkeypatch.setenv("LLMCAT_DB", str(path))
    scores = Scores()
    scores.set("acme:dear", simple=5, complex=4.8, because="eval", by="router")
    scores.set("acme:middle", complex=3.5)
    return Catalog(path)


def specs(models: Any) -> list[str]:
    return [model.id for model in models]


def test_find_keeps_the_models_whose_score_suffices(catalog: Catalog) -> None:
    """All scores that are asked for; an unknown score is none."""
    assert specs(catalog.find(min_score={"complex": 3})) == ["dear", "middle"]
    assert specs(catalog.find(min_score={"complex": 1, "simple": 1})) == ["cheap", "dear"]
    assert specs(catalog.find(order_by="-score")) == ["dear", "middle", "cheap", "unknown"]
    assert specs(catalog.find(order_by="score", min_score={"simple": 0})) == ["cheap", "dear"]


def test_select_takes_the_cheapest_whose_score_suffices_and_explain_says_so(
    catalog: Catalog,
) -> None:
    """For complex tasks the middle one, for simple ones the cheap one."""
    assert catalog.select(task_complexity="complex").id == "middle"  # type: ignore[union-attr]
    assert catalog.select(task_complexity="simple").id == "cheap"  # type: ignore[union-attr]
    assert catalog.select(task_complexity="heroic") is None
    why = str(catalog.explain(task_complexity="complex"))
    assert "its score for complex tasks" in why
    assert "2  its score" in why


def test_the_last_score_counts_and_the_others_are_its_history(catalog: Catalog) -> None:
    """Also one that was taken back: what an overlay says is no longer meant then."""
    Scores().set("acme:middle", complex=2)
    assert specs(catalog.find(min_score={"complex": 3})) == ["dear"]
    Scores().set("acme:dear", complex=None)
    assert specs(catalog.find(min_score={"complex": 1})) == ["cheap", "middle"]
    written = [(s.complexity, s.score, s.reason) for s in Scores().history("acme:dear")]
    assert written == [("simple", 5, "eval"), ("complex", 4.8, "eval"), ("complex", None, None)]


def test_speed_is_that_of_the_ledger_else_what_an_overlay_says(
    catalog: Catalog, tmp_path: Path
) -> None:
    """Output tokens a second."""
    with Ledger(tmp_path / "data" / "ledger.db", catalog) as ledger:
        counts = {"prompt_tokens": 10, "completion_tokens": 400}
        ledger.record("acme:middle", counts, duration=2.0)
    assert specs(catalog.find(min_speed=50)) == ["cheap", "middle"]
    assert specs(catalog.find(min_speed=100)) == ["middle"]
    assert specs(catalog.find(order_by="-speed"))[:2] == ["middle", "cheap"]


def test_the_best_edge_of_price_score_and_speed(catalog: Catalog) -> None:
    """One that is dearer, worse and slower than another is not on it."""
    Scores().set("acme:unknown", complex=1)
    found = {p.spec.partition(":")[2]: p for p in frontier(catalog.connection, {})}
    assert {name: p.best for name, p in found.items()} == {
        "cheap": True,
        "unknown": False,
        "middle": True,
        "dear": True,
    }
    assert found["cheap"].speed == 80
    assert beats(found["cheap"], found["unknown"])
    rows = llmcat("frontier", "--nl").nl
    assert [row["spec"] for row in rows] == [p.spec for p in frontier(catalog.connection, {})]


def test_scores_are_written_on_the_command_line(catalog: Catalog) -> None:
    """And taken back by an empty one."""
    said = llmcat("score", "acme:unknown", "complex=4", "--because", "seen", "--nl")
    assert said.nl == [{"spec": "acme:unknown", "complexity": "complex", "score": 4.0}]
    found = llmcat("find", "--min-score", "complex=3.9", "--order-by", "-score", "--nl").nl
    assert [row["id"] for row in found] == ["dear", "unknown"]
    assert llmcat("score", "acme:unknown", "complex=").out == ""
    [first, last] = llmcat("score", "acme:unknown", "--history", "--nl").nl
    assert (first["score"], first["reason"], last["score"]) == (4.0, "seen", None)
    assert "no score" in error_of(llmcat("score", "acme:unknown", "complex=high"), 2)
    assert "no score" in error_of(llmcat("score", "acme:unknown", "complex=9"), 2)
    assert "no score" in error_of(llmcat("find", "--min-score", "complex=x"), 2)


def test_another_file_in_its_place_is_refused(catalog: Catalog, tmp_path: Path) -> None:
    """In one line, and it stays as it is."""
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE mine (x)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(LedgerError, match="is no file of scores"):
        Scores(path).set("acme:dear", complex=1)
    assert path.read_bytes() == before
    with pytest.raises(OptionError):
        Scores().set("acme:dear")


def test_the_page_marks_the_edge_by_what_the_catalogue_says(catalog: Catalog) -> None:
    """Strangers, and Datasettes of others, see no scores of the user's own."""
    pytest.importorskip("datasette", reason="the browse extra is not installed")
    from llmcat.datasette_plugin.pages.frontier import facts
    from llmcat.datasette_plugin.pages.request import PageRequest

    asked = PageRequest("", {}, "2026-11-28", None, own=False)  # type: ignore[arg-type]
    assert [m["spec"] for m in facts(catalog, asked)["models"]] == ["acme:cheap"]
    own = facts(catalog, asked._replace(own=True))
    assert [m["spec"] for m in own["models"]] == ["acme:cheap", "acme:middle", "acme:dear"]
    assert all(m["best"] for m in own["models"])
