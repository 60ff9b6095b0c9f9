"""Commands that look back, and --as-of on those that read."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from llmcat.cli.build import print_counts
from llmcat.cli.history import _first_prices, chart
from llmcat.history.changes import Change, PriceInterval
from tests.cli.running import error_of, llmcat, written
from tests.pipeline.series import (
    FEBRUARY,
    JANUARY,
    MARCH,
    api,
    build_series,
    model,
    write_series,
)

JANUARYS = api(acme={"acme-1": model(cost={"input": 4, "output": 8}), "gone": model()})
FEBRUARYS = api(acme={"acme-1": model(cost={"input": 3, "output": 8}, knowledge="2025-06")})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """january.db and c.db, which holds both months and an overlay that disagrees."""
    folder = tmp_path_factory.mktemp("past")
    paths = write_series(folder / "s", {JANUARY: JANUARYS, FEBRUARY: FEBRUARYS})
    build_series(folder / "january.db", paths[:1])
    build_series(folder / "c.db", paths)
    ours = {"acme": {"models": [{"id": "acme-1", "cost": {"input": 0.004}}]}}
    build_series(folder / "ours.db", paths, ours)
    return folder


@pytest.fixture
def db(folder: Path) -> Path:
    """The catalogue of both months."""
    return folder / "c.db"


def test_prices_in_all_forms(db: Path) -> None:
    """A table for people, every interval for programs."""
    assert [row["usd"] for row in llmcat("prices", "acme:acme-1", "--db", db, "--json").json] == [
        4,
        3,
        8,
    ]
    assert llmcat("prices", "acme:acme-1", "--db", db, "--nl").nl[0]["valid_to"] == FEBRUARY
    assert llmcat("prices", "acme:acme-1", "--db", db, "--csv").csv[0]["valid_from"] == JANUARY
    table = llmcat("prices", "acme:acme-1", "--db", db)
    assert "$4.00" in table.out
    assert FEBRUARY[:10] in table.out


def test_history_of_a_model(db: Path) -> None:
    """What changed, the oldest first; one field if named."""
    said = llmcat("history", "acme:acme-1", "--db", db)
    assert "$4.00 -> $3.00" in said.out
    assert "became known" in said.out
    [only] = llmcat("history", "acme:acme-1", "--field", "knowledge", "--db", db, "--json").json
    assert (only["old"], only["new"], only["backfill"]) == (None, "2025-06", True)
    assert "no model 'acme:never'" in error_of(llmcat("history", "acme:never", "--db", db))


def test_nothing_changed(folder: Path) -> None:
    """A model without a history says so."""
    said = llmcat("history", "acme:acme-1", "--db", folder / "january.db")
    assert (said.status, said.out.strip()) == (0, "nothing is known to have changed")
    assert llmcat("changes", "--db", folder / "january.db").out.strip() == "nothing changed"


def test_changes_as_a_feed(db: Path) -> None:
    """Filters, forms, and Atom for feed readers."""
    fell = llmcat("changes", "--min-ratio", 0.2, "--direction", "down", "--db", db, "--nl").nl
    assert [(c["spec"], c["field"]) for c in fell] == [("acme:acme-1", "cost_input")]
    assert len(llmcat("changes", "--db", db, "--csv").csv) == 2
    assert len(llmcat("changes", "--backfill", "--db", db, "--csv").csv) == 3
    feed = ET.fromstring(llmcat("changes", "--backfill", "--db", db, "--atom").out)
    assert len(feed.findall("{http://www.w3.org/2005/Atom}entry")) == 3
    assert "is no instant" in error_of(llmcat("changes", "--since", "soon", "--db", db), status=2)


def test_deprecations(db: Path) -> None:
    """Nothing due is said in a sentence, and is an empty list for programs."""
    assert llmcat("deprecations", "--db", db).out.strip() == "none is known for the next 90 days"
    assert llmcat("deprecations", "--db", db, "--json").json == []
    said = llmcat("deprecations", "--days", -5, "--db", db)
    assert "-5 is not in the range x>=0" in error_of(said, status=2)


def test_importing_from_nowhere_names_the_folder(db: Path, tmp_path: Path) -> None:
    """A slip in the folder is said first, whatever catalogue is there to go on with."""
    nowhere = tmp_path / "models.dev"
    for there in (db, tmp_path / "new.db"):
        said = llmcat("history", "import", nowhere, "-o", there)
        assert error_of(said) == f"{nowhere}: no such folder"
    assert not (tmp_path / "new.db").exists()


def test_the_counts_of_changes_by_kind_and_field(
    db: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What an import ends with."""
    print_counts(db)
    assert capsys.readouterr().out.splitlines() == [
        "  changes    3: 0 added, 1 removed, 2 changed",
        "  most often cost_input 1, knowledge 1",
    ]


