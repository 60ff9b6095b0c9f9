"""SQL on a catalogue: it reads, within limits, and its rows go wherever rows go."""

from __future__ import annotations

import sqlite3
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog, LlmcatError, QueryError
from llmcat.errors import OptionError
from llmcat.storage.rows import Rows
from tests.conftest import MakeCatalog
from tests.test_catalog import GPT


@pytest.fixture
def path(make_catalog: MakeCatalog) -> Path:
    """A catalogue of two models."""
    return make_catalog(GPT)


def test_sqlite_utils_gets_a_database(path: Path) -> None:
    """`cat.database` hands the file to those who like sqlite-utils."""
    assert Catalog(path).database["models"].count == 2


def test_rows_become_frames_where_the_library_is_there(path: Path) -> None:
    """Without the library the error says what to install."""
    rows = Catalog(path).sql("select id, cost_input from models order by id")
    assert isinstance(rows, Rows)
    assert rows.to_dicts() == [
        {"id": "davinci-002", "cost_input": None},
        {"id": "gpt-4o", "cost_input": 2.5},
    ]
    assert Catalog(path).models().to_dicts()[1]["vision"] is True
    for library, convert in (
        ("pandas", rows.to_pandas),
        ("polars", rows.to_polars),
        ("pyarrow", rows.to_arrow),
    ):
        if find_spec(library):
            assert len(convert()) == 2
        else:
            with pytest.raises(LlmcatError, match=f"pip install {library}"):
                convert()


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("drop table models", "only reading"),
        ("attach 'other.db' as other", "only reading"),
        ("vacuum into 'copy.db'", "only reading"),
        ("pragma user_version = 7", "only reading"),
        ("pragma journal_mode = wal", "only reading"),
        ("select load_extension('x')", "only reading"),
        ("select hex(zeroblob(400000000))", "too big|only reading"),
        ("select * from modelz", r"no such table: modelz \(line 1, column 15\)"),
        ("select\n  speck from models", r"no such column: speck \(line 2, column 3\)"),
        ("selec 1", "syntax error"),
        ("select 1; select 2", "one statement"),
        ("select " + "1," * 60_000 + "1", "longer than"),
        ("", ""),
    ],
)
def test_sql_reads_and_nothing_else(path: Path, tmp_path: Path, sql: str, reason: str) -> None:
    """Whatever a user or a model sends, the answer is rows or one line."""
    before = set(tmp_path.iterdir()), path.read_bytes()
    if sql:
        with pytest.raises(QueryError, match=reason):
            Catalog(path).sql(sql)
    else:
        assert Catalog(path).sql(sql) == []
    assert (set(tmp_path.iterdir()), path.read_bytes()) == before


@pytest.mark.parametrize("sql", ["attach 'other.db' as other", "vacuum into 'copy.db'"])
def test_a_connection_makes_no_files(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sql: str
) -> None:
    """What is handed out reads this one file."""
    monkeypatch.chdir(tmp_path)
    before = set(tmp_path.iterdir())
    with pytest.raises(sqlite3.Error, match=r"too many attached|not authorized|authorization"):
        Catalog(path).connection.execute(sql)
    assert set(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    "call",
    [
        "printf('%.*c', 2000000000, 'x')",
        "printf('%.*c', '2000000000 times', 'x')",
        "printf('%.*c', 9e18, 'x')",
        "printf('%*s', 1e9, '')",
        "format('%2000000000d', 1)",
        "printf(replace(printf('%05000d', 0), '0', '%.999999c'), 'x')",
        "printf(replace(printf('%05000d', 0), '0', '%0999d'))",
        "printf('%s%s', printf('%0900000d', 0), printf('%0900000d', 0))",
    ],
)
def test_sql_pads_to_a_limit(path: Path, call: str) -> None:
    """SQLite pads in a single step, of seconds and gigabytes, which no limit of time can end."""
    with pytest.raises(QueryError, match="too big"):
        Catalog(path).sql(f"select {call}")
    assert Catalog(path).sql("select printf('%05.1f|%,d|%s', 2.5, 1234, 'a') as said") == [
        {"said": "002.5|1,234|a"}
    ]


def test_columns_of_the_same_name_are_kept_apart(path: Path) -> None:
    """A join gives both, the second under a name of its own."""
    catalog = Catalog(path)
    found = catalog.sql("select m.id, a.spec, a.spec from models m, models a limit 1")
    assert found.columns == ("id", "spec", "spec_2")
    assert set(found[0]) == {"id", "spec", "spec_2"}


def test_sql_is_limited_in_time_and_rows(path: Path) -> None:
    """An endless query ends; too many rows are an error that says so, never a silent cut."""
    catalog = Catalog(path)
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select {} from n"
    with pytest.raises(QueryError, match="longer than"):
        catalog.sql(endless.format("max(i)"), max_seconds=0.1)
    with pytest.raises(QueryError, match="more than 10 rows"):
        catalog.sql(endless.format("i"), max_rows=10)
    assert catalog.sql("select count(*) as n from models") == [{"n": 2}]


@pytest.mark.parametrize(
    "limit",
    [
        {"max_seconds": float("nan")},
        {"max_seconds": float("inf")},
        {"max_seconds": 0},
        {"max_rows": -1},
    ],
    ids=str,
)
def test_a_limit_that_is_none_is_refused(path: Path, limit: dict[str, Any]) -> None:
    """A time that never comes would be no limit, and nobody would notice."""
    with pytest.raises(OptionError, match=next(iter(limit))):
        Catalog(path).sql("select 1", **limit)


def test_sql_takes_named_parameters(path: Path) -> None:
    """Values are bound, never pasted."""
    catalog = Catalog(path)
    rows = catalog.sql("select id from models where id = :id", {"id": "gpt-4o' or 1=1 --"})
    assert rows == []
    with pytest.raises(QueryError):
        catalog.sql("select :missing", {})
    assert catalog.sql("select value from json_each(:list)", {"list": "[1, 2]"}) == [
        {"value": 1},
        {"value": 2},
    ]
    assert (
        catalog.sql(
            "select spec from models_fts join models m on m.rowid = models_fts.rowid"
            " where models_fts match :q",
            {"q": '"gpt"'},
        )[0]["spec"]
        == "openai:gpt-4o"
    )
