"""A build onto a catalogue that is there: what is recorded, and what is not."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.errors import SourceError
from tests.pipeline.building import Row, column, rows
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

CHANGES = """
SELECT at, spec, kind, field, old, new, backfill, suspect FROM changes ORDER BY at, spec, field"""


def told(tmp_path: Path, states: dict[str, Api], *overlays: Any) -> Path:
    """A catalogue that was built at each of these instants, onto itself."""
    db = tmp_path / "catalog.db"
    for path in write_series(tmp_path / "snapshots", states):
        build_series(db, [path], *overlays)
    return db


def acme(**said: Any) -> Api:
    """One provider with one model."""
    return api(acme={"acme-1": model(**said)})


def changed(db: Path) -> list[Row]:
    """The changes of a catalogue, models and providers."""
    return rows(db, CHANGES)


def test_added_removed_and_changed_are_told_apart(tmp_path: Path) -> None:
    """A model that comes, one that goes, one whose price falls."""
    db = told(
        tmp_path,
        {
            JANUARY: api(acme={"old": model(), "stays": model(cost={"input": 3, "output": 6})}),
            FEBRUARY: api(acme={"new": model(), "stays": model(cost={"input": 2, "output": 6})}),
        },
    )
    found = [(c["at"], c["spec"], c["kind"], c["field"], c["old"], c["new"]) for c in changed(db)]
    assert found == [
        (FEBRUARY, "acme:new", "added", None, None, None),
        (FEBRUARY, "acme:old", "removed", None, None, None),
        (FEBRUARY, "acme:stays", "changed", "cost_input", "3.0", "2.0"),
    ]


def test_a_price_is_an_interval(tmp_path: Path) -> None:
    """Each price stands with the time in which it was listed; what stays is one row."""
    states = {
        JANUARY: acme(cost={"input": 3, "output": 6}),
        FEBRUARY: acme(cost={"input": 2, "output": 6}),
        MARCH: acme(cost={"output": 6}),
        APRIL: acme(cost={"input": 2, "output": 6}),
    }
    db = told(tmp_path, states)
    query = "SELECT meter, usd, valid_from, valid_to FROM prices ORDER BY meter, valid_from"
    assert [tuple(row.values()) for row in rows(db, query)] == [
        ("input", 3.0, JANUARY, FEBRUARY),
        ("input", 2.0, FEBRUARY, MARCH),
        ("input", 2.0, APRIL, None),
        ("output", 6.0, JANUARY, None),
    ]


def test_what_becomes_known_is_apart_from_what_changes(tmp_path: Path) -> None:
    """null -> value is mostly somebody filling a gap; value -> null and value -> value are not."""
    states = {
        JANUARY: acme(),
        FEBRUARY: acme(knowledge="2025-06", structured_output=True),
        MARCH: acme(knowledge="2025-07"),
    }
    found = {(c["at"], c["field"]): c["backfill"] for c in changed(told(tmp_path, states))}
    assert found == {
        (FEBRUARY, "knowledge"): 1,
        (FEBRUARY, "structured_output"): 1,
        (MARCH, "knowledge"): 0,
        (MARCH, "structured_output"): 0,
    }


def test_flags_are_true_and_false(tmp_path: Path) -> None:
    """Changes hold JSON: a flag is true or false in them, not 1 or 0."""
    db = told(tmp_path, {JANUARY: acme(), FEBRUARY: acme(reasoning=True)})
    assert [(c["old"], c["new"]) for c in changed(db)] == [("false", "true")]


def test_equal_inputs_change_nothing_to_the_byte(tmp_path: Path) -> None:
    """A second build of the same is the same file."""
    states = {JANUARY: acme(cost={"input": 1}), FEBRUARY: acme(cost={"input": 2})}
    db = told(tmp_path, states)
    path = write_series(tmp_path / "again", {FEBRUARY: states[FEBRUARY]})
    before = db.read_bytes()
    build_series(db, path)
    assert db.read_bytes() == before


def test_gone_and_back_is_two_stretches(tmp_path: Path) -> None:
    """Between the two the model is not there."""
    db = told(
        tmp_path,
        {
            JANUARY: api(acme={"acme-1": model(), "other": model()}),
            FEBRUARY: api(acme={"other": model()}),
            MARCH: api(acme={"acme-1": model(), "other": model()}),
        },
    )
    query = "SELECT valid_from, valid_to FROM model_versions WHERE spec = 'acme:acme-1' ORDER BY 1"
    assert [tuple(row.values()) for row in rows(db, query)] == [(JANUARY, FEBRUARY), (MARCH, None)]
    with pytest.raises(LookupError):
        Catalog(db).as_of(FEBRUARY).model("acme:acme-1")


def test_two_builds_at_one_instant_leave_no_empty_stretch(tmp_path: Path) -> None:
    """An overlay is edited and built again: what was between never was."""
    [path] = write_series(tmp_path / "s", {JANUARY: acme(cost={"input": 1, "output": 1})})
    db = tmp_path / "catalog.db"
    for price in (5, 6, 7):
        overlay = {"acme": {"models": [{"id": "acme-1", "cost": {"input": price}}]}}
        build_series(db, [path], overlay)
    for table in ("model_versions", "prices"):
        assert column(db, f"SELECT count(*) FROM {table} WHERE valid_to <= valid_from") == [0]
    assert column(db, "SELECT usd FROM prices WHERE meter = 'input'") == [7.0]


def test_added_and_gone_at_one_instant_never_was(tmp_path: Path) -> None:
    """A model of an overlay that is built in and taken out again leaves no trace."""
    paths = write_series(tmp_path / "s", {JANUARY: acme(), FEBRUARY: acme()})
    db = build_series(tmp_path / "catalog.db", paths)
    ours = {"acme": {"models": [{"id": "ours", "cost": {"input": 1}}]}}
    build_series(db, paths, ours)
    assert [(c["spec"], c["kind"]) for c in changed(db)] == [("acme:ours", "added")]
    dearer = copy.deepcopy(ours)
    dearer["acme"]["models"][0]["cost"] = {"input": 2}
    build_series(db, paths, dearer)
    assert [(c["spec"], c["kind"]) for c in changed(db)] == [("acme:ours", "added")]
    build_series(db, paths)
    assert changed(db) == []


def test_what_is_derived_makes_no_event(tmp_path: Path) -> None:
    """A family that another provider's model gives, a tier that moves with the rest: no news."""
    alone = api(acme={"glow-1": model(cost={"input": 1, "output": 1})})
    known = api(
        acme={"glow-1": model(cost={"input": 1, "output": 1})},
        borealis={"glow-1": model(family="glow", cost={"input": 90, "output": 90})},
    )
    db = told(tmp_path, {JANUARY: alone, FEBRUARY: known})
    assert {c["spec"] for c in changed(db)} == {"borealis", "borealis:glow-1"}
    assert Catalog(db).model("acme:glow-1").family == "glow"
    assert Catalog(db).model("acme:glow-1").valid_from == JANUARY


