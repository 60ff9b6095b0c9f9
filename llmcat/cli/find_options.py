"""The options of find on the command line: made from find's own table, with short forms, in sections."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

import click

from llmcat.capabilities import CANONICAL, CAPABILITIES, COLUMNS, TASKS, canonical
from llmcat.choosing.options import (
    BILLINGS,
    MODALITIES,
    OPTIONS,
    STATUSES,
    TIERS,
    TYPES,
    help_of,
)
from llmcat.cli.option_types import (
    PRICE_RANGE,
    PROVIDER,
    TOKEN_RANGE,
    TOKENS,
    OneOf,
    Range,
)
from llmcat.errors import OptionError
from llmcat.meters import COLUMN_METERS, price_unit
from llmcat.records import ModelRow

Command = TypeVar("Command", bound=Callable[..., Any])

SHORT = {
    "limit_context": "context",
    "limit_output": "max output",
    "cost_input": "$ input",
    "cost_output": "$ output",
    "release_date": "released",
}
"""Column of `models` -> its heading in a table."""

SORT_WORDS = {
    "price": "cost_input",
    "input": "cost_input",
    "output": "cost_output",
    "context": "limit_context",
    "released": "release_date",
    "date": "release_date",
    "newest": "-release_date",
    "cheapest": "cost_input",
}
"""What people sort by -> the column of `models`."""

SPELT = {
    "--cheapest": ("--sort", "price"),
    "--newest": ("--sort", "newest"),
    "--price": ("--cost-input",),
    "--max-price": ("--cost-input",),
    "--max-cost": ("--cost-input",),
}
"""What hands type -> the options that it stands for; a price without more is that of the input."""

FLAGS = {
    "require": "-r",
    "provider": "-p",
    "order_by": "-s",
    "limit": "-n",
}
"""Option -> its short flag."""

ALSO = {"order_by": "--sort"}

MOST = "Used most"
SECTIONS: dict[str, tuple[str, ...]] = {
    MOST: (
        *("require", "provider", "task", "context", "cost_input", "cost_output", "free"),
        *("order_by", "desc", "limit"),
    ),
    "What a model can do": ("forbid", "modalities_input", "modalities_output", "quality_tier"),
    "What it is": (
        *("family", "base_model", "tags", "text", "open_weights", "first_party", "local"),
        *("billing", "available"),
    ),
    "How large, how old": (
        *("min_context", "max_context", "min_input_limit", "min_output", "max_output"),
        *("released_after", "released_before", "updated_after", "knowledge_after"),
    ),
    "Measured": ("min_score", "task_complexity", "min_speed"),
    "In service": ("status", "include_deprecated", "include_retired", "today"),
    "Prices: 3 (at most), '<3', '>=0.5' or 0.5..3": (
        *(f"cost_{meter}" for meter in COLUMN_METERS if meter not in ("input", "output")),
        *("max_blend", "blend"),
    ),
}
"""Section of the help -> its options; what is in none stands under "More"."""

IN_SECTIONS = {name for names in SECTIONS.values() for name in names}

HELP = {
    "require": "Has the capability NAME. Short for the usual ones: --vision, --tools, --reasoning,"
    " --structured-outputs, --pdf-input, --web-search, …; --no-vision is --forbid vision.",
    "order_by": "Sorted by COLUMN: price, output, context, released, any column of models, or"
    " blend, score or speed; - before it: largest first.",
}
"""Option -> its help, where the command line understands more than find does."""

NUMBERS: dict[str, Any] = {"tokens": TOKENS, "count": int, "price": float, "speed": float}
AT_LEAST_ONE = click.IntRange(min=1)
REPEATED = ("names", "columns", "scores")
NOT_ON_THE_COMMAND_LINE = ("text",)

ABLE = dict.fromkeys([*COLUMNS.values(), *(capability.name for capability in CAPABILITIES)])
"""Capabilities by the names that hands type first: tools, then function_calling."""

NAMES: dict[str, Any] = {
    "provider": PROVIDER,
    "require": OneOf(ABLE),
    "forbid": OneOf(ABLE),
    "task": OneOf(task.name for task in TASKS),
    "order_by": OneOf((*SORT_WORDS, "blend", "score", "speed", *ModelRow._fields)),
    "modalities_input": OneOf(MODALITIES),
    "modalities_output": OneOf(MODALITIES),
    "status": OneOf(STATUSES),
    "billing": OneOf(BILLINGS),
    "quality_tier": OneOf(TIERS),
}
"""Option -> the type that lets a shell complete its values."""


class FindCommand(click.Command):
    """A command that takes the options of find: `--vision` is `--require vision`, `--no-vision`
    `--forbid vision`; the help shows its options in sections."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the words of the command line."""
        own = {
            flag for param in self.get_params(ctx) for flag in (*param.opts, *param.secondary_opts)
        }
        return super().parse_args(ctx, [part for word in args for part in spelt_out(word, own)])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, section by section."""
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        for title, names in SECTIONS.items():
            shown = [param for name in names for param in options if param.name == name]
            _write(formatter, title, _records(ctx, shown))
        rest = [param for param in options if param.name not in IN_SECTIONS]
        _write(formatter, "More", _records(ctx, rest))


def _records(ctx: click.Context, options: Iterable[click.Option]) -> list[tuple[str, str]]:
    records = (option.get_help_record(ctx) for option in options)
    return [record for record in records if record is not None]


def _write(formatter: click.HelpFormatter, title: str, rows: Sequence[tuple[str, str]]) -> None:
    if rows:
        with formatter.section(title):
            formatter.write_dl(rows)


def spelt_out(word: str, own: Iterable[str]) -> tuple[str, ...]:
    """`--vision` as `--require vision` and what stands in SPELT, unless the command has such an option."""
    if not word.startswith("--") or word in own:
        return (word,)
    flag, equals, value = word.partition("=")
    if flag in SPELT:
        return (*SPELT[flag], value) if equals else SPELT[flag]
    name = word[2:]
    for prefix, option in (("", "--require"), ("no-", "--forbid")):
        capability = canonical(name.removeprefix(prefix)) if name.startswith(prefix) else ""
        if capability in CANONICAL:
            return option, capability
    return (word,)


def find_options(command: Command) -> Command:
    """Every option of find; read() makes the arguments of Catalog.find of them."""
    before = getattr(command, "__click_params__", [])
    command.__click_params__ = [*before, *_options()]  # type: ignore[attr-defined]
    return command


@cache  # three commands have them
def _options() -> list[click.Option]:
    """The options, the last first, as click keeps them."""
    return [
        *(_option(name) for name in reversed(OPTIONS) if name not in NOT_ON_THE_COMMAND_LINE),
        *map(_price_range, reversed(COLUMN_METERS)),
        click.Option(
            ["--context"],
            type=TOKEN_RANGE,
            metavar="TOKENS",
            help="Context window: 200k (at least), '<32k' or 8k..32k.",
        ),
        click.Option(
            ["--desc/--asc"], default=None, help="Sort the largest first; the smallest first."
        ),
    ]


def _option(name: str) -> click.Option:
    kind = OPTIONS[name].type
    flag = f"--{name.replace('_', '-')}"
    help_ = HELP.get(name) or _sentence(help_of(name))
    if kind in ("switch", "environment"):
        return click.Option([flag, name], is_flag=True, default=None, help=help_)
    if kind == "flag":
        return click.Option([f"{flag}/--no-{flag[2:]}", name], default=None, help=help_)
    flags = [f for f in (FLAGS.get(name), flag, ALSO.get(name)) if f]
    return click.Option(
        [*flags, name],
        type=AT_LEAST_ONE if name == "limit" else NAMES.get(name) or NUMBERS.get(kind),
        metavar=TYPES[kind],
        multiple=kind in REPEATED,
        hidden=name.startswith(("min_cost_", "max_cost_")),
        help=help_,
    )


def _price_range(meter: str) -> click.Option:
    """`--cost-input '<3'`: both bounds of a price in one option."""
    return click.Option(
        [f"--cost-{meter.replace('_', '-')}", f"cost_{meter}"],
        type=PRICE_RANGE,
        metavar="RANGE",
        help=_price_help(meter),
    )


def _price_help(meter: str) -> str:
    """What the option for the price of a meter says; the sizes of ranges stand in its section."""
    words = f"{meter.replace('_', ' ').capitalize()} price"
    unit = price_unit(meter)
    return (
        f"{words} in USD per {unit}." if f"per {unit}" != f"per {meter}" else f"Price per {unit}."
    )


def _sentence(words: str) -> str:
    """Help says the unit with the value: TOKENS, USD."""
    words = (
        words.replace("TOKENS tokens", "TOKENS").replace("USD USD", "USD").replace(": yes|no", "")
    )
    return f"{words[0].upper()}{words[1:]}."


def given(options: dict[str, Any]) -> dict[str, Any]:
    """The options that were given on the command line, as Catalog.find takes them."""
    options = {name: value for name, value in options.items() if value is not None and value != ()}
    descending = options.pop("desc", None)
    found: dict[str, Any] = {}
    for name, value in options.items():
        if isinstance(value, Range):
            column = "context" if name == "context" else name
            for side, bound in (("min", value.least), ("max", value.most)):
                if bound is not None:
                    found[f"{side}_{column}"] = bound
        elif isinstance(value, tuple):
            found[name] = [part for text in value for part in text.split(",") if part]
        else:
            found[name] = value
    if "order_by" in found:
        found["order_by"] = [_column(word, descending) for word in found["order_by"]]
    elif descending is not None:
        raise OptionError("--asc and --desc need --sort COLUMN")
    return found


def _column(word: str, descending: bool | None) -> str:
    """The column that a word sorts by, `-` before it where the largest comes first."""
    sign, name = ("-", word[1:]) if word.startswith("-") else ("", word)
    column = SORT_WORDS.get(name, name)
    if column.startswith("-"):
        sign, column = ("" if sign else "-"), column[1:]
    if descending is None:
        return sign + column
    return ("-" if descending else "") + column
