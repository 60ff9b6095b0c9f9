"""What upstream removed and others speak of still keeps the last facts that upstream gave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from llmcat import Catalog
from llmcat.pipeline.build import build
from llmcat.pipeline.recipe import Recipe, SourceSpec
from tests.cli.running import llmcat
from tests.pipeline.building import details, model, rows
from tests.pipeline.series import FEBRUARY, JANUARY, MARCH, Api, api, build_series, write_series
from tests.pipeline.series import model as offer
from tests.pipeline.stages.test_record import everything

STATES: dict[str, Api] = {
    JANUARY: api(
        acme={"old": offer(name="Old One", cost={"input": 3, "output": 9}), "new": offer()}
    ),
    FEBRUARY: api(acme={"new": offer()}),
}
END = {"acme": {"models": [{"id": "old", "lifecycle": {"retires_at": "2026-06-01"}}]}}
WITNESS = {"acme/old": {"litellm_provider": "acme", "mode": "chat", "input_cost_per_token": 4e-06}}


def test_an_overlay_keeps_the_last_facts_of_upstream(tmp_path: Path) -> None:
    """Its name, abilities and prices, with upstream as their source, marked as removed there."""
    db = build_series(tmp_path / "c.db", write_series(tmp_path / "s", STATES), END)
    found = model(db, "acme:old")
    assert (found["name"], found["cost_input"], found["tools"]) == ("Old One", 3, 1)
    assert (found["retires_on"], found["status"]) == ("2026-06-01", None)
    known = details(db, "acme:old")
    assert known["extra"] == {"removed_upstream": FEBRUARY[:10]}
    assert (known["provenance"]["*"], known["provenance"]["retires_on"]) == (
        "models.dev",
        "overlay 1",
    )
    shown = llmcat("show", "acme:old", "--db", str(db)).lines
    assert ["removed", "upstream", FEBRUARY[:10]] in [line.split() for line in shown]
    past = Catalog(db).as_of(JANUARY).model("acme:old")
    assert (past.name, past.retires_on) == ("Old One", None)


def test_what_upstream_removed_was_not_added(tmp_path: Path) -> None:
    """Its last change is that it was removed, whoever speaks of it still."""
    db = build_series(tmp_path / "c.db", write_series(tmp_path / "s", STATES), END)
    changes = rows(db, "SELECT at, kind FROM changes WHERE spec = 'acme:old' ORDER BY at")
    assert changes == [{"at": FEBRUARY, "kind": "removed"}]


def test_without_anybody_who_speaks_of_it_a_model_is_gone(tmp_path: Path) -> None:
    """The past has it, the present has not."""
    db = build_series(tmp_path / "c.db", write_series(tmp_path / "s", STATES))
    assert rows(db, "SELECT spec FROM models") == [{"spec": "acme:new"}]


def test_a_build_that_goes_on_keeps_them(tmp_path: Path) -> None:
    """As from scratch: what was removed before it began stands in the history."""
    states = {**STATES, MARCH: api(acme={"new": offer(name="Renamed")})}
    paths = write_series(tmp_path / "s", states)
    whole = build_series(tmp_path / "whole.db", paths, END)
    for upto in range(1, 4):
        grown = build_series(tmp_path / "grown.db", paths[:upto], END)
    assert everything(Catalog(grown)) == everything(Catalog(whole))
    assert details(grown, "acme:old") == details(whole, "acme:old")


def test_a_model_that_comes_back_is_what_upstream_says_now(tmp_path: Path) -> None:
    """The mark is gone, and so is what was said before."""
    states = {**STATES, MARCH: api(acme={"old": offer(name="Back"), "new": offer()})}
    db = build_series(tmp_path / "c.db", write_series(tmp_path / "s", states), END)
    assert (model(db, "acme:old")["name"], details(db, "acme:old")["extra"]) == ("Back", None)


def test_what_a_witness_lists_still_has_its_name_from_upstream(tmp_path: Path) -> None:
    """But not its price: that is the witness's own."""
    path = tmp_path / "2026-11-20T000000Z.json"
    path.write_text(json.dumps(WITNESS))
    series: Any = write_series(tmp_path / "s", STATES)
    sources = (
        SourceSpec("models.dev", "models.dev", series, "series"),
        SourceSpec("litellm", "litellm", path, "litellm"),
    )
    build(Recipe(sources), tmp_path / "c.db")
    found = model(tmp_path / "c.db", "acme:old")
    assert (found["name"], found["cost_input"], found["cost_output"]) == ("Old One", 4, None)
    assert found["source"] == "litellm"
