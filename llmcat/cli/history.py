"""Commands that look back: prices, history, changes, deprecations."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from llmcat import display
from llmcat.catalog import Catalog
from llmcat.cli.common_options import catalog_options, day_of, say_where_it_ends
from llmcat.cli.models_table import print_models
from llmcat.cli.option_types import INSTANT, PROVIDER, SPEC
from llmcat.cli.output import output_options, print_rows, print_table
from llmcat.cli.show import taken
from llmcat.errors import OptionError
from llmcat.history.lifecycle import named_in, replacement_today

if TYPE_CHECKING:
    from llmcat.history.changes import Change, PriceInterval

BARS = "▁▂▃▄▅▆▇█"
CHART_WIDTH = 60


@click.command()
@click.argument("spec", type=SPEC)
@catalog_options
@output_options
def prices(spec: str, catalog: Catalog, form: str | None) -> None:
    """Show every price of a model and when it was listed.

    By mode (standard, batch, fast, …), region, hours, tier and meter; in USD for so many units: 1M
    tokens, an image, a second.
    """
    from llmcat.history.changes import PriceInterval

    rows = [interval._asdict() for interval in catalog.prices(taken(catalog, spec))]
    header: tuple[str, ...] = PriceInterval._fields
    if form is None:
        header = tuple([f for f in header if f not in RARE or any(row[f] for row in rows)])
        rows = [{name: row[name] for name in header} for row in rows]
    print_rows(rows, form, show=_interval_cell, header=header, spare=LEFT_OUT)


RARE = ("region", "hours", "suspect", "effective_from", "effective_to", "corroborated_by")
"""Columns that a table for people has only where a price says something there."""


LEFT_OUT = ("effective_from", "effective_to", "corroborated_by", "source", "unit", "per")
"""Columns that such a table goes without on a narrow terminal, the first named first."""


def _interval_cell(name: str, value: Any) -> str:
    if name == "usd":
        return display.price(value)
    if name in ("min_context", "per"):
        return display.tokens(value) if value else ""
    if name in ("valid_from", "valid_to"):
        return value[: len("YYYY-MM-DD")] if value else ""  # the second is in --json
    if name == "corroborated_by":
        return ", ".join(value)
    if name == "suspect":
        return "suspect" if value else ""
    return value or ""


class WithDefault(click.Group):
    """A group whose first word, where it is no subcommand, belongs to the subcommand `show`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """`history SPEC` is `history show SPEC`."""
        if args and args[0] not in self.commands:
            args = ["show", *args]
        return super().resolve_command(ctx, args)


