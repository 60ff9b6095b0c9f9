"""Folded: a row a model, with the offers of it inside, and the one to take before the others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.choosing.folded import SORTS, _notable_first, fold
from llmcat.errors import OptionError
from tests.pipeline.series import JANUARY, api, build_series, model, write_series

FLASH, LARGE = "deepseek/flash", "deepseek/large"


def offer(price: float | None, base: str | None = None, **fields: Any) -> dict[str, Any]:
    """A model object with a price and a base model, where they are known."""
    known = {} if price is None else {"cost": {"input": price, "output": 3 * price}}
    return model(**known, **({"canonical_model_id": base} if base else {}), **fields)


OFFERS = api(
    deepseek={
        "flash": offer(0.2, name="Flash"),
        "large": offer(2.0, name="Large", limit={"context": 1_000_000, "output": 1}),
        "prompt-guard": offer(0.01),
        "unpriced": offer(None),
    },
    cheap={"flash": offer(0.15, FLASH), "large": offer(2.5, LARGE)},
    dear={"flash": offer(75, FLASH)},
    gift={"flash": offer(0, FLASH), "small": offer(0)},
)


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """A catalogue of these offers."""
    return Catalog(build_series(tmp_path / "c.db", write_series(tmp_path / "s", {JANUARY: OFFERS})))


def test_the_cheapest_offer_stands_for_its_model(catalog: Catalog) -> None:
    """What costs nothing and what stands out are offers of it as well, and do not lead."""
    rows = {row.base: row for row in fold(catalog.connection, {})}
    flash, large = rows[FLASH], rows[LARGE]
    assert (flash.cheapest, flash.free) == ("cheap:flash", "gift:flash")
    assert (flash.offers, flash.input, flash.output, flash.price) == (4, 0.15, 0.45, 0.225)
    assert flash.late is None
    assert large.cheapest == "deepseek:large"
    assert (large.name, large.offers, large.free) == ("Large", 2, None)


def test_what_is_free_unknown_or_a_classifier_does_not_lead(catalog: Catalog) -> None:
    """By price: what has one, what is free, what is unknown, what sorts texts."""
    rows = fold(catalog.connection, {})
    assert [row.base for row in rows] == [
        *(FLASH, LARGE, "gift/small", "deepseek/unpriced", "deepseek/prompt-guard")
    ]
    assert rows[-1].late == "classifier"


def test_only_offers_that_fit_are_folded(catalog: Catalog) -> None:
    """The options are those of find."""
    [row] = fold(catalog.connection, {"max_cost_input": 0.2, "min_cost_input": 0.16})
    assert (row.base, row.cheapest, row.offers) == (FLASH, "deepseek:flash", 1)


@pytest.mark.parametrize("sort", [*SORTS, *(f"-{sort}" for sort in SORTS)])
def test_every_order_has_every_model_once(catalog: Catalog, sort: str) -> None:
    """What is known is in order, what is unknown behind it."""
    rows = fold(catalog.connection, {}, sort)
    assert len({row.base for row in rows}) == len(rows) == 5
    values = [
        value
        for row in rows
        if row.late is None and (value := getattr(row, sort.removeprefix("-"))) not in (None, 0)
    ]
    assert values == sorted(values, reverse=sort.startswith("-"))


def test_notable_is_what_its_lab_and_several_others_offer(catalog: Catalog) -> None:
    """The newest first; what only one sells stands behind as by price, however cheap or new it is."""
    rows = {row.base: row for row in fold(catalog.connection, {})}
    rare = rows[FLASH]._replace(own="deepseek:flash", offers=1, released="2026-02-01")
    old = rows[LARGE]._replace(own="deepseek:large", offers=9, released="2025-01-01")
    new = old._replace(base="deepseek/new", offers=5, released="2026-01-01")
    resold = new._replace(base="deepseek/resold", own=None)
    assert _notable_first([rare, old, resold, new]) == [new, old, rare, resold]
    assert len(fold(catalog.connection, {}, "notable")) == len(rows)


def test_an_order_that_is_none_is_refused(catalog: Catalog) -> None:
    """The words name those that there are."""
    with pytest.raises(OptionError, match="price, input"):
        fold(catalog.connection, {}, "colour")


def test_the_first_row_is_what_select_takes(shipped_catalog: Catalog) -> None:
    """Two ways to the cheapest model that sees and calls functions agree, of those that cost something."""
    asked: Any = {"require": ["vision", "tools"], "min_cost_input": 1e-9, "task": "chat"}
    taken = shipped_catalog.select(**asked)
    first = fold(shipped_catalog.connection, asked)[0]
    assert taken is not None
    assert first.cheapest == taken.spec


def test_the_lab_gives_a_model_its_name(shipped_catalog: Catalog) -> None:
    """Its own offer is named, whoever is cheaper."""
    rows = fold(shipped_catalog.connection, {"family": "claude-opus"})
    [row] = [row for row in rows if row.base == "anthropic/claude-opus-4-6"]
    assert row.own == "anthropic:claude-opus-4-6"
    assert row.name == shipped_catalog.model(row.own).name
    assert row.offers > 10
