"""datasette-metadata.yml is true of the catalogue, in whichever Datasette is installed."""

from __future__ import annotations

import json
import re
import runpy
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import yaml

from llmcat import Catalog
from llmcat.pipeline.build import build
from llmcat.pipeline.recipe import Recipe, SourceSpec
from llmcat.pipeline.tables.create_tables import columns
from tests.conftest import MakeCatalog
from tests.datasette_plugin.metadata_browser import FILE, QUERIES, ROOT, TABLES, Browser

NOTHING_TO_TELL = {"filtered", "outliers"}
"""Empty where nothing was filtered and no value stands out."""

OF_THE_USER = {"availability", "edits"}
"""Filled in a user's own layer, and empty in the catalogue that is shipped."""

MOVES_WITH_THE_CALENDAR = {"deprecations_due"}
"""Counts from today, so that one day the shipped catalogue knows of none."""

VALUES = (
    "",
    "3",
    "-1",
    "word",
    '"',
    "'; drop table models --",
    "🦊%_*",
    "1e999",
    "9" * 40,
    "NEAR(",
)


@pytest.fixture(scope="module")
def browser(shipped: Path) -> Iterator[Browser]:
    """The shipped catalogue in Datasette."""
    opened = Browser(shipped)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def small_browser(three_labs: Path) -> Iterator[Browser]:
    """Three labs in Datasette."""
    opened = Browser(three_labs)
    yield opened
    opened.close()


@pytest.fixture
def browse(tmp_path: Path) -> Iterator[Any]:
    """`browse(path)` opens another catalogue, by the name that the metadata speaks of."""
    opened: list[Browser] = []

    def browse_it(path: Path) -> Browser:
        served = tmp_path / "served" / "catalog.db"
        served.parent.mkdir()
        shutil.copy(path, served)
        opened.append(Browser(served))
        return opened[-1]

    yield browse_it
    for browser in opened:
        browser.close()


@pytest.fixture(scope="module")
def declared(shipped: Path) -> dict[str, list[str]]:
    """Table or view -> its columns, as SQLite says; without what FTS and ANALYZE keep."""
    with closing(sqlite3.connect(f"file:{shipped}?mode=ro", uri=True)) as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')"
            " AND name NOT LIKE 'models_fts_%' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        return {
            name: [row[1] for row in connection.execute(f'PRAGMA table_xinfo("{name}")')]
            for (name,) in names
        }


# the file


def test_what_the_template_says_is_up_to_date() -> None:
    """`make check` and this test fail when the template moved on."""
    script = ROOT / "docs" / "make_metadata.py"
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_drift_is_mended_where_it_stands_and_nothing_else_is_touched() -> None:
    """A changed description, a lost block and a lost table come back; hand-written lines stay."""
    generated = runpy.run_path(str(ROOT / "docs" / "make_metadata.py"))["generated"]
    text = FILE.read_text(encoding="utf-8")
    assert generated(text.replace("Who serves models.", "Who sells models.")) == text
    head, mark, rest = text.partition("      moments:\n")
    assert generated(head + mark + rest.partition("        # end of")[2].partition("\n")[2])
    without = head + re.sub(r"\A(?:        .*\n)+", "", rest)
    assert (
        yaml.safe_load(generated(without))["databases"]["catalog"]["tables"]["moments"]["columns"]
        == (TABLES["moments"]["columns"])
    )
    by_hand = text.replace("label_column: name", "label_column: spec")
    assert generated(by_hand) == by_hand


def test_a_table_that_is_no_more_is_named() -> None:
    """What the template dropped cannot stay behind in the metadata."""
    generated = runpy.run_path(str(ROOT / "docs" / "make_metadata.py"))["generated"]
    text = FILE.read_text(encoding="utf-8")
    with pytest.raises(ValueError, match="no table model_prices"):
        generated(text.replace("      moments:\n", "      model_prices:\n"))


def test_every_table_and_column_is_described_with_its_unit(declared: dict[str, list[str]]) -> None:
    """Nothing is missing, nothing is said of what does not exist, and every right is there."""
    assert TABLES.keys() == declared.keys()
    for name, table in TABLES.items():
        assert table["description"], name
        assert all(table[key] for key in ("source", "source_url", "license", "license_url")), name
        if name != "models_fts":
            assert list(table["columns"]) == declared[name], name
    for column in columns():
        if column.column and column.unit:
            said = TABLES[column.table]["columns"][column.column]
            assert said.startswith(f"{column.description}; "), column
    assert TABLES["models"]["columns"]["cost_input"].endswith("US dollars per million tokens")


