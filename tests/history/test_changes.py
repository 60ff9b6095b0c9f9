"""The past, asked through a Catalog: as of an instant, prices, history, changes, deprecations."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.errors import (
    CatalogError,
    LlmcatError,
    ModelNotFound,
    OptionError,
    TooEarly,
    UnknownField,
    UnknownPrice,
)
from llmcat.exports.atom import atom_feed
from llmcat.history.changes import Change
from llmcat.history.diff import difference
from llmcat.instants import instant
from tests.pipeline.building import build_from
from tests.pipeline.series import (
    APRIL,
    FEBRUARY,
    JANUARY,
    MARCH,
    api,
    build_series,
    model,
    write_series,
)


def acme(price: float, **said: Any) -> dict[str, Any]:
    """A model of acme at this input price."""
    return model(cost={"input": price, "output": 8}, **said)


STATES = {
    JANUARY: api(acme={"acme-1": acme(4), "gone": acme(1), "glitch": acme(1)}),
    FEBRUARY: api(
        acme={"acme-1": acme(3, structured_output=True), "gone": acme(1), "glitch": acme(900)},
        borealis={"b": acme(2)},
    ),
    MARCH: api(
        acme={"acme-1": acme(3.3, tool_call=False), "glitch": acme(1)},
        borealis={"b": acme(2)},
    ),
}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalogue of three snapshots."""
    folder = tmp_path_factory.mktemp("timeline")
    return build_series(folder / "catalog.db", write_series(folder / "s", STATES))


@pytest.fixture
def cat(path: Path) -> Catalog:
    """The catalogue, opened."""
    return Catalog(path)


BERLIN = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("2025", "2025-01-01T00:00:00Z"),
        ("2025-12", "2025-12-01T00:00:00Z"),
        ("2025-12-01", "2025-12-01T00:00:00Z"),
        (" 2025-12-01T10:00Z ", "2025-12-01T10:00:00Z"),
        ("2025-12-01t10:00:59z", "2025-12-01T10:00:59Z"),
        ("2025-12-01 10:00", "2025-12-01T10:00:00Z"),
        ("2025-12-01T10:00+01:00", "2025-12-01T09:00:00Z"),
        (date(2025, 12, 1), "2025-12-01T00:00:00Z"),
        (datetime(2025, 12, 1, 10), "2025-12-01T10:00:00Z"),
        (datetime(2025, 12, 1, 10, 0, 0, 999_999, BERLIN), "2025-12-01T09:00:00Z"),
        (date(500, 1, 1), "0500-01-01T00:00:00Z"),
        (datetime(500, 1, 1), "0500-01-01T00:00:00Z"),
    ],
)
def test_an_instant_in_all_its_forms(said: Any, meant: str) -> None:
    """Days and months mean their first second; without an offset it is UTC."""
    assert instant(said) == meant


@pytest.mark.parametrize(
    "nonsense",
    ["", "yesterday", "2025-13", "2025-02-30", "12/01/2025", 20251201, 1.5, None, b"2025", True,
     "0001-01-01T00:00+23:59", datetime.max.replace(tzinfo=timezone(timedelta(hours=-9)))],
)  # fmt: skip
def test_nonsense_is_no_instant(nonsense: Any) -> None:
    """One line that says which forms there are."""
    with pytest.raises(OptionError, match="is no instant; an instant is YYYY"):
        instant(nonsense)


def test_before_the_first_record(cat: Catalog) -> None:
    """The error names the first instant; clamp takes that one."""
    with pytest.raises(TooEarly, match=f"before the first record, {JANUARY}") as error:
        cat.as_of("2025-12-31")
    assert (error.value.at, error.value.first) == ("2025-12-31T00:00:00Z", JANUARY)
    assert cat.as_of("1999", clamp=True).model("acme:acme-1").cost_input == 4


def test_after_the_last_record_stands_what_was_said_last(cat: Catalog) -> None:
    """The future is what is known now."""
    assert cat.as_of("2999-01-01").models() == cat.models()


