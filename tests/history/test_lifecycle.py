"""Whether a model is still in service is told from a day, not from its status alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.errors import ModelGone, ModelNotFound
from llmcat.history.lifecycle import farewell, named_in, successors
from llmcat.pipeline.build import build
from llmcat.pipeline.recipe import Recipe, SourceSpec
from llmcat.records import Model
from llmcat.storage.views.status_on import status_on

TODAY = "2026-11-21"


def status_of(model: Model, day: str) -> str | None:
    return status_on(model.status, model.deprecated_on, model.retires_on, day)


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        ({}, None, None),
        ({"status": "beta"}, "beta", None),
        ({"deprecated_on": "2027-01-01", "retires_on": "2027"}, None, None),
        ({"deprecated_on": TODAY}, "deprecated", f"deprecated since {TODAY}"),
        (
            {"status": "deprecated", "retires_on": "2027", "replacement": "gpt-5.5"},
            "deprecated",
            "will be switched off on 2027; deprecated; use gpt-5.5 instead",
        ),
        ({"status": "deprecated", "deprecated_on": "2027"}, "deprecated", "deprecated from 2027"),
        ({"status": "active", "retires_on": "2026-11"}, "retired", "switched off on 2026-11"),
        ({"status": "retired"}, "retired", "switched off"),
    ],
)
def test_a_day_that_has_come_counts_whatever_the_status(
    said: dict[str, Any], status: str | None, words: str | None
) -> None:
    """What is known of the end is said of models that are on their way out, not of others."""
    source = {"openai": {"models": [{"id": "gpt-4", "cost": {"input": 30}}]}}
    model = Catalog.from_sources(source).model("openai:gpt-4")._replace(**said)
    assert (status_of(model, TODAY), farewell(model, TODAY)) == (status, words)


def test_it_is_the_status_that_find_tells() -> None:
    """The words beside a model and the models that are found never disagree."""
    dates = ("2026-11-20", TODAY, "2026-11-22", None)
    models = [
        {"id": f"{status}-{n}-{m}", "status": status, "deprecated_on": soon, "retires_on": late}
        for status in ("active", "beta", "deprecated", "retired")
        for n, soon in enumerate(dates)
        for m, late in enumerate(dates)
    ]
    given = [{k: v for k, v in model.items() if v is not None} for model in models]
    catalog = Catalog.from_sources({"acme": {"models": given}})
    for status in ("active", "beta", "deprecated", "retired"):
        found = {model.spec for model in catalog.find(status=status, today=TODAY)}
        everyone = catalog.find(today=TODAY, include_deprecated=True, include_retired=True)
        assert found == {model.spec for model in everyone if (model.status or "active") == status}


SERIES = {
    "old": {"id": "old", "retires_on": "2026-03-01", "replacement": "middle"},
    "middle": {"id": "middle", "retires_on": "2026-04-01", "replacement": "new"},
    "new": {"id": "new", "name": "New"},
}


def test_the_status_is_that_of_the_day_asked() -> None:
    """Nobody reads `active` of a model whose own date has come; the column keeps what was said."""
    source = {"acme": {"models": [{**SERIES["old"], "status": "active"}]}}
    cat = Catalog.from_sources(source)
    assert cat.model("acme:old").status == "retired"
    assert [m.status for m in cat.find(today="2026-02-01", include_retired=True)] == ["active"]
    assert [m.status for m in cat.find(include_retired=True)] == ["retired"]


def test_a_model_that_will_end_is_read_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was kept before midnight is not told the day after."""
    cat = Catalog.from_sources({"acme": {"models": [SERIES["old"]]}})
    monkeypatch.setattr("llmcat.instants.today", lambda: "2026-02-28")
    assert cat.model("acme:old").status is None
    monkeypatch.setattr("llmcat.instants.today", lambda: "2026-03-01")
    assert cat.model("acme:old").status == "retired"


def test_a_model_that_will_end_is_kept_while_the_day_lasts(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the same answer all day, from model() and from find()."""
    cat = Catalog.from_sources({"acme": {"models": [SERIES["old"]]}})
    monkeypatch.setattr("llmcat.instants.today", lambda: "2026-02-28")
    kept = cat.model("acme:old")
    assert cat.model("acme:old") is kept
    assert cat.find()[0] is kept
    assert cat.find(today="2026-03-01", include_retired=True)[0].status == "retired"
    assert cat.model("acme:old") is kept


def test_a_replacement_that_is_gone_leads_on_to_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """The one to take is in service on that day; a circle of replacements ends."""
    monkeypatch.setattr("llmcat.instants.today", lambda: "2026-03-15")
    cat = Catalog.from_sources({"acme": {"models": list(SERIES.values())}})
    old, find = cat.model("acme:old"), named_in(cat)
    assert [m.id for m in successors(old, "2026-05-01", find)] == ["middle", "new"]
    assert [m.id for m in successors(old, "2026-03-15", find)] == ["middle"]
    words = "switched off on 2026-03-01; use new instead (middle, named before, ended as well)"
    assert farewell(old, "2026-05-01", find) == words
    circle = [{**SERIES["old"]}, {**SERIES["middle"], "replacement": "old"}]
    cat = Catalog.from_sources({"acme": {"models": circle}})
    found = successors(cat.model("acme:old"), "2026-05-01", named_in(cat))
    assert [m.id for m in found] == ["middle"]


def test_a_model_that_was_there_once_is_told_from_one_that_never_was(tmp_path: Path) -> None:
    """It names the last day, the replacement and the way to its last state."""
    folder = tmp_path / "snapshots"
    folder.mkdir()
    for day, models in (("2026-01-01", ("old", "new")), ("2026-02-01", ("new",))):
        api = {"acme": {"id": "acme", "models": {m: {"id": m, "name": m} for m in models}}}
        (folder / f"{day}T000000Z.json").write_text(json.dumps(api))
    output = tmp_path / "catalog.db"
    build(Recipe((SourceSpec("models.dev", "models.dev", folder, "snapshots"),)), output)
    cat = Catalog(output)
    for name in ("acme:old", "old"):
        with pytest.raises(ModelGone, match=r"listed until 2026-02-01.*--as-of 2026-01-31") as gone:
            cat.resolve(name)
        assert (gone.value.spec, gone.value.until) == ("acme:old", "2026-02-01T00:00:00Z")
    assert cat.as_of("2026-01-31").model("acme:old").name == "old"
    with pytest.raises(ModelNotFound) as never:
        cat.model("acme:never")
    assert not isinstance(never.value, ModelGone)
