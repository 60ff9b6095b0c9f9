"""Commands that read a catalogue as it is: info, sql."""

from __future__ import annotations

import sys
from datetime import datetime, timezone
from typing import Any

import click

from llmcat.catalog import Catalog
from llmcat.cli.common_options import catalog_options
from llmcat.cli.output import output_options, print_fact, print_record, print_rows
from llmcat.errors import UsageError

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
