"""Commands that read a catalogue as it is: info, sql; and how a command opens one."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, TypeVar, cast

import click

from llmcat import instants
from llmcat.catalog import Catalog
from llmcat.cli.option_types import INSTANT
from llmcat.cli.output import output_options, print_fact, print_record, print_rows, say
from llmcat.errors import UsageError
from llmcat.storage.age import beyond

Command = TypeVar("Command", bound=Callable[..., Any])


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


NAMES_WIDTH = 10

THEN = """
SELECT (SELECT count(*) FROM models) AS models, (SELECT count(*) FROM providers) AS providers,
    (SELECT count(DISTINCT at) FROM moments) AS moments, (SELECT min(at) FROM moments) AS first"""


@click.command()
@catalog_options
@output_options
def info(catalog: Catalog, form: str | None) -> None:
    """Say what is in the catalogue. Counts, sources, age, and what was rejected.

    With --as-of how much there was then: sources and rejects are known of the last build alone.
    """
    if catalog.at:
        _say_what_was_in(catalog, form)
        return
    facts = {"file": catalog.path, **catalog.info()}
    if form:
        print_record(facts, form)
        return
    from llmcat.instants import with_age

    merged = facts["records_accepted"] - facts["models"] - facts["models_filtered"]
    click.echo(f"{facts['file']}: {facts['models']:,} models from {facts['providers']:,} providers")
    records = (
        f"{facts['records_read']:,} read = {facts['models']:,} models"
        f" + {merged:,} merged + {facts['models_filtered']:,} filtered"
        f" + {facts['records_rejected']:,} rejected"
    )
    for name, value in (
        ("as of", with_age(facts["built_at"], datetime.now(timezone.utc))),
        ("recorded", facts["recorded_until"] and f"until {facts['recorded_until']}"),
        ("records", records),
        ("schema", f"{facts['schema_version']}, written by llmcat {facts['llmcat_version']}"),
        ("content", facts["content_digest"]),
    ):
        if value:
            print_fact(name, value, NAMES_WIDTH)
    click.echo()
    columns = ("name", "kind", "location", "retrieved_at", "providers", "models", "rejected")
    print_rows(facts["sources"], None, columns=columns, spare=("kind", "retrieved_at"))
    rejects = catalog.sql(
        "SELECT reason, count(*) AS records, min(place) AS first FROM rejects"
        " GROUP BY reason ORDER BY records DESC, reason LIMIT 10"
    )
    if rejects:
        click.echo()
        print_rows(rejects, None, spare=("first",))


def _say_what_was_in(catalog: Catalog, form: str | None) -> None:
    facts = {"file": catalog.path, "as_of": catalog.at, **catalog.sql(THEN)[0]}
    if form:
        print_record(facts, form)
        return
    click.echo(f"{facts['file']}: {facts['models']:,} models from {facts['providers']:,} providers")
    print_fact("as of", facts["as_of"], NAMES_WIDTH)
    if facts["moments"]:
        since = f"{facts['moments']:,} moments since {facts['first']}"
        print_fact("recorded", since, NAMES_WIDTH)


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
    """Run a SELECT, read-only and limited in time and size. `-` reads it from standard input.

    \b
    llmcat sql "select spec, cost_input from models where vision and tools
                and limit_context >= :min order by 2 limit 5" -p min 200000
    """
    from llmcat.storage.sandbox.process_limits import limit_heap

    limit_heap()  # this process is our own
    if query == "-":
        query = _read_query()
    values = {name: _number_or_text(value) for name, value in params}
    rows = catalog.sql(query, values, max_seconds=max_seconds, max_rows=max_rows)
    if not rows.columns:
        raise click.UsageError(
            "the query gives no columns; write a SELECT", click.get_current_context()
        )
    print_rows(rows, form, header=rows.columns)


def _read_query() -> str:
    from llmcat.storage.sandbox.sql import MAX_SQL

    try:
        return sys.stdin.read(MAX_SQL + 1)  # one more: the limit of a query tells the rest
    except OSError as error:
        raise UsageError(f"standard input cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise UsageError("standard input is not UTF-8 text") from None


def _number_or_text(text: str) -> Any:
    """A parameter that is written as a JSON number is one: SQLite compares text with no number."""
    import json

    try:
        value = json.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else text
