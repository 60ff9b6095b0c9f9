"""What lies where the new catalogue goes: taken over, or refused with the way out."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from llmcat import Catalog
from llmcat.errors import WriteError
from llmcat.pipeline.history.resume import read_past
from tests.pipeline.building import column, rows
from tests.pipeline.series import FEBRUARY, JANUARY, MARCH, api, build_series, model, write_series

SCHEMA_1 = """
CREATE TABLE prices (
    spec TEXT NOT NULL, mode TEXT NOT NULL, min_context INTEGER NOT NULL, meter TEXT NOT NULL,
    usd_per_mtok REAL NOT NULL, valid_from TEXT NOT NULL, valid_to TEXT, source TEXT,
    PRIMARY KEY (spec, mode, min_context, meter, valid_from)
) WITHOUT ROWID;
CREATE TABLE model_versions AS SELECT * FROM new.model_versions;
CREATE TABLE changes (
    at TEXT NOT NULL, spec TEXT NOT NULL, kind TEXT NOT NULL, field TEXT, old TEXT, new TEXT,
    backfill INTEGER NOT NULL, source TEXT
);
CREATE TABLE models AS SELECT * FROM new.models;
CREATE TABLE model_details AS SELECT * FROM new.model_details;
CREATE TABLE providers AS SELECT * FROM new.providers;
CREATE TABLE catalog AS SELECT * FROM new.catalog;
INSERT INTO prices SELECT spec, mode, min_context, meter, usd_per_mtok, valid_from, valid_to, source
    FROM new.prices;
INSERT INTO changes SELECT at, spec, kind, field, old, new, backfill, source FROM new.changes;
PRAGMA application_id = 1280068931;
PRAGMA user_version = 1;
"""
"""What a catalogue of schema 1 held of the past: plain tables, no suspects and no moments."""

FIRST = api(acme={"acme-1": model(cost={"input": 3, "output": 6}), "gone": model()})
SECOND = api(acme={"acme-1": model(cost={"input": 2, "output": 6}, reasoning=True)})
THIRD = api(acme={"acme-1": model(cost={"input": 1, "output": 6}, reasoning=True)})


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """Three snapshots."""
    return write_series(tmp_path / "s", {JANUARY: FIRST, FEBRUARY: SECOND, MARCH: THIRD})


def test_no_file_and_an_empty_file_have_no_past(tmp_path: Path) -> None:
    """Nothing to take over, and nothing to refuse."""
    empty = tmp_path / "empty.db"
    empty.touch()
    assert read_past(tmp_path / "none.db") is None
    assert read_past(empty) is None


@pytest.mark.parametrize(
    "content", [b"no database at all, " * 300, b"SQLite format 3\0" + b"?" * 5000]
)
def test_what_is_no_database_is_refused(content: bytes, paths: list[Path], tmp_path: Path) -> None:
    """A damaged file may be somebody's only past: it is not overwritten."""
    db = tmp_path / "catalog.db"
    db.write_bytes(content)
    with pytest.raises(WriteError, match="its past would be lost: name another file with -o"):
        build_series(db, paths)
    assert db.read_bytes() == content


def test_a_catalogue_that_was_cut_is_refused(paths: list[Path], tmp_path: Path) -> None:
    """Half a catalogue, as after a full disk."""
    db = build_series(tmp_path / "catalog.db", paths[:1])
    half = db.read_bytes()[: db.stat().st_size // 2]
    db.write_bytes(half)
    with pytest.raises(WriteError, match="cannot be read as a catalogue"):
        build_series(db, paths)
    assert db.read_bytes() == half


def test_a_foreign_database_is_refused(paths: list[Path], tmp_path: Path) -> None:
    """Somebody else's SQLite file, whatever its tables are called."""
    db = tmp_path / "bookmarks.db"
    connection = sqlite3.connect(db)
    connection.execute("CREATE TABLE models (spec TEXT)")
    connection.close()
    before = db.read_bytes()
    with pytest.raises(WriteError, match=r"bookmarks\.db is no llmcat catalogue"):
        build_series(db, paths)
    assert db.read_bytes() == before


def test_a_later_schema_is_refused(paths: list[Path], tmp_path: Path) -> None:
    """An older llmcat does not write over what a newer one recorded."""
    db = build_series(tmp_path / "catalog.db", paths[:1])
    connection = sqlite3.connect(db)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = db.read_bytes()
    with pytest.raises(WriteError, match="has schema 99, and this llmcat knows"):
        build_series(db, paths)
    assert db.read_bytes() == before


def test_schema_1_is_taken_over(paths: list[Path], tmp_path: Path) -> None:
    """Its versions, prices and changes go on as if this llmcat had recorded them."""
    new = build_series(tmp_path / "new.db", paths[:2])
    old = tmp_path / "catalog.db"
    connection = sqlite3.connect(old)
    connection.execute("ATTACH ? AS new", (str(new),))
    connection.executescript(SCHEMA_1)
    connection.close()
    build_series(old, paths)
    expected = build_series(tmp_path / "expected.db", paths)
    assert column(old, "PRAGMA user_version") == column(expected, "PRAGMA user_version")
    for view in ("model_versions", "prices", "changes"):
        query = f"SELECT * FROM {view} ORDER BY 1, 2, 3, 4"
        assert rows(old, query) == rows(expected, query), view
    assert Catalog(old).as_of(JANUARY).model("acme:gone").name == "Acme"


def test_the_new_catalogue_names_the_one_it_is_built_upon(
    paths: list[Path], tmp_path: Path
) -> None:
    """`parent_digest` is the content that was there."""
    db = build_series(tmp_path / "catalog.db", paths[:1])
    [digest] = column(db, "SELECT content_digest FROM catalog")
    build_series(db, paths)
    assert column(db, "SELECT parent_digest FROM catalog") == [digest]
