"""The prices of one model for people: those by the token as a table, all others in their own unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import click

from llmcat import humane
from llmcat.cli.output import print_fact, print_table
from llmcat.cost import PER_UNIT_METERS, STANDARD
from llmcat.prices import FALLBACK

Costs = Mapping[str, Any]

FIRST = ("input", "output", "cache_read", "cache_write", "reasoning")
"""The meters that come first, in this order."""

NO_TOKEN_METERS = {"tiers", "components", "min_context", *PER_UNIT_METERS}


def print_prices(cost: Costs, modes: Costs) -> None:
    """Everything that is charged in any mode; that nothing is known to be is said."""
    plans = [(STANDARD, cost), *((mode, said.get("cost", {})) for mode, said in modes.items())]
    by_token = _lines(plans)
    meters = _meters(by_token)
    others = [line for mode, prices in plans for line in _by_unit(mode, prices)]
    if meters:
        print_table(
            ["USD per 1M tokens", *meters],
            [[label, *(_cell(label, m, prices) for m in meters)] for label, prices in by_token],
        )
    elif not others:
        click.echo("  price unknown")
    if meters and others:
        click.echo()
    width = max((len(name) for name, _ in others), default=0)
    for name, price in others:
        print_fact(name, price, width)


def _lines(plans: list[tuple[str, Costs]]) -> list[tuple[str, Costs]]:
    """A line for each mode, below it one for each of its tiers."""
    lines: list[tuple[str, Costs]] = []
    for mode, prices in plans:
        lines.append((mode, prices))
        for tier in prices.get("tiers", ()):
            lines.append((f"{mode}, over {humane.tokens(tier['min_context'])}", tier))
    return lines


def _meters(lines: list[tuple[str, Costs]]) -> list[str]:
    written = {meter for _, prices in lines for meter in prices} - NO_TOKEN_METERS
    return [*(m for m in FIRST if m in written), *sorted(written.difference(FIRST))]


def _cell(label: str, meter: str, prices: Costs) -> str:
    """A price; blank where that of another meter or line holds, "?" where there is none to hold."""
    if meter in prices:
        return humane.price(prices[meter])
    return "" if label != STANDARD or _is_covered(meter, prices) else humane.UNKNOWN


def _is_covered(meter: str, prices: Costs) -> bool:
    """Whether the price of another meter holds in place of this one's (see llmcat/prices.py)."""
    other = FALLBACK.get(meter)
    return other is not None and (other in prices or _is_covered(other, prices))


def _by_unit(mode: str, prices: Costs) -> Iterator[tuple[str, str]]:
    """The name and the price of what is not charged by the token."""
    before = "" if mode == STANDARD else f"{mode} "
    components = _components(prices)
    for component in components:
        yield f"{before}{component.get('id', component.get('kind', '?'))}", _rate(component)
    rates = [component.get("rate") for component in components]
    for meter in PER_UNIT_METERS:
        if meter in prices and prices[meter] not in rates:
            yield f"{before}{meter}", f"{humane.price(prices[meter])}, the source says no unit"


def _components(prices: Costs) -> list[Costs]:
    """The components but for those that say again what stands in the table.

    Sources write them as they like, so they may be anything.
    """
    listed = prices.get("components")
    said = [c for c in listed if isinstance(c, dict)] if isinstance(listed, list) else []
    return [c for c in said if not _says_again(c, prices)]


def _says_again(component: Costs, prices: Costs) -> bool:
    """Whether a component, such as token.input, is a price of the table."""
    meter = str(component.get("id")).removeprefix("token.")
    return component.get("unit") == "token" and prices.get(meter) == component.get("rate")


def _rate(component: Costs) -> str:
    """`$10.00 per 1,000 calls, reasoning models`; the unit "other" is told by meter or notes."""
    unit = component.get("unit")
    if unit in (None, "other"):
        unit = component.get("meter")
    price = humane.price(_number(component.get("rate")))
    per = _number(component.get("per", 1))
    if unit:
        many = humane.UNKNOWN if per is None else f"{per:,}"
        price += f" per {unit}" if per == 1 else f" per {many} {unit}s"
    return f"{price}, {component['notes']}" if component.get("notes") else price


def _number(value: Any) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None
