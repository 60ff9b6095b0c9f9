"""Prices with unit, region, hours and effective day: from facts to rows and back."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcat import Catalog
from llmcat.meters import BY_NAME, METERS
from llmcat.pipeline.entries import Facts, Merged
from llmcat.pipeline.history.recorder import Recorder
from llmcat.pipeline.history.state import state_of
from llmcat.pipeline.tables.unflatten import facts_of
from tests.examples import examples
from tests.pipeline.building import build_from, rows, write_text
from tests.pipeline.series import FEBRUARY, JANUARY

OVERLAY = """\
provider: acme
models:
  talk-1:
    cost: {input: 0.5, output: 2, request: 0.01, effective_from: 2026-02-01}
    hours:
      Mon-Fri 00:30-08:30: {cost: {input: 0.25, output: 1}}
    regions:
      eu: {cost: {input: 0.55}, modes: {batch: {cost: {input: 0.275}}}}
    dated_prices:
      - {from: 2025-06-01, until: 2026-02-01, cost: {input: 1}}
      - {from: 2025-01-01, until: 2025-06-01, cost: {input: 3}}
  dream-1: {billing: unit, cost: {image: 0.04, image_4k: 0.12}}
  vectors-1: {dimensions: 1024, cost: {input: 0.02}}
"""
TALK = "acme:talk-1"


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A catalogue of the overlay alone."""
    return build_from(tmp_path / "c.db", ("yaml", write_text(tmp_path / "acme.yml", OVERLAY)))


def test_a_price_is_told_apart_by_region_hours_and_mode(db: Path) -> None:
    """The columns of the view: NULL is everywhere and always."""
    query = (
        "SELECT mode, region, hours, meter, usd FROM prices"
        " WHERE spec = ? AND valid_to IS NULL ORDER BY usd"
    )
    assert [tuple(row.values()) for row in rows(db, query, [TALK])] == [
        ("standard", None, None, "request", 0.01),
        ("standard", None, "Mon-Fri 00:30-08:30", "input", 0.25),
        ("batch", "eu", None, "input", 0.275),
        ("standard", None, None, "input", 0.5),
        ("standard", "eu", None, "input", 0.55),
        ("standard", None, "Mon-Fri 00:30-08:30", "output", 1.0),
        ("standard", None, None, "output", 2.0),
    ]
    [model] = rows(db, "SELECT cost_input, cost_request FROM models WHERE spec = ?", [TALK])
    assert model == {"cost_input": 0.5, "cost_request": 0.01}


def test_a_price_says_what_it_buys(db: Path) -> None:
    """A size class has the unit of its meter; a token price is for a million."""
    query = "SELECT DISTINCT meter, unit, per FROM prices ORDER BY meter"
    assert [tuple(row.values()) for row in rows(db, query)] == [
        ("image", "image", 1),
        ("image_4k", "image", 1),
        ("input", "token", 1_000_000),
        ("output", "token", 1_000_000),
        ("request", "request", 1),
    ]
    known = rows(db, "SELECT meter, unit, per, side, stand_in FROM meters")
    assert {row["meter"] for row in known} == {*BY_NAME, "image_4k"}
    image = next(row for row in known if row["meter"] == "image_4k")
    assert (image["unit"], image["side"]) == ("image", BY_NAME["image"].side)


def test_a_price_of_another_time_is_none_of_now(db: Path) -> None:
    """It was said when it was said, and has the days that the source names."""
    query = (
        "SELECT usd, effective_from, effective_to FROM prices"
        " WHERE meter = 'input' AND valid_from = valid_to ORDER BY usd"
    )
    assert [tuple(row.values()) for row in rows(db, query)] == [
        (1.0, "2025-06-01", "2026-02-01"),
        (3.0, "2025-01-01", "2025-06-01"),
    ]
    since = (
        "SELECT DISTINCT effective_from FROM prices WHERE spec = ? AND mode = 'standard'"
        " AND region IS NULL AND hours IS NULL AND valid_to IS NULL"
    )
    assert [row["effective_from"] for row in rows(db, since, [TALK])] == ["2026-02-01"]
    with Catalog(db) as cat:
        assert {p.usd for p in cat.prices(TALK) if p.is_of_another_time} == {1.0, 3.0}


def test_what_a_catalogue_says_goes_on_in_the_next(db: Path, tmp_path: Path) -> None:
    """Built over itself and from itself, nothing changes: no row of the past, no value."""
    views = ("prices", "models", "model_details", "meters", "changes", "model_versions")
    before = {view: rows(db, f"SELECT * FROM {view}") for view in views}
    again = build_from(tmp_path / "again.db", ("catalog", db))
    over = build_from(db, ("yaml", tmp_path / "acme.yml"))
    for other in (again, over):
        for view in views:
            assert rows(other, f"SELECT * FROM {view}") == before[view], (other.name, view)


