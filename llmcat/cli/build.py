"""Commands that make a catalogue: build, validate, schema."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import click

from llmcat.cli.output import json_option, output_options, print_record, print_rows, say

if TYPE_CHECKING:
    from llmcat.pipeline.report import Report

FREQUENT = 3

QUIET, BETWEEN = 1.0, 0.1
"""Seconds without a word at first, and between two words."""


def parse_sources(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """KIND=PATH as a pair."""
    pairs = [value.partition("=") for value in values]
    for value, (kind, _, path) in zip(values, pairs):
        if not (kind and path):
            raise click.BadParameter(f"{value!r} is not KIND=PATH, such as models.dev=api.json")
    return tuple((kind, path) for kind, _, path in pairs)


recipe_option = click.option(
    "--recipe",
    type=click.Path(path_type=Path),
    help="Recipe to follow; without it the one that came with llmcat.",
)


@click.command()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    default=Path("catalog.db"),
    show_default=True,
    help="File to write; replaced as a whole, or not at all.",
)
@recipe_option
@click.option(
    "--source",
    "sources",
    metavar="KIND=PATH",
    type=click.Path(),  # a path need not be UTF-8
    callback=parse_sources,
    multiple=True,
    help="Source in place of the recipe's: models.dev, yaml, toml, catalog or a plug-in's kind, and"
    " a path. Repeat it; lowest precedence first.",
)
@json_option
def build(
    output: Path, recipe: Path | None, sources: tuple[tuple[str, str], ...], form: str | None
) -> None:
    """Build catalog.db from models.dev, YAML and TOML. Never uses the network.

    \b
    llmcat build
    llmcat build -o mine.db --source catalog=catalog.db --source yaml=models.yml
    """
    from dataclasses import replace

    from llmcat.pipeline.build import build as build_catalog
    from llmcat.pipeline.recipe import command_line_sources, embedded_recipe, read_recipe

    given = read_recipe(recipe or embedded_recipe())
    if sources:
        given = replace(given, sources=command_line_sources(sources))
    elif any(source.pulled for source in given.sources):
        from llmcat.network.sources import newest_upstream

        given = newest_upstream(given)
    with progress_line() as progress:
        report = build_catalog(given, output, progress)
    if form:
        print_record(report.as_dict(), form)
    else:
        print_report(report)


class progress_line:
    """A line on the terminal that names the step, once the work has taken a second."""

    def __enter__(self) -> Callable[[str], None]:
        self.due = time.monotonic() + QUIET
        self.shown = False
        return self.step

    def step(self, name: str) -> None:
        """Show `name`."""
        if sys.stderr.isatty() and (now := time.monotonic()) > self.due:
            self.due = now + BETWEEN
            self.shown = True
            click.echo(f"\r\033[K{name} …", nl=False, err=True, color=True)

    def __exit__(self, *exception: object) -> None:
        if self.shown:
            click.echo("\r\033[K", nl=False, err=True, color=True)


def print_report(report: Report) -> None:
    """The closing summary of a build."""
    from llmcat.instants import with_age

    click.echo(f"{report.output}: {report.models:,} models from {report.providers:,} providers")
    for number, source in enumerate(report.sources):
        say(f"  {'' if number else 'sources':<10} {source}")
    click.echo(f"  as of      {with_age(report.built_at, datetime.now(timezone.utc))}")
    moved = f"{report.added:,} added, {report.changed:,} changed, {report.removed:,} removed"
    click.echo(f"  models     {moved}")
    merged = report.accepted - report.models - report.filtered
    click.echo(
        f"  records    {report.read:,} read = {report.models:,} models + {merged:,} merged"
        f" + {report.filtered:,} filtered + {report.rejected:,} rejected"
    )
    if report.fields_rejected:
        fields = _counted(report.fields_rejected, "rejected field")
        click.echo(f"  fields     {fields}: the records stay without them")
    for file in report.files[:FREQUENT]:
        say(f"  left out   {file}")
    if (more := len(report.files) - FREQUENT) > 0:
        click.echo(f"  left out   {_counted(more, 'more file')}: see the table rejects")
    for reason, count in report.rejects[:FREQUENT]:
        say(f"  rejected   {count:,} x {reason}")
    if report.untold:
        first, count = report.untold[0], len(report.untold)
        which = first if count == 1 else f"{first} and {count - 1:,} more"
        say(
            f"  not told   {which}: older than what is recorded; build into a new file (-o) to have it told"
        )
    click.echo(f"  written    {report.size / 1e6:.1f} MB in {report.seconds:.2f} s")


def print_counts(path: Path) -> None:
    """How many changes the catalogue at `path` tells of, by kind and by the most frequent fields."""
    from llmcat.catalog import Catalog

    counted = Catalog(path).sql(
        "SELECT kind, field, count(*) AS number FROM changes GROUP BY kind, field ORDER BY number DESC"
    )
    kinds = dict.fromkeys(("added", "removed", "changed"), 0)
    for row in counted:
        kinds[row["kind"]] += row["number"]
    words = ", ".join(f"{number:,} {kind}" for kind, number in kinds.items())
    click.echo(f"  changes    {sum(kinds.values()):,}: {words}")
    fields = [f"{row['field']} {row['number']:,}" for row in counted if row["field"]]
    if fields:
        click.echo(f"  most often {', '.join(fields[:FREQUENT])}")


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@output_options
def validate(files: tuple[Path, ...], form: str | None) -> None:
    """Check overlays: file, line, field, reason.

    FILES are YAML or TOML; a folder stands for all in it. Warnings do not fail.
    """
    from llmcat.pipeline.hints_to_authors.overlay import Finding, check, overlay_files

    paths = list(overlay_files(files))
    if not paths:
        raise click.ClickException(f"no .yml, .yaml or .toml file in {', '.join(map(str, files))}")
    findings = [finding for path in paths for finding in check(path)]
    errors = sum(not finding.warning for finding in findings)
    if form:
        print_rows([finding._asdict() for finding in findings], form, header=Finding._fields)
    else:
        for finding in findings:
            say(str(finding), err=not finding.warning)
        click.echo(
            f"{_counted(len(paths), 'file')} checked, {_counted(errors, 'error')},"
            f" {_counted(len(findings) - errors, 'warning')}"
        )
    if errors:
        raise click.exceptions.Exit(1)


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--check", "only_check", is_flag=True, help="Fail when a file in FOLDER is out of date."
)
@json_option
def schema(folder: Path | None, only_check: bool, form: str | None) -> None:
    """Print the JSON Schemas of overlays, or write them.

    Into FOLDER, where one is named.
    Name one in an overlay's first line and an editor checks it as you type.
    """
    from llmcat.pipeline.hints_to_authors.overlay import schemas

    stale: list[str] = []
    found = schemas()
    if folder is None:
        if form:
            print_record({name: json.loads(text) for name, text in found.items()}, form)
        else:
            click.echo("".join(found.values()), nl=False)
        return
    for name, text in found.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(str(path))
            if not only_check:
                _write(path, text)
    if form:
        print_record({"out_of_date" if only_check else "written": stale}, form)
    if only_check and stale:
        raise click.ClickException(f"out of date: {', '.join(stale)}; run `llmcat schema {folder}`")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(f"{path}: cannot be written ({error.strerror})") from None
