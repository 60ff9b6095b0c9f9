"""What lies where the new catalogue goes: taken over, or refused with the way out."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from llmcat.errors import WriteError
from llmcat.pipeline.history.resume import read_past
from tests.pipeline.building import column
from tests.pipeline.series import FEBRUARY, JANUARY, MARCH, api, build_series, model, write_series

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
    with pytest.raises(WriteError, match=r"is damaged: .* bytes long"):
        build_series(db, paths)
    assert db.read_bytes() == half


def test_a_foreign_database_is_refused(paths: list[Path], tmp_path: Path) -> None:
    """Somebody else's SQLite file, whatever its tables are called."""
    db = tmp_path / "bookmarks.db"
    connection = sqlite3.connect(db)
    connection.execute("CREATE TABLE models (spec TEXT)")
    connection.close()
    before = db.read_bytes()
    with pytest.raises(WriteError, match=r"bookmarks\.db is a SQLite file but no llmcat catalogue"):
        build_series(db, paths)
    assert db.read_bytes() == before


@pytest.mark.parametrize("version", [2, 99])
def test_another_schema_is_refused(version: int, paths: list[Path], tmp_path: Path) -> None:
    """What an older or a newer llmcat recorded is neither misread nor written over."""
    db = build_series(tmp_path / "catalog.db", paths[:1])
    connection = sqlite3.connect(db)
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()
    before = db.read_bytes()
    with pytest.raises(
        WriteError, match=rf"has schema {version}, which an? \w+ llmcat wrote; .*; its past"
    ):
        build_series(db, paths)
    assert db.read_bytes() == before


def test_the_new_catalogue_names_the_one_it_is_built_upon(
    paths: list[Path], tmp_path: Path
) -> None:
    """`parent_digest` is the content that was there."""
    db = build_series(tmp_path / "catalog.db", paths[:1])
    [digest] = column(db, "SELECT content_digest FROM catalog")
    build_series(db, paths)
    assert column(db, "SELECT parent_digest FROM catalog") == [digest]
