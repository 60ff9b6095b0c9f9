"""Find answers what a plain filter over all models would, whatever is asked."""

from __future__ import annotations

import ast
import inspect
import json
import random
import sqlite3
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcat import Catalog, Model, capabilities, meters
from llmcat.capabilities import CANONICAL
from llmcat.capabilities import CAPABILITIES as KNOWN
from llmcat.choosing import options
from llmcat.choosing.find import build_query, find_specs
from llmcat.choosing.options import OPTIONS, TYPES, help_of
from llmcat.errors import OptionError, ProviderNotFound, UnknownCapability, UnknownColumn
from llmcat.pipeline.build import build
from llmcat.pipeline.recipe import Recipe, SourceSpec
from llmcat.records import FLAG_FIELDS, ModelRow
from tests.choosing.brute_force import (
    ALIASES,
    BRUTE,
    BUILT_STATUS,
    PROVIDERS,
    SETTINGS,
    TODAY,
    VALUES,
    brute,
    matches,
    some_model,
)
from tests.examples import examples


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    """300 models at 8 providers, made by the real pipeline."""
    choose = random.Random(20260521)
    mapping = {
        "providers": [{"id": id_, **said} for id_, said in PROVIDERS.items()],
        "models": [some_model(choose, number) for number in range(300)],
    }
    source = SourceSpec("mapping", "mapping", mapping, "mapping")
    labs = {"openai": ["gpt-*"], "anthropic": ["claude-*"], "google": ["gemini-*"]}
    output = tmp_path_factory.mktemp("find") / "catalog.db"
    build(Recipe((source,), provider_aliases=ALIASES, labs=labs), output)
    with Catalog(output) as opened:
        assert len(opened.models()) == 300
        BUILT_STATUS.update(opened.connection.execute("SELECT spec, status FROM models"))
        yield opened


def test_every_option_has_a_brute_force_twin() -> None:
    """No option goes untested."""
    assert set(VALUES) == set(OPTIONS)
    assert set(BRUTE) | set(SETTINGS) | {"max_blend"} == set(OPTIONS)


@lru_cache(maxsize=1)
def everyone(catalog: Catalog, day: str) -> list[Model]:
    """All models on a day, read once: the loop then has their details, too."""
    return catalog.find(today=day, include_deprecated=True, include_retired=True)


def check(catalog: Catalog, options: dict[str, Any]) -> None:
    options = {"today": TODAY, **options}
    found = find_specs(catalog.connection, **options)
    largest_first = bool(options.get("order_by")) and options["order_by"][0].startswith("-")
    outliers = {
        (spec, field)
        for spec, field, value, usual in catalog.connection.execute(
            "SELECT spec, field, value, usual FROM outliers"
        )
        if usual is None or (value > usual) is largest_first
    }
    assert found == brute(everyone(catalog, options["today"]), options, outliers)


@pytest.mark.parametrize("option", OPTIONS)
def test_an_option_is_a_plain_filter(catalog: Catalog, option: str) -> None:
    """Each option by itself gives what a loop over all models gives."""

    @settings(max_examples=examples(12), deadline=None, derandomize=True, database=None)
    @given(VALUES[option])
    def story(value: Any) -> None:
        check(catalog, {option: value})
        check(catalog, {option: value, "include_retired": True, "include_deprecated": True})

    story()


@settings(max_examples=examples(60), deadline=None, derandomize=True, database=None)
@given(data=st.data())
def test_options_combine(catalog: Catalog, data: st.DataObject) -> None:
    """Several options give what all of their filters leave, in the same order each time."""
    chosen = data.draw(st.lists(st.sampled_from(list(VALUES)), max_size=4, unique=True))
    check(catalog, {name: data.draw(VALUES[name], label=name) for name in chosen})