def test_a_catalogue_without_known_times_begins_with_its_first_state(make_catalog: Any) -> None:
    """Overlays alone: the newest date in the records is the time, and the past goes on from there."""
    said = {"acme": {"models": [{"id": "a", "cost": {"input": 1}, "last_updated": "2026-01-01"}]}}
    make_catalog(said)
    said["acme"]["models"][0].update(cost={"input": 2}, last_updated="2026-02-01")
    cat = Catalog(make_catalog(said))
    assert cat.as_of("2026-01-15").model("acme:a").cost_input == 1
    with pytest.raises(TooEarly):
        cat.as_of("2025-12-31")


def test_every_call_answers_from_that_time(cat: Catalog) -> None:
    """find, select, compare, cost and the user's own SQL see the past alone."""
    then = cat.as_of(JANUARY)
    assert [m.spec for m in then.find(max_cost_input=1)] == ["acme:glitch", "acme:gone"]
    cheapest = then.select(forbid=["reasoning"])
    assert cheapest is not None
    assert cheapest.cost_input == 1
    assert then.compare(["acme:acme-1", "borealis:b"]).unknown == ("borealis:b",)
    assert str(then.cost("acme:acme-1", 1_000_000, 0).total) == "4"
    assert then.sql("SELECT count(*) AS n FROM models") == [{"n": 3}]
    assert then.model("acme:gone").details.cost == {"input": 1.0, "output": 8.0}
    with pytest.raises(ModelNotFound):
        then.model("borealis:b")


def test_a_past_stays_past_when_it_is_opened_again(cat: Catalog) -> None:
    """reload() takes up the file, not the present."""
    then = cat.as_of(JANUARY)
    then.reload()
    assert {m.spec for m in then.models()} == {"acme:acme-1", "acme:gone", "acme:glitch"}


def test_cost_at_a_time(cat: Catalog) -> None:
    """The prices that were listed then, in any form of the instant."""
    for at in ("2026-02-15", date(2026, 2, 15), datetime(2026, 2, 15, 12)):
        assert str(cat.cost("acme:acme-1", 1_000_000, at=at).total) == "3"


@pytest.mark.parametrize("nonsense", [[], {}, 7, "soon"])
def test_what_is_no_instant_has_no_prices(cat: Catalog, nonsense: Any) -> None:
    """Neither for a call nor for the list of prices, whatever it is."""
    with pytest.raises(OptionError, match="is no instant"):
        cat.cost("acme:acme-1", 1, at=nonsense)
    with pytest.raises(OptionError, match="is no instant"):
        cat.price_list("acme:acme-1", nonsense)


@pytest.mark.parametrize("nobody", [None, 5, []])
def test_history_is_of_a_name(cat: Catalog, nobody: Any) -> None:
    """Without one it is an error, not the history of all models."""
    with pytest.raises(TypeError, match="a name is text"):
        cat.history(nobody)


def test_a_past_of_a_past_is_the_earlier_one(cat: Catalog) -> None:
    """Asking a past for another instant is asking the catalogue."""
    earlier = cat.as_of(MARCH).as_of(JANUARY)
    assert earlier.at == JANUARY
    assert {m.spec for m in earlier.find()} == {m.spec for m in cat.as_of(JANUARY).find()}
    assert earlier.as_of(FEBRUARY).model("acme:acme-1").cost_input == 3


def test_a_past_takes_no_overrides(cat: Catalog) -> None:
    """They would say something of a time that is over."""
    with pytest.raises(CatalogError, match="override the present catalogue"):
        cat.as_of(JANUARY).with_overrides({})


def test_an_alias_that_was_a_model_once(tmp_path: Path) -> None:
    """Now the name means the model that took its place; then it was a model with prices of its own."""
    states = {
        JANUARY: api(acme={"old": acme(4), "new": acme(1)}),
        FEBRUARY: api(acme={"new": acme(1)}),
    }
    alias = {"acme": {"models": [{"id": "new", "aliases": ["old"]}]}}
    base = build_series(tmp_path / "base.db", write_series(tmp_path / "s", states))
    cat = Catalog(build_from(tmp_path / "c.db", ("catalog", base), ("mapping", alias)))
    assert cat.model("acme:old").spec == "acme:new"
    assert cat.cost("acme:old", 1_000_000).total == 1
    for name in ("acme:old", "old@acme"):
        assert cat.cost(name, 1_000_000, at=JANUARY).total == 4
        assert cat.as_of(JANUARY).cost(name, 1_000_000).total == 4
        assert [p.usd for p in cat.prices(name) if p.meter == "input"] == [4]


