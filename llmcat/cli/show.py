"""Commands about models that are named: show, compare, resolve."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from llmcat import display
from llmcat.catalog import Catalog
from llmcat.cli.common_options import catalog_options, day_of, scope_option
from llmcat.cli.option_types import SPEC
from llmcat.cli.output import (
    output_options,
    print_fact,
    print_heading,
    print_record,
    print_rows,
    print_table,
    say,
    say_taken,
)
from llmcat.cli.price_table import print_prices
from llmcat.errors import Ambiguous
from llmcat.history.lifecycle import farewell, named_in

if TYPE_CHECKING:
    from llmcat.records import Model


SOURCES = """
SELECT trim(coalesce(nullif(mode, 'standard'), '') || ' ' || coalesce(region, '') || ' '
        || coalesce(hours, '') || ' ' || coalesce(nullif(min_context, 0), '') || ' ' || meter) AS price,
    usd, source AS said_by, valid_from AS since,
    (SELECT group_concat(value, ', ') FROM json_each(corroborated_by)) AS confirmed_by,
    NULL AS disputed_by, NULL AS other_value, NULL AS rule
FROM prices WHERE spec = :spec AND valid_to IS NULL
UNION ALL
SELECT field, value, winner, date, NULL, other, other_value, rule
FROM disagreements WHERE spec = :spec"""
"""The prices of a model with who says and who confirms them, then every value that a source disputes."""


@click.command()
@click.argument("spec", type=SPEC)
@click.option(
    "--sources", is_flag=True, help="Who says what of its prices, who confirms and disputes it."
)
@catalog_options
@output_options
def show(spec: str, sources: bool, catalog: Catalog, form: str | None) -> None:
    """Show one model. What it costs, what it can do, where that is known from."""
    model = catalog.model(taken(catalog, spec))
    if sources:
        found = catalog.sql(SOURCES, {"spec": model.spec})
        print_rows(found, form, header=found.columns)
        return
    if form:
        warn_of(model, catalog)
        details = {name: value for name, value in model.details._asdict().items() if name != "spec"}
        print_record({**model._asdict(), "details": details}, form)
        return
    print_model(model, catalog)


def print_model(model: Model, catalog: Catalog) -> None:
    """A model for people."""
    print_heading(model.spec, model.name)
    if going := farewell(model, day_of(catalog), named_in(catalog)):
        say(going, fg="yellow")
    details = model.details
    facts = [
        ("family", model.family),
        ("released", model.release_date),
        ("knowledge until", model.knowledge),
        ("status", None if going else model.status),
        ("deprecated on", None if going else model.deprecated_on),
        ("retires on", None if going else model.retires_on),
        ("open weights", None if model.open_weights is None else display.flag(model.open_weights)),
        ("context", display.tokens(model.limit_context)),
        ("max input", model.limit_input and display.tokens(model.limit_input)),
        ("max output", display.tokens(model.limit_output)),
        ("input", ", ".join(model.modalities_input)),
        ("output", ", ".join(model.modalities_output)),
        ("can", ", ".join(model.capabilities)),
        ("aliases", ", ".join(model.aliases)),
        ("removed upstream", details.extra.get("removed_upstream")),
    ]
    for name, value in facts:
        if value:
            print_fact(name, value)
    click.echo()
    print_prices(details)
    click.echo()
    print_fact("sources", ", ".join(sorted(set(details.provenance.values()))))


def taken(catalog: Catalog, name: str) -> str:
    """The spec of the model that `name` means, one that is gone too; where it is written otherwise,
    standard error says which was taken."""
    from llmcat.lookup.former_names import former

    found = former(catalog.connection, name)
    say_taken(name, found.spec)
    return found.spec


def warn_of(model: Model, catalog: Catalog) -> None:
    """Say on standard error that a model is deprecated or retired, and what replaces it."""
    if going := farewell(model, day_of(catalog), named_in(catalog)):
        say(f"{model.spec}: {going}", err=True, fg="yellow")


@click.command()
@click.argument("specs", nargs=-1, required=True, type=SPEC)
@catalog_options
@output_options
def compare(specs: tuple[str, ...], catalog: Catalog, form: str | None) -> None:
    """Compare models side by side; what differs comes first.

    For people, * marks the cheapest price and the largest limit of a row.
    """
    from llmcat.choosing.compare import rows

    named = []
    for spec in specs:
        try:
            named.append(taken(catalog, spec))
        except LookupError as error:
            say(f"Error: {error}", err=True)
            named.append(spec)
    comparison = catalog.compare(named)
    if form == "csv":
        print_rows(rows(comparison), form)
    elif form:
        print_record(comparison.as_dict(), form)
    elif comparison.models:
        _print_comparison(comparison.models)
    if comparison.unknown:
        raise click.exceptions.Exit(1)


def _print_comparison(models: Sequence[Model]) -> None:
    from llmcat.choosing.compare import WINNER, compare, table

    header, *rows = table(compare(models))
    print_table(header, rows)
    if any(cell.endswith(WINNER) for row in rows for cell in row):
        click.echo(f"\n{WINNER.strip()} the cheapest price or the largest limit of its row")


@click.command()
@click.argument("name", type=SPEC)
@scope_option
@click.option("--strict", is_flag=True, help="A bare id of several providers is ambiguous.")
@click.option(
    "--base", is_flag=True, help="Of a fine-tune without prices, the model it is made from."
)
@click.option("-q", "--quiet", is_flag=True, help="Print the spec alone.")
@catalog_options
@output_options
def resolve(
    name: str,
    quiet: bool,
    scope: tuple[str, ...],
    strict: bool,
    base: bool,
    catalog: Catalog,
    form: str | None,
) -> None:
    """Say which model is meant, and by which rule. NAME is what gateways and SDKs write.

    Where several answer equally well, all of them are listed, with exit status 1.
    """
    try:
        found = catalog.resolve(name, scope=scope or None, strict=strict, base=base)
    except Ambiguous as error:
        raise _which(error, form) from None
    if quiet:
        say(found.spec)
        return
    if form:
        print_record(found._asdict(), form)
    else:
        say(f"{found.spec}  ({found.rule})")
        for sentence in found.assumed:
            say(f"assumed: {sentence}")
    warn_of(catalog.model(found.spec), catalog)


def _which(error: Ambiguous, form: str | None) -> click.exceptions.Exit:
    """List all candidates: to programs on standard output, to people on standard error."""
    if form:
        print_record({"name": error.name, "candidates": error.candidates}, form)
    say(f"Error: {error.name!r} is ambiguous: name one of these, or give a --scope", err=True)
    for spec in () if form else error.candidates:
        say(f"  {spec}", err=True)
    return click.exceptions.Exit(1)