@click.group(
    cls=WithDefault,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
def history() -> None:
    """Show what changed of a model, import the past, or pack it.

    \b
    llmcat history openai:gpt-4o
    llmcat history import clone-of-models.dev
    llmcat history pack build/models-dev 2026-10-07T101500Z.json.gz
    """


@history.command("show")
@click.argument("spec", type=SPEC)
@click.option("-f", "--field", help="Only this field, such as cost_input, or cost: every price.")
@catalog_options
@output_options
def show_history(spec: str, field: str | None, catalog: Catalog, form: str | None) -> None:
    """Show what changed of a model, the oldest first, and draw its price."""
    spec = taken(catalog, spec)
    found = catalog.history(spec, field)
    if form:
        print_for_programs(found, form)
        return
    if not found:
        click.echo("nothing is known to have changed")
    else:
        print_changes(found, with_spec=False)
    if sys.stdout.isatty() and not field:
        _print_chart(catalog, spec)


@history.command("import")
@click.argument("clone", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("catalog.db"),
    show_default=True,
    help="Catalogue to write; its own past, if it has one, goes on.",
)
def import_history(clone: Path, output: Path) -> None:
    """Import all that models.dev ever said from a git CLONE of it, commit by commit."""
    from dataclasses import replace

    from llmcat.pipeline.sources.models_dev.git.clone import Clone

    walk = Clone(clone, begun=not output.exists())
    from llmcat.cli.build import print_counts, print_report, progress_line
    from llmcat.pipeline.build import build
    from llmcat.pipeline.recipe import embedded_recipe, read_recipe

    recipe = read_recipe(embedded_recipe())
    sources = tuple(
        replace(source, location=walk, shown=clone.name) if source.kind == "models.dev" else source
        for source in recipe.sources
    )
    with progress_line() as progress:
        report = build(replace(recipe, sources=sources), output, progress)
    print_report(report)
    print_counts(output)


@history.command("pack")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.argument("sources", nargs=-1, required=True, type=click.Path(path_type=Path))
def pack_history(folder: Path, sources: tuple[Path, ...]) -> None:
    """Pack the past of models.dev into FOLDER, as small as a repository can pin it.

    SOURCES are clones of models.dev, dated snapshots and folders of them, the oldest first; of each
    only what is newer than all before it is taken, and what FOLDER holds comes first. So the same
    command makes the folder and adds a new snapshot to it. Facts alone are kept: descriptions are left
    out.

    The folder is a source of kind models.dev: a packed past, one newest snapshot and a manifest.
    """
    from llmcat.cli.build import progress_line
    from llmcat.pipeline.sources.models_dev.pack import pack_folder
    from llmcat.pipeline.stages.ingest import counter

    with progress_line() as progress:
        packed = pack_folder(folder, sources, counter("models.dev", progress))
    if not packed.new:
        click.echo(f"{folder}: nothing is newer than {packed.last}")
        return
    click.echo(
        f"{folder}: {packed.steps:,} steps, {packed.new:,} of them new,"
        f" from {packed.first[:10]} to {packed.last[:10]}, {packed.size / 1e6:.2f} MB"
    )


def print_for_programs(found: Sequence[Change], form: str) -> None:
    """Changes in one of the forms that programs read."""
    from llmcat.history.changes import Change

    print_rows([change._asdict() for change in found], form, header=Change._fields)


def print_changes(found: Sequence[Change], with_spec: bool = True) -> None:
    """A table of changes for people; the seconds are in --json."""
    rows = []
    for change in found:
        what = change.field or ""
        if change.kind != "changed":
            moved = change.kind + _first_prices(change)
        else:
            moved = f"{_value(change, change.old)} -> {_value(change, change.new)}"
        by_hand = ": ".join(text for text in (change.changed_by, change.reason) if text)
        note = by_hand or ("became known" if change.backfill else "")
        note = "suspect" if change.suspect else note
        minute = change.at[:16].replace("T", " ")
        rows.append([minute, *([change.spec] if with_spec else []), what, moved, note])
    print_table(["when (UTC)", *(["spec"] if with_spec else []), "field", "change", ""], rows)


def _first_prices(change: Change) -> str:
    """What a model that was added cost at the start: ": $2.5 in, $10 out"."""
    if change.kind != "added" or not isinstance(change.new, dict):
        return ""
    sides = {"in": change.new.get("cost_input"), "out": change.new.get("cost_output")}
    known = [f"{display.price(usd)} {side}" for side, usd in sides.items() if usd is not None]
    return f": {', '.join(known)}" if known else ""


def _value(change: Change, value: Any) -> str:
    if value is None:
        return "?"
    if (change.field or "").startswith("cost") and isinstance(value, (int, float)):
        return display.price(value)
    if (change.field or "").startswith("limit") and isinstance(value, int):
        return display.tokens(value)
    if isinstance(value, bool):
        return display.flag(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _print_chart(catalog: Catalog, spec: str) -> None:
    """The plain prices of input and output tokens over time, a step chart a line each."""
    intervals = [p for p in catalog.prices(spec) if p.is_plain and not p.is_of_another_time]
    if not intervals:
        return
    end = catalog.at or catalog.info()["built_at"]
    start = min(p.valid_from for p in intervals)
    click.echo()
    for meter in ("input", "output"):
        steps = [p for p in intervals if p.meter == meter]
        if steps and start < end:
            low, high = (display.price(f(p.usd for p in steps)) for f in (min, max))
            scale = high if low == high else f"{low} … {high}"
            click.echo(f"{meter:<7}{chart(steps, start, end)}  {scale}")
    click.echo(f"{'':<7}{start[:10]}{end[:10]:>{CHART_WIDTH - 10}}")


def chart(steps: Sequence[PriceInterval], start: str, end: str, width: int = CHART_WIDTH) -> str:
    """Prices over time as bars, the highest price the highest bar; blank where none was listed."""
    from llmcat.instants import epoch

    first, last = epoch(start), epoch(end)
    highest = max(p.usd for p in steps) or 1.0
    bars = []
    for column in range(width):
        at = first + (last - first) * column // max(width - 1, 1)
        held = [p for p in steps if epoch(p.valid_from) <= at]
        price = held[-1] if held else None
        if price is None or (price.valid_to and epoch(price.valid_to) <= at):
            bars.append(" ")
        else:
            bars.append(BARS[round(price.usd / highest * (len(BARS) - 1))])
    return "".join(bars)


@click.command()
@click.argument("where", required=False, metavar="[PROVIDER]", type=PROVIDER)
@click.option(
    "--since", type=INSTANT, help="From this instant on, such as 2026-05-01, or for 30d, 2w."
)
@click.option("--until", type=INSTANT, help="Before this instant.")
@click.option("--days", type=click.IntRange(1, 36_500), help="Of the last so many days.")
@click.option("-p", "--provider", type=PROVIDER, help="Only models of this provider.")
@click.option("-f", "--field", help="Only this field, such as cost_input, or cost: every price.")
@click.option("--kind", type=click.Choice(["added", "removed", "changed"]), help="Only this kind.")
@click.option(
    "--min-ratio", type=float, help="Only numbers that moved by this part: 0.2 is a fifth."
)
@click.option("--direction", type=click.Choice(["up", "down"]), help="Only numbers that moved so.")
@click.option("--backfill", is_flag=True, help="With values that merely became known.")
@click.option("--suspect", is_flag=True, help="With price moves that look like glitches.")
@click.option("--atom", is_flag=True, help="Print an Atom feed.")
@catalog_options
@output_options
def changes(
    catalog: Catalog,
    form: str | None,
    where: str | None,
    days: int | None,
    atom: bool,
    **options: Any,
) -> None:
    """List what changed: models, prices, limits, capabilities. All, or of PROVIDER.

    \b
    llmcat changes anthropic --since 30d
    llmcat changes --days 90 -f cost_input --min-ratio 0.2 --direction down
    """
    if where and ":" in where:
        raise OptionError(f"{where!r} is no provider; of one model `llmcat history {where}` tells")
    options["provider"] = _one_of("PROVIDER", where, "--provider", options["provider"])
    ago = None if days is None else INSTANT.convert(f"{days}d", None, None)
    options["since"] = _one_of("--days", ago, "--since", options["since"])
    found = catalog.changes(**options)
    if catalog.at is None:
        say_where_it_ends(catalog, options["until"])
    if atom:
        from llmcat.exports.atom import atom_feed

        click.echo(atom_feed(found, catalog.at or catalog.info()["built_at"]), nl=False)
    elif form:
        print_for_programs(found, form)
    elif not found:
        click.echo("nothing changed")
    else:
        print_changes(found)


def _one_of(name: str, value: str | None, other_name: str, other: str | None) -> str | None:
    if value is not None and other is not None:
        raise OptionError(f"{name} and {other_name} say the same; leave one out")
    return other if value is None else value


@click.command()
@click.option(
    "--days", type=click.IntRange(0), default=90, show_default=True, help="Within so many days."
)
@catalog_options
@output_options
def deprecations(days: int, catalog: Catalog, form: str | None) -> None:
    """List the models that go soon, the next to go first.

    Those that will be deprecated or retired within so many days.
    """
    found = catalog.deprecations(days)
    if catalog.at is None:
        say_where_it_ends(catalog, None)
    if form:
        print_models(found, form)
    elif not found:
        click.echo(f"none is known for the next {days} days")
    else:
        day, named = day_of(catalog), named_in(catalog)
        rows = [
            [
                *(m.spec, m.status or "", m.deprecated_on or "", m.retires_on or ""),
                replacement_today(m, day, named) or "",
            ]
            for m in found
        ]
        print_table(["spec", "status", "deprecated on", "retires on", "use instead"], rows)