def test_prices_of_a_model_that_is_gone(cat: Catalog) -> None:
    """It is no longer there, its prices are."""
    found = cat.prices("acme:gone")
    assert [(p.meter, p.usd, p.valid_from, p.valid_to) for p in found] == [
        ("input", 1.0, JANUARY, MARCH),
        ("output", 8.0, JANUARY, MARCH),
    ]
    with pytest.raises(ModelNotFound):
        cat.prices("acme:never")
    with pytest.raises(UnknownPrice, match=f"asked for 2026-06-01T00:00:00Z, .* ended at {MARCH}"):
        cat.cost("acme:gone", 1, at="2026-06-01")


def test_rates_between_two_instants_are_cut_to_them(cat: Catalog) -> None:
    """Half-open: what ends at the start or begins at the end is not there."""
    found = [r for r in cat.rates_between("acme:acme-1", "2026-01-15", MARCH) if r.meter == "input"]
    assert [(r.usd, r.valid_from, r.valid_to) for r in found] == [
        (4.0, "2026-01-15T00:00:00Z", FEBRUARY),
        (3.0, FEBRUARY, MARCH),
    ]
    assert cat.rates_between("acme:acme-1", MARCH, MARCH) == []


def test_history_of_a_model_and_of_one_field(cat: Catalog) -> None:
    """The oldest first; a field in either spelling; glitches included."""
    fields = [(c.at, c.field) for c in cat.history("acme:acme-1")]
    assert fields == [
        (FEBRUARY, "cost_input"),
        (FEBRUARY, "structured_output"),
        (MARCH, "cost_input"),
        (MARCH, "structured_output"),
        (MARCH, "tools"),
    ]
    assert cat.history("acme:acme-1", "cost.input") == cat.history("acme:acme-1", "cost_input")
    assert [c.suspect for c in cat.history("acme:glitch")] == [True, True]
    assert [c.kind for c in cat.history("acme:gone")] == ["removed"]
    assert [c.kind for c in cat.history("borealis")] == ["added"]
    assert {c.at for c in cat.as_of(FEBRUARY).history("acme:acme-1")} == {FEBRUARY}
    with pytest.raises(ModelNotFound):
        cat.history("acme:never")


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"since": FEBRUARY, "until": MARCH, "kind": "changed"}, [FEBRUARY] * 2),
        ({"until": FEBRUARY}, []),
        ({"since": MARCH, "kind": "removed"}, [MARCH]),
        ({"provider": "borealis"}, [FEBRUARY] * 2),
        ({"field": "cost.input"}, [FEBRUARY, MARCH]),
        ({"field": "cost_input", "suspect": True}, [FEBRUARY] * 2 + [MARCH] * 2),
        ({"min_ratio": 0.2}, [FEBRUARY]),
        ({"min_ratio": 0.25, "direction": "down"}, [FEBRUARY]),
        ({"min_ratio": 0.1, "direction": "up"}, [MARCH]),
        ({"min_ratio": 0.26}, []),
        ({"field": "structured_output", "backfill": False}, [MARCH]),
        ({"field": "cost"}, [FEBRUARY, MARCH]),
        ({"field": "limit"}, []),
    ],
)
def test_changes_and_their_options(cat: Catalog, options: Any, found: list[str]) -> None:
    """`since` counts, `until` does not; prices that moved by a part; glitches only when asked."""
    assert [c.at for c in cat.changes(**options)] == found


def test_a_model_that_was_added_says_what_it_cost_then(cat: Catalog) -> None:
    """A provider costs nothing itself, and who was there from the start was not added."""
    added = {change.spec: change.new for change in cat.changes(kind="added")}
    assert added == {"borealis": None, "borealis:b": {"cost_input": 2, "cost_output": 8}}


