"""info, show and sql: what a catalogue holds."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.cli.running import error_of, llmcat, process
from tests.conftest import MakeCatalog

OLD = {
    "acme": {
        "models": [
            {
                "id": "old",
                "deprecated_on": "2024-01-01",
                "replacement": "new",
                "status": "deprecated",
            },
            {"id": "new", "aliases": ["newest"], "cost": {"input": 0, "output": None}},
        ]
    }
}


def test_info_accounts_for_every_record(shipped: Path) -> None:
    """Records read = models + merged + filtered + rejected; every source has its row."""
    said = llmcat("info", "--db", shipped)
    assert said.lines[0].startswith(f"{shipped}: ")
    facts = llmcat("info", "--db", shipped, "--json").json
    assert facts["records_read"] == facts["records_accepted"] + facts["records_rejected"]
    assert [source["name"] for source in facts["sources"]] == [
        "models.dev",
        "overlays",
        "lifecycle",
    ]
    for name in ("models.dev", "overlays", "lifecycle"):
        assert any(line.startswith(name) for line in said.lines)


def test_show_tells_a_model_to_people(shipped: Path) -> None:
    """Prices, limits, abilities and sources of gpt-4o, each on its line."""
    said = process("show", "openai:gpt-4o", LLMCAT_DB=str(shipped))
    assert said.lines[0] == "openai:gpt-4o  GPT-4o"
    assert "  context          128K" in said.lines
    assert "  takes            image, pdf, text" in said.lines
    header, prices = said.lines[-4:-2]
    assert header.split() == ["USD", "per", "1M", "tokens", "input", "output", "cache_read"]
    assert prices.split() == ["standard", "$2.50", "$10.00", "$1.25"]
    assert "models.dev" in said.lines[-1]


def test_show_gives_a_model_to_programs(shipped: Path) -> None:
    """One JSON object: the columns of models, and details with provenance."""
    said = llmcat("show", "openai:gpt-4o", "--json", "--db", shipped).json
    assert (said["cost_input"], said["vision"], said["modalities_output"]) == (2.5, True, ["text"])
    assert said["details"]["cost"]["input"] == 2.5
    assert said["details"]["provenance"]


def test_show_says_that_a_model_is_on_its_way_out(make_catalog: MakeCatalog) -> None:
    """Asked for by name it still answers, with its replacement."""
    said = llmcat("show", "acme:old", "--db", make_catalog(OLD))
    assert said.lines[1] == "deprecated from 2024-01-01 on; use new instead"


def test_show_finds_by_alias_and_tells_free_from_unknown(make_catalog: MakeCatalog) -> None:
    """A price of 0 is free; what has no price has no column; no price at all is said."""
    db = make_catalog(OLD)
    assert llmcat("show", "acme:newest", "--db", db).lines[0] == "acme:new"
    assert "free" in llmcat("show", "acme:new", "--db", db).out
    assert "  price unknown" in llmcat("show", "acme:old", "--db", db).lines


def test_show_suggests(shipped: Path) -> None:
    """A model that is not there: one line, near names, exit status 1."""
    line = error_of(process("show", "openai:gpt-4oo", LLMCAT_DB=str(shipped)))
    assert line.startswith("no model 'openai:gpt-4oo' in the catalogue; did you mean openai:gpt-4o")
    assert "empty segment" in error_of(llmcat("show", "openai:", "--db", shipped))


def test_sql_takes_parameters(shipped: Path) -> None:
    """A number is bound as a number, a text as a text."""
    query = "select spec from models where provider = :who and limit_context >= :min order by 1"
    words = ("sql", query, "-p", "who", "openai", "-p", "min", "1000000")
    specs = [row["spec"] for row in process(*words, "--nl", LLMCAT_DB=str(shipped)).nl]
    assert "openai:gpt-4.1" in specs
    assert "openai:gpt-4o" not in specs


def test_sql_prints_every_form(shipped: Path) -> None:
    """A table, JSON, an object a line, CSV; NULL is blank, null or nothing between commas."""
    words = ("sql", "select 'a, b' as x, null as y, 0.5 as z, x'00FF' as blob", "--db", shipped)
    assert [line.split() for line in llmcat(*words).lines] == [
        ["x", "y", "z", "blob"],
        ["a,", "b", "0.5", "00FF"],
    ]
    row = {"x": "a, b", "y": None, "z": 0.5, "blob": "00FF"}
    assert llmcat(*words, "--json").json == [row]
    assert llmcat(*words, "--nl").nl == [row]
    assert llmcat(*words, "--csv").csv == [{"x": "a, b", "y": "", "z": "0.5", "blob": "00FF"}]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("selec 1", "syntax error"),
        ("delete from models", "only reading is allowed"),
        ("select * from nowhere", "no such table: nowhere"),
        ("select :missing", ":missing"),
        ("attach 'x.db' as x", "only reading is allowed"),
    ],
)
def test_sql_that_is_wrong_is_one_line(shipped: Path, query: str, words: str) -> None:
    """What SQLite says of it, exit status 1."""
    assert words in error_of(llmcat("sql", query, "--db", shipped))


def test_sql_is_limited_in_time_and_size(shipped: Path) -> None:
    """An endless query ends, a flood of rows is refused; both name the way out."""
    endless = (
        "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
    )
    words = ("sql", endless, "--max-seconds", "0.05", "--db", shipped)
    assert "0.05" in error_of(llmcat(*words))
    words = ("sql", "select spec from models", "--max-rows", "10", "--db", shipped)
    assert "LIMIT" in error_of(llmcat(*words))


def test_a_catalogue_that_is_none(tmp_path: Path) -> None:
    """A missing file, a text, another database: each names the file, and none is created."""
    missing, text, other = (tmp_path / name for name in ("no.db", "text.db", "other.db"))
    text.write_text("no database")
    connection = sqlite3.connect(other)
    connection.execute("CREATE TABLE mail (id)")
    connection.close()
    for command in (["info"], ["show", "a:b"], ["sql", "select 1"], ["find"], ["providers"]):
        for path in (missing, text, other):
            assert str(path) in error_of(llmcat(*command, "--db", path))
    assert not missing.exists()
    assert "llmcat build" in error_of(llmcat("info", env={"LLMCAT_DB": str(missing)}))
