"""A series of snapshots: each is replayed at its instant, and nothing of it is lost."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from llmcat import Catalog
from llmcat.capabilities import COLUMNS, IMPLIED_BY_TASK
from llmcat.pipeline.build import build
from llmcat.pipeline.recipe import Recipe, SourceSpec
from llmcat.records import Details, Model
from tests.examples import examples
from tests.pipeline.building import column, rows
from tests.pipeline.series import (
    APRIL,
    FEBRUARY,
    JANUARY,
    MARCH,
    Api,
    api,
    build_series,
    model,
    write_series,
)

NOT_COMPARED = ("source", "valid_from", "quality_tier")
IMPLIED = {name for implied in IMPLIED_BY_TASK.values() for name in implied}
KIND = (
    "task",
    "capabilities",
    "streaming",
    *(COLUMNS[name] for name in sorted(IMPLIED & {*COLUMNS})),
)
DETAILS = tuple(name for name in Details._fields if name not in ("spec", "provenance"))
LOGS = ("model_versions", "prices", "changes", "moments")

FOUR: dict[str, Api] = {
    JANUARY: api(
        acme={
            "acme-1": model(cost={"input": 2, "output": 8}, knowledge="2025-06"),
            "acme-mini": model(limit={"context": 32_000, "output": 0}, temperature=True),
        }
    ),
    FEBRUARY: api(
        acme={
            "acme-1": model(
                cost={
                    "input": 1.5,
                    "output": 8,
                    "cache_read": 0.15,
                    "tiers": [{"tier": {"type": "context", "size": 200_000}, "input": 3}],
                },
                interleaved={"field": "reasoning_content"},
                structured_output=True,
            ),
            "acme-mini": model(limit={"context": 32_000, "output": 0}, status="beta"),
        },
        borealis={"Acme-1": model(cost={"input": 0, "output": 0}, colour="blue")},
    ),
    MARCH: api(
        acme={
            "acme-1": model(
                cost={"input": 1.5, "output": 6},
                experimental={"modes": {"fast": {"cost": {"input": 9}, "provider": {"body": {}}}}},
                provider={"npm": "@acme/sdk"},
                modalities={"input": ["text", "image"], "output": ["text"]},
            )
        },
        borealis={"Acme-1": model(cost={"input": 0, "output": 0}, colour="green")},
    ),
    APRIL: api(
        acme={
            "acme-1": model(cost={"input": 1.5, "output": 6}, reasoning=True),
            "acme-mini": model(limit={"context": 64_000, "output": 0}),
        }
    ),
}


def compared(found: Model) -> dict[str, Any]:
    """All that a model holds but what is of the whole catalogue: who said so, since when, tiers."""
    row = {k: v for k, v in found._asdict().items() if k not in NOT_COMPARED}
    details = found.details._asdict()
    if row["family"] is not None and details["provenance"].get("family") == "derived":
        del row["family"]
    for name in KIND:  # what other offers tell of its kind is known at present alone
        del row[name]
    return {**row, **{f"details.{name}": details[name] for name in DETAILS}}


def everything(catalog: Catalog) -> dict[str, dict[str, Any]]:
    """All models of a catalogue by spec."""
    return {found.spec: compared(found) for found in catalog.models()}


@pytest.mark.parametrize("at", FOUR)
def test_at_each_instant_stands_what_the_snapshot_said(at: str, tmp_path: Path) -> None:
    """As of a snapshot the catalogue is what that snapshot alone makes, field by field."""
    paths = write_series(tmp_path / "snapshots", FOUR)
    series = Catalog(build_series(tmp_path / "series.db", paths))
    alone = Catalog(build_series(tmp_path / "alone.db", [paths[list(FOUR).index(at)]]))
    assert everything(series.as_of(at)) == everything(alone)


def test_between_two_snapshots_the_earlier_one_stands(tmp_path: Path) -> None:
    """A state holds from its first second until before the first of the next one."""
    db = build_series(tmp_path / "c.db", write_series(tmp_path / "s", FOUR))
    catalog = Catalog(db)
    before, at = (catalog.as_of(i) for i in ("2026-02-01T06:29:59Z", "2026-02-01T06:30:00Z"))
    assert before.model("acme:acme-1").cost_input == 2
    assert at.model("acme:acme-1").cost_input == 1.5


def test_the_first_snapshot_is_no_news(tmp_path: Path) -> None:
    """What the first one holds was there before anyone looked: only later ones add models."""
    db = build_series(tmp_path / "c.db", write_series(tmp_path / "s", FOUR))
    added = rows(db, "SELECT at, spec FROM changes WHERE kind = 'added' ORDER BY at, spec")
    assert [(row["at"], row["spec"]) for row in added] == [
        (FEBRUARY, "borealis"),
        (FEBRUARY, "borealis:Acme-1"),
        (APRIL, "acme:acme-mini"),
    ]
    removed = rows(db, "SELECT at, spec FROM changes WHERE kind = 'removed' ORDER BY at, spec")
    assert [(row["at"], row["spec"]) for row in removed] == [
        (MARCH, "acme:acme-mini"),
        (APRIL, "borealis"),
        (APRIL, "borealis:Acme-1"),
    ]


def test_every_snapshot_is_a_moment(tmp_path: Path) -> None:
    """The file says when upstream was read, and what was read."""
    db = build_series(tmp_path / "c.db", write_series(tmp_path / "s", FOUR))
    moments = rows(db, "SELECT at, source, revision FROM moments ORDER BY at")
    assert [moment["at"] for moment in moments] == list(FOUR)
    assert moments[0]["source"] == "models.dev"
    assert moments[0]["revision"] == "2026-01-01T000000Z"


def test_a_series_at_once_is_the_series_step_by_step(tmp_path: Path) -> None:
    """Whoever builds at every snapshot has the same past as who builds once."""
    paths = write_series(tmp_path / "s", FOUR)
    at_once = build_series(tmp_path / "once.db", paths)
    stepwise = tmp_path / "stepwise.db"
    for number in range(len(paths)):
        build_series(stepwise, paths[: number + 1])
    for table in LOGS:
        query = f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4"
        if table == "moments":
            query = "SELECT * FROM moments ORDER BY at"
        assert rows(stepwise, query) == rows(at_once, query), table


def test_a_family_that_was_derived_is_news_when_it_is_said(tmp_path: Path) -> None:
    """Step by step as at once, the states that are over and the quality tiers of today included."""

    def glow(price: float, **said: Any) -> dict[str, Any]:
        return model(cost={"input": price, "output": price}, **said)

    known = {"glow-1": glow(90, family="glow")}
    paths = write_series(
        tmp_path / "s",
        {
            JANUARY: api(acme={"glow-1": glow(1), "glow-2": glow(1)}, borealis=known),
            FEBRUARY: api(acme={"glow-1": glow(2), "glow-2": glow(3)}, borealis=known),
            MARCH: api(acme={"glow-1": glow(2, family="glow"), "glow-2": glow(80)}, borealis=known),
            APRIL: api(acme={"glow-1": glow(0.1, family="glow"), "glow-2": glow(0.2)}),
        },
    )
    at_once = build_series(tmp_path / "once.db", paths)
    stepwise = tmp_path / "stepwise.db"
    for number in range(len(paths)):
        build_series(stepwise, paths[: number + 1])
    for view in ("models", "model_versions", "prices", "changes"):
        query = f"SELECT * FROM {view} ORDER BY 1, 2, 3, 4"
        assert rows(stepwise, query) == rows(at_once, query), view
    said = [(c.at, c.old, c.new) for c in Catalog(stepwise).history("acme:glow-1", "family")]
    assert said == [(MARCH, None, "glow")]


def test_only_the_newest_file_need_be_there(tmp_path: Path) -> None:
    """The past is in the catalogue: older snapshots may be thrown away."""
    paths = write_series(tmp_path / "s", FOUR)
    at_once = build_series(tmp_path / "once.db", paths)
    one_by_one = tmp_path / "one.db"
    for path in paths:
        build_series(one_by_one, [path])
    for view in ("model_versions", "prices", "changes"):
        query = f"SELECT * FROM {view} ORDER BY 1, 2, 3, 4"
        assert rows(one_by_one, query) == rows(at_once, query), view


def test_an_older_series_is_not_told_behind_what_is_recorded(tmp_path: Path) -> None:
    """A folder with more of the past than the catalogue has changes nothing of what it recorded."""
    paths = write_series(tmp_path / "s", FOUR)
    single = tmp_path / "api.json"
    single.write_bytes(paths[2].read_bytes())
    db = build_series(tmp_path / "c.db", [paths[2]])
    again = build(Recipe((SourceSpec("models.dev", "models.dev", paths, "snapshots"),)), db)
    assert again.untold == ("2026-01-01T000000Z", "2026-02-01T063000Z")
    assert column(db, "SELECT count(*) FROM model_versions WHERE valid_to <= valid_from") == [0]
    assert column(db, "SELECT min(valid_from) FROM model_versions") == [MARCH]


def test_an_overlay_counts_from_when_it_was_built_in(tmp_path: Path) -> None:
    """It has no past of its own: the series before it stands as upstream said."""
    paths = write_series(tmp_path / "s", FOUR)
    overlay = {"acme": {"models": [{"id": "acme-1", "cost": {"input": 1}, "tags": ["ours"]}]}}
    db = build_series(tmp_path / "c.db", paths[:2], overlay)
    catalog = Catalog(db)
    assert catalog.as_of(JANUARY).model("acme:acme-1").cost_input == 2
    assert catalog.model("acme:acme-1").cost_input == 1
    build_series(db, paths, overlay)
    catalog = Catalog(db)
    assert [catalog.as_of(at).model("acme:acme-1").cost_input for at in FOUR] == [2, 1, 1, 1]
    assert catalog.as_of(MARCH).model("acme:acme-1").tags == ("ours",)
    assert catalog.as_of(MARCH).model("acme:acme-1").cost_output == 6


def test_an_empty_instant_among_the_snapshots(tmp_path: Path) -> None:
    """Upstream that said nothing for a while had no models then, and has them again."""
    paths = write_series(tmp_path / "s", {**FOUR, FEBRUARY: api(acme={})})
    catalog = Catalog(build_series(tmp_path / "c.db", paths))
    assert catalog.as_of(FEBRUARY).models() == []
    assert catalog.as_of(MARCH).model("acme:acme-1").cost_output == 6


PRICE = st.sampled_from([0, 0.1, 1, 2.5, 150, 90_000])
COST = st.fixed_dictionaries(
    {},
    optional={
        "input": PRICE.filter(
            bool
        ),  # whether 0 for both is free may be known of other offers alone
        "output": PRICE,
        "cache_read": PRICE,
        "video_seconds": PRICE,
        "tiers": st.lists(
            st.builds(
                lambda size, prices: {"tier": {"type": "context", "size": size}, **prices},
                st.sampled_from([0, 128_000, 200_000]),
                st.dictionaries(st.sampled_from(["input", "output"]), PRICE),
            ),
            max_size=3,
        ),
    },
)
TOKENS = st.sampled_from([0, 8_192, 200_000])
FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.sampled_from(["Acme", "Zürich “1”", "a:b"]),
        "cost": COST,
        "limit": st.fixed_dictionaries(
            {"context": TOKENS, "output": TOKENS}, optional={"input": TOKENS}
        ),
        "tool_call": st.booleans(),
        "structured_output": st.booleans(),
        "reasoning": st.booleans(),
        "interleaved": st.one_of(st.just(True), st.just({"field": "thoughts"})),
        "reasoning_options": st.just([{"type": "effort", "values": ["low"]}]),
        "open_weights": st.booleans(),
        "status": st.sampled_from(["alpha", "beta"]),
        "modalities": st.sampled_from(
            [
                {"input": ["text"], "output": ["text"]},
                {"input": ["text", "image", "pdf"], "output": ["text"]},
                {"input": ["image", "text"], "output": ["image"]},
                {"input": [], "output": ["embedding"]},
            ]
        ),
        "experimental": st.builds(
            lambda cost: {"modes": {"fast": {"cost": cost, "provider": {"body": {"x": 1}}}}}, COST
        ),
        "provider": st.just({"npm": "@acme/sdk"}),
        "colour": st.sampled_from(["blue", {"r": 1, "g": [2]}, 0, ""]),
    },
)
STATE = st.dictionaries(
    st.sampled_from(["acme-1", "ACME-1", "acme/x:free", "mini"]),
    FIELDS.map(lambda said: model(**said)),
    min_size=1,
)


@settings(
    max_examples=examples(10),
    phases=[Phase.generate],
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    first=STATE,
    second=STATE,
    third=STATE,
    elsewhere=st.lists(st.booleans(), min_size=3, max_size=3),
)
def test_any_series_is_each_of_its_states_in_turn(
    tmp_path_factory: pytest.TempPathFactory,
    first: Mapping[str, Any],
    second: Mapping[str, Any],
    third: Mapping[str, Any],
    elsewhere: list[bool],
) -> None:
    """Whatever was added, removed or changed: as of each instant it is as if built from it alone."""
    folder = tmp_path_factory.mktemp("series")
    states = {}
    for at, state, also in zip((JANUARY, FEBRUARY, MARCH), (first, second, third), elsewhere):
        states[at] = api(acme=state, **({"borealis": state} if also else {}))
    paths = write_series(folder, states)
    series = Catalog.from_sources(("models.dev", folder))
    for at, path in zip(states, paths):
        assert everything(series.as_of(at)) == everything(
            Catalog.from_sources(("models.dev", path))
        )
    assert_present_is_the_last_instant(series, series.as_of(MARCH), first.keys())


def assert_present_is_the_last_instant(now: Catalog, then: Catalog, ids: Any) -> None:
    """Every query answers at the last instant as it does at present."""
    assert then.models() == now.models()
    assert [m.details for m in then.models()] == [m.details for m in now.models()]
    for options in ({}, {"require": ["tools"]}, {"max_cost_input": 1.0, "order_by": "-cost_input"}):
        assert then.find(**options) == now.find(**options)
        assert then.select(**options) == now.select(**options)
    for text in ("acme", "acme 1", "mini", "free", "zürich", "text"):
        assert then.search(text) == now.search(text)
        assert then.find(text=text) == now.find(text=text)
    for text in ("acmee", "mimi", "zurick"):
        assert then.correct(text) == now.correct(text)
    specs = [f"acme:{id_}" for id_ in ids]
    assert then.compare(specs) == now.compare(specs)
    for query in (
        "SELECT * FROM models ORDER BY spec",
        "SELECT * FROM prices ORDER BY 1, 2, 3, 4, 5, 6, valid_from",
    ):
        assert then.sql(query) == now.sql(query)
    for found in now.models():
        assert then.model(found.spec) == found
        if None not in (found.cost_input, found.cost_output):
            assert then.cost(found.spec, 1_000, 50) == now.cost(found.spec, 1_000, 50)