def test_wrong_options_of_changes(cat: Catalog) -> None:
    """Each is an error of llmcat's own."""
    for options in (
        {"direction": "sideways"},
        {"since": "soon"},
        {"provider": "nobody"},
        {"min_ratio": "x"},
        {"min_ratio": float("nan")},
        {"field": 5},
    ):
        with pytest.raises(LlmcatError):
            cat.changes(**options)
    with pytest.raises(OptionError, match="must be added, removed or changed, not 'gone'"):
        cat.changes(kind="gone")


def test_a_field_that_nothing_knows(cat: Catalog) -> None:
    """It is a slip, with near names; a column that never changed has merely no changes."""
    assert cat.changes(field="knowledge") == cat.changes(field="limit.context") == []
    assert cat.as_of(JANUARY).changes(field="structured_output") == []
    with pytest.raises(UnknownField, match="did you mean cost_input"):
        cat.changes(field="cost_imput")
    with pytest.raises(UnknownField, match="no field 'bogus'"):
        cat.history("acme:acme-1", "bogus")


def test_views_of_prices_and_capabilities(cat: Catalog) -> None:
    """What is asked most is a view: price moves without glitches, capabilities gained and lost."""
    moves = cat.sql("SELECT at, before, after, move FROM price_history")
    assert moves == [
        {"at": MARCH, "before": 3.0, "after": 3.3, "move": 0.1},
        {"at": FEBRUARY, "before": 4.0, "after": 3.0, "move": -0.25},
    ]
    found = cat.sql("SELECT at, capability, event, backfill FROM capability_history")
    assert [tuple(row.values()) for row in found] == [
        (MARCH, "structured_output", "unknown", 0),  # nobody says any more
        (MARCH, "tools", "lost", 0),
        (FEBRUARY, "structured_output", "gained", 1),
    ]


def test_a_view_judges_by_today(make_catalog: Any) -> None:
    """models_today knows what has ended since the build; the deprecations lead on to what is left."""
    ended: Any = {"status": "active", "retires_on": "2026-01-01"}
    models = [
        {"id": "first", **ended, "replacement": "second"},
        {"id": "second", **ended, "replacement": "third"},
        {"id": "third", "status": "active", "last_updated": "2025-12-01"},
    ]
    cat = Catalog(make_catalog({"acme": {"models": models}}))
    built = {row["spec"]: row["status"] for row in cat.sql("SELECT spec, status FROM models")}
    today = {row["spec"]: row["status"] for row in cat.sql("SELECT spec, status FROM models_today")}
    assert set(built.values()) == {"active"}
    assert today == {"acme:first": "retired", "acme:second": "retired", "acme:third": "active"}
    [columns] = cat.sql("SELECT * FROM models_today LIMIT 1")
    assert set(columns) == set(cat.sql("SELECT * FROM models LIMIT 1")[0])
    led = cat.sql("SELECT spec, replacement, successor FROM deprecations ORDER BY spec")
    assert [tuple(row.values()) for row in led] == [
        ("acme:first", "second", "third"),
        ("acme:second", "third", "third"),
    ]


def test_deprecations_due(make_catalog: Any) -> None:
    """Within so many days, the next to go first; what is over is not due."""
    days = {
        "past": "2026-01-01",
        "soon": "2026-03-01",
        "sooner": "2026-02-10",
        "late": "2027-01-01",
    }
    models = [{"id": name, "retires_on": day} for name, day in days.items()]
    cat = Catalog(make_catalog({"acme": {"models": models}}))
    due = [m.spec for m in cat.deprecations(60, today="2026-02-01")]
    assert due == ["acme:sooner", "acme:soon"]
    assert len(cat.sql("SELECT * FROM deprecations")) == 4
    with pytest.raises(OptionError):
        cat.deprecations(10**9, today="2026-02-01")
    with pytest.raises(OptionError, match="-5 days is no number of days to look ahead"):
        cat.deprecations(-5, today="2026-02-01")
    assert cat.deprecations(0, today="2026-02-10")[0].spec == "acme:sooner"
    assert cat.deprecations(0, today=date(2026, 2, 10)) == cat.deprecations(0, today="2026-02-10")
    with pytest.raises(OptionError, match="'foo' is no instant"):
        cat.deprecations(10, today="foo")
    with pytest.raises(OptionError, match="'ten' days is no number of days"):
        cat.deprecations("ten")  # type: ignore[arg-type]


