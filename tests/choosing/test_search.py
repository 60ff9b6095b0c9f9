"""Search: what people type finds what they mean, best first, and no text is an error."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from llmcat import Catalog
from llmcat.choosing.search import MAX_RANKED, correct, distance, search
from llmcat.choosing.words import match, spellings, split, split_apart
from llmcat.records import ModelRow
from llmcat.storage.checks import before_use
from tests.conftest import MakeCatalog
from tests.examples import examples
from tests.pipeline.building import build_from, write_json


def opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(before_use.uri(str(path)), uri=True, isolation_level=None)


@pytest.fixture(scope="session")
def shipped_file(shipped: Path) -> Iterator[sqlite3.Connection]:
    """The shipped catalogue as the reader opens it: read-only, immutable."""
    connection = opened(shipped)
    yield connection
    connection.close()


def rows_of(connection: sqlite3.Connection, specs: list[str]) -> list[ModelRow]:
    """What the connection has of these models, in this order."""
    query = f"SELECT {', '.join(ModelRow._fields)} FROM models WHERE spec = ?"
    return [ModelRow(*connection.execute(query, (spec,)).fetchone()) for spec in specs]


HOSTILE = [
    "",
    " ",
    '"',
    '""',
    'claude"',
    "AND",
    "OR NOT AND",
    "NEAR(claude, sonnet)",
    "*",
    "claude*",
    "(",
    ")(",
    "^claude",
    "name:claude",
    "{id name}: claude",
    "- description : claude",
    "claude + sonnet",
    "%_%",
    "'; DROP TABLE models; --",
    "\0",
    "claude\0sonnet",
    "🚀",
    "claude 🚀 sonnet",
    "\ud800",
    "e\u0301",
    "ﷺ" * 50,
    "...",
    "a.b.c.d" * 30,
    "x" * 10_000,
    "gpt " * 2_500,
    "1" * 10_000,
    "\u202eclaude",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_is_an_error(shipped_file: sqlite3.Connection, text: str) -> None:
    """Whatever FTS5 would choke on is words, or nothing."""
    assert isinstance(search(shipped_file, text), list)
    assert correct(shipped_file, text) is None or search(
        shipped_file, correct(shipped_file, text) or ""
    )


@given(text=st.text(max_size=60) | st.text(alphabet="gpt45o.\"*():^-+ANDORNEAR{}' ", max_size=40))
@settings(
    max_examples=examples(60),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@example(text="x\x00\ud83d")
def test_any_text_can_be_searched(shipped_file: sqlite3.Connection, text: str) -> None:
    """search and correct never raise, and what correct offers is found."""
    found = search(shipped_file, text, limit=3)
    assert len(found) <= 3
    corrected = correct(shipped_file, text)
    assert corrected is None or search(shipped_file, corrected)


def test_signs_beside_words_do_not_count(shipped_file: sqlite3.Connection) -> None:
    """Quotes, stars, emoji and NUL leave the words that stand among them."""
    plain = search(shipped_file, "claude sonnet")
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in "claude") + " SONNET"
    for text in (
        '"claude" sonnet*',
        "claude 🚀 sonnet",
        "claude\0sonnet",
        wide,
    ):
        assert search(shipped_file, text) == plain


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("gpt-4o", "openai:gpt-4o"),
        ("GPT-4o", "openai:gpt-4o"),
        ("gpt4o", "openai:gpt-4o"),
        ("gpt 4o", "openai:gpt-4o"),
        ("openai:gpt-4o", "openai:gpt-4o"),
        ("gpt-4o@openai", "openai:gpt-4o"),
        ("openai gpt 4o", "openai:gpt-4o"),
        ("gpt-5.4 mini", "openai:gpt-5.4-mini"),
        ("gpt5.4mini", "openai:gpt-5.4-mini"),
        ("gpt35 turbo", "openai:gpt-3.5-turbo"),
        ("gpt35turbo", "openai:gpt-3.5-turbo"),
        ("gpt4turbo", "openai:gpt-4-turbo"),
        ("o3mini", "openai:o3-mini"),
        ("claude sonnet 4.5", "anthropic:claude-sonnet-4-5"),
        ("sonnet 4.5 claude", "anthropic:claude-sonnet-4-5"),
        ("claude-3-5-sonnet-latest", "anthropic:claude-3-5-sonnet-20241022"),
        ("openrouter openai/gpt-4o", "openrouter:openai/gpt-4o"),
        ("llama3.3", "llama:llama-3.3-70b-instruct"),
    ],
)
def test_names_as_people_write_them(
    shipped_file: sqlite3.Connection, text: str, first: str
) -> None:
    """Order, case, blanks, dots and dashes do not count: the model that is meant comes first.

    Among those of its provider: what a lab has switched off stands behind what others still serve.
    """
    provider = first.partition(":")[0]
    assert search(shipped_file, text, provider=provider)[0] == first
    assert first in search(shipped_file, text, limit=1_000)


@pytest.mark.parametrize(
    ("text", "in_every_id"),
    [("deep seek", "deepseek"), ("qwen 3 coder", "qwen3coder"), ("llama 3.3 70b", "70b")],
)
def test_words_apart_are_found_together(
    shipped_file: sqlite3.Connection, text: str, in_every_id: str
) -> None:
    """Two words that ids write as one are found."""
    found = search(shipped_file, text)
    assert len(found) == 20
    assert all(in_every_id in spec.lower().replace("-", "") for spec in found[:8])


def test_a_lab_comes_before_resellers_and_the_new_before_the_old(
    shipped_file: sqlite3.Connection,
) -> None:
    """`claude sonnet` begins with Anthropic's own that are in service, newest first."""
    rows = rows_of(shipped_file, search(shipped_file, "claude sonnet"))
    own = [row for row in rows if row.first_party]
    assert rows[: len(own)] == own
    assert {row.provider for row in own} == {"anthropic"}
    assert "retired" not in {row.status for row in own}
    in_service = [row.release_date or "" for row in own if row.status != "deprecated"]
    assert in_service == sorted(in_service, reverse=True)


