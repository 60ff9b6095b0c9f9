"""Prices that are not per token: by the image, the request, the hour. In words, for people.

They come as LLMModels writes them: a meter of its own in `cost`, or `components` with rate and unit.
Nothing vouches for what a component holds, so what is no number or no text counts as not said.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from llmcat import display
from llmcat.meters import MILLION, NO_METERS, meter_of

if TYPE_CHECKING:
    from llmcat.records import Details

NOT_SAID = "unit not said"

PiecePrice = tuple[str, str]
"""What is priced, and the price with its unit: ("image.output.1k", "$0.05 per image")."""


CostTable = tuple[str, Mapping[str, Any]]
"""The way to be served, empty for the standard one, and its prices."""


def cost_tables(details: Details) -> list[CostTable]:
    """The prices of a model by the way to be served: standard, `fast`, `in eu`, `in eu, batch`,
    `Mon-Fri 00:30-08:30 UTC`."""
    tables = [("", details.cost), *_of_modes("", details.modes)]
    for region, facts in details.regions.items():
        tables += [(f"in {region}", facts.get("cost", {}))]
        tables += _of_modes(f"in {region}, ", facts.get("modes", {}))
    tables += [(f"{hours} UTC", facts.get("cost", {})) for hours, facts in details.hours.items()]
    return [(label and display.text(label), cost) for label, cost in tables]


def _of_modes(label: str, modes: Mapping[str, Any]) -> list[CostTable]:
    return [(label + mode, facts.get("cost", {})) for mode, facts in modes.items()]


def piece_prices(tables: Iterable[CostTable]) -> list[PiecePrice]:
    """Every price that is not per token, the way to be served before its name."""
    return [
        (f"{label} {name}".lstrip(), price) for label, cost in tables for name, price in _of(cost)
    ]


def _of(cost: Mapping[str, Any]) -> Iterator[PiecePrice]:
    listed = cost.get("components")
    components = [c for c in listed if isinstance(c, Mapping)] if isinstance(listed, list) else []
    rates = [component.get("rate") for component in components]
    for name, price in cost.items():
        unit = "token" if name in NO_METERS else meter_of(name).unit
        if unit != "token" and price not in rates:  # else a component says it, with its unit
            behind = f" per {unit}" if unit else f", {NOT_SAID}"
            yield name, display.price(_number(price)) + behind
    for component in components:
        if not _is_token_price(component, cost):
            name = _text(component, "id") or _text(component, "meter") or _text(component, "kind")
            yield name or "another price", _priced(component)


def _is_token_price(component: Mapping[str, Any], cost: Mapping[str, Any]) -> bool:
    """Whether a component repeats what a meter says."""
    per_million = component.get("unit") == "token" and component.get("per") == MILLION
    return per_million and component.get("rate") in cost.values()


def _priced(component: Mapping[str, Any]) -> str:
    """`$0.05 per image (1K)`; a unit that has no word of its own is told by notes or meter."""
    notes, unit = _text(component, "notes"), _text(component, "unit")
    if notes.startswith("per "):
        unit, notes = f" {notes}", ""
    elif unit in ("", "other"):
        meter = _text(component, "meter").replace("_", " ")
        unit = f" per {meter}" if meter else f", {NOT_SAID}"
    else:
        unit = f" per {_counted(component.get('per'), unit)}"
    beside = ", ".join(word for word in (_text(component, "size_class"), notes) if word)
    return display.price(_number(component.get("rate"))) + unit + (f" ({beside})" if beside else "")


def _counted(per: Any, unit: str) -> str:
    number = _number(per)
    if number is None or number == 1:
        return unit
    return f"{number:g} {unit}s" if number % 1 else f"{display.tokens(int(number))} {unit}s"


def _number(value: Any) -> float | None:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number else None


def _text(component: Mapping[str, Any], key: str) -> str:
    """A text on one line, empty where there is none."""
    value = component.get(key)
    return display.text(value) if isinstance(value, str) and value else ""
