"""How commands print: aligned tables for people, JSON, newline-delimited JSON or CSV for programs."""

from __future__ import annotations

import csv
import json
import sys
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])

GAP = "  "
MAX_CELL = 60


def output_options(command: Command) -> Command:
    """--json, --nl and --csv: the parameter `form` is None for a table."""
    for flag, form, help_ in (
        ("--csv", "csv", "Print CSV with a header line."),
        ("--nl", "nl", "Print one JSON object a line."),
        ("--json", "json", "Print JSON."),
    ):
        command = click.option(flag, "form", flag_value=form, default=None, help=help_)(command)
    return command


def print_rows(
    rows: Sequence[Mapping[str, Any]],
    form: str | None,
    *,
    columns: Sequence[str] | None = None,
    show: Callable[[str, Any], str] | None = None,
) -> None:
    """Print rows in the form asked for; `columns` and `show` shape the table for people alone."""
    if form == "json":
        click.echo(json.dumps(list(rows), indent=2, ensure_ascii=False, default=list))
    elif form == "nl":
        for row in rows:
            click.echo(json.dumps(row, ensure_ascii=False, default=list))
    elif form == "csv":
        _print_csv(rows)
    elif rows:
        names = list(columns or rows[0])
        shown = show or (lambda name, value: plain(value))
        print_table(names, [[shown(name, row[name]) for name in names] for row in rows])


def print_record(record: Mapping[str, Any], form: str) -> None:
    """Print one thing for programs: JSON gives the object itself, not a list of one."""
    if form == "json":
        click.echo(json.dumps(record, indent=2, ensure_ascii=False, default=list))
    else:
        print_rows([record], form)


def _print_csv(rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(rows[0])
        for row in rows:
            writer.writerow([_csv_cell(value) for value in row.values()])


def _csv_cell(value: Any) -> Any:
    if isinstance(value, (list, tuple, dict)):
        return json.dumps(value, ensure_ascii=False)
    return int(value) if isinstance(value, bool) else value


def plain(value: Any) -> str:
    """A value as a table shows it when nothing better is known."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value))
    return str(value)


def print_table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """A table with a header; columns of numbers and prices are aligned to the right."""
    cells = [[_cut(_one_line(cell)) for cell in row] for row in rows]
    widths = [
        max(_width(header), *(_width(row[number]) for row in cells), 0)
        for number, header in enumerate(headers)
    ]
    right = [all(_is_number(row[number]) for row in cells) for number in range(len(headers))]
    click.echo(click.style(_line(headers, widths, right), bold=True))
    for row in cells:
        click.echo(_line(row, widths, right))


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [
        " " * (width - _width(cell)) + cell if to_right else cell + " " * (width - _width(cell))
        for cell, width, to_right in zip(cells, widths, right)
    ]
    return GAP.join(padded).rstrip()


def _is_number(cell: str) -> bool:
    return (
        not cell
        or cell in ("free", "?")
        or cell.lstrip("$-").rstrip("KM%").replace(".", "", 1).replace(",", "").isdigit()
    )


def _one_line(text: str) -> str:
    """What a catalogue holds may come from anywhere: no control character reaches the terminal."""
    return text if text.isprintable() else "".join(c if c.isprintable() else " " for c in text)


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide


def _cut(text: str) -> str:
    return text if len(text) <= MAX_CELL else f"{text[: MAX_CELL - 1]}…"
