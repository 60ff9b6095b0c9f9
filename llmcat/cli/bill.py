"""What the calls of a log cost: bill."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

import click

from llmcat import display
from llmcat.catalog import Catalog
from llmcat.cli.bill_progress import Progress
from llmcat.cli.common_options import database_option
from llmcat.cli.metered_calls import metered
from llmcat.cli.output import (
    output_options,
    print_record,
    print_rows,
    print_table,
    say,
    terminal_width,
)
from llmcat.errors import OptionError, UsageError
from llmcat.pricing.bill import Bill, groups_of, make_bill
from llmcat.pricing.cost_result import sum_of
from llmcat.pricing.logs.call import Call
from llmcat.pricing.logs.formats import FormatReader
from llmcat.pricing.logs.log_file import LogFile, calls_in
from llmcat.pricing.logs.sessions import Seen
from llmcat.pricing.tally import GROUPS, Counted, Tally

BAR = 24
SMALL = Decimal("0.0001")
LISTED = 20
"""Problems that are listed for people; --json has all."""


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option(
    "--by",
    multiple=True,
    metavar="GROUP",
    help=f"Sums by {', '.join(GROUPS)}; several with commas between. Without it by model.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="NAME=COLUMN",
    help="Which column holds what, where its name does not say it: model=deployment, or a path,"
    " usage=response.usage.",
)
@click.option(
    "--instead", multiple=True, metavar="SPEC", help="The same tokens at this model, too."
)
@click.option(
    "--cheapest",
    is_flag=True,
    help="For each model the cheapest one with all of its capabilities, or with those of --require.",
)
@click.option(
    "--require", multiple=True, metavar="CAPABILITY", help="With --cheapest: what it must have."
)
@click.option(
    "--meters",
    metavar="FILE",
    type=click.Path(),
    help="Write the calls metered, as CSV, for the SQL of a warehouse: id, called_at, name, mode, region,"
    " input_total and what is billed at each meter.",
)
@database_option
@output_options
def bill(
    files: tuple[str, ...],
    by: tuple[str, ...],
    columns: tuple[str, ...],
    instead: tuple[str, ...],
    cheapest: bool,
    require: tuple[str, ...],
    meters: str | None,
    db: str | None,
    form: str | None,
) -> None:
    """Reckon what the calls of a log cost. Each at the prices of its day.

    A FILE is JSON lines, JSON, CSV, Parquet or SQLite, packed with gzip or not, - for standard input:
    answers of APIs, the log of `llm`, sessions of Codex and Claude Code, batches of OpenAI and
    Anthropic, spend logs of LiteLLM, exports of Langfuse and OpenTelemetry, or a table of your own.
    Exit status 1 where a call could not be priced.

    \b
    llmcat bill ~/.claude/projects/*/*.jsonl --by month --by model
    llmcat bill calls.csv --column model=deployment --instead openai:gpt-5-mini
    """
    if require and not cheapest:
        raise UsageError("--require is for --cheapest")
    catalog = Catalog(db)
    groups = groups_of([name.strip() for names in by for name in names.split(",")] or ["model"])
    others = [catalog.resolve(name).spec for name in instead]
    tally = Tally(catalog, groups, None if cheapest else others)
    mapped = dict(map(_mapping, columns))
    with metered(meters, tally) as each, Progress(files) as progress:
        read_files(tally, files, mapped, each, progress)
    found = make_bill(tally, catalog, instead=others, cheapest=cheapest, require=require)
    _print(found, form)
    if found.unpriced:
        raise SystemExit(1)


def read_files(
    tally: Tally,
    files: Iterable[str],
    columns: dict[str, str],
    each: Callable[[Call, Counted], None] | None,
    progress: Progress,
) -> None:
    """Add the calls of all files to the tally, a long file of JSON lines by several processes."""
    from llmcat.cli.bill_processes import add_in_processes, is_worth_it

    seen = Seen()
    for path in files:
        before = tally.read - tally.skipped
        done = False
        if each is None and is_worth_it(path):
            with LogFile(path) as log:
                progress.begin(log)
                done = add_in_processes(tally, log, columns, progress)
        if not done:
            with LogFile(path) as log:
                progress.begin(log)
                found = progress.watch(calls_in(log, FormatReader(columns, seen)))
                tally.add_all(found, log.name, each)
        if tally.read - tally.skipped == before:
            tally.problem("no call", "", log.name, "nothing in it has a model and tokens", 0)


def _mapping(text: str) -> tuple[str, str]:
    name, equals, column = text.partition("=")
    if not equals or not name or not column:
        raise OptionError(f"--column {text!r} must be NAME=COLUMN, such as model=deployment")
    return name.strip(), column.strip()


def _print(found: Bill, form: str | None) -> None:
    if form == "json":
        print_record(as_record(found), form)
        return
    rows = [_row(row, found) for row in found.rows]
    if form:
        columns = (*found.by, "calls", "input_tokens", "output_tokens", "usd", *found.instead)
        print_rows(rows, form, header=columns)
    elif rows:
        _print_table(found)
    _print_rest(found, err=bool(form))


def as_record(found: Bill) -> dict[str, Any]:
    """The bill for programs; amounts as text, which loses no digit."""
    return {
        "by": list(found.by),
        "calls": found.calls,
        "usd": str(found.total),
        "instead": {spec: _text(usd) for spec, usd in found.instead.items()},
        "rows": [_row(row, found) for row in found.rows],
        "elsewhere": [
            {**one._asdict(), "usd": str(one.usd), "cheapest_usd": _text(one.cheapest_usd)}
            for one in found.elsewhere
        ],
        "charged": [
            {**one._asdict(), "usd": str(one.usd), "charged": str(one.charged)}
            for one in found.charged
        ],
        "unpriced_calls": found.unpriced_calls,
        "unpriced": [problem._asdict() for problem in found.unpriced],
        "assumed": [{"calls": calls, "sentence": why} for why, calls in found.assumed.items()],
        "skipped": found.skipped,
        "untimed": found.untimed,
    }


def _row(row: Any, found: Bill) -> dict[str, Any]:
    facts = {
        **{name: value or None for name, value in row.group.items()},
        "calls": row.calls,
        "input_tokens": row.input_tokens,
        "output_tokens": row.output_tokens,
        "usd": str(row.usd),
    }
    return {**facts, **{spec: _text(row.instead[spec]) for spec in found.instead}}


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def _print_table(found: Bill) -> None:
    """A row and a bar for each group, and the total below."""
    headers = [*found.by, "calls", "input", "output", "USD", *found.instead]
    rows = [
        [
            *[value or display.UNKNOWN for value in row.group.values()],
            f"{row.calls:,}",
            display.tokens(row.input_tokens),
            display.tokens(row.output_tokens),
            dollars(row.usd),
            *map(dollars, row.instead.values()),
        ]
        for row in found.rows
    ]
    blank = [""] * max(0, len(found.by) - 1)
    total = [
        f"{found.calls:,}",
        "",
        "",
        dollars(found.total),
        *map(dollars, found.instead.values()),
    ]
    if terminal_width() is not None:
        headers.append("")
        for cells, part in zip(rows, bars([row.usd for row in found.rows])):
            cells.append(part)
        total.append("")
    print_table(headers, [*rows, ["total", *blank, *total]], ["output", "input", ""])


def bars(amounts: Sequence[Decimal]) -> list[str]:
    """A bar for each amount, the largest BAR characters long, each at least a sliver."""
    largest = max(amounts, default=Decimal(0))
    if not largest:
        return [""] * len(amounts)
    eighths = [int(amount * BAR * 8 / largest) for amount in amounts]
    return ["█" * (n // 8) + (" ▏▎▍▌▋▊▉"[n % 8].strip() or ("" if n else "▏")) for n in eighths]


def dollars(amount: Decimal | None) -> str:
    """An amount to the cent, below a dollar to four digits, below those to two that count; "?" where it is
    not known."""
    if amount is None:
        return display.UNKNOWN
    if 0 < amount < SMALL:
        return f"${amount.quantize(Decimal(1).scaleb(amount.adjusted() - 1)).normalize():f}"
    return f"${amount:,.2f}" if amount >= 1 else f"${amount:.4f}"


def _print_rest(found: Bill, err: bool) -> None:
    """What a reader must know of the sums: what was assumed, and what is not in them."""
    if found.elsewhere and not err:
        click.echo()
        print_table(
            ["model", "calls", "USD", "cheapest with all it can", "USD there"],
            [
                [
                    one.spec,
                    f"{one.calls:,}",
                    dollars(one.usd),
                    one.cheapest or "",
                    dollars(one.cheapest_usd),
                ]
                for one in found.elsewhere
            ],
        )
    for sentence in charged_sentences(found):
        say(sentence, err=err)
    for why, calls in list(found.assumed.items())[:LISTED]:
        say(f"assumed for {_calls(calls)}: {why}", err=err)
    if found.untimed:
        say(f"{_calls(found.untimed)} without a time: at the prices of now", err=err)
    if found.skipped:
        are = "record is no call" if found.skipped == 1 else "records are no calls"
        say(f"{found.skipped:,} {are}", err=err)
    if found.unpriced:
        say(f"{_calls(found.unpriced_calls)} not priced:", err=True)
    for problem in found.unpriced[:LISTED]:
        words = [f"{problem.calls:,}", problem.reason, problem.model, f"(first {problem.place})"]
        say(
            " ".join(filter(None, words)) + (f": {problem.detail}" if problem.detail else ""),
            err=True,
        )
    if (more := len(found.unpriced) - LISTED) > 0:
        say(f"and {more:,} more; --json lists all", err=True)


def charged_sentences(found: Bill) -> list[str]:
    """What the log says that its calls cost, beside what they cost here: all, then each model that differs."""
    if not found.charged:
        return []
    calls = sum(one.calls for one in found.charged)
    here = sum_of(one.usd for one in found.charged)
    there = sum_of(one.charged for one in found.charged)
    sentences = [f"the log says what {_calls(calls)} cost: {_compared(there, here)}"]
    different = [one for one in found.charged if one.charged != one.usd]
    if len(found.charged) > 1:
        sentences += [
            f"  {one.spec}, {_calls(one.calls)}: {_compared(one.charged, one.usd)}"
            for one in different[:LISTED]
        ]
    return sentences


def _compared(there: Decimal, here: Decimal) -> str:
    if there == here:
        return f"{dollars(there)}, as here"
    more = "more" if there > here else "less"
    return f"{dollars(there)}, {dollars(abs(there - here))} {more} than the {dollars(here)} of here"


def _calls(number: int) -> str:
    return f"{number:,} call{'' if number == 1 else 's'}"
