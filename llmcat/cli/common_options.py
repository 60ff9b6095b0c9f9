"""Options that many commands have: --db and --as-of, which open the catalogue that is read, and --scope."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar, cast

import click

from llmcat import instants
from llmcat.catalog import Catalog
from llmcat.cli.option_types import INSTANT, PROVIDER
from llmcat.cli.output import say
from llmcat.storage.age import beyond

Command = TypeVar("Command", bound=Callable[..., Any])

scope_option = click.option(
    "--scope",
    metavar="PROVIDER",
    type=PROVIDER,
    multiple=True,
    help="Provider to stay with; repeat it for several.",
)


def database_option(command: Command) -> Command:
    """--db FILE: the catalogue to read."""
    return click.option(
        "--db",
        metavar="FILE",
        type=click.Path(),
        help="Catalogue to read; without it $LLMCAT_DB, then the one installed.",
    )(command)


def catalog_options(command: Command) -> Command:
    """--db FILE and --as-of INSTANT: the command gets the catalogue, opened, as `catalog`."""

    @functools.wraps(command)
    def with_catalog(*args: Any, db: str | None, as_of: str | None, **options: Any) -> Any:
        catalog = Catalog(db)
        if as_of is not None:
            say_where_it_ends(catalog, as_of)
            catalog = catalog.as_of(as_of)
        return command(*args, catalog=catalog, **options)

    option = click.option(
        "--as-of",
        type=INSTANT,
        metavar="INSTANT",
        help="As it was at this instant, UTC: 2026-03-01, 2026-03, 2026-03-01T10:00Z or 30d ago.",
    )
    return cast(Command, database_option(option(with_catalog)))


def say_where_it_ends(catalog: Catalog, until: str | None) -> None:
    """Say on standard error where the record ends, if a question up to `until` (None: now) reaches
    beyond that."""
    if sentence := beyond(catalog.connection, until and instants.instant(until)):
        say(sentence, err=True)


def day_of(catalog: Catalog) -> str:
    """The day that tells what is deprecated or retired: that of --as-of, else today."""
    return catalog.at[:10] if catalog.at else instants.today()