def test_each_option_finds_some_but_not_all(catalog: Catalog) -> None:
    """The rows are such that a filter which does nothing would be noticed."""
    everything = {"include_retired": True, "include_deprecated": True}
    for option, values in {
        "require": ["tools"],
        "forbid": ["grounding"],
        "min_context": 128_000,
        "max_cost_input": 0.1,
        "released_after": "2025",
        "text": "claude",
        "tags": ["house's"],
        "effort": "low",
        "reasoning_budget": 2_000,
        "parameters": ["temperature", "seed"],
        "provider": "gemini",
        "available": {"OPENAI_API_KEY": "x"},
    }.items():
        assert 0 < len(find_specs(catalog.connection, **everything, **{option: values})) < 300


def test_unknown_is_neither_true_nor_false(catalog: Catalog) -> None:
    """What is not known can be neither required nor is it forbidden, nor does it fit a bound."""
    every: Any = {"include_retired": True, "include_deprecated": True}
    required = set(find_specs(catalog.connection, require="tools", **every))
    allowed = set(find_specs(catalog.connection, forbid="tools", **every))
    unknown = {m.spec for m in catalog.models() if m.tools is None}
    assert unknown
    assert unknown <= allowed
    assert not unknown & required
    free = list(catalog.find(max_cost_input=0, **every))
    assert free
    assert all(m.cost_input == 0 for m in free)


def test_a_day_more_retires_a_model(catalog: Catalog) -> None:
    """retires_on decides by the day that is asked about, whatever status says."""
    still = catalog.find(today="2026-05-21", include_deprecated=True)
    late = {m.spec for m in still if m.retires_on == "2026-05-22" and m.status is None}
    late = {s for s in late if not catalog.model(s).deprecated_on}
    before = set(find_specs(catalog.connection, today="2026-05-21"))
    after = set(find_specs(catalog.connection, today=date(2026, 5, 22)))
    assert late
    assert late <= before
    assert not late & after


def test_dates_come_as_text_date_or_datetime(catalog: Catalog) -> None:
    """2025-06-15 is the same day however it is said."""
    said = ["2025-06-15", date(2025, 6, 15), datetime(2025, 6, 15, 12)]
    found = [find_specs(catalog.connection, released_after=day) for day in said]
    assert found[0] == found[1] == found[2] != []


def test_decimals_and_whole_floats_are_numbers(catalog: Catalog) -> None:
    """Money often comes as Decimal, and a million as 1e6."""
    c = catalog.connection
    assert find_specs(c, max_cost_input=Decimal("0.1")) == find_specs(c, max_cost_input=0.1)
    assert find_specs(c, min_context=1e6) == find_specs(c, min_context=1_000_000)


def test_the_blend_is_exact_to_the_ninth_decimal(catalog: Catalog) -> None:
    """(3 x 0.1 + 0.4) / 4 is 0.175, although floats say 0.17500000000000002."""
    every: Any = {"include_retired": True, "include_deprecated": True}
    found = catalog.find(max_blend=0.175, **every)
    assert [m for m in found if (m.cost_input, m.cost_output) == (0.1, 0.4)]
    three_to_one = [m.spec for m in catalog.find(blend="3:1", max_blend=0.175, **every)]
    assert three_to_one == [m.spec for m in found]


