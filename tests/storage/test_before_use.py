"""A file is checked before it is believed: what is no catalogue of ours is one line, and runs nothing."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from llmcat import Catalog
from llmcat.errors import CatalogError, SourceError, WriteError
from llmcat.storage.checks import before_use
from llmcat.storage.template import schema_version, template
from tests.pipeline.building import build_from

ONE = {"openai": {"models": {"gpt-5": {"cost": {"input": 1.25}}}}}
ENDLESS = """
CREATE VIEW models AS WITH RECURSIVE n(spec) AS (SELECT 1 UNION ALL SELECT spec + 1 FROM n)
SELECT max(spec) AS spec FROM n"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A catalogue of one model."""
    return build_from(tmp_path / "catalog.db", ("mapping", ONE))


def script(sql: str) -> Callable[[Path], None]:
    """What runs `sql` on a file, as one who means harm would."""

    def run(path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.executescript(sql)

    return run


def edited(old: str, new: str) -> Callable[[Path], None]:
    """What writes another statement into the schema itself."""
    return script(
        "PRAGMA writable_schema = ON;"
        f"UPDATE sqlite_master SET sql = replace(sql, '{old}', '{new}');"
        "PRAGMA writable_schema = OFF;"
    )


def write_at(place: int, content: bytes) -> Callable[[Path], None]:
    """What writes bytes into the file."""

    def write(path: Path) -> None:
        with open(path, "r+b") as stream:
            stream.seek(place)
            stream.write(content)

    return write


def emptied(path: Path) -> None:
    """A file of 0 bytes."""
    path.write_bytes(b"")


def cut(path: Path) -> None:
    """A copy that broke off."""
    os.truncate(path, path.stat().st_size // 2)


def sparse(path: Path) -> None:
    """A catalogue with 10 GB of nothing behind it."""
    os.truncate(path, 10_000_000_000)


def in_wal_mode(path: Path) -> None:
    """A program that opened it set the WAL mode, and its log is gone."""
    script("PRAGMA journal_mode = WAL")(path)


def identity_alone(path: Path) -> None:
    """A file that has the two numbers and nothing else."""
    path.unlink()
    script(f"PRAGMA application_id = 1280068931; PRAGMA user_version = {schema_version()}")(path)


def beside(suffix: str, content: bytes) -> Callable[[Path], None]:
    """What leaves a file beside the catalogue."""

    def leave(path: Path) -> None:
        Path(f"{path}{suffix}").write_bytes(content)

    return leave


HARM: dict[str, tuple[Callable[[Path], None], str]] = {
    "an endless view": (script(f"DROP TABLE models; {ENDLESS}"), "its models is not llmcat's own"),
    "a view of zeroes": (
        script("DROP TABLE models; CREATE VIEW models AS SELECT hex(zeroblob(1e9)) AS spec"),
        "its models is not llmcat's own",
    ),
    "one view more": (script(f"{ENDLESS.replace('models', 'more')}"), "'more' in it is none of"),
    "a trigger": (
        script("CREATE TRIGGER t AFTER INSERT ON models BEGIN DELETE FROM models; END"),
        "'t' in it is none of llmcat's",
    ),
    "a generated column": (
        script("ALTER TABLE models ADD COLUMN more AS (hex(zeroblob(1000000)))"),
        "its models is not llmcat's own",
    ),
    "an index over an expression": (
        script("CREATE INDEX more ON models (abs(cost_input))"),
        "'more' in it is none of llmcat's",
    ),
    "SQL hidden behind a comment": (
        edited("''%Y-%m-%dT%H:%M:%SZ'', p.since", "''--'', zeroblob(1e9), ''\n%Y'', p.since"),
        "its prices is not llmcat's own",
    ),
    "a table missing": (script("DROP TABLE change_log"), "change_log is not there|is missing"),
    "no full-text index": (script("DROP TABLE models_fts"), "models_fts is missing"),
    "a broken full-text index": (
        script(
            "PRAGMA writable_schema = ON; DELETE FROM sqlite_master WHERE name = 'models_fts_data'"
        ),
        "its full-text index is not",
    ),
    "identity alone": (identity_alone, "is no whole catalogue"),
    "0 bytes": (emptied, "is empty"),
    "cut": (cut, "is damaged: .* bytes long"),
    "sparse": (sparse, "is larger than any catalogue"),
    "WAL mode": (in_wal_mode, "is in WAL mode; run: sqlite3 .*journal_mode = DELETE"),
    "a newer schema": (script("PRAGMA user_version = 99"), "99, which a newer llmcat wrote"),
    "an older schema": (script("PRAGMA user_version = 1"), "1, which an older llmcat wrote"),
    "somebody else's": (script("PRAGMA application_id = 7"), "SQLite file but no llmcat catalogue"),
    "no SQLite": (write_at(0, b"no SQLite at all"), "cannot be read as a catalogue"),
    "rubbish in the schema": (write_at(100, b"\xff" * 3000), "cannot be read as a catalogue"),
    "a stale -wal": (beside("-wal", b"x" * 4096), "has changes in .*-wal"),
    "a hot -journal": (
        beside("-journal", before_use.JOURNAL_MAGIC + bytes(504)),
        "holds half of a change, which .*-journal would undo",
    ),
}


@pytest.mark.parametrize("harm", HARM)
def test_what_is_not_to_be_trusted_is_one_line(path: Path, tmp_path: Path, harm: str) -> None:
    """From Python, as a source, and as the file that a build would replace: refused at once."""
    do, reason = HARM[harm]
    do(path)
    with pytest.raises(CatalogError, match=reason) as opened:
        Catalog(path)
    with pytest.raises(SourceError, match=reason) as read:
        build_from(tmp_path / "new.db", ("catalog", path))
    for error in (opened, read):
        assert str(error.value).startswith(f"{path}: ")
        assert "\n" not in str(error.value)
    if harm != "0 bytes":  # which holds no past that could be lost
        with pytest.raises(WriteError, match=reason.partition(";")[0]) as built:
            build_from(path, ("mapping", ONE))
        assert "\n" not in str(built.value)


def test_one_line_from_the_command_line(path: Path) -> None:
    """A hostile file ends a command with status 1, in its first second."""
    script(f"DROP TABLE models; {ENDLESS}")(path)
    for command in (["find"], ["info"], ["sql", "select 1"], ["serve", "--port", "0"]):
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "llmcat",
                *command,
                *(["--db"] * (command[0] != "serve")),
                str(path),
            ],
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 1, command
        assert done.stderr.splitlines()[0].endswith("take another copy"), command
        assert len(done.stderr.splitlines()) == 1, command


def test_other_comments_do_not_count(path: Path, tmp_path: Path) -> None:
    """What another llmcat of this schema wrote, and `sqlite3 new.db < catalog.db.template`, are read."""
    other = tmp_path / "other.db"
    script(
        template()
        .replace("-- the name of", "-- what names")
        .replace("\n    name TEXT", "\n  name TEXT")
    )(other)
    assert Catalog(other).models() == []
    edited("-- provider:id, the name", "-- otherwise")(path)
    assert [model.spec for model in Catalog(path).models()] == ["openai:gpt-5"]


def test_views_and_the_past_work_where_schemas_are_not_trusted(shipped_catalog: Catalog) -> None:
    """Every view of the template answers, today and as of an instant, functions of our own included."""
    views = [line.split()[2] for line in template().splitlines() if line.startswith("CREATE VIEW")]
    assert views
    for catalog in (shipped_catalog, shipped_catalog.as_of("2026-06-01")):
        assert catalog.connection.execute("PRAGMA trusted_schema").fetchone() == (0,)
        for view in views:
            assert catalog.sql(f"SELECT * FROM {view} LIMIT 3"), view


def test_a_journal_that_is_over_is_no_harm(path: Path) -> None:
    """Programs that keep their journal (PERSIST, TRUNCATE) leave one that has nothing in it."""
    beside("-journal", bytes(512))(path)
    beside("-wal", b"")(path)
    assert Catalog(path).models()
