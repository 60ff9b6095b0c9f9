"""A record that cannot be taken leaves the last good one: in the past and at present."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from llmcat import Catalog
from llmcat.pipeline.build import build
from llmcat.pipeline.entries import Merged
from llmcat.pipeline.history.state import state_of
from llmcat.pipeline.recipe import Recipe, SourceSpec
from llmcat.pipeline.sources.models_dev.translate import translate_model
from llmcat.pipeline.stages.enrich import Enricher
from llmcat.pipeline.stages.normalize import normalize_model
from llmcat.pipeline.tables.unflatten import facts_of
from tests.examples import examples
from tests.pipeline.building import reasons, rows
from tests.pipeline.series import (
    FEBRUARY,
    JANUARY,
    MARCH,
    Api,
    api,
    build_series,
    model,
    write_series,
)
from tests.pipeline.stages.test_record import STATE, everything

GOOD = api(
    acme={
        "acme-1": model(
            cost={
                "input": 2,
                "output": 8,
                "tiers": [{"tier": {"size": 200_000}, "input": 3}],
            },
            limit={"context": 128_000, "output": 0},
            experimental={"modes": {"fast": {"cost": {"input": 9}}}},
            reasoning_options=[{"type": "effort"}],
        ),
        "other": model(),
    }
)
BAD = api(acme={"other": model(tool_call=False)})
BAD["acme"]["models"]["acme-1"] = "gone wrong"
SLIP = api(acme={"acme-1": model(cost={"input": "a lot", "output": 7}), "other": model()})
MENDED = api(acme={"acme-1": model(cost={"input": 5}), "other": model(tool_call=False)})


def at_once(paths: list[Path], db: Path) -> Path:
    """Built from all snapshots at once."""
    return build_series(db, paths)


def one_by_one(paths: list[Path], db: Path) -> Path:
    """Built at each snapshot, from that file alone."""
    for path in paths:
        build_series(db, [path])
    return db


WAYS = pytest.mark.parametrize("way", [at_once, one_by_one])


@WAYS
def test_the_last_good_version_stays_until_the_record_is_mended(way: Any, tmp_path: Path) -> None:
    """In the past and at present, details included; its neighbours move on."""
    paths = write_series(tmp_path / "s", {JANUARY: GOOD, FEBRUARY: BAD, MARCH: MENDED})
    broken = Catalog(way(paths[:2], tmp_path / "broken.db"))
    good = Catalog(build_series(tmp_path / "good.db", paths[:1]))
    for catalog in (broken, broken.as_of(FEBRUARY)):
        assert everything(catalog)["acme:acme-1"] == everything(good)["acme:acme-1"]
        assert catalog.model("acme:acme-1").valid_from == JANUARY
        assert catalog.model("other@acme").tools is False
    mended = Catalog(way(paths, tmp_path / "mended.db"))
    assert mended.as_of(FEBRUARY).model("acme:acme-1").cost_input == 2
    assert mended.model("acme:acme-1").cost_input == 5


@WAYS
def test_the_bad_record_is_kept_among_the_rejects(way: Any, tmp_path: Path) -> None:
    """With the reason; and no change is made of it."""
    paths = write_series(tmp_path / "s", {JANUARY: GOOD, FEBRUARY: BAD})
    db = way(paths, tmp_path / "c.db")
    assert set(reasons(db)) == {"is no object"}
    assert rows(db, "SELECT * FROM changes WHERE spec = 'acme:acme-1'") == []


@pytest.mark.parametrize("last", [BAD, MENDED])
def test_the_same_built_again_keeps_what_was_rejected(last: Api, tmp_path: Path) -> None:
    """To the byte, whether the record is bad still or was mended since."""
    paths = write_series(tmp_path / "s", {JANUARY: GOOD, FEBRUARY: BAD, MARCH: last})
    db = build_series(tmp_path / "c.db", paths)
    before = db.read_bytes()
    [reject] = rows(db, "SELECT place, spec FROM rejects")
    assert reject == {"place": "2026-02-01T063000Z: acme:acme-1", "spec": "acme:acme-1"}
    build_series(db, paths)
    assert db.read_bytes() == before


@WAYS
def test_records_add_up_where_an_earlier_one_stands(way: Any, tmp_path: Path) -> None:
    """Read is accepted and rejected; accepted is what became a model, the earlier record among it."""
    paths = write_series(tmp_path / "s", {JANUARY: GOOD, FEBRUARY: BAD})
    query = "SELECT models, records_read, records_accepted, records_rejected FROM catalog"
    [counts] = rows(way(paths, tmp_path / "c.db"), query)
    assert tuple(counts.values()) == (2, 3, 2, 1)


def test_what_was_rejected_once_is_kept_when_the_past_goes_on(tmp_path: Path) -> None:
    """Step by step as at once: nothing is dropped in silence."""
    paths = write_series(tmp_path / "s", {JANUARY: GOOD, FEBRUARY: BAD, MARCH: MENDED})
    query = "SELECT * FROM rejects"
    once, stepwise = (way(paths, tmp_path / f"{way.__name__}.db") for way in (at_once, one_by_one))
    assert rows(stepwise, query) == rows(once, query) != []


@WAYS
def test_the_last_good_value_stays_until_the_field_is_mended(way: Any, tmp_path: Path) -> None:
    """A slip in a price is no end of that price; what else the record says counts."""
    paths = write_series(tmp_path / "s", {JANUARY: GOOD, FEBRUARY: SLIP, MARCH: MENDED})
    broken = Catalog(way(paths[:2], tmp_path / "broken.db"))
    for catalog in (broken, broken.as_of(FEBRUARY)):
        found = catalog.model("acme:acme-1")
        assert (found.cost_input, found.cost_output) == (2, 7)
    moved = broken.sql("SELECT field FROM changes WHERE spec = 'acme:acme-1' ORDER BY field")
    assert "cost_input" not in [row["field"] for row in moved]
    assert {row["field"] for row in broken.sql("SELECT field FROM rejects")} == {"cost.input"}
    [counts] = broken.sql("SELECT records_accepted, records_rejected, fields_rejected FROM catalog")
    assert tuple(counts.values()) == (2, 0, 1)
    mended = Catalog(way(paths, tmp_path / "mended.db"))
    assert mended.model("acme:acme-1").cost_input == 5


def test_a_model_that_never_held_is_not_there(tmp_path: Path) -> None:
    """Where no good version is known there is none to keep."""
    paths = write_series(tmp_path / "s", {JANUARY: BAD})
    catalog = Catalog(build_series(tmp_path / "c.db", paths))
    assert [m.spec for m in catalog.models()] == ["acme:other"]


@WAYS
def test_a_removed_model_is_gone_all_the_same(way: Any, tmp_path: Path) -> None:
    """Silence is no bad record."""
    gone = api(acme={"other": model()})
    paths = write_series(tmp_path / "s", {JANUARY: GOOD, FEBRUARY: BAD, MARCH: gone})
    catalog = Catalog(way(paths, tmp_path / "c.db"))
    assert [m.spec for m in catalog.models()] == ["acme:other"]


@WAYS
@pytest.mark.parametrize("nonsense", ["oops", None, {"id": "acme", "models": ["acme-1"]}])
def test_a_provider_that_is_no_provider_keeps_its_models(
    nonsense: Any, way: Any, tmp_path: Path
) -> None:
    """What cannot be read of it is as it was; the others are read."""
    both = {**GOOD, **api(borealis={"b": model()})}
    broken: Api = {"acme": nonsense, **api(borealis={"b": model(tool_call=False)})}
    paths = write_series(tmp_path / "s", {JANUARY: both, FEBRUARY: broken})
    db = way(paths, tmp_path / "c.db")
    catalog = Catalog(db)
    for then in (catalog, catalog.as_of(FEBRUARY)):
        assert then.model("acme:acme-1").cost_input == 2
        assert then.model("borealis:b").tools is False
    assert reasons(db)


@WAYS
def test_a_provider_with_a_bad_field_stays_as_it_was(way: Any, tmp_path: Path) -> None:
    """Its models are read as they are."""
    bad = api(acme={"acme-1": model(cost={"input": 1})})
    bad["acme"]["env"] = "ACME_API_KEY"
    paths = write_series(tmp_path / "s", {JANUARY: GOOD, FEBRUARY: bad})
    db = way(paths, tmp_path / "c.db")
    catalog = Catalog(db)
    assert catalog.provider("acme").env == ("ACME_API_KEY",)
    assert [(m.spec, m.cost_input) for m in catalog.models()] == [("acme:acme-1", 1)]
    assert rows(db, "SELECT * FROM changes WHERE spec = 'acme'") == []


def test_an_overlay_lies_upon_the_last_good_version(tmp_path: Path) -> None:
    """As it does upon a good record."""
    paths = write_series(tmp_path / "s", {JANUARY: GOOD, FEBRUARY: BAD})
    overlay = {"acme": {"models": [{"id": "acme-1", "tags": ["ours"]}]}}
    found = Catalog(build_series(tmp_path / "c.db", paths, overlay)).model("acme:acme-1")
    assert (found.cost_input, found.tags) == (2, ("ours",))


def test_a_bad_field_of_an_overlay_is_left_out(tmp_path: Path) -> None:
    """It is the user's own to mend: what was said before does not live on behind his back."""
    paths = write_series(tmp_path / "s", {JANUARY: GOOD})
    for context in (1, "many"):
        said = {"acme": {"models": [{"id": "ours", "limit": {"context": context}}]}}
        db = build_series(tmp_path / "c.db", paths, said)
    assert Catalog(db).model("acme:ours").limit_context is None


def test_a_single_file_keeps_what_the_catalogue_knew(tmp_path: Path) -> None:
    """An api.json without a past of its own, built onto a catalogue."""
    for path in write_series(tmp_path / "s", {JANUARY: GOOD, FEBRUARY: BAD}):
        source = SourceSpec("models.dev", "models.dev", path, path.name)
        build(Recipe((source,)), tmp_path / "c.db")
    assert Catalog(tmp_path / "c.db").model("acme:acme-1").cost_input == 2


@settings(
    max_examples=examples(30),
    phases=[Phase.generate],
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(said=STATE)
def test_facts_come_back_from_a_state(said: Mapping[str, Any]) -> None:
    """A state is made of facts that make the same state."""
    enrich = Enricher({}).model
    for id_, record in said.items():
        facts = {**translate_model({"id": id_, **record}), "provider": "acme", "id": id_}
        merged = enrich(Merged(normalize_model(facts, str), {"*": "s"}), "2026-01-01")
        state = state_of(f"acme:{id_}", merged)
        again = enrich(Merged(facts_of(state), dict(state.provenance)), "2026-01-01")
        assert state_of(f"acme:{id_}", again) == state
