"""The prices of one model for people: those by the token as a table, all others in their own unit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from llmcat import display
from llmcat.cli.output import print_fact, print_table
from llmcat.meters import NO_METERS, STAND_INS, STANDARD, meter_of
from llmcat.pricing.unit_prices import cost_tables, piece_prices
from llmcat.records import Details

Costs = Mapping[str, Any]

FIRST = ("input", "output", "cache_read", "cache_write", "reasoning")
"""The meters that come first, in this order."""


def print_prices(details: Details) -> None:
    """Everything that is charged in any mode, region or hours; that nothing is known to be is said."""
    tables = cost_tables(details)
    by_token = _lines([(label or STANDARD, cost) for label, cost in tables])
    meters = _meters(by_token)
    others = piece_prices(tables)
    if meters:
        priced = [line for line in by_token if line[0] == STANDARD or line[1].keys() & {*meters}]
        print_table(
            ["USD per 1M tokens", *meters],
            [[label, *(_cell(label, m, prices) for m in meters)] for label, prices in priced],
        )
    elif not others:
        click.echo("  price unknown")
    if meters and others:
        click.echo()
    if unpriced := [label for label, cost in tables if label and not cost.keys() - NO_METERS]:
        others = [*others, ("no price of", ", ".join(unpriced))]
    width = max((len(name) for name, _ in others), default=0)
    for name, price in others:
        print_fact(name, price, width)


def _lines(plans: list[tuple[str, Costs]]) -> list[tuple[str, Costs]]:
    """A line for each mode, below it one for each of its tiers."""
    lines: list[tuple[str, Costs]] = []
    for mode, prices in plans:
        lines.append((mode, prices))
        for tier in prices.get("tiers", ()):
            lines.append((f"{mode}, over {display.tokens(tier['min_context'])}", tier))
    return lines


def _meters(lines: list[tuple[str, Costs]]) -> list[str]:
    named = {name for _, prices in lines for name in prices} - NO_METERS - {"min_context"}
    written = {name for name in named if meter_of(name).unit == "token"}
    return [*(m for m in FIRST if m in written), *sorted(written.difference(FIRST))]


def _cell(label: str, meter: str, prices: Costs) -> str:
    """A price; blank where that of another meter or line holds, "?" where there is none to hold."""
    if meter in prices:
        return display.price(prices[meter])
    return "" if label != STANDARD or _is_covered(meter, prices) else display.UNKNOWN


def _is_covered(meter: str, prices: Costs) -> bool:
    """Whether the price of another meter holds in place of this one's (see llmcat/pricing/price_list.py)."""
    other = STAND_INS.get(meter)
    return other is not None and (other in prices or _is_covered(other, prices))