def test_the_difference_of_two_catalogues(cat: Catalog) -> None:
    """Also of two times of one: added, removed, changed fields."""
    found = difference(cat.as_of(JANUARY), cat.as_of(MARCH))
    assert [(c.spec, c.kind, c.field) for c in found] == [
        ("acme:acme-1", "changed", "capabilities"),
        ("acme:acme-1", "changed", "chat"),
        ("acme:acme-1", "changed", "cost_input"),
        ("acme:acme-1", "changed", "task"),
        ("acme:acme-1", "changed", "tools"),
        ("acme:gone", "removed", None),
        ("borealis", "added", None),
        ("borealis:b", "added", None),
    ]
    assert difference(cat, cat) == []


def test_the_difference_of_providers_and_of_limits(make_catalog: Any) -> None:
    """An address that moved, and what of limits no column says: a 0, tokens a minute."""

    def one(api: str | None, **limits: int) -> Catalog:
        said = {"api": api} if api else {}
        models = [{"id": "acme-1", "limit": {"output": 8_192, **limits}}]
        return Catalog(make_catalog({"acme": {**said, "models": models}}))

    def told(old: Catalog, new: Catalog) -> list[tuple[Any, ...]]:
        return [(c.spec, c.field, c.old, c.new) for c in difference(old, new)]

    old, new = one("https://api.acme.ai/v1"), one("https://api.acme.ai/v2")
    assert told(old, new) == [("acme", "api", "https://api.acme.ai/v1", "https://api.acme.ai/v2")]
    assert {c.field: c.backfill for c in difference(one(None), new)} == {
        "api": True,
        "local": True,  # an address tells whether it is this machine's
    }
    assert told(one(None), one(None, context=0)) == [("acme:acme-1", "limits.context", None, 0)]
    assert told(one(None), one(None, context=128_000)) == [
        ("acme:acme-1", "limit_context", None, 128_000)
    ]


def test_the_difference_of_tiers_modes_and_unknown_keys(tmp_path: Path) -> None:
    """What has no column is compared too, under the path that changes use."""

    def state(price: int, colour: str) -> dict[str, Any]:
        tiers = [{"tier": {"type": "context", "size": 200_000}, "input": price}]
        modes = {"fast": {"cost": {"input": 2 * price}}}
        cost = {"input": 1, "output": 2, "tiers": tiers}
        said = model(cost=cost, experimental={"modes": modes}, colour=colour)
        return api(acme={"acme-1": said})

    states = {JANUARY: state(3, "blue"), MARCH: state(4, "green")}
    cat = Catalog(build_series(tmp_path / "c.db", write_series(tmp_path / "s", states)))
    found = {c.field: (c.old, c.new) for c in difference(cat.as_of(JANUARY), cat)}
    assert found == {
        "cost.tiers.200000.input": (3.0, 4.0),
        "extra.colour": ("blue", "green"),
        "modes.fast.cost.input": (6.0, 8.0),
    }
    assert {c.field for c in cat.history("acme:acme-1")} == found.keys()


def test_a_feed_is_xml_whatever_a_catalogue_holds() -> None:
    """Names come from anywhere: markup, control characters and quotes do not break the feed."""
    spec = "acme:<b>&\x07\"']]>\uffff ü"
    changes = [
        Change(APRIL, spec, "changed", "name", "<old>\x00", "new & \x1b[31m", False, False, "s<x>"),
        Change(APRIL, spec, "added", None, None, None, False, False, "models.dev"),
    ]
    feed = ET.fromstring(atom_feed(changes, APRIL))
    atom = "{http://www.w3.org/2005/Atom}"
    ids = [entry.findtext(f"{atom}id") for entry in feed.iter(f"{atom}entry")]
    assert len(set(ids)) == 2
    assert "added" in (feed.find(f"{atom}entry/{atom}title").text or "")  # type: ignore[union-attr]
