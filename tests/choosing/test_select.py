"""Select takes the one model that fits best, and explains what fitted nothing."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcat import Catalog
from llmcat.choosing.select import Explanation, Step, explain_selection, select_spec, selection
from llmcat.errors import OptionError, ProviderNotFound, UnknownCapability, UnknownColumn
from llmcat.pipeline.build import build
from llmcat.pipeline.recipe import Recipe, SourceSpec
from tests.examples import examples


def model(spec: str, input: float | None, output: float | None, **more: Any) -> dict[str, Any]:
    """A model with tools and vision, released in 2025 unless it says otherwise."""
    provider, _, id_ = spec.partition(":")
    prices = {"input": input, "output": output}
    return {
        "provider": provider,
        "id": id_,
        "cost": {meter: price for meter, price in prices.items() if price is not None},
        "capabilities": {"tools": True, "vision": True},
        "limit": {"context": 200_000},
        "release_date": "2025-01-01",
        **more,
    }


MODELS = [
    model("openai:gpt-5", 1.25, 10, release_date="2025-08-07"),
    model("openai:gpt-5-mini", 0.25, 2, release_date="2025-08-07"),
    model("openai:gpt-4o-mini", 0.15, 0.6, release_date="2024-07-18", limit={"context": 128_000}),
    model("openai:text-embedding-3-small", 0.02, 0, capabilities={"embeddings": {"dimensions": 9}}),
    model("anthropic:claude-haiku-4-5", 1, 5, release_date="2025-10-15"),
    model("anthropic:claude-opus-4-5", 5, 25, release_date="2025-11-24"),
    model("anthropic:claude-2", 0.1, 0.1, retires_on="2025-07-21"),
    model("azure:gpt-5-mini", 0.25, 2, release_date="2025-08-07"),
    model("azure:gpt-4o-mini", 0.15, 0.6, release_date="2024-07-18"),
    model("kilo:mystery:free", 0, 0),
    model("corner:unpriced", None, None),
]


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """A handful of well-known models."""
    output: Path = tmp_path_factory.mktemp("select") / "catalog.db"
    source = SourceSpec("mapping", "mapping", {"models": MODELS}, "mapping")
    aliases, labs = {"azure-openai": "azure"}, {"openai": ["gpt-*"], "anthropic": ["claude-*"]}
    build(Recipe((source,), provider_aliases=aliases, labs=labs), output)
    opened = sqlite3.connect(f"{output.as_uri()}?mode=ro", uri=True)
    yield opened
    opened.close()


def chosen(connection: sqlite3.Connection, **options: Any) -> str | None:
    return select_spec(connection, today="2026-05-21", **options)


def test_the_preferred_provider_comes_first(connection: sqlite3.Connection) -> None:
    """Within it the cheapest that fits; what is retired does not fit."""
    assert chosen(connection, require=["vision"], prefer=["anthropic", "openai"]) == (
        "anthropic:claude-haiku-4-5"
    )
    assert chosen(connection, require=["vision"], prefer="openai") == "openai:gpt-4o-mini"


def test_the_next_provider_is_taken_where_the_first_has_nothing(
    connection: sqlite3.Connection,
) -> None:
    """prefer orders, it does not restrict."""
    wanted: dict[str, Any] = {"require": ["embeddings"], "prefer": ["anthropic"]}
    assert chosen(connection, **wanted) == "openai:text-embedding-3-small"
    assert chosen(connection, **wanted, scope="anthropic") is None


def test_names_of_providers_are_understood_as_everywhere(connection: sqlite3.Connection) -> None:
    """Aliases, case and underscores; one that is not there is passed over."""
    assert chosen(connection, prefer=["nobody", "Azure_OpenAI"]) == "azure:gpt-4o-mini"
    assert chosen(connection, scope=["azure_openai"]) == "azure:gpt-4o-mini"


def test_without_preference_the_cheapest_is_best(connection: sqlite3.Connection) -> None:
    """A price of 0 is a price; an unknown one is last, not free."""
    assert chosen(connection) == "kilo:mystery:free"
    assert chosen(connection, scope=["corner", "openai"], require=["tools"]) == "openai:gpt-4o-mini"
    assert chosen(connection, scope="corner") == "corner:unpriced"


def test_of_equal_prices_the_makers_own_offer_wins(connection: sqlite3.Connection) -> None:
    """azure sorts before openai, and yet gpt-4o-mini comes from openai."""
    wanted: dict[str, Any] = {"require": ["tools"], "min_cost_input": 0.01}
    assert chosen(connection, **wanted) == "openai:gpt-4o-mini"


def test_the_blend_decides_what_is_cheap(connection: sqlite3.Connection) -> None:
    """Who writes much and reads little counts the answer alone."""
    wanted: dict[str, Any] = {"scope": ["openai", "anthropic"], "min_context": 150_000}
    assert chosen(connection, **wanted, require=["tools"]) == "openai:gpt-5-mini"
    assert chosen(connection, **wanted, blend={"output": 1}) == "openai:gpt-5-mini"


def test_another_order_can_be_asked_for(connection: sqlite3.Connection) -> None:
    """order_by takes the place of the price, after the preference."""
    assert chosen(connection, order_by="-release_date") == "anthropic:claude-opus-4-5"
    assert chosen(connection, order_by="-cost_input", prefer="openai") == "openai:gpt-5"


def test_no_match_is_none(connection: sqlite3.Connection) -> None:
    """Not an exception, whichever requirement it was."""
    assert chosen(connection, min_context=10**9) is None
    assert chosen(connection, scope=[]) is None
    assert chosen(connection, family="nobody's") is None


def test_scope_and_provider_both_restrict(connection: sqlite3.Connection) -> None:
    """Never wider than asked."""
    assert chosen(connection, scope="openai", provider="anthropic") is None
    assert chosen(connection, scope=["openai", "azure"], provider="azure") == "azure:gpt-4o-mini"


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"require": ["telepathy"]}, UnknownCapability),
        ({"order_by": "beauty"}, UnknownColumn),
        ({"scope": "opnai"}, ProviderNotFound),
        ({"limit": 3}, OptionError),
        ({"offset": 3}, OptionError),
        ({"prefer": {"openai": 1}}, OptionError),
    ],
)
def test_what_is_wrong_is_an_error(
    connection: sqlite3.Connection, options: dict[str, Any], error: type[Exception]
) -> None:
    """A mistake is not a mismatch."""
    with pytest.raises(error):
        chosen(connection, **options)


def test_explain_counts_what_each_requirement_left(connection: sqlite3.Connection) -> None:
    """In words, in order, and the answer is the one that select gives."""
    explained = explain_selection(
        connection,
        today="2026-05-21",
        require=["vision", "tools"],
        min_context=150_000,
        max_cost_input=1,
        scope=["openai", "anthropic"],
    )
    assert explained.model == "openai:gpt-5-mini"
    assert explained.considered == len(MODELS)
    assert explained.steps == (
        Step("served by openai or anthropic", 7),
        Step("not retired", 6),
        Step("not deprecated", 6),
        Step("has the capability vision", 5),
        Step("has the capability function_calling", 5),
        Step("context window of 150,000 tokens or more", 4),
        Step("input price of 1.0 USD per 1M tokens or less", 2),
        Step("is known to take a conversation (name a task for another kind)", 2),
    )
    assert explained.emptied_by is None


def test_explain_names_the_requirement_that_left_none(connection: sqlite3.Connection) -> None:
    """The first one; those after it had nothing to leave."""
    explained = explain_selection(connection, require=["embeddings", "vision"], scope="openai")
    assert explained.model is None
    assert explained.emptied_by == "has the capability vision"
    assert explained.steps[-1] == Step("has the capability vision", 0)
    assert str(explained).splitlines()[-1].split(None, 1) == ["0", "has the capability vision"]


def test_explain_agrees_with_find_step_by_step(connection: sqlite3.Connection) -> None:
    """Every kind of requirement can be counted, an empty catalogue view too."""
    options: dict[str, Any] = {
        "provider": "openai",
        "available": {"NOBODY": "x"},
        "local": False,
        "status": ["active", "retired"],
        "text": "gpt",
        "tags": ["eu"],
        "open_weights": True,
        "max_blend": 2,
        "released_after": "2025-06-01",
        "quality_tier": "best",
    }
    for option, value in options.items():
        explained = explain_selection(connection, **{option: value})
        assert isinstance(explained, Explanation)
        assert (explained.model is None) == (explained.emptied_by is not None)
    connection.execute("CREATE TEMP VIEW models AS SELECT * FROM main.models WHERE 0")
    try:
        assert explain_selection(connection).emptied_by == "not retired"
        everything: Any = {"include_retired": True, "include_deprecated": True}
        nothing = explain_selection(connection, **everything)
        assert (nothing.model, nothing.considered) == (None, 0)
        assert nothing.unmet == (nothing.emptied_by,)
    finally:
        connection.execute("DROP VIEW temp.models")


PRICES = (None, 0, 0.05, 0.1, 0.1, 0.15, 1, 1.25, 3, 15, 75, 600)


@pytest.fixture(scope="module")
def market() -> Catalog:
    """Models of three providers with prices of all kinds, outliers among them."""
    chance = random.Random(7)
    models = [
        model(
            f"{provider}:m-{number}",
            chance.choice(PRICES),
            chance.choice(PRICES),
            limit={"context": chance.choice((8_000, 200_000))},
            release_date=chance.choice(("2025-01-01", "2025-02-01")),
        )
        for provider in ("openai", "azure", "kilo")
        for number in range(40)
    ]
    return Catalog.from_sources({"models": models})


@settings(max_examples=examples(40), deadline=None, derandomize=True, database=None)
@given(
    options=st.fixed_dictionaries(
        {},
        optional={
            "min_cost_input": st.sampled_from((0.01, 1, 20)),
            "min_context": st.just(100_000),
            "blend": st.sampled_from(("1:1", (0, 1), (1, 50), {"input": 1, "cache_read": 3})),
            "max_cost_output": st.sampled_from((1, 5)),
        },
    ),
    prefer=st.sampled_from(((), "kilo")),
)
def test_the_cheapest_is_the_first_of_all_that_fit(
    market: Catalog, options: dict[str, Any], prefer: str
) -> None:
    """Whatever is passed over because its input alone costs too much."""
    connection = market.connection
    sorted_whole = selection(connection, prefer, None, options).specs(connection)
    first = next(iter(sorted_whole), None)
    assert select_spec(connection, prefer=prefer, **options) == first