def test_diff_fails_when_catalogues_differ(folder: Path) -> None:
    """Exit status 1 for a difference, 0 for none: fit for scripts."""
    old, new = folder / "january.db", folder / "c.db"
    assert (llmcat("diff", old, old).status, llmcat("diff", new, new).status) == (0, 0)
    said = llmcat("diff", old, new)
    assert said.status == 1
    assert said.lines[-1] == "0 added, 1 removed, 2 changed"
    assert [c["spec"] for c in llmcat("diff", old, new, "--json").json][-1] == "acme:gone"


def test_diff_tells_trouble_from_a_difference(folder: Path, tmp_path: Path) -> None:
    """Exit status 2 where a file is missing or no catalogue, on whichever side."""
    there, none = folder / "c.db", tmp_path / "none.db"
    other = written(tmp_path / "other.db", "no catalogue at all")
    assert "no such file" in error_of(llmcat("diff", there, none), status=2)
    assert "no such file" in error_of(llmcat("diff", none, there), status=2)
    assert "other.db" in error_of(llmcat("diff", there, other, "--json"), status=2)


def test_disagreements(folder: Path, db: Path) -> None:
    """The widest apart first; a factor keeps what is off by it."""
    [found] = llmcat("disagreements", "--min-ratio", 700, "--db", folder / "ours.db", "--json").json
    assert (found["field"], found["ratio"]) == ("cost.input", 750)
    assert llmcat("disagreements", "--min-ratio", 800, "--db", folder / "ours.db", "--nl").nl == []
    assert llmcat("disagreements", "--db", db).out.strip() == "the sources agree"


def test_free_against_a_price_is_the_widest_apart(tmp_path: Path) -> None:
    """It stands first, and no factor is too large for it; what is no number stands last."""
    theirs = model(cost={"input": 10, "output": 8})
    paths = write_series(tmp_path / "s", {JANUARY: api(acme={"acme-1": theirs})})
    cost = {"input": 0, "output": 0.008}
    ours = {"acme": {"models": [{"id": "acme-1", "cost": cost, "capabilities": {"tools": False}}]}}
    db = build_series(tmp_path / "c.db", paths, ours)

    def told(*words: object) -> list[str]:
        return [row["field"] for row in llmcat("disagreements", *words, "--db", db, "--json").json]

    first, second, last = told()
    assert (first, second) == ("cost.input", "cost.output")
    assert last.startswith("capabilities.")
    assert told("--min-ratio", 10**6) == ["cost.input"]
    assert "must be 0 or more" in error_of(
        llmcat("disagreements", "--min-ratio", "nan", "--db", db), status=2
    )


def test_disagreements_of_a_model_by_its_name(folder: Path, db: Path) -> None:
    """Written as show takes it; of no model at all nobody agrees."""
    for name in ("acme:acme-1", "acme-1@acme"):
        [found] = llmcat("disagreements", name, "--db", folder / "ours.db", "--json").json
        assert found["spec"] == "acme:acme-1"
    assert llmcat("disagreements", "acme:acme-1", "--db", db).out.strip() == "the sources agree"
    assert "unknown provider 'nosuch'" in error_of(llmcat("disagreements", "nosuch:x", "--db", db))


def test_what_an_added_model_costs_is_in_the_table() -> None:
    """Where it is known, and only for a model."""
    added = Change("2026-03-01T00:00:00Z", "acme:a", "added", None, None, None, False, False, "s")
    assert _first_prices(added) == ""
    assert _first_prices(added._replace(new={"cost_input": 0})) == ": free in"
    both = {"cost_input": 2.5, "cost_output": 10}
    assert _first_prices(added._replace(new=both)) == ": $2.50 in, $10.00 out"


def test_a_field_that_there_is_not_is_a_slip(db: Path) -> None:
    """Not a field that never changed; both commands say which may have been meant."""
    for words in (("changes",), ("history", "acme:acme-1")):
        said = llmcat(*words, "--field", "cost_imput", "--db", db)
        assert "no field 'cost_imput'; did you mean cost_input" in error_of(said, status=2)
        assert llmcat(*words, "--field", "limit.context", "--db", db).status == 0
    assert "must be 0 or more and finite" in error_of(
        llmcat("changes", "--min-ratio", "nan", "--db", db), status=2
    )