def test_what_a_provider_says_is_recorded(tmp_path: Path) -> None:
    """Its base URL moves, a provider comes and goes: changes, under its id."""
    moved = acme()
    moved["acme"]["api"] = "https://api.acme.example/v2"
    both = api(acme={"acme-1": model()}, borealis={"b": model()})
    db = told(tmp_path, {JANUARY: acme(), FEBRUARY: moved, MARCH: both, APRIL: acme()})
    found = [
        (c["at"], c["spec"], c["kind"], c["field"]) for c in changed(db) if ":" not in c["spec"]
    ]
    assert found == [
        (FEBRUARY, "acme", "changed", "api"),
        (MARCH, "acme", "changed", "api"),
        (MARCH, "borealis", "added", None),
        (APRIL, "borealis", "removed", None),
    ]


def test_what_a_provider_says_carries_who_said_it(tmp_path: Path) -> None:
    """An overlay that speaks of one field is the source of that field, when it falls silent too."""
    moved = acme()
    moved["acme"]["api"] = "https://api.acme.example/v2"
    ours = {"acme": {"authentication": ["api_key"], "limitations": {"rpm": 60}, "models": []}}
    paths = write_series(
        tmp_path / "s", {JANUARY: acme(), FEBRUARY: moved, MARCH: api(b={"b": model()})}
    )
    db = build_series(tmp_path / "c.db", paths[:1])
    build_series(db, paths[:2], ours)
    query = "SELECT field, kind, source FROM changes WHERE spec = 'acme' ORDER BY field"
    told = [
        ("api", "changed", "models.dev"),
        ("authentication", "changed", "overlay 1"),
        ("limitations", "changed", "overlay 1"),
    ]
    assert [tuple(row.values()) for row in rows(db, query)] == told
    build_series(db, paths)
    silent = rows(db, f"{query.partition(' ORDER')[0]} AND at = '{MARCH}'")
    assert [tuple(row.values()) for row in silent] == [(None, "removed", "models.dev")]


def test_what_became_unknown_is_neither_lost_nor_denied(tmp_path: Path) -> None:
    """true -> ? and false -> ? say nothing against the model; ? -> false and true -> false do."""
    said = {JANUARY: True, FEBRUARY: None, MARCH: False, APRIL: None}
    states = {
        at: acme() if value is None else acme(structured_output=value) for at, value in said.items()
    }
    states["2026-05-01T00:00:00Z"] = acme(tool_call=False)
    db = told(tmp_path, states)
    assert column(db, "SELECT event FROM capability_history ORDER BY at") == [
        "unknown",
        "denied",
        "unknown",
        "lost",
    ]