def test_os_environ_is_looked_into(catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """available=True asks the environment of the process; False asks nothing."""
    for provider in PROVIDERS.values():
        for key in provider.get("env", []):
            monkeypatch.delenv(key, raising=False)
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-x")
    assert {m.provider for m in catalog.find(available=True)} == {"anthropic"}
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:11434")
    assert {m.provider for m in catalog.find(available=True)} == {"anthropic", "ollama"}
    assert catalog.find(available=False) == catalog.find()


def test_equal_options_give_equal_sql() -> None:
    """SQLite has the statement prepared already: values are bound, order does not count."""
    one, _ = build_query({"require": ["vision"], "min_context": 1, "limit": 5})
    other, bound = build_query({"limit": 9, "min_context": 777_777, "require": ["image_input"]})
    assert one == other
    assert "777777" not in other
    assert 777_777 in bound


HOSTILE = [
    "x'; DROP TABLE models; --",
    "cost_input; DROP TABLE models",
    "spec DESC, (SELECT 1)",
    "1",
    "rowid",
    "cost_input ",
    "--cost_input",
    "COST_INPUT",
    "\x00",
    "",
]


@pytest.mark.parametrize("column", HOSTILE)
def test_only_columns_can_be_ordered_by(catalog: Catalog, column: str) -> None:
    """What is no column by its exact name never reaches the SQL."""
    with pytest.raises(OptionError):
        find_specs(catalog.connection, order_by=column)


def test_a_misspelt_column_is_answered_with_the_right_one() -> None:
    """The error names what was probably meant."""
    with pytest.raises(UnknownColumn, match="did you mean cost_input"):
        build_query({"order_by": "cost_inputs"})
    with pytest.raises(UnknownColumn, match="did you mean cost_input, cost_output"):
        build_query({"order_by": "price"})


def test_every_column_can_be_ordered_by(catalog: Catalog) -> None:
    """Both ways, all models stay."""
    for column in (*ModelRow._fields, "blend"):
        for sign in ("", "-"):
            specs = find_specs(catalog.connection, order_by=sign + column, today="2020")
            assert len(set(specs)) == len(specs) > 100


TEXT_OPTIONS = [n for n, o in OPTIONS.items() if o.type in ("names", "text")]


@settings(max_examples=examples(40), deadline=None, derandomize=True, database=None)
@given(option=st.sampled_from(TEXT_OPTIONS), value=st.text(max_size=12) | st.sampled_from(HOSTILE))
def test_no_text_breaks_the_query(catalog: Catalog, option: str, value: str) -> None:
    """Whatever is typed: rows, or an error of ours."""
    try:
        specs = find_specs(catalog.connection, **{option: value})
    except (OptionError, ProviderNotFound):
        return
    assert len(specs) <= 300


@pytest.mark.parametrize(
    "text",
    ["claude AND sonnet", "NEAR(gpt", "id:gpt", "gpt*", "^gpt", "-gpt", 'g"pt', "(gpt", "{a}"],
)
def test_fts_syntax_is_plain_text(catalog: Catalog, text: str) -> None:
    """Words are looked for as they stand; operators are words too."""
    words = "".join(c if c.isalnum() else " " for c in text.replace('"', "")).lower().split()
    for m in catalog.find(text=text):
        assert matches(m, " ".join(words))


def test_the_words_of_operators_are_found(catalog: Catalog) -> None:
    """AND, OR and NOT stand in descriptions, too."""
    found = catalog.find(text="AND OR NOT code")
    assert found
    assert all("AND OR NOT" in (m.description or "") for m in found)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"max_cost_inptu": 5}, "did you mean max_cost_input"),
        ({"max_cost_input": -1}, "max_cost_input must be 0 or more"),
        ({"max_cost_input": float("nan")}, "max_cost_input must be 0 or more and finite"),
        ({"max_cost_input": "5"}, "max_cost_input must be a number"),
        ({"max_cost_input": True}, "max_cost_input must be a number"),
        ({"min_context": 1.5}, "min_context must be a whole number"),
        ({"min_context": -1}, "min_context must be between 0"),
        ({"min_context": 2**63}, "min_context must be between 0"),
        ({"limit": -1}, "limit must be between 0"),
        ({"limit": "5"}, "limit must be a whole number"),
        ({"require": 5}, "require must be a name or a list of names"),
        ({"require": {"tools": False}}, "require must be a name or a list of names"),
        ({"require": [None]}, "require must be text"),
        ({"released_after": "yesterday"}, "released_after must be a date, YYYY"),
        ({"released_after": "2025-02-30"}, "released_after must be a date, YYYY"),
        ({"released_after": 2025}, "released_after must be a date, YYYY"),
        ({"open_weights": 1}, "open_weights must be True or False"),
        ({"quality_tier": "good"}, "there are best, balanced, cheap"),
        ({"blend": (1, 2, 3, 4)}, "blend must be"),
        ({"blend": "a:b"}, "blend must be weights such as 3:1"),
        ({"blend": {"water": 1}}, "blend knows no meter 'water'"),
        ({"blend": (0, 0)}, "blend needs a weight above 0"),
        ({"text": " * "}, "text has no word"),
        ({"family": "\ud800"}, "family holds a lone surrogate"),
    ],
)
def test_what_is_wrong_is_named(options: dict[str, Any], says: str) -> None:
    """One line that names the option and the way out; a ValueError for who catches those."""
    with pytest.raises(OptionError, match=says) as raised:
        build_query(options)
    assert isinstance(raised.value, ValueError)
    assert "\n" not in str(raised.value)


