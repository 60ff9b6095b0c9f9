"""Models side by side."""

from __future__ import annotations

import json

import pytest

from llmcat import Catalog
from llmcat.choosing.compare import GROUPS, SHOWN, Comparison, compare, rows, table
from llmcat.records import Model, ModelRow
from tests.conftest import MakeCatalog

MODELS = {
    "providers": [{"id": "acme"}, {"id": "bolt"}],
    "models": [
        {
            "provider": "acme",
            "id": "nova",
            "name": "Nova",
            "cost": {"input": 2.5, "output": 10},
            "limits": {"context": 128_000, "output": 16_384},
            "release_date": "2025-03",
            "modalities": {"input": ["text", "image"], "output": ["text"]},
            "capabilities": {"tools": True, "reasoning": False},
        },
        {
            "provider": "bolt",
            "id": "tiny",
            "name": "Tiny",
            "cost": {"input": 0, "output": 0},
            "limits": {"context": 1_050_000, "output": 16_384},
            "capabilities": {"tools": False, "grounding": True},
        },
        {"provider": "bolt", "id": "mystery"},
    ],
}


@pytest.fixture
def three(make_catalog: MakeCatalog) -> list[Model]:
    """Nova, which costs; Tiny, which is free; Mystery, of which nothing is known."""
    with Catalog(make_catalog(MODELS)) as catalog:
        return [catalog.model(spec) for spec in ("bolt:tiny", "acme:nova", "bolt:mystery")]


@pytest.fixture
def compared(three: list[Model]) -> Comparison:
    return compare(three, ["bolt:gone"])


def row(comparison: Comparison, name: str) -> list[str]:
    return next(cells[1:] for cells in table(comparison) if cells[0] == name)


def test_models_stand_in_the_order_asked(compared: Comparison) -> None:
    """Columns follow the question; who does not exist is named."""
    assert [m.spec for m in compared.models] == ["bolt:tiny", "acme:nova", "bolt:mystery"]
    assert compared.unknown == ("bolt:gone",)
    assert table(compared)[0] == ["field", "bolt:tiny", "acme:nova", "bolt:mystery"]


def test_free_is_a_price_and_unknown_is_none(compared: Comparison) -> None:
    """Zero wins, unknown never does."""
    assert row(compared, "cost_input") == ["free *", "$2.50", "?"]
    assert compared.cheapest["cost_input"] == ["bolt:tiny"]
    assert compared.pricing["bolt:mystery"]["input"] is None
    assert compared.pricing["bolt:tiny"]["input"] == 0


def test_limits_have_a_largest_unless_all_are_equal(compared: Comparison) -> None:
    """A star marks the one that takes most; where all known are equal nobody wins."""
    assert row(compared, "limit_context") == ["1.05M *", "128K", "?"]
    assert compared.largest == {"limit_context": ["bolt:tiny"]}
    assert compared.context_windows == {
        "bolt:tiny": 1_050_000,
        "acme:nova": 128_000,
        "bolt:mystery": None,
    }


def test_capabilities_tell_no_from_unknown(compared: Comparison) -> None:
    """The matrix has three values; the lists name who is known to have a capability."""
    assert compared.support["function_calling"] == {
        "bolt:tiny": False,
        "acme:nova": True,
        "bolt:mystery": None,
    }
    assert compared.capabilities["function_calling"] == ["acme:nova"]
    assert compared.capabilities["reasoning"] == []
    assert row(compared, "function_calling") == ["no", "yes", "?"]


def test_a_capability_without_a_column_is_true_or_unknown(compared: Comparison) -> None:
    """That a model is not said to have it does not mean that it has not."""
    assert compared.support["grounding"] == {
        "bolt:tiny": True,
        "acme:nova": None,
        "bolt:mystery": None,
    }


def test_what_differs_comes_first(compared: Comparison) -> None:
    """Fields that differ, in the order of the groups, then those that do not."""
    differing = [field.differs for field in compared.fields]
    assert differing == sorted(differing, reverse=True)
    order = [name for names in GROUPS.values() for name in names]
    first = [field.name for field in compared.fields if field.differs]
    assert first == sorted(first, key=order.index)
    assert first[0] == "name"


def test_prices_over_a_tier_have_rows_of_their_own() -> None:
    """Who has no such tier keeps the plain price, and whose window ends before has none."""
    said = {
        "tiered": {"input": 1.25, "tiers": [{"min_context": 200_000, "input": 2.5}]},
        "plain": {"input": 2},
        "short": {"input": 1},
        "unpriced": {},
    }
    windows = {"tiered": 1_000_000, "short": 128_000, "unpriced": 1_000_000}
    source = [
        {"id": id, "cost": cost, "limits": {"context": windows[id]} if id in windows else {}}
        for id, cost in said.items()
    ]
    catalog = Catalog.from_sources({"acme": {"models": source}})
    compared = catalog.compare([f"acme:{id}" for id in said])
    assert row(compared, "cost_input") == ["$1.25", "$2.00", "$1.00 *", "?"]
    assert row(compared, "cost_input over 200K") == ["$2.50", "$2.00 *", "-", "?"]
    [over] = [line for line in rows(compared) if line["field"] == "cost_input over 200K"]
    assert list(over.values())[1:] == [2.5, 2, None, None]


def test_what_nobody_knows_is_not_shown(compared: Comparison) -> None:
    """A row of question marks helps no one; the fields have it all the same."""
    assert "license" not in [cells[0] for cells in table(compared)]
    assert "license" in [field.name for field in compared.fields]
    assert row(compared, "modalities_input") == ["?", "image, text", "?"]


def test_every_row_is_as_wide_as_the_header(compared: Comparison) -> None:
    """A matrix of words, without an empty cell."""
    width = len(table(compared)[0])
    assert all(len(cells) == width and all(cells) for cells in table(compared))


def test_equal_models_have_no_winner(three: list[Model]) -> None:
    """A model beside itself counts once, and wins nothing."""
    alone = compare([three[0], three[0]])
    assert len(alone.models) == 1
    assert alone.cheapest == alone.largest == {}
    assert not any(field.differs for field in alone.fields)


def test_nothing_compared_is_no_error() -> None:
    """Only unknown ids: an empty comparison that says so."""
    nothing = compare([], ["a:b", "a:b"])
    assert nothing.unknown == ("a:b",)
    assert table(nothing) == [["field"]]


def test_it_is_ready_for_json(compared: Comparison) -> None:
    """The dictionary survives JSON unchanged, and its keys are these."""
    said = compared.as_dict()
    assert json.loads(json.dumps(said)) == said
    assert list(said) == [
        "models",
        "unknown",
        "fields",
        "capabilities",
        "support",
        "pricing",
        "context_windows",
        "cheapest",
        "largest",
    ]
    price = next(field for field in said["fields"] if field["name"] == "cost_input")
    assert price == {
        "group": "prices",
        "name": "cost_input",
        "values": {"bolt:tiny": 0.0, "acme:nova": 2.5, "bolt:mystery": None},
        "differs": True,
    }


def test_every_compared_field_is_a_field_of_models_and_has_a_form() -> None:
    """The tables of fields keep pace with the records."""
    names = [name for names in GROUPS.values() for name in names]
    assert set(names) == set(SHOWN)
    assert set(names) <= set(ModelRow._fields)