def test_a_provider_narrows(shipped_file: sqlite3.Connection) -> None:
    """Only the provider asked for, and none that merely begins like it."""
    found = search(shipped_file, "claude", provider="google-vertex")
    assert {row.provider for row in rows_of(shipped_file, found)} <= {"google-vertex"}
    found = search(shipped_file, "claude", provider="anthropic")
    assert {row.provider for row in rows_of(shipped_file, found)} == {"anthropic"}
    assert search(shipped_file, "claude", provider="no-such") == []


def test_pages_follow_each_other(shipped_file: sqlite3.Connection) -> None:
    """Pages neither overlap nor leave anything out, and come the same every time."""
    whole = search(shipped_file, "claude sonnet", limit=60)
    pages = [search(shipped_file, "claude sonnet", limit=20, offset=at) for at in (0, 20, 40)]
    assert [spec for page in pages for spec in page] == whole
    assert len(set(whole)) == 60


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_of_nothing_gives_nothing(shipped_file: sqlite3.Connection, limit: int) -> None:
    """A limit below 1 is no error."""
    assert search(shipped_file, "claude", limit=limit) == []


def test_limits_beyond_any_table_are_cut(shipped_file: sqlite3.Connection) -> None:
    """A huge limit or offset is no error either."""
    assert len(search(shipped_file, "gpt", limit=10**30)) < MAX_RANKED
    assert search(shipped_file, "gpt", offset=10**30) == []


def test_every_model_is_found_by_its_spec(shipped_file: sqlite3.Connection) -> None:
    """A spec that is typed out finds its model at the top."""
    rows = shipped_file.execute("SELECT spec FROM models ORDER BY spec").fetchall()
    sample = [spec for (spec,) in rows[::97]]
    assert [spec for spec in sample if spec not in search(shipped_file, spec, limit=5)] == []


