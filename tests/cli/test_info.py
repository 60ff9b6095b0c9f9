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
    names = [source["name"] for source in facts["sources"]]
    assert {"models.dev", "overlays", "lifecycle"} <= set(names)
    for name in names:
        assert any(line.startswith(f"{name} ") for line in said.lines)


def test_show_tells_a_model_to_people(shipped: Path) -> None:
    """Prices, limits, abilities and sources of gpt-4o, each on its line."""
    said = process("show", "openai:gpt-4o", LLMCAT_DB=str(shipped))
    assert said.lines[0] == "openai:gpt-4o  GPT-4o"
    assert "  context          128K" in said.lines
    assert "  input            image, pdf, text" in said.lines
    [header] = [line for line in said.lines if "USD per 1M tokens" in line]
    prices = said.lines[said.lines.index(header) + 1]
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
    assert said.lines[1] == "deprecated since 2024-01-01; use new instead"


def test_show_tells_the_status_from_today(make_catalog: MakeCatalog) -> None:
    """A day that has come since the build counts, whatever the status says; --as-of asks another day."""
    gone = {"id": "old", "status": "active", "retires_on": "2020-01-01"}
    db = make_catalog({"acme": {"models": [gone, {"id": "new", "deprecated_on": "2999-01-01"}]}})
    said = llmcat("show", "acme:old", "--db", db)
    assert said.lines[1] == "switched off on 2020-01-01"
    assert "active" not in said.out
    assert "  deprecated on    2999-01-01" in llmcat("show", "acme:new", "--db", db).lines
    said = llmcat("show", "acme:old", "--db", db, "--json")
    assert (said.json["status"], said.err) == ("retired", "acme:old: switched off on 2020-01-01\n")


def test_show_keeps_prices_by_the_piece_apart(make_catalog: MakeCatalog) -> None:
    """Under USD per 1M tokens stand tokens alone; each other price says its unit."""
    components = [
        {"id": "token.input", "kind": "token", "unit": "token", "per": 1_000_000, "rate": 5},
        {"id": "image.1024x1024", "kind": "image", "unit": "image", "per": 1, "rate": 0.04},
        {"id": "tool.web_search", "kind": "tool", "unit": "call", "per": 1_000, "rate": 10},
        {"id": "audio", "unit": "other", "per": 1, "rate": 0.111, "notes": "an hour"},
        {"id": "video.output", "unit": "other", "meter": "video_second", "rate": 0.05},
    ]
    pricing = {"input": 5, "audio": 0.111, "request": 0.01, "components": components}
    db = make_catalog({"acme": {"models": [{"id": "muse", "pricing": pricing}]}})
    lines = [line.split(maxsplit=1) for line in llmcat("show", "acme:muse", "--db", db).lines]
    start = lines.index(["USD", "per 1M tokens  input"])
    assert lines[start : start + 9] == [
        ["USD", "per 1M tokens  input"],
        ["standard", "$5.00"],
        [],
        ["request", "$0.01 per request"],
        ["image.1024x1024", "$0.04 per image"],
        ["tool.web_search", "$10.00 per 1K calls"],
        ["audio", "$0.111, unit not said (an hour)"],
        ["video.output", "$0.05 per video second"],
        [],
    ]


def test_show_does_not_leave_an_unknown_price_blank(make_catalog: MakeCatalog) -> None:
    """A price that only another mode has is ?; one that falls back on another meter's is blank."""
    fast = {"cost": {"input": 30, "output": 150, "cache_read": 3}}
    models = [
        {"id": "fast-only", "modes": {"fast": fast}},
        {"id": "both", "cost": {"input": 5}, "modes": {"fast": fast}},
    ]
    db = make_catalog({"acme": {"models": models}})
    for id_, standard in (("fast-only", ["?", "?", "?"]), ("both", ["$5.00", "?"])):
        lines = [line.split() for line in llmcat("show", f"acme:{id_}", "--db", db).lines]
        assert ["standard", *standard] in lines
        assert ["fast", "$30.00", "$150.00", "$3.00"] in lines


def test_a_price_of_any_size_fits_its_column(make_catalog: MakeCatalog) -> None:
    """Nobody asks 10 to the 300th, but a slip in a source may say so."""
    db = make_catalog({"acme": {"models": [{"id": "dear", "cost": {"input": 1e300}}]}})
    assert "standard           $1e+300" in llmcat("show", "acme:dear", "--db", db).lines
    assert "$1e+300" in llmcat("models", "--db", db).lines[1].split()