def test_facets_and_orders_are_columns(declared: dict[str, list[str]]) -> None:
    """Datasette answers 500 for a sort column that is none, or that may not be sorted by."""
    for name, table in TABLES.items():
        facets = [
            next(iter(f.values())) if isinstance(f, dict) else f for f in table.get("facets", ())
        ]
        sortable = table.get("sortable_columns", declared[name])
        orders = [table[key] for key in ("sort", "sort_desc") if key in table]
        labels = [table[key] for key in ("label_column",) if key in table]
        assert {*facets, *sortable, *labels} <= set(declared[name]), name
        assert set(orders) <= set(sortable), name
        assert "units" not in table, "a 500 on 0.65"


def test_no_query_is_named_like_a_table(declared: dict[str, list[str]]) -> None:
    """One of the two would be out of reach."""
    assert not QUERIES.keys() & {name.casefold() for name in declared}
    assert len(QUERIES) >= 16


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_says_what_it_takes(name: str) -> None:
    """Title, description, and each parameter with its meaning and what it is when left empty."""
    query = QUERIES[name]
    sql = re.sub(r"'[^']*'", "", query["sql"])
    assert set(re.findall(r":(\w+)", sql)) == set(query["params"])
    assert query["title"]
    for parameter in query["params"]:
        assert re.search(rf"\b{parameter}[:,]", query["description"]), parameter
    assert query["description"].count("empty: ") >= bool(query["params"])
    compared = re.findall(r"[<>=] *:\w+|:\w+ *[<>=]", sql)
    assert not compared, "text compared as it is is silently wrong"


# the pages


def test_the_front_page_shows_what_people_read(browser: Browser) -> None:
    """Tables and views are listed; the logs behind the views are hidden."""
    listed = {table["name"]: table["hidden"] for table in browser.get(".json").json()["tables"]}
    logs = {"specs", "origins", "texts", "abilities", "edits", "models_fts"}
    logs |= {"detail_log", "version_log", "price_log", "change_log"}
    assert {name for name in TABLES if listed.get(name)} == logs
    assert {name for name, table in TABLES.items() if table.get("hidden")} == logs
    assert not listed["models"]
    page = browser.get("").text
    assert any(query["title"] in page for query in QUERIES.values())  # 1.0 shows the first few


@pytest.mark.parametrize("name", TABLES)
def test_a_table_opens(browser: Browser, name: str) -> None:
    """As a page and as JSON, with rows, its title and its description."""
    page = browser.get(name)
    assert page.status_code == 200
    assert TABLES[name].get("title", name) in page.text
    rows = browser.rows(name)
    assert rows or name in NOTHING_TO_TELL | OF_THE_USER
    assert not rows or name not in OF_THE_USER


def test_what_a_user_adds_is_in_the_tables_of_the_user(
    browse: Any, make_catalog: MakeCatalog
) -> None:
    """The shipped catalogue has no row of them: here an endpoint that lists a model, and an edit."""
    path = make_catalog({"acme": {"models": [{"id": "acme-1"}]}})
    listed = ("acme:acme-1", "http://localhost:11434", 1, None, "2026-11-28T12:00:00Z")
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO availability VALUES (?, ?, ?, ?, ?)", listed)
        connection.execute("INSERT INTO edits VALUES (1, 'ann', 'our contract')")
    browser = browse(path)
    assert [tuple(row.values()) for row in browser.rows("availability")] == [listed]
    assert [row["reason"] for row in browser.rows("edits")] == ["our contract"]
    page = browser.get("availability").text
    assert TABLES["availability"]["columns"]["discovered_at"] in page
    assert "http://localhost:11434" in page


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_shows_something_before_anything_is_asked(browser: Browser, name: str) -> None:
    """Opened without parameters it answers with its defaults, as a page and as JSON."""
    page = browser.get(name)
    assert page.status_code == 200
    assert QUERIES[name]["title"].replace("'", "&#39;") in page.text
    rows = browser.rows(name)
    assert rows or name in NOTHING_TO_TELL | MOVES_WITH_THE_CALENDAR


@pytest.mark.parametrize("name", QUERIES)
def test_a_query_takes_whatever_is_typed(small_browser: Browser, name: str) -> None:
    """Text, numbers, nothing, quotes, SQL, emoji and numbers beyond all bounds: rows or none."""
    for value in VALUES:
        for parameter in QUERIES[name]["params"]:
            small_browser.rows(name, **{parameter: value})
    page = small_browser.get(name, **dict.fromkeys(QUERIES[name]["params"], VALUES[-1]))
    assert page.status_code == 200


