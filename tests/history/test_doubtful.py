"""Values that cannot be true, or hardly are: `llmcat check` names them, and what a release may not do."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from llmcat.history.doubtful import DOUBTS, doubtful
from llmcat.storage.checks import before_use
from llmcat.storage.checks.whole_file import Finding, check
from tests.cli.running import llmcat
from tests.pipeline.building import build_from

LAB = {"base_model": "openai/gpt-5", "cost": {"input": 1.25, "output": 10}}
GOOD = {
    "openai": {"models": {"gpt-5": LAB, "gpt-4": {"cost": {"input": 30, "output": 60}}}},
    "azure": {"models": {"gpt-5": LAB}},
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A catalogue of three offers."""
    return build_from(tmp_path / "catalog.db", ("mapping", GOOD))


def findings_after(path: Path, sql: str) -> list[Finding]:
    """What is doubtful once `sql` has changed the rows."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript(sql)
    with closing(before_use.connect(str(path))) as connection:
        return doubtful(connection)


CASES = {
    "negative": (
        "UPDATE models SET cost_output = -10 WHERE spec = 'openai:gpt-5'",
        "openai:gpt-5: cost_output is -10.0",
    ),
    "aliases": (
        "INSERT INTO aliases VALUES ('openai', 'gpt-6', 'openai:gpt-six')",
        "openai:gpt-six: the alias gpt-6 leads to it, and it is no model of the catalogue",
    ),
    "days": (
        "UPDATE models SET release_date = '2026-02-30' WHERE spec = 'openai:gpt-5'",
        "openai:gpt-5: release_date is 2026-02-30, which is no day",
    ),
    "50x": (
        "INSERT INTO outliers VALUES ('cost_input', 'azure:gpt-5', 125, 1.25)",
        "azure:gpt-5: cost_input is 125.0, 100.0 times what others ask",
    ),
    "input dearer": (
        "UPDATE models SET cost_input = 1250 WHERE spec = 'openai:gpt-5'",
        "openai:gpt-5: input costs 1250.0, output 10.0",
    ),
    "cache dearer": (
        "UPDATE models SET cost_cache_read = 3 WHERE spec = 'openai:gpt-5'",
        "openai:gpt-5: input from the cache costs 3.0, other input 1.25",
    ),
    "free beside paid": (
        "UPDATE models SET cost_input = 0 WHERE spec = 'azure:gpt-5'",
        "azure:gpt-5: input is free, and others ask for openai/gpt-5 up to 1.25",
    ),
    "order of days": (
        "UPDATE models SET release_date = '2025-08', retires_on = '2024-01-01' WHERE spec = 'openai:gpt-5'",
        "openai:gpt-5: it retires on 2024-01-01, before its release on 2025-08",
    ),
    "replacements": (
        "UPDATE models SET replacement = 'gpt-6' WHERE spec = 'openai:gpt-5'",
        "openai:gpt-5: its replacement gpt-6 is no model of its provider",
    ),
    "contested": (
        "UPDATE models SET contested = 1 WHERE spec = 'openai:gpt-5'",
        "sources differ on 33.3% of the models, and no rule decides",
    ),
}


def test_nothing_is_doubtful_of_good_data(path: Path) -> None:
    """And the cases below are all kinds that there are."""
    assert findings_after(path, "") == []
    assert CASES.keys() == {doubt.name for doubt in DOUBTS}


@pytest.mark.parametrize("name", CASES)
def test_each_kind_of_doubt_is_found(path: Path, name: str) -> None:
    """One row is wrong, and one finding says which."""
    sql, message = CASES[name]
    wrong = next(doubt.wrong for doubt in DOUBTS if doubt.name == name)
    assert findings_after(path, sql) == [Finding(name, message, warning=not wrong)]


def test_a_known_alias_is_a_replacement_too(path: Path) -> None:
    """Providers recommend ids under any of their names."""
    sql = """UPDATE models SET replacement = 'GPT-Four' WHERE spec = 'openai:gpt-5';
        INSERT INTO aliases VALUES ('openai', 'gpt-four', 'openai:gpt-4')"""
    assert findings_after(path, sql) == []


def test_rows_that_are_referred_to_are_there(path: Path) -> None:
    """The schema declares no foreign keys; the check knows them."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM specs WHERE spec = 'openai:gpt-5'")
    found = [finding.message for finding in check(str(path), ("references",))]
    assert "1 rows of detail_log name a model that is not in specs, such as" in " ".join(found)


def test_warnings_fail_where_that_is_wanted(tmp_path: Path) -> None:
    """They may be right; who publishes may want none. For programs each is an object."""
    model = {"cost": {"input": 1, "output": 2, "cache_read": 3}}
    path = build_from(tmp_path / "c.db", ("mapping", {"openai": {"models": {"gpt-5": model}}}))
    done = llmcat("check", str(path))
    assert (done.status, done.out.endswith("; 1 warnings\n")) == (0, True)
    assert "warning: cache dearer: openai:gpt-5" in done.err
    done = llmcat("check", "--strict", "--json", str(path))
    assert done.status == 1
    assert [(row["check"], row["warning"]) for row in done.json] == [("cache dearer", True)]


def test_a_release_does_not_lose_what_there_was(tmp_path: Path) -> None:
    """Models gone, prices of another size, an older time: held against an earlier catalogue."""
    many = {f"m{number}": {"cost": {"input": 1, "output": 2}} for number in range(10)}
    old = build_from(tmp_path / "old.db", ("mapping", {"openai": {"models": many}}))
    half = dict(list(many.items())[:5])
    new = build_from(tmp_path / "new.db", ("mapping", {"openai": {"models": half}}))
    done = llmcat("check", str(new), "--against", str(old))
    assert done.status == 1
    assert "against: it lacks 5 of the 10 (50%" in done.err
    assert llmcat("check", str(old), "--against", str(new)).status == 0
    done = llmcat("check", str(new), "--against", str(tmp_path / "none.db"))
    assert (done.status, done.err.count("\n")) == (1, 1)
