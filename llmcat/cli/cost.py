"""What a call costs: cost."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from typing import Any

import click

from llmcat import display
from llmcat.catalog import Catalog
from llmcat.cli.info import database_option
from llmcat.cli.numbers import TOKENS
from llmcat.cli.output import output_options, print_record, print_table, say
from llmcat.cli.show import warn_of
from llmcat.errors import UsageError
from llmcat.meters import STANDARD

COUNTS = {
    "input_tokens": "Input tokens, cached and audio ones included.",
    "output_tokens": "Output tokens, reasoning and audio ones included.",
    "cache_read_tokens": "Of the input: read from the cache.",
    "cache_write_tokens": "Of the input: written to the cache.",
    "cache_write_1h_tokens": "Of the input: written to the cache for an hour.",
    "input_audio_tokens": "Of the input: audio.",
    "output_audio_tokens": "Of the output: audio.",
    "reasoning_tokens": "Of the output: reasoning.",
}


def count_options(command: Any) -> Any:
    """An option for every count of tokens."""
    for name, help_ in reversed(COUNTS.items()):
        command = click.option(_flag(name), name, type=TOKENS, metavar="TOKENS", help=help_)(
            command
        )
    return command


def _flag(count: str) -> str:
    return "--" + count.removesuffix("_tokens").replace("_", "-")


@click.command()
@click.argument("spec")
@count_options
@click.option(
    "--mode",
    help="standard, batch, flex, priority, fast, …; without it the service tier that --usage names, or"
    " standard.",
)
@click.option(
    "--at",
    "--as-of",
    "at",
    metavar="INSTANT",
    help="Prices of this instant, UTC, such as 2026-03-01; without it those of now.",
)
@click.option(
    "--usage",
    help="In place of counts: usage as the API returned it, JSON, or - to read it from stdin.",
)
@database_option
@output_options
def cost(
    spec: str,
    mode: str | None,
    at: str | None,
    usage: str | None,
    db: str | None,
    form: str | None,
    **counts: int | None,
) -> None:
    """Reckon what a call costs, exactly.

    \b
    llmcat cost openai:gpt-4o --input 1000 --output 500
    llmcat cost anthropic:claude-sonnet-4-5 --usage '{"input_tokens": 12, …}'
    """
    catalog = Catalog(db)
    tokens = {name: count for name, count in counts.items() if count is not None}
    if usage is None:
        found = catalog.cost(spec, **tokens, at=at, mode=mode or STANDARD)
    elif tokens:
        raise UsageError(f"--usage says all tokens; leave out {', '.join(map(_flag, tokens))}")
    else:
        found = catalog.cost_of(spec, _usage(usage), at=at, mode=mode)
    if at is None and found.spec in catalog:  # its end is told from today, not from another time
        warn_of(catalog.model(found.spec), catalog)
    if form:
        lines = [
            {k: str(v) if k.startswith("usd") else v for k, v in line._asdict().items()}
            for line in found.breakdown
        ]
        facts = {
            "spec": found.spec,
            "mode": found.mode,
            "tier": found.tier,
            "usd": str(found.total),
        }
        print_record({**facts, "breakdown": lines, "assumed": list(found.assumed)}, form)
        return
    rows = [
        [line.meter, f"{line.tokens:,}", display.price(line.usd_per_mtok), _dollars(line.usd)]
        for line in found.breakdown
    ]
    print_table(
        ["meter", "tokens", "USD per 1M", "USD"], [*rows, ["total", "", "", _dollars(found.total)]]
    )
    if found.tier:
        click.echo(f"tier: the input is over {found.tier:,} tokens")
    for sentence in found.assumed:
        say(f"assumed: {sentence}")


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