@pytest.mark.parametrize(
    ("words", "then", "now"),
    [
        (("show", "acme:acme-1"), "$4.00", "$3.00"),
        (("models", "acme"), "acme:gone", "$3.00"),
        (("find", "--min-cost-input", 3.5), "acme:acme-1", None),
        (("select", "--require", "tools", "--max-cost-input", 9), "$4.00", "$3.00"),
        (("search", "acme"), "$4.00", "$3.00"),
        (("compare", "acme:acme-1"), "$4.00", "$3.00"),
        (("providers",), "2", "1"),
        (("sql", "SELECT max(cost_input) AS most FROM models"), "4", "3"),
        (("resolve", "acme:acme-1"), "acme:acme-1", "acme:acme-1"),
        (("prices", "acme:acme-1"), "$4.00", "$3.00"),
        (("history", "acme:acme-1"), "nothing is known", "$4.00 -> $3.00"),
        (("deprecations",), "none is known", "none is known"),
        (("info",), "2 models from 1 providers", "1 models from 1 providers"),
        (("cost", "acme:acme-1", "--input", 1_000_000), "$4", "$3"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_every_reading_command_goes_back(
    words: tuple[object, ...], then: str, now: str | None, db: Path
) -> None:
    """--as-of shows what was said at that instant; without it, what is said now."""
    if words[0] == "find":
        words = ("sql", "SELECT spec FROM models WHERE cost_input > 3.5")
    said = llmcat(*words, "--db", db, "--as-of", "2026-01")
    assert (said.status, said.err) == (0, "")
    assert then in said.out
    if now is not None:
        present = llmcat(*words, "--db", db)
        assert now in present.out
        assert "acme:gone" not in present.out


def test_info_of_an_instant(db: Path) -> None:
    """How much there was, and nothing of the build that came later."""
    assert llmcat("info", "--db", db, "--as-of", "2026-01-15", "--json").json == {
        "file": str(db),
        "as_of": "2026-01-15T00:00:00Z",
        "models": 2,
        "providers": 1,
        "moments": 1,
        "first": JANUARY,
    }


def test_changes_up_to_an_instant(db: Path) -> None:
    """What changed later is not in the feed, nor in its time."""
    assert llmcat("changes", "--db", db, "--as-of", "2026-01-15").out.strip() == "nothing changed"
    feed = llmcat("changes", "--db", db, "--as-of", "2026-01-15", "--atom").out
    assert "2026-01-15T00:00:00Z" in feed
    assert "removed" in llmcat("changes", "--db", db, "--as-of", "2026-03").out


def test_cost_at_a_time(db: Path) -> None:
    """`cost` has --at: the prices of that instant."""
    said = llmcat("cost", "acme:acme-1", "--input", 1_000_000, "--at", "2026-01-31", "--db", db)
    assert "$4" in said.out


@pytest.mark.parametrize(("asked", "status"), [("2025-01-01", 1), ("someday", 2), ("2026-99", 2)])
def test_an_instant_that_cannot_be_is_one_line(asked: str, status: int, db: Path) -> None:
    """Too early names the first record; nonsense says which forms there are."""
    line = error_of(llmcat("show", "acme:acme-1", "--db", db, "--as-of", asked), status)
    assert JANUARY in line or "an instant is YYYY" in line


def test_a_chart_is_as_high_as_the_price() -> None:
    """Steps over time, blank where nothing was listed."""

    def listed(price: float, since: str, until: str | None) -> PriceInterval:
        return PriceInterval(
            mode="standard",
            region=None,
            min_context=0,
            hours=None,
            meter="input",
            unit="token",
            usd=price,
            per=1_000_000,
            suspect=False,
            valid_from=since,
            valid_to=until,
            effective_from=None,
            effective_to=None,
            source="models.dev",
            corroborated_by=(),
        )

    steps = [listed(8, JANUARY, FEBRUARY), listed(1, FEBRUARY, "2026-02-15T00:00:00Z")]
    drawn = chart(steps, JANUARY, MARCH, width=20)
    assert len(drawn) == 20
    assert (drawn[0], drawn[-1]) == ("█", " ")
    assert drawn.rstrip()[-1] == "▂"
    assert chart([listed(0, JANUARY, None)], JANUARY, MARCH, width=3) == "▁▁▁"