def test_an_unknown_capability_is_an_error_with_suggestions(catalog: Catalog) -> None:
    """Never a silent match-nothing: behaviour 15."""
    with pytest.raises(UnknownCapability, match="did you mean vision") as raised:
        catalog.find(require=["visoin"])
    assert raised.value.suggestions[0] == "vision"
    assert catalog.find(require=["juggling"])  # stands in this catalogue alone
    with pytest.raises(UnknownCapability):
        catalog.find(forbid=["plate_spinning"])


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"status": "retird"}, "there are alpha, beta, active, deprecated, retired"),
        ({"modalities_input": "imgae"}, "did you mean image"),
        ({"modalities_output": ["text", "smell"]}, "no modality 'smell'"),
    ],
)
def test_a_misspelled_value_is_an_error(
    catalog: Catalog, options: dict[str, Any], reason: str
) -> None:
    """Where the values are a known set, none that is not of it matches nothing in silence."""
    with pytest.raises(OptionError, match=reason):
        catalog.find(**options)


def test_an_unknown_tier_can_be_asked_for(catalog: Catalog) -> None:
    """Of some models there is not enough known to say, and they can be listed too."""
    found = catalog.find(quality_tier=["unknown", "best"])
    assert {model.quality_tier for model in found} == {None, "best"}


def test_an_unknown_provider_is_an_error_with_suggestions(catalog: Catalog) -> None:
    """Also beside one that exists."""
    with pytest.raises(ProviderNotFound, match="anthropic"):
        catalog.find(provider=["openai", "antropic"])


def test_every_known_spelling_can_be_required(catalog: Catalog) -> None:
    """All aliases of the table, in any case and with dashes."""
    for spelling in CANONICAL:
        find_specs(catalog.connection, require=spelling.upper().replace("_", "-"))


def test_find_works_through_a_view_of_another_time(catalog: Catalog) -> None:
    """A temp view named models shifts every option, the text too."""
    path = Path(catalog.path)
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    columns = ", ".join(ModelRow._fields)
    connection.execute(
        f"CREATE TEMP VIEW models AS SELECT {columns} FROM main.models WHERE provider = 'openai'"
    )
    wanted = {"text": "gpt", "require": ["juggling"], "include_retired": True}
    found = find_specs(connection, **wanted)
    assert (
        found
        == [s for s in find_specs(catalog.connection, **wanted) if s.startswith("openai:")]
        != []
    )
    connection.close()


def test_the_typed_options_are_those_of_the_table() -> None:
    """FindOptions and its parts, which editors complete from, have the keys of the tables in their order."""
    bounds = typed_keys(meters, "PriceBounds")
    assert bounds == [name for name in OPTIONS if name in bounds]
    assert typed_keys(options, "FindOptions") == [name for name in OPTIONS if name not in bounds]
    flags = [name for c in KNOWN for name in dict.fromkeys((c.name, c.column or c.name))]
    assert typed_keys(capabilities, "CapabilityFlags") == flags


def typed_keys(module: ModuleType, name: str) -> list[str]:
    """The keys of a TypedDict that only type checkers see."""
    tree = ast.parse(inspect.getsource(module))
    (typed,) = [n for n in ast.walk(tree) if isinstance(n, ast.ClassDef) and n.name == name]
    return [n.target.id for n in typed.body if isinstance(n, ast.AnnAssign)]  # type: ignore[union-attr]


def test_the_table_is_fit_for_the_command_line() -> None:
    """Every option has one line of help, a type that is known, and columns that exist."""
    for name, option in OPTIONS.items():
        assert option.type in TYPES
        assert "{" not in help_of(name)
        assert "\n" not in help_of(name)
        if option.operator in ("<", "<=", ">=", "is", "in", "holds") and "(" not in option.column:
            assert option.column in ModelRow._fields
    assert json.dumps(FLAG_FIELDS)