SMALL = {
    "providers": [{"id": "acme"}, {"id": "resale"}],
    "models": [
        {"provider": "acme", "id": "nova-1", "name": "Nova 1", "release_date": "2024-01-01"},
        {"provider": "acme", "id": "nova-2", "name": "Nova 2", "release_date": "2025-01-01"},
        {"provider": "acme", "id": "nova-0", "status": "deprecated", "release_date": "2026-01-01"},
        {
            "provider": "acme",
            "id": "nova-9",
            "retires_on": "2030-06-01",
            "release_date": "2026-02-01",
        },
        {"provider": "resale", "id": "acme/nova-2", "release_date": "2026-01-01"},
        {"provider": "resale", "id": "orion", "description": "Better than nova at écriture."},
        {"provider": "resale", "id": "undated-nova", "aliases": ["stella"]},
    ],
}
LABS = {"acme": ["nova-*"]}


@pytest.fixture
def small(make_catalog: MakeCatalog) -> Iterator[sqlite3.Connection]:
    connection = opened(make_catalog(SMALL, labs=LABS))
    yield connection
    connection.close()


def test_the_order_of_a_small_catalogue(small: sqlite3.Connection) -> None:
    """The lab's living ones, newest first, then its deprecated, resellers, and mere descriptions."""
    assert search(small, "nova") == [
        "acme:nova-9",
        "acme:nova-2",
        "acme:nova-1",
        "acme:nova-0",
        "resale:acme/nova-2",
        "resale:undated-nova",
        "resale:orion",
    ]


def test_who_has_retired_by_today_comes_last(small: sqlite3.Connection) -> None:
    """A day past `retires_on` counts as retired; those that can be called come first."""
    found = search(small, "nova", today="2030-06-01")
    assert found.index("acme:nova-9") == found.index("resale:undated-nova") + 1


def test_an_exact_name_beats_all_else(small: sqlite3.Connection) -> None:
    """Even a deprecated model is first when it is named."""
    assert search(small, "nova 0")[0] == "acme:nova-0"
    assert search(small, "stella") == ["resale:undated-nova"]


def test_descriptions_page_behind_names(small: sqlite3.Connection) -> None:
    """The last page holds what only its description found."""
    assert search(small, "nova", limit=2, offset=5) == ["resale:undated-nova", "resale:orion"]
    assert search(small, "ecriture") == ["resale:orion"]


def test_time_travel_gives_the_rows_of_then(small: sqlite3.Connection) -> None:
    """A temp view named models decides which models there are and what they say."""
    columns = ", ".join(
        "'Old Nova' AS name" if field == "name" else field for field in ModelRow._fields
    )
    small.execute(
        f"CREATE TEMP VIEW models AS SELECT {columns} FROM main.models WHERE release_date < '2025-06'"
    )
    rows = rows_of(small, search(small, "nova"))
    assert [row.spec for row in rows] == ["acme:nova-2", "acme:nova-1"]
    assert {row.name for row in rows} == {"Old Nova"}


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("cluade sonet", "claude sonnet"),
        ("gemni flash", "gemini flash"),
        ("Cluade-Sonet 4.5", "claude-sonnet 4.5"),
        ("gtp-4o", "gpt-4o"),
        ("lama3.3", "llama3.3"),
        ("lcaude", "claude"),
        ("antropic", "anthropic"),
        ("claudesonnet", "claude sonnet"),
        ("gpt4omini", "gpt4o mini"),
    ],
)
def test_typos_are_corrected_and_said(
    shipped_file: sqlite3.Connection, typed: str, meant: str
) -> None:
    """What finds nothing is offered as the nearest words that find something."""
    assert search(shipped_file, typed) == []
    assert correct(shipped_file, typed) == meant
    assert search(shipped_file, meant)


@pytest.mark.parametrize(
    "text",
    ["", "gpt 9.9", "xyzzy plugh", "zebra", "claude sonnet", "sonnet gemini", "qwertyuiop 4"],
)
def test_nothing_is_made_up(shipped_file: sqlite3.Connection, text: str) -> None:
    """Numbers, far words and known words are left: there is nothing to correct."""
    assert correct(shipped_file, text) is None


