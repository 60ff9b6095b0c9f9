"""A model by itself: what it costs, and what becomes JSON."""

from __future__ import annotations

import gc
import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog, LlmcatError, UnknownPrice

GPT = "openai:gpt-4o"


@pytest.fixture
def catalog(shipped: Path) -> Iterator[Catalog]:
    """The catalogue that users get."""
    with Catalog(shipped) as catalog:
        yield catalog


def test_a_catalogue_is_asked_like_a_dictionary(catalog: Catalog) -> None:
    """By brackets, with the errors of model(); what it holds is not its iteration."""
    assert catalog[GPT] == catalog["gpt-4o"] == catalog.model(GPT)
    with pytest.raises(LookupError, match="did you mean"):
        catalog["openai:gpt-4oo"]
    with pytest.raises(TypeError, match="not iterable"):
        iter(catalog)  # type: ignore[call-overload]


def test_a_model_prices_itself(catalog: Catalog) -> None:
    """As its catalogue does: every count, an instant, and what is wrong."""
    model = catalog[GPT]
    assert model.cost(1_000, 500) == catalog.cost(GPT, 1_000, 500)
    cached = model.cost(1_000, 2, cache_read_tokens=400, mode="batch")
    assert cached == catalog.cost(GPT, 1_000, 2, cache_read_tokens=400, mode="batch")
    assert float(model.cost(1_000, 500)) == 0.0075

    deepseek = "deepseek:deepseek-v4-pro"
    past = catalog.as_of("2026-05-10")
    assert past[deepseek].cost(1_000_000) == past.cost(deepseek, 1_000_000)
    assert float(past[deepseek].cost(1_000_000)) != float(catalog[deepseek].cost(1_000_000))
    with pytest.raises(TypeError, match="input_tokns"):
        model.cost(input_tokns=3)


def test_a_model_outlives_its_catalogue(shipped: Path) -> None:
    """It keeps its file open, for prices as for details, of the present and of a past."""
    now = Catalog(shipped)[GPT]
    then = Catalog(shipped).as_of("2026-05-10")[GPT]
    gc.collect()
    assert now.cost(1_000).total == then.cost(1_000).total > 0


def test_a_copy_that_left_its_catalogue_tells_whom_to_ask(catalog: Catalog) -> None:
    """A pickled model is only the row; and an unknown price is never 0."""
    copy = pickle.loads(pickle.dumps(catalog[GPT]))
    assert copy == catalog[GPT]
    with pytest.raises(LlmcatError, match=r"ask cat\.cost\('openai:gpt-4o'"):
        copy.cost(1)
    unpriced = Catalog.from_sources({"acme": {"models": [{"id": "new"}]}})["acme:new"]
    with pytest.raises(UnknownPrice):
        unpriced.cost(1)


def records_of(catalog: Catalog) -> list[Any]:
    """A record of each kind that is a tuple."""
    return [
        catalog[GPT],
        catalog[GPT].details,
        catalog.provider("openai"),
        catalog.prices(GPT)[0],
        catalog.history(GPT)[-1],
        catalog.offers("gpt-4o")[0],
        catalog.compare([GPT, "openai:gpt-4o-mini"]),
        catalog.cost(GPT, 1_000, 500).breakdown[0],
    ]


def test_every_record_becomes_json(catalog: Catalog) -> None:
    """as_dict() has names and lists, and what is read back is equal to it."""
    for record in [*records_of(catalog), catalog.cost(GPT, 1_000, 500)]:
        assert json.loads(json.dumps(record.as_dict())) == record.as_dict()
    assert catalog.offers("gpt-4o")[0].as_dict()["spec"].endswith("gpt-4o")


@pytest.mark.parametrize("indent", [None, 2])
def test_json_is_never_written_without_names(catalog: Catalog, indent: int | None) -> None:
    """A tuple would become a list of values: json.dumps says what to write, for each kind of record and
    deep within lists, and who reads the values otherwise gets them."""
    for record in records_of(catalog):
        for within in (record, {"records": [record]}):
            with pytest.raises(LlmcatError, match=f"{type(record).__name__} .*as_dict"):
                json.dumps(within, indent=indent)
        assert next(iter(record)) == record[0]