def test_tiers_modes_and_unknown_keys_have_paths(tmp_path: Path) -> None:
    """What has no column changes under its path in the details."""
    before = acme(
        cost={"input": 1, "tiers": [{"tier": {"type": "context", "size": 200000}, "input": 2}]},
        experimental={"modes": {"fast": {"cost": {"input": 6}, "provider": {"body": {"s": "a"}}}}},
        colour="blue",
    )
    after = acme(
        cost={"input": 1, "tiers": [{"tier": {"type": "context", "size": 200000}, "input": 3}]},
        experimental={"modes": {"fast": {"cost": {"input": 5}, "provider": {"body": {"s": "b"}}}}},
        colour="green",
    )
    found = {c["field"]: c["new"] for c in changed(told(tmp_path, {JANUARY: before, MARCH: after}))}
    assert found == {
        "cost.tiers.200000.input": "3.0",
        "extra.colour": '"green"',
        "modes.fast.body.s": '"b"',
        "modes.fast.cost.input": "5.0",
    }


def test_an_older_upstream_is_refused(tmp_path: Path) -> None:
    """A past cannot follow a future; the error names both and the way out, the file is untouched."""
    old, new = write_series(tmp_path / "s", {JANUARY: acme(), FEBRUARY: acme(reasoning=True)})
    db = build_series(tmp_path / "catalog.db", [new])
    before = db.read_bytes()
    with pytest.raises(SourceError, match=r"2026-01-01T.*2026-02-01T.*name another file with -o"):
        build_series(db, [old])
    assert db.read_bytes() == before


def test_zero_between_two_prices_is_suspect(tmp_path: Path) -> None:
    """A price that is 0 for a month is more likely a slip than a gift: kept, and marked."""
    prices = {JANUARY: 3, FEBRUARY: 0, MARCH: 3, APRIL: 2}
    db = told(tmp_path, {at: acme(cost={"input": price}) for at, price in prices.items()})
    query = "SELECT usd, suspect FROM prices ORDER BY valid_from"
    assert [tuple(row.values()) for row in rows(db, query)] == [(3, 0), (0, 1), (3, 0), (2, 0)]
    assert [(c["at"], c["suspect"]) for c in changed(db)] == [(FEBRUARY, 1), (MARCH, 1), (APRIL, 0)]


def test_fifty_times_and_back_is_suspect(tmp_path: Path) -> None:
    """A price in the wrong unit stands out from both its neighbours."""
    prices = {JANUARY: 0.5, FEBRUARY: 500, MARCH: 0.5, APRIL: 5}
    db = told(tmp_path, {at: acme(cost={"input": price}) for at, price in prices.items()})
    query = "SELECT usd, suspect FROM prices ORDER BY valid_from"
    assert [tuple(row.values()) for row in rows(db, query)] == [
        (0.5, 0),
        (500, 1),
        (0.5, 0),
        (5, 0),
    ]
    assert [c["suspect"] for c in changed(db)] == [1, 1, 0]


def test_a_jump_that_ends_with_the_price_is_suspect(tmp_path: Path) -> None:
    """In place of cents per million a number of dollars, until upstream takes the prices out."""
    states = {
        JANUARY: acme(cost={"input": 0.5, "output": 0}),
        FEBRUARY: acme(cost={"input": 500_000, "output": 2_000_000}),
        MARCH: acme(),
    }
    db = told(tmp_path, states)
    query = "SELECT usd FROM prices WHERE suspect ORDER BY meter"
    assert column(db, query) == [500_000, 2_000_000]
    assert [c["suspect"] for c in changed(db)] == [1, 1, 1, 1]
    assert Catalog(db).changes(field="cost_output") == []


def test_a_preview_that_ends_is_not_suspect(tmp_path: Path) -> None:
    """From 0 to any price that is charged somewhere."""
    db = told(tmp_path, {JANUARY: acme(cost={"output": 0}), FEBRUARY: acme(cost={"output": 600})})
    assert column(db, "SELECT suspect FROM prices") == [0, 0]
    assert [c["suspect"] for c in changed(db)] == [0]


def test_a_model_that_becomes_free_is_not_suspect(tmp_path: Path) -> None:
    """0 with nothing behind it is a price like any other."""
    db = told(tmp_path, {JANUARY: acme(cost={"input": 3}), FEBRUARY: acme(cost={"input": 0})})
    assert column(db, "SELECT suspect FROM prices") == [0, 0]
    assert [c["suspect"] for c in changed(db)] == [0]


def test_a_field_that_is_published_for_everybody_is_no_change(tmp_path: Path) -> None:
    """A source that begins to say which model each offer serves floods no log; what else changed at
    that instant is told, and the states have both."""
    ids = [f"acme-{number}" for number in range(120)]
    db = told(
        tmp_path,
        {
            JANUARY: api(acme={id_: model() for id_ in ids}),
            FEBRUARY: api(
                acme={id_: model(canonical_model_id=f"acme/{id_}") for id_ in ids[1:]}
                | {ids[0]: model(knowledge="2025-01")}
            ),
        },
    )
    assert [(c["spec"], c["field"]) for c in changed(db)] == [("acme:acme-0", "knowledge")]
    assert Catalog(db).model("acme:acme-1").base_model == "acme/acme-1"
    assert Catalog(db).as_of(JANUARY).model("acme:acme-1").base_model is None
