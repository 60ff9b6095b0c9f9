"""Commands that read a catalogue as it is: info, show, sql."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from llmcat import humane
from llmcat.catalog import Catalog
from llmcat.cli.output import (
    output_options,
    print_fact,
    print_heading,
    print_record,
    print_rows,
    print_table,
    say,
)

if TYPE_CHECKING:
    from llmcat.records import Model

Command = TypeVar("Command", bound=Callable[..., Any])


def database_option(command: Command) -> Command:
    """--db FILE: the catalogue to read."""
    return click.option(
        "--db",
        metavar="FILE",
        help="Catalogue to read; without it $LLMCAT_DB, then the one installed.",
    )(command)


def catalog_options(command: Command) -> Command:
    """--db FILE and --as-of INSTANT: the command gets the catalogue, opened, as `catalog`."""

    @functools.wraps(command)
    def with_catalog(*args: Any, db: str | None, as_of: str | None, **options: Any) -> Any:
        catalog = Catalog(db)
        if as_of is not None:
            catalog = catalog.as_of(as_of)
        return command(*args, catalog=catalog, **options)

    option = click.option(
        "--as-of",
        metavar="INSTANT",
        help="As it was at this instant, UTC: 2026-03-01, 2026-03 or 2026-03-01T10:00Z.",
    )
    return cast(Command, database_option(option(with_catalog)))


@click.command()
@database_option
@output_options
def info(db: str | None, form: str | None) -> None:
    """Say what is in the catalogue. Counts, sources, age, and what was rejected."""
    catalog = Catalog(db)
    facts = {"file": catalog.path, **catalog.info()}
    if form:
        print_record(facts, form)
        return
    from llmcat.pull import age_in_words

    age = age_in_words(facts["built_at"], datetime.now(timezone.utc))
    merged = facts["records_accepted"] - facts["models"] - facts["models_filtered"]
    click.echo(f"{facts['file']}: {facts['models']:,} models from {facts['providers']:,} providers")
    click.echo(f"  as of      {facts['built_at']} ({age} old)")
    click.echo(
        f"  records    {facts['records_read']:,} read = {facts['models']:,} models"
        f" + {merged:,} merged + {facts['models_filtered']:,} filtered"
        f" + {facts['records_rejected']:,} rejected"
    )
    click.echo(
        f"  schema     {facts['schema_version']}, written by llmcat {facts['llmcat_version']}"
    )
    click.echo(f"  content    {facts['content_digest']}")
    click.echo()
    columns = ("name", "kind", "location", "retrieved_at", "providers", "models", "rejected")
    print_rows(facts["sources"], None, columns=columns, spare=("kind", "retrieved_at"))
    rejects = catalog.sql(
        "SELECT reason, count(*) AS records, min(place) AS first FROM rejects"
        " GROUP BY reason ORDER BY records DESC, reason LIMIT 10"
    )
    if rejects:
        click.echo()
        print_rows(rejects, None)


@click.command()
@click.argument("spec")
@catalog_options
@output_options
def show(spec: str, catalog: Catalog, form: str | None) -> None:
    """Show one model. What it costs, what it can do, where that is known from."""
    model = catalog.model(spec)
    if form:
        details = {name: value for name, value in model.details._asdict().items() if name != "spec"}
        print_record({**model._asdict(), "details": details}, form)
        return
    print_model(model)


def print_model(model: Model) -> None:
    """A model for people."""
    print_heading(model.spec, model.name)
    going = model.status in ("deprecated", "retired")
    if going:
        say(_farewell(model), fg="yellow")
    details = model.details
    facts = [
        ("family", model.family),
        ("released", model.release_date),
        ("knowledge until", model.knowledge),
        ("status", None if going else model.status),
        ("retires on", None if going else model.retires_on),
        ("open weights", None if model.open_weights is None else humane.flag(model.open_weights)),
        ("context", humane.tokens(model.limit_context)),
        ("longest prompt", model.limit_input and humane.tokens(model.limit_input)),
        ("longest answer", humane.tokens(model.limit_output)),
        ("takes", ", ".join(model.modalities_input)),
        ("gives", ", ".join(model.modalities_output)),
        ("can", ", ".join(model.capabilities)),
        ("aliases", ", ".join(model.aliases)),
    ]
    for name, value in facts:
        if value:
            print_fact(name, value)
    click.echo()
    print_prices(details.cost, details.modes)
    click.echo()
    print_fact("sources", ", ".join(sorted(set(details.provenance.values()))))


def _farewell(model: Model) -> str:
    """What to know of a model that is deprecated or retired, in a line."""
    since = model.deprecated_on and f"deprecated from {model.deprecated_on} on"
    words = [
        None if since and model.status == "deprecated" else model.status,
        since,
        model.retires_on and f"switched off on {model.retires_on}",
        model.replacement and f"use {model.replacement} instead",
    ]
    return "; ".join(word for word in words if word)


def print_prices(cost: Any, modes: Any) -> None:
    """Prices in USD per 1M tokens: a line for each mode and tier, a column for each meter."""
    plans = [("standard", cost), *((mode, said.get("cost", {})) for mode, said in modes.items())]
    lines: list[tuple[str, dict[str, float]]] = []
    for mode, prices in plans:
        lines.append((mode, prices))
        for tier in prices.get("tiers", ()):
            lines.append((f"{mode}, over {humane.tokens(tier['min_context'])}", tier))
    known = ("input", "output", "cache_read", "cache_write", "reasoning")
    written = {meter for _, prices in lines for meter in prices}
    others = sorted(written - {"tiers", "components", "min_context", *known})
    meters = [meter for meter in (*known, *others) if meter in written]
    if not meters:
        click.echo("  price unknown")
        return
    rows = [
        [label, *(humane.price(prices[m]) if m in prices else "" for m in meters)]
        for label, prices in lines
    ]
    print_table(["USD per 1M tokens", *meters], rows)


@click.command()
@click.argument("query")
@click.option(
    "-p", "--param", "params", multiple=True, nargs=2, help="Named parameter: NAME VALUE."
)
@click.option("--max-seconds", default=5.0, show_default=True, help="Stop the query after this.")
@click.option("--max-rows", default=100_000, show_default=True, help="Refuse more rows than this.")
@catalog_options
@output_options
def sql(
    query: str,
    params: tuple[tuple[str, str], ...],
    max_seconds: float,
    max_rows: int,
    catalog: Catalog,
    form: str | None,
) -> None:
    """Run a SELECT, read-only and limited in time and size.

    \b
    llmcat sql "select spec, cost_input from models where vision and tools
                and limit_context >= :min order by 2 limit 5" -p min 200000
    """
    values = {name: _number_or_text(value) for name, value in params}
    rows = catalog.sql(query, values, max_seconds=max_seconds, max_rows=max_rows)
    print_rows(rows, form)


def _number_or_text(text: str) -> Any:
    """A parameter that is written as a JSON number is one: SQLite compares text with no number."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else text


COMMANDS = (info, show, sql)
