"""The age of the data: a policy when a catalogue is opened, and a line where a question reaches beyond it."""

from __future__ import annotations

import sqlite3
import warnings
from contextlib import closing
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from llmcat import Catalog
from llmcat.errors import OptionError, StaleCatalog
from llmcat.instants import utc_text
from llmcat.storage.age import beyond, recorded_until
from tests.cli.running import llmcat
from tests.pipeline.series import FEBRUARY, JANUARY, api, build_series, model, write_series

OLD = api(acme={"acme-1": model(cost={"input": 1, "output": 2})})


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A catalogue that was read last in February 2026."""
    states = {JANUARY: OLD, FEBRUARY: OLD}
    return build_series(tmp_path / "catalog.db", write_series(tmp_path / "s", states))


def test_off_is_what_happens_unless_a_policy_is_given(db: Path) -> None:
    """No warning, whatever the age; what is known of it is there to be asked."""
    with warnings.catch_warnings(), Catalog(db) as cat:
        warnings.simplefilter("error")
        assert cat.info()["recorded_until"] == recorded_until(cat.connection) == FEBRUARY


def test_a_policy_warns_or_refuses(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the call or in the environment; the call goes before."""
    with pytest.warns(StaleCatalog, match="nothing is recorded after 2026-02-01"):
        Catalog(db, age="warn")
    with pytest.raises(StaleCatalog, match="and 14 may be"):
        Catalog(db, age="error:14")
    Catalog(db, age="error:99999")
    monkeypatch.setenv("LLMCAT_AGE", "error")
    with pytest.raises(StaleCatalog):
        Catalog(db)
    Catalog(db, age="off")


@pytest.mark.parametrize("policy", ["loud", "warn:", "warn:-1", "error:soon", ""])
def test_what_is_no_policy_is_an_error(db: Path, policy: str) -> None:
    """One line that names those there are."""
    with pytest.raises(OptionError, match="there are off, warn, error"):
        Catalog(db, age=policy)


def test_a_fresh_catalogue_passes(tmp_path: Path) -> None:
    """It was read an hour ago."""
    at = utc_text(datetime.now(timezone.utc) - timedelta(hours=1))
    db = build_series(tmp_path / "c.db", write_series(tmp_path / "s", {at: OLD}))
    with Catalog(db, age="error:0") as cat:
        assert beyond(cat.connection, at) is None


def test_the_command_line_says_where_the_record_ends(db: Path) -> None:
    """Where the question reaches beyond it, and only there."""
    line = "nothing is recorded after 2026-02-01"
    named = ("--db", str(db))
    assert line in llmcat("changes", *named).err
    assert line in llmcat("deprecations", *named).err
    assert line in llmcat("cost", "acme:acme-1", "--input", "1", "--at", "2026-03", *named).err
    assert line in llmcat("find", "--as-of", "2026-03-01", *named).err
    for asked in (
        ("changes", "--until", "2026-02-01"),
        ("cost", "acme:acme-1", "--input", "1", "--at", "2026-01-05"),
        ("cost", "acme:acme-1", "--input", "1"),
        ("find", "--as-of", "2026-01-20"),
    ):
        assert line not in llmcat(*asked, *named).err


def test_one_s_own_edits_are_recorded_behind_the_end(db: Path) -> None:
    """The sentence stands above rows that are newer: it says whose they are."""
    with closing(sqlite3.connect(db)) as connection:
        assert beyond(connection) == "nothing is recorded after 2026-02-01"
        edit = "INSERT INTO change_log VALUES (1, strftime('%s', '2026-03-01'), 2, 1, NULL, '1', 0, 0, 1, ?)"
        connection.execute(edit, (1,))
        assert beyond(connection) == "nothing is recorded after 2026-02-01 but what is yours"


def test_what_overlays_and_witnesses_said_later_is_not_yours(shipped: Path) -> None:
    """The shipped catalogue has newer words of both; only one's own edits are one's own."""
    said = llmcat("changes", "anthropic", "--db", str(shipped)).err
    assert said.startswith("nothing is recorded after ")
    assert "yours" not in said
