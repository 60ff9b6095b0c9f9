"""Models as a table for people and as rows for programs; and what is said where none fits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

from llmcat import display
from llmcat.catalog import Catalog
from llmcat.cli.find_options import SHORT
from llmcat.cli.output import print_rows, print_table, say
from llmcat.records import ModelRow

if TYPE_CHECKING:
    from llmcat.records import Model

OVERVIEW = (
    "spec",
    "name",
    "limit_context",
    "limit_output",
    "cost_input",
    "cost_output",
    "release_date",
    "status",
)
"""The columns of `models` that a table of models shows."""

SPARE = ("name", "released", "max output", "status")
"""What such a table leaves out on a narrow terminal, the first named first."""


def print_models(
    models: Sequence[Model],
    form: str | None,
    found: int | None = None,
    requested: Iterable[str] = (),
) -> None:
    """A table of models for people, with the prices of the columns that options `requested`; all columns for programs."""
    if form:
        print_rows([model._asdict() for model in models], form, header=ModelRow._fields)
        return
    prices = dict.fromkeys(name[4:] for name in requested if name[4:].startswith("cost_"))
    columns = list(dict.fromkeys((*OVERVIEW[:6], *prices, *OVERVIEW[6:])))
    rows = [[cell(name, getattr(model, name)) for name in columns] for model in models]
    print_table(list(map(heading, columns)), rows, SPARE)
    if found is not None and found > len(models):
        click.echo(f"… and {found - len(models):,} more; --limit N shows more", err=True)


def print_with_tiers(
    catalog: Catalog, models: Sequence[Model], form: str, min_context: Any
) -> None:
    """All columns for programs, and what an input of `min_context` tokens costs where a dearer tier holds."""
    from llmcat.choosing.tier_prices import prices_at

    at_context = prices_at(catalog.connection, [model.spec for model in models], int(min_context))
    rows = [
        {**model._asdict(), "cost_at_min_context": at_context.get(model.spec)} for model in models
    ]
    print_rows(rows, form, header=(*ModelRow._fields, "cost_at_min_context"))


def heading(name: str) -> str:
    """The heading of a column of models: "$ cache read"."""
    return SHORT.get(name) or name.replace("cost_", "$ ").replace("_", " ")


def cell(name: str, value: Any) -> str:
    if name.startswith("cost_"):
        return display.price(value)
    if name.startswith("limit_"):
        return display.tokens(value)
    return value or ""


def no_match(
    message: str, form: str | None, header: Sequence[str] = ModelRow._fields
) -> click.exceptions.Exit:
    """Say that nothing fits, on standard error, with exit status 1; to programs give no rows."""
    print_rows([], form, header=header)
    say(message, err=True)
    return click.exceptions.Exit(1)