# what the queries say


def test_lists_of_the_cheapest_hold_what_one_can_buy(browser: Browser, shipped: Path) -> None:
    """Nothing without a price, nothing at 0 unless asked for, nothing that is going."""
    with Catalog(shipped) as catalog:
        for name in ("cheapest_vision", "cheapest_with", "cheapest_open_weights", "job_cost"):
            rows = browser.rows(name)
            assert all(row["cost_input"] > 0 for row in rows), name
            statuses = {catalog.model(row["spec"]).status for row in rows}
            assert not statuses & {"deprecated", "retired"}, name
    assert browser.rows("cheapest_vision", free="1")[0]["cost_input"] == 0
    wide = browser.rows("cheapest_vision", min_context="1000000")
    assert wide
    assert all(row["limit_context"] >= 1_000_000 for row in wide)


def test_a_job_costs_what_the_library_says(browser: Browser, shipped: Path) -> None:
    """Tiers for long prompts included."""
    with Catalog(shipped) as catalog:
        for tokens in (10_000, 250_000):
            for row in browser.rows("job_cost", input_tokens=str(tokens), output_tokens="2000"):
                assert row["usd"] == pytest.approx(
                    float(catalog.cost(row["spec"], tokens, 2000).total), abs=1e-9
                )


def test_what_a_job_costs_reads_as_money(browser: Browser) -> None:
    """With a dollar sign and without an exponent, however little it is."""
    page = browser.get("job_cost", input_tokens="1", output_tokens="1").text
    assert "$0.00000" in page
    assert not re.search(r">[\d.]+e-\d\d<", page)
    assert ' USD">$' in browser.get("long_context_cheap").text


def test_an_unknown_price_is_in_no_list(browse: Any, make_catalog: MakeCatalog) -> None:
    """Neither cheapest nor free: a price that nobody knows is no price."""
    sees = {"modalities": {"input": ["image", "text"], "output": ["text"]}, "limit": {"context": 1}}
    models = [
        {"id": "priced", "cost": {"input": 1, "output": 2}, **sees},
        {"id": "free", "cost": {"input": 0, "output": 0}, **sees},
        {"id": "unknown", **sees},
    ]
    browser = browse(make_catalog({"acme": {"models": models}}))
    specs = [row["spec"] for row in browser.rows("cheapest_vision", min_context="1")]
    assert specs == ["acme:priced"]
    assert [row["spec"] for row in browser.rows("free_models")] == ["acme:free"]
    job = browser.rows("job_cost", input_tokens="1", output_tokens="0", free="1")
    assert [row["spec"] for row in job] == ["acme:free", "acme:priced"]


def test_prices_are_those_of_the_library(browser: Browser, shipped: Path) -> None:
    """Every stretch of a model's past, and the steps of its chart."""
    model = "deepseek:deepseek-chat"
    with Catalog(shipped) as catalog:
        stretches = catalog.prices(model)
    known = {(p.meter, p.usd, p.valid_from, p.valid_to) for p in stretches}
    rows = browser.rows("price_history_of", model=model)
    assert {(r["meter"], r["usd"], r["valid_from"], r["valid_to"]) for r in rows} == known
    steps = browser.rows("price_timeline", model=model)
    for meter in ("input", "output"):
        moves = [(p.valid_from, p.usd) for p in stretches if p.meter == meter and not p.suspect]
        assert len(moves) > 2
        assert [(row["at"], row[f"cost_{meter}"]) for row in steps] == moves
    then = browser.rows("model_as_of", model=model, at="2026-04-20")
    assert [row["cost_input"] for row in then] == [0.28]


def test_feeds_leave_glitches_out(browser: Browser) -> None:
    """A price that was a slip fell for nobody; a model's own history marks it."""
    slips = {(r["at"], r["spec"], r["field"]) for r in browser.rows("changes", suspect="1")}
    assert slips
    fell = browser.rows("price_drops", days="3650", min_percent="0", free="1")
    told = browser.rows("changed_since", since="2026-01-01", field="cost_input")
    assert fell
    assert told
    assert not slips & {(row["at"], row["spec"], row["field"]) for row in (*fell, *told)}