def test_who_may_not_make_temp_tables_gets_no_correction(shipped: Path) -> None:
    """Behind an authorizer that denies it, a typo is just not found."""
    connection = opened(shipped)
    denied = {sqlite3.SQLITE_CREATE_VTABLE, 8}
    connection.set_authorizer(
        lambda action, *_: sqlite3.SQLITE_DENY if action in denied else sqlite3.SQLITE_OK
    )
    assert correct(connection, "cluade") is None
    connection.close()


@pytest.mark.parametrize(
    ("one", "other", "typos"),
    [("cluade", "claude", 1), ("sonet", "sonnet", 1), ("", "abc", 3), ("kitten", "sitting", 3)],
)
def test_a_swap_is_one_typo(one: str, other: str, typos: int) -> None:
    """Letters left out, added, mistaken or swapped count one each."""
    assert distance(one, other) == distance(other, one) == typos


def test_words_are_split_as_ids_are_written() -> None:
    """A dot binds numbers; letters and digits come apart, but 70b and 4o stay whole."""
    assert split("GPT-5.4 mini/x_y") == ["gpt", "5 4", "mini", "x", "y"]
    assert split_apart("gpt35turbo") == ["gpt", "3", "5", "turbo"]
    assert split_apart("qwen2.5 72b") == ["qwen", "2", "5", "72b"]
    assert spellings("gpt4o") == ["gpt4o", "gpt 4o"]
    assert spellings("70b") == ["70b"]
    assert spellings("claude") == ["claude"]


def test_a_match_quotes_every_word() -> None:
    """Nothing that FTS5 could take for an operator stands outside of quotes."""
    assert (
        match('x" OR NEAR')
        == '("x"* OR "xor"*) AND ("or"* OR "xor"* OR "ornear"*) AND ("near"* OR "ornear"*)'
    )
    assert match("?!") == ""


def offers_with_outliers(folder: Path) -> Path:
    """One model at six providers: at p0 its price is a thousandth, at p1 its context without end."""
    said = {
        f"p{n}": {
            "id": f"p{n}",
            "models": {
                "orca-1": {
                    "id": "orca-1",
                    "name": "Orca 1",
                    "base_model": "lab/orca-1",
                    "cost": {"input": 0.002 if n == 0 else 2.0 + n, "output": 8},
                    "limit": {"context": 99_999_999 if n == 1 else 128_000, "output": 4_000},
                    "modalities": {"input": ["text"], "output": ["text"]},
                }
            },
        }
        for n in range(6)
    }
    return build_from(folder / "catalog.db", ("models.dev", write_json(folder / "api.json", said)))


def test_outliers_lead_no_list(tmp_path: Path) -> None:
    """Not what search finds, nor the queries of the pages, whichever they are sorted by."""
    catalog = Catalog(offers_with_outliers(tmp_path))
    assert {row["spec"] for row in catalog.sql("SELECT spec FROM outliers")} == {
        "p0:orca-1",
        "p1:orca-1",
    }
    assert [model.provider for model in catalog.search("orca")] == [
        "p2",
        "p3",
        "p4",
        "p5",
        "p0",
        "p1",
    ]
    assert [model.provider for model in catalog.find(order_by="cost_input")][-1] == "p0"
    assert [model.provider for model in catalog.find(order_by="-limit_context")][-1] == "p1"
    metadata = yaml.safe_load((Path(__file__).parents[2] / "datasette-metadata.yml").read_text())
    queries = metadata["databases"]["catalog"]["queries"]
    asked = 0
    for name, query in queries.items():
        if "escape_fts" in query["sql"] or name == "price_timeline":  # Datasette's own; by time
            continue
        rows = catalog.sql(query["sql"], {**dict.fromkeys(query.get("params", ()), ""), **ASKED})
        if (
            rows
            and {"spec", "cost_input"} <= rows[0].keys()
            and len({r["spec"] for r in rows}) == 6
        ):
            asked += 1
            assert rows[0]["spec"] != "p0:orca-1", name
    assert asked >= 2


ASKED = {"model": "orca-1", "words": "orca"}