def test_show_finds_by_alias_and_tells_free_from_unknown(make_catalog: MakeCatalog) -> None:
    """A price of 0 is free; what has no price has no column; no price at all is said."""
    db = make_catalog(OLD)
    assert llmcat("show", "acme:newest", "--db", db).lines[0] == "acme:new"
    assert "free" in llmcat("show", "acme:new", "--db", db).out
    assert "  price unknown" in llmcat("show", "acme:old", "--db", db).lines


def test_show_keeps_other_prices_apart_from_those_of_tokens(make_catalog: MakeCatalog) -> None:
    """By the hour and by the image, with the unit; the heading is for prices per 1M tokens alone."""
    hour = {"id": "audio.transcription", "unit": "other", "per": 1, "notes": "per hour of audio"}
    whisper = {"id": "whisper", "cost": {"audio": 0.111, "components": [{**hour, "rate": 0.111}]}}
    image = {"id": "gpt-image", "cost": {"input": 5, "image": 0.04}}
    db = make_catalog({"acme": {"models": [whisper, image]}})
    said = llmcat("show", "acme:whisper", "--db", db)
    assert "  audio.transcription $0.111 per hour of audio" in said.lines
    assert "USD per 1M tokens" not in said.out
    assert "price unknown" not in said.out
    lines = llmcat("show", "acme:gpt-image", "--db", db).lines
    assert "standard           $5.00" in lines
    assert "  image $0.04 per image" in lines


def test_show_suggests(shipped: Path) -> None:
    """A model that is not there: one line, near names, exit status 1."""
    line = error_of(process("show", "openai:gpt-4oo", LLMCAT_DB=str(shipped)))
    assert line.startswith("no model 'openai:gpt-4oo' in the catalogue; did you mean openai:gpt-4o")
    assert "empty segment" in error_of(llmcat("show", "openai:", "--db", shipped), status=2)


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


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--max-seconds", "nan"), "max_seconds must be above 0"),
        (("--max-seconds", "inf"), "max_seconds must be above 0"),
        (("--max-seconds", "0"), "max_seconds must be above 0"),
        (("--max-rows", "-1"), "max_rows must be 0 or more"),
        (("-p", "min"), "requires 2 arguments; see `llmcat sql --help`"),
    ],
)
def test_sql_refuses_options_that_make_no_sense(
    shipped: Path, options: tuple[str, ...], words: str
) -> None:
    """A limit that would be none is wrong usage."""
    assert words in error_of(llmcat("sql", "select 1", "--db", shipped, *options), status=2)


@pytest.mark.parametrize("query", ["", " ", "/* select 1 */", ";"])
def test_sql_that_asks_nothing_is_wrong_usage(shipped: Path, query: str) -> None:
    """An empty variable in a script is told, not passed over."""
    assert "write a SELECT" in error_of(llmcat("sql", query, "--db", shipped), status=2)


def test_sql_says_infinity_in_words(shipped: Path) -> None:
    """JSON has no such number, and null would be unknown."""
    words = ("sql", "select 1e999 as more, -1e999 as less, 0.5 as some", "--db", shipped)
    row = {"more": "Infinity", "less": "-Infinity", "some": 0.5}
    assert llmcat(*words, "--json").json == [row]
    assert llmcat(*words, "--nl").nl == [row]
    assert llmcat(*words, "--csv").csv == [{**row, "some": "0.5"}]


def test_csv_without_rows_has_its_header(shipped: Path, make_catalog: MakeCatalog) -> None:
    """What reads the columns by name does so where nothing fits, too."""
    words = ("sql", "select spec, name from models where 0", "--db", shipped, "--csv")
    assert llmcat(*words).out == "spec,name\n"
    assert llmcat("find", "--min-context", 10**9, "--db", shipped, "--csv").out.startswith("spec,")
    db = make_catalog(OLD)
    assert llmcat("providers", "--feature", "vision", "--db", db, "--csv").out.startswith("id,")
    assert llmcat("changes", "--since", "2999", "--db", shipped, "--csv").out.startswith("at,")


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