def test_what_goes_is_due_within_its_days(browser: Browser) -> None:
    """Counted from a day, so that the answer stays: the first day and the last are in."""
    due = browser.rows("deprecations_due", days="30", from_day="2026-05-21")
    assert due
    assert all("2026-05-21" <= row["day"] <= "2026-06-20" for row in due)
    assert browser.rows("deprecations_due", days="0", from_day=due[0]["day"])


def test_the_same_model_is_found_under_every_spelling(browser: Browser) -> None:
    """By id, by spec, with or without the lab before it, dots and dashes alike."""
    found = browser.rows("same_model_everywhere", model="claude-sonnet-4-5")
    for model in ("anthropic:claude-sonnet-4-5", "anthropic/claude-sonnet-4.5"):
        assert browser.rows("same_model_everywhere", model=model) == found
    assert len({row["provider"] for row in found}) > 5


def test_the_states_of_a_model_begin_with_the_newest(browser: Browser) -> None:
    """Backwards in time, from what is true now."""
    rows = browser.rows("model_versions", spec="deepseek:deepseek-chat")
    stamps = [row["valid_from"] for row in rows]
    assert len(stamps) > 2
    assert stamps == sorted(stamps, reverse=True)
    assert rows[0]["valid_to"] is None


def test_a_model_page_lists_all_that_the_query_finds(browser: Browser) -> None:
    """Who serves a model is the same on its page as in the query."""
    spec = "anthropic:claude-sonnet-4-6"
    found = {row["spec"] for row in browser.rows("same_model_everywhere", model=spec)}
    told = browser.get(f"-/model/{spec}.json").json()["elsewhere"]
    assert {"github-copilot:claude-sonnet-4.6", "google-vertex:claude-sonnet-4-6@default"} <= found
    assert found <= {spec, *(other["spec"] for other in told)}


def test_two_models_side_by_side(browser: Browser) -> None:
    """A row for every fact, and a mark where they differ; one that nobody knows is left empty."""
    rows = {row["field"]: row for row in browser.rows("compare_models", b="openai:gpt-4o")}
    assert rows["cost_input"]["b"] == 2.5
    assert all(row["differs"] == (row["a"] != row["b"]) for row in rows.values())
    one = browser.rows("compare_models", a="openai:gpt-4o", b="openai:gpt-17")
    assert {row["b"] for row in one} == {None}


def test_words_find_models(browser: Browser) -> None:
    """All words count, in any order."""
    rows = browser.rows("search_models", q="4o gpt")
    assert "openai:gpt-4o" in {row["spec"] for row in rows}
    assert browser.rows("search_models", q="zyxwv") == []


def test_refusals_and_contradictions_are_shown_where_there_are_any(
    browse: Any, tmp_path: Path
) -> None:
    """Why a record was not taken, and who says what."""
    said = {"id": "acme-1", "cost": {"input": 2.5}}
    other = {"id": "acme-1", "cost": {"input": 0.0025}}
    wrong = {"id": "acme-2", "cost": {"input": "cheap"}}
    sources = [
        SourceSpec("mapping", "upstream", {"acme": {"models": [said, wrong]}}, "upstream"),
        SourceSpec("mapping", "ours", {"acme": {"models": [other]}}, "ours"),
    ]
    build(Recipe(tuple(sources)), tmp_path / "catalog.db")
    browser = browse(tmp_path / "catalog.db")
    [contradiction] = browser.rows("source_disagreements")
    assert (contradiction["spec"], contradiction["times"]) == ("acme:acme-1", 1000.0)
    assert browser.rows("source_disagreements", min_times="2000") == []
    [refusal] = browser.rows("rejects_by_reason")
    assert (refusal["source"], refusal["records"], refusal["spec"]) == (
        "upstream",
        1,
        "acme:acme-2",
    )
    assert "cost" in json.dumps(refusal)


# the prose


def test_every_query_is_told_of_and_every_answer_is_as_shown(browser: Browser) -> None:
    """docs/json-api.md: what stands below each curl is what comes, up to an ellipsis."""
    text = (ROOT / "docs" / "json-api.md").read_text(encoding="utf-8")
    assert QUERIES.keys() <= set(re.findall(r"`(\w+)`", text))
    examples = re.findall(r"^\$ curl -s 'http://[^/]+/catalog/(.+)'\n(.+)$", text, re.MULTILINE)
    assert len(examples) >= 7
    for address, shown in examples:
        answer = browser.get(address)
        assert answer.status_code == 200, address
        assert answer.text.strip().startswith(shown.removesuffix("…")), address
        assert shown.endswith("…") or answer.text.strip() == shown, address