def test_a_regional_price_that_moves_is_a_change() -> None:
    """Under the path where the details have it; the old one stays in the log."""
    recorder = Recorder()
    for at, price in ((JANUARY, 0.55), (FEBRUARY, 0.6)):
        facts = {"provider": "acme", "id": "talk-1", "regions": {"eu": {"cost": {"input": price}}}}
        recorder.put(at, TALK, state_of(TALK, Merged(facts, {"*": "here"})), news=False)
    [change] = recorder.changes.values()
    assert change[3:6] == ("regions.eu.cost.input", "0.55", "0.6")
    [over] = recorder.prices
    assert (over.key.region, over.usd, over.since, over.until) == ("eu", 0.55, JANUARY, FEBRUARY)


def test_find_takes_the_meters_with_a_column(db: Path) -> None:
    """max_cost_image and all others of the table of meters."""
    with Catalog(db) as cat:
        assert [m.spec for m in cat.find(max_cost_image=0.05)] == ["acme:dream-1"]
        assert cat.find(max_cost_image=0.03) == []
        model = cat.model("acme:dream-1")
        assert (model.billing, model.cost_image) == ("unit", 0.04)
        assert cat.model("acme:vectors-1").dimensions == 1024
        details = cat.model(TALK).details
        assert details.regions["eu"]["modes"] == {"batch": {"cost": {"input": 0.275}}}
        assert details.dated_prices[0]["until"] == "2026-02-01"


def test_who_corroborates_a_price_is_known_of_the_present_alone(db: Path) -> None:
    """A catalogue as of an earlier instant does not know who would say the same later."""
    connection = sqlite3.connect(db)
    connection.execute("INSERT INTO texts SELECT max(number) + 1, '[\"litellm\"]' FROM texts")
    connection.execute("UPDATE price_log SET corroborated_by = (SELECT max(number) FROM texts)")
    connection.execute("UPDATE catalog SET built_at = '2026-05-01T00:00:00Z'")
    connection.commit()
    connection.close()
    with Catalog(db) as cat:
        assert cat.prices(TALK)[0].corroborated_by == ("litellm",)
        assert cat.as_of("2026-06-01").prices(TALK)[0].corroborated_by == ("litellm",)
        assert cat.as_of("2026-04-01").prices(TALK)[0].corroborated_by == ()


PRICES = st.floats(0, 100).map(lambda price: round(price, 6))
COSTS = st.dictionaries(
    st.sampled_from([meter.name for meter in METERS]), PRICES, min_size=1, max_size=6
)
TIERED = st.builds(
    lambda cost, sizes: {
        **cost,
        **({"tiers": [{"min_context": s, "input": 1.5} for s in sorted(sizes)]} if sizes else {}),
    },
    COSTS,
    st.sets(st.sampled_from([32_000, 200_000]), max_size=2),
)
DAYS = st.dates().map(str)
MODES = st.dictionaries(
    st.sampled_from(["batch", "fast"]), st.fixed_dictionaries({"cost": TIERED}), max_size=2
)
REGIONS: st.SearchStrategy[Any] = st.dictionaries(
    st.sampled_from(["eu", "us-east-1"]),
    st.fixed_dictionaries(
        {"cost": TIERED},
        optional={"modes": st.fixed_dictionaries({"batch": st.builds(dict, cost=TIERED)})},
    ),
    max_size=2,
)
HOURS = st.dictionaries(
    st.sampled_from(["Mon-Fri 00:30-08:30", "16:30-24:00"]),
    st.fixed_dictionaries({"cost": TIERED}),
    max_size=2,
)
DATED = st.lists(
    st.fixed_dictionaries({"from": DAYS, "cost": TIERED}, optional={"until": DAYS}), max_size=3
)
MODEL = st.fixed_dictionaries(
    {"provider": st.just("acme"), "id": st.just("m"), "cost": TIERED, "modes": MODES},
    optional={
        "regions": REGIONS,
        "hours": HOURS,
        "dated_prices": DATED,
        "billing": st.sampled_from(["token", "unit", "subscription", "free", "unknown"]),
        "dimensions": st.integers(1, 4096),
    },
)


@settings(deadline=None, max_examples=examples(30))
@given(facts=MODEL, day=DAYS | st.none())
def test_facts_come_back_from_their_rows(facts: Facts, day: str | None) -> None:
    """Every price in its table, with its tiers, in its region, at its hours, and since its day."""
    if day:
        facts = {**facts, "cost": {**facts["cost"], "effective_from": day}}
    state = state_of("acme:m", Merged(facts, {"*": "here"}))
    again: dict[str, Any] = facts_of(state)
    for name in ("limit", "modalities", "capabilities"):
        assert not again.pop(name)
    empty = [name for name in ("regions", "hours", "dated_prices") if not facts.get(name, True)]
    assert json.loads(json.dumps(again)) == {k: v for k, v in facts.items() if k not in empty}
    assert state_of("acme:m", Merged(again, {"*": "here"})) == state
    assert {key.meter for key in state.effective} <= facts["cost"].keys() | {"input"}
    assert bool(state.effective) == bool(day)
