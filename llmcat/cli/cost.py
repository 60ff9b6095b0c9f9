"""What a call costs: cost."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from llmcat import display
from llmcat.catalog import Catalog
from llmcat.cli.common_options import database_option, say_where_it_ends
from llmcat.cli.option_types import INSTANT, NUMBER, SPEC, TOKENS
from llmcat.cli.output import output_options, print_record, print_table, say, say_taken
from llmcat.cli.show import warn_of
from llmcat.errors import UsageError
from llmcat.meters import STANDARD

if TYPE_CHECKING:
    from llmcat.pricing.cost_result import CostLine

COUNTS = {
    "input_tokens": "Input tokens, cached and audio ones included.",
    "output_tokens": "Output tokens, reasoning and audio ones included.",
    "cache_read_tokens": "Of the input: read from the cache.",
    "cache_write_tokens": "Of the input: written to the cache.",
    "cache_write_1h_tokens": "Of the input: written to the cache for an hour.",
    "input_audio_tokens": "Of the input: audio.",
    "output_audio_tokens": "Of the output: audio.",
    "reasoning_tokens": "Of the output: reasoning.",
    "input_image_tokens": "Of the input: images.",
    "output_image_tokens": "Of the output: images.",
}
SHORT = {"input_tokens": ("-i",), "output_tokens": ("-o",)}

UNITS = {
    "images": "Images made.",
    "seconds": "Seconds of audio or video.",
    "characters": "Characters taken in.",
    "pages": "Pages read.",
    "requests": "Requests, for models with a price for each.",
    "queries": "Queries, such as the search units of a reranker.",
    "web_searches": "Searches of the web.",
    "file_searches": "Searches of uploaded files.",
    "sessions": "Sessions of a code interpreter.",
}


def count_options(command: Any) -> Any:
    """An option for every count of tokens and of units."""
    for name, help_ in reversed(UNITS.items()):
        command = click.option(_flag(name), name, type=NUMBER, help=help_)(command)
    for name, help_ in reversed(COUNTS.items()):
        flags = (*SHORT.get(name, ()), _flag(name), name)
        command = click.option(*flags, type=TOKENS, metavar="TOKENS", help=help_)(command)
    return command


def _flag(count: str) -> str:
    return "--" + count.removesuffix("_tokens").replace("_", "-")


@click.command()
@click.argument("spec", type=SPEC)
@click.argument("input", required=False, type=TOKENS)
@click.argument("output", required=False, type=TOKENS)
@count_options
@click.option("--mode", help="standard, batch, fast, …; else what --usage says, else standard.")
@click.option("--region", help="Where it was served, such as eu or us-east-1.")
@click.option(
    "--at",
    "--as-of",
    "at",
    type=INSTANT,
    metavar="INSTANT",
    help="Prices of this instant, UTC, such as 2026-03-01 or 30d; without it those of now.",
)
@click.option(
    "--usage",
    help="In place of counts: usage as the API returned it, JSON, or - to read it from stdin.",
)
@click.option(
    "--calls", type=TOKENS, metavar="N", help="What so many such calls cost as well, such as 10k."
)
@database_option
@output_options
def cost(
    spec: str,
    input: int | None,
    output: int | None,
    mode: str | None,
    region: str | None,
    at: str | None,
    usage: str | None,
    calls: int | None,
    db: str | None,
    form: str | None,
    **counts: Any,
) -> None:
    """Reckon what a call costs, exactly.

    INPUT and OUTPUT are tokens; more counts are options.

    \b
    llmcat cost openai:gpt-4o 1000 500 --calls 10k
    llmcat cost openai:gpt-4o --input 1000 --output 500 --cache-read 200
    llmcat cost anthropic:claude-sonnet-4-5 --usage '{"input_tokens": 12, …}'
    """
    catalog = Catalog(db)
    for name, count in (("input_tokens", input), ("output_tokens", output)):
        if count is not None and counts[name] is not None:
            raise UsageError(f"{_flag(name)} and the argument say the same; leave one out")
        counts[name] = counts[name] if count is None else count
    tokens = {name: count for name, count in counts.items() if count is not None}
    if usage is None:
        found = catalog.cost(spec, **tokens, at=at, mode=mode or STANDARD, region=region or "")
    elif tokens:
        raise UsageError(f"--usage says all counts; leave out {', '.join(map(_flag, tokens))}")
    else:
        found = catalog.cost_of(spec, _usage(usage), at=at, mode=mode, region=region)
    say_taken(spec, found.spec)
    if at is not None:
        say_where_it_ends(catalog, at)
    if at is None and found.spec in catalog:  # its end is told from today, not from another time
        warn_of(catalog.model(found.spec), catalog)
    if form:
        more = {} if calls is None else {"calls": calls, "calls_usd": str(found.total * calls)}
        print_record({**found.as_dict(), **more}, form)
        return
    in_tokens = all(line.unit == "token" for line in found.breakdown)
    rows = [
        [
            line.meter,
            f"{line.quantity:,}",
            display.price(line.price) + ("" if in_tokens else f" {_per(line)}"),
            _dollars(line.usd),
        ]
        for line in found.breakdown
    ]
    heads = (
        ["meter", "tokens", "USD per 1M", "USD"]
        if in_tokens
        else ["meter", "count", "price", "USD"]
    )
    totals = [["total", "", "", _dollars(found.total)]]
    if calls is not None:
        totals.append([f"{calls:,} calls", "", "", _dollars(found.total * calls)])
    print_table(heads, [*rows, *totals])
    if found.tier:
        click.echo(f"tier: the input is over {found.tier:,} tokens")
    for sentence in found.assumed:
        say(f"assumed: {sentence}")


def _per(line: CostLine) -> str:
    return "per 1M tokens" if line.unit == "token" else f"per {line.unit}"


def _dollars(amount: Decimal) -> str:
    """An amount to its last digit, unless it is of a size that nobody pays."""
    return f"${amount:f}" if amount < display.LONGEST else display.price(amount)


def _usage(text: str) -> Any:
    try:
        return json.loads(sys.stdin.read() if text == "-" else text)
    except OSError as error:
        raise UsageError(f"standard input cannot be read ({error.strerror})") from None
    except (ValueError, RecursionError):
        raise UsageError("--usage is no JSON; pass the usage object of the API's answer") from None
