"""The single values that facts hold, and where each stands."""

from __future__ import annotations

from llmcat.pipeline.entries import Merged
from llmcat.pipeline.stages.normalize import normalize_model
from llmcat.pipeline.stages.validate import valid_facts
from llmcat.pipeline.tables.values import (
    PriceKey,
    Value,
    comparable_values,
    prices_of,
    with_value,
    without_prices,
)

DEEPSEEK = {
    "provider": "deepseek",
    "id": "deepseek-chat",
    "limit": {"context": 131072},
    "cost": {
        "input": 0.56,
        "output": 1.68,
        "effective_from": "2026-08-01",
        "tiers": [{"min_context": 65536, "input": 1.12}],
    },
    "hours": {"Mon-Fri 16:30-24:00": {"cost": {"input": 0.28}}},
    "regions": {"eu": {"cost": {"input": 0.62}, "modes": {"batch": {"cost": {"input": 0.31}}}}},
    "modes": {"batch": {"cost": {"input": 0.28}}},
    "capabilities": {"function_calling": {"supported": True}},
    "open_weights": True,
    "dimensions": 1024,
    "billing": "token",
    "dated_prices": [{"until": "2026-08-01", "cost": {"input": 0.27}}],
}


def test_every_price_has_a_key_of_its_own() -> None:
    """Mode, region, hours, context tier and meter tell prices apart; a date is no price."""
    prices = dict(prices_of(DEEPSEEK))
    assert prices == {
        PriceKey("standard", "", "", 0, "input"): 0.56,
        PriceKey("standard", "", "", 0, "output"): 1.68,
        PriceKey("standard", "", "", 65536, "input"): 1.12,
        PriceKey("standard", "", "Mon-Fri 16:30-24:00", 0, "input"): 0.28,
        PriceKey("standard", "eu", "", 0, "input"): 0.62,
        PriceKey("batch", "eu", "", 0, "input"): 0.31,
        PriceKey("batch", "", "", 0, "input"): 0.28,
    }


def test_each_value_can_be_replaced_where_it_stands() -> None:
    """A value that another source says takes the place of the old one, and its source with it."""
    merged = Merged(DEEPSEEK, {"*": "models.dev"})
    for value, old in comparable_values(DEEPSEEK):
        new = not old if isinstance(old, bool) else old * 2
        changed = with_value(merged, value, new, "litellm")
        differ = {v: n for v, n in comparable_values(changed.facts) if (v, n) not in listed()}
        assert differ == {value: new}
        assert changed.provenance == {"*": "models.dev", value.provenance: "litellm"}


def listed() -> list[tuple[Value, object]]:
    return list(comparable_values(DEEPSEEK))


def test_the_prices_of_one_way_to_be_served_can_be_left_out() -> None:
    """The table of that mode, region and hours goes; all others stay."""
    rest = without_prices(DEEPSEEK, {("batch", "eu", ""), ("standard", "", "Mon-Fri 16:30-24:00")})
    gone = {key for key, _ in prices_of(DEEPSEEK)} - {key for key, _ in prices_of(rest)}
    assert {key.served for key in gone} == {
        ("batch", "eu", ""),
        ("standard", "", "Mon-Fri 16:30-24:00"),
    }


def test_the_facts_hold_as_they_are() -> None:
    """Regions, hours, dated prices, dimensions and billing pass validation as they were said."""
    facts, faults = valid_facts("model", normalize_model(DEEPSEEK, lambda name: name))
    assert (facts, faults) == (DEEPSEEK, [])


def test_hours_that_are_none_cost_themselves_alone() -> None:
    """The reason says how hours are written."""
    hours = {"Mon-Fri 16:30-24:00": {"cost": {"input": 1.0}}, "at night": {"cost": {"input": 2.0}}}
    facts, [fault] = valid_facts("model", {"provider": "a", "id": "b", "hours": hours})
    assert list(facts["hours"]) == ["Mon-Fri 16:30-24:00"]
    assert "such as Mon-Fri 00:30-08:30" in fault.reason
