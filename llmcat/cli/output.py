"""How commands print: aligned tables for people, JSON, newline-delimited JSON or CSV for programs.

What one form needs is imported where it is written: together it would be a tenth of the start.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any, TextIO, TypeVar

import click

from llmcat import display

Command = TypeVar("Command", bound=Callable[..., Any])

GAP = "  "
MAX_CELL = 60
LEAST_WIDTH = 10
LEAST_FIRST = 30
"""To how many characters a text is wrapped at most, and one in the first column, where the names are
that people copy. Numbers never are."""

INFINITE = (float("inf"), -float("inf"))

NUMBER = re.compile(r"[$-]*[\d,]*\.?\d+(e[+-]?\d+)?[KMB%]?")
"""What stands to the right in its column: $1,234.50, 131K, 1e+300."""

USUAL_WIDTH = 80
"""Of a terminal that does not tell."""

FACT = 16
"""Width of the names in a list of facts."""


def output_options(command: Command) -> Command:
    """--json, --nl and --csv: the parameter `form` is None for a table."""
    for flag, form, help_ in (
        ("--csv", "csv", "Print CSV with a header line."),
        ("--nl", "nl", "Print one JSON object a line."),
        ("--json", "json", "Print JSON."),
    ):
        command = click.option(flag, "form", flag_value=form, default=None, help=help_)(command)
    return command


def json_option(command: Command) -> Command:
    """--json alone, of commands that do something and print what they did: the parameter `form`."""
    option = click.option("--json", "form", flag_value="json", default=None, help="Print JSON.")
    return option(command)


def print_rows(
    rows: Sequence[Mapping[str, Any]],
    form: str | None,
    *,
    columns: Sequence[str] | None = None,
    show: Callable[[str, Any], str] | None = None,
    spare: Sequence[str] = (),
    header: Sequence[str] = (),
) -> None:
    """Print rows in the form asked for; `columns`, `show` and `spare` (see print_table) shape the
    table for people alone, `header` is that of CSV where there is no row."""
    if form == "json":
        _print_json(list(map(_finite, rows)), indent=2)
    elif form == "nl":
        for row in rows:
            _print_json(_finite(row))
    elif form == "csv":
        _print_csv(rows, list(rows[0]) if rows else header)
    elif rows:
        names = list(columns or rows[0])
        shown = show or (lambda name, value: plain(value))
        print_table(names, [[shown(name, row[name]) for name in names] for row in rows], spare)


def print_record(record: Mapping[str, Any], form: str) -> None:
    """Print one thing for programs: JSON gives the object itself, not a list of one."""
    if form == "json":
        _print_json(_finite(record), indent=2)
    else:
        print_rows([record], form)


def _print_json(value: Any, indent: int | None = None) -> None:
    import json

    click.echo(json.dumps(value, indent=indent, ensure_ascii=False, default=_json_value))


def _finite(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with "Infinity" in words: SQL has such a number, JSON has not, and null is unknown."""
    return {
        name: str(value).replace("inf", "Infinity") if value in INFINITE else value
        for name, value in row.items()
    }


def _print_csv(rows: Sequence[Mapping[str, Any]], header: Sequence[str]) -> None:
    import csv

    if header:
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(header)
        for row in map(_finite, rows):
            writer.writerow([_csv_cell(value) for value in row.values()])


def _json_value(value: Any) -> Any:
    """What JSON has no word for: a blob in hex, as SQLite's own hex() gives it."""
    return value.hex().upper() if isinstance(value, bytes) else list(value)


def _csv_cell(value: Any) -> Any:
    if isinstance(value, (list, tuple, dict)):
        import json

        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, bytes):
        return value.hex().upper()
    return int(value) if isinstance(value, bool) else value


def plain(value: Any) -> str:
    """A value as a table shows it when nothing better is known."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return display.flag(value)
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, (tuple, list)):
        return ", ".join(map(str, value))
    return value.hex().upper() if isinstance(value, bytes) else str(value)


def say(text: str, err: bool = False, **style: Any) -> None:
    """Print one line for people, on a terminal wrapped between words.

    What a catalogue holds may come from anywhere: no control character reaches the terminal.
    """
    room = terminal_width(sys.stderr if err else sys.stdout)
    line = display.printable(text)
    for part in _wrap(line, room) if room else [line]:
        click.echo(click.style(part, **style), err=err)


def say_taken(name: str, spec: str) -> None:
    """Say on standard error which model was taken, unless it was named by its spec."""
    if name != spec:
        say(f"{name} is taken as {spec}", err=True)


def print_heading(id_: str, name: str | None) -> None:
    """The first line about one thing: its id, and its name where it has another one."""
    heading = click.style(display.printable(id_), bold=True)
    click.echo(heading + (f"  {display.printable(name)}" if name else ""))


def print_fact(name: str, value: str, width: int = FACT) -> None:
    """Print a fact under a heading; on a terminal a long one goes on below its beginning."""
    indent = f"  {name:<{width}} "
    room = terminal_width()
    text = display.printable(value)
    for line in _wrap(text, max(room - len(indent), LEAST_FIRST)) if room else [text]:
        click.echo(indent + line)
        indent = " " * len(indent)


def terminal_width(stream: TextIO | None = None) -> int | None:
    """How wide the terminal is; None where the output (or `stream`) goes to a file or a program."""
    if not (stream or sys.stdout).isatty():
        return None
    # as shutil does, whose import takes a twentieth of the start
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return int(columns)
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or USUAL_WIDTH  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):  # closed, or no terminal
        return USUAL_WIDTH


def print_table(
    headers: Sequence[str], rows: Iterable[Sequence[str]], spare: Sequence[str] = ()
) -> None:
    """A table with a header; columns of numbers and prices are aligned to the right.

    On a terminal that is too narrow, columns go that are empty and then those in `spare`, the first
    named first; then texts are wrapped; and where that is not enough, a row becomes a block of lines.
    """
    room = terminal_width()
    whole = [[display.printable(cell) for cell in row] for row in rows]
    cells = [list(map(_cut, row)) for row in whole]
    if room is None:
        _print_lines(headers, cells, _widths(headers, cells))
        return
    kept, left_out = _columns_that_fit(headers, cells, spare, room)
    shown = [headers[number] for number in kept]
    cells = [[row[number] for number in kept] for row in cells]
    widths = _widths_that_fit(shown, cells, room)
    if widths is None:
        _print_blocks(headers, whole)
    else:
        _print_lines(shown, cells, widths)
    if widths and left_out:
        note = f"no room for {', '.join(left_out)}; a wider terminal or --json has more"
        say(note, err=True)


def _columns_that_fit(
    headers: Sequence[str], cells: Sequence[Sequence[str]], spare: Sequence[str], room: int
) -> tuple[list[int], list[str]]:
    """The numbers of the columns to print, and the names of those that were left out."""
    kept = list(range(len(headers)))
    empty = [n for n in kept if not any(row[n] for row in cells)]
    named = [headers.index(name) for name in spare if name in headers]
    left_out = []
    for number in [*empty, *(n for n in named if n not in empty)]:
        widths = _widths([headers[n] for n in kept], [[row[n] for n in kept] for row in cells])
        if _total(widths) <= room:
            break
        kept.remove(number)
        if number not in empty:
            left_out.append(headers[number])
    return kept, left_out


def _widths_that_fit(
    headers: Sequence[str], cells: Sequence[Sequence[str]], room: int
) -> list[int] | None:
    """Width of every column, the widest texts wrapped; None where no wrapping is enough."""
    widths = _widths(headers, cells)
    numbers = _numbers(headers, cells)
    texts = [n for n, is_number in enumerate(numbers) if n and not is_number]
    words = {n: max(len(word) for row in cells for word in (row[n].split() or [""])) for n in texts}
    _shrink(widths, {n: max(LEAST_WIDTH, words[n]) for n in texts}, room)
    _shrink(widths, dict.fromkeys(texts, LEAST_WIDTH), room)
    excess = _total(widths) - room
    if excess > 0 and not numbers[0]:
        widths[0] = max(min(LEAST_FIRST, widths[0]), widths[0] - excess)
    return widths if _total(widths) <= room else None


def _shrink(widths: list[int], least: Mapping[int, int], room: int) -> None:
    """Make columns narrower until all fit or all are at their least, the widest first."""
    while (excess := _total(widths) - room) > 0:
        wide = sorted((n for n in least if widths[n] > least[n]), key=widths.__getitem__)
        if not wide:
            return
        number = wide.pop()
        next_width = widths[wide[-1]] if wide else 0
        widths[number] = max(least[number], next_width - 1, widths[number] - excess)


def _widths(headers: Sequence[str], cells: Sequence[Sequence[str]]) -> list[int]:
    return [
        max(_width(header), *(_width(row[number]) for row in cells), 0)
        for number, header in enumerate(headers)
    ]


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _numbers(headers: Sequence[str], cells: Sequence[Sequence[str]]) -> list[bool]:
    return [all(_is_number(row[number]) for row in cells) for number in range(len(headers))]


def _print_lines(
    headers: Sequence[str], cells: Sequence[Sequence[str]], widths: Sequence[int]
) -> None:
    """A line a row, or several where a cell is wider than its column."""
    right = _numbers(headers, cells)
    for number, row in enumerate([headers, *cells]):
        parts = [_wrap(cell, width) for cell, width in zip(row, widths)]
        for line in zip_longest(*parts, fillvalue=""):
            text = _line(line, widths, right)
            click.echo(text if number else click.style(text, bold=True))


def _print_blocks(headers: Sequence[str], cells: Sequence[Sequence[str]]) -> None:
    """A block of names and values for each row; what is empty is left out."""
    width = max(map(_width, headers))
    for number, row in enumerate(cells):
        if number:
            click.echo()
        click.echo(click.style(f"{headers[0]} {row[0]}", bold=True))
        for name, cell in list(zip(headers, row))[1:]:
            if cell:
                print_fact(name, cell, width)


def _wrap(text: str, width: int) -> list[str]:
    if _width(text) <= width:
        return [text]
    from textwrap import wrap

    return wrap(text, width, break_on_hyphens=False)


def _line(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    padded = [
        " " * (width - _width(cell)) + cell if to_right else cell + " " * (width - _width(cell))
        for cell, width, to_right in zip(cells, widths, right)
    ]
    return GAP.join(padded).rstrip()


def _is_number(cell: str) -> bool:
    return cell in ("", "free", "?") or NUMBER.fullmatch(cell) is not None


def _width(text: str) -> int:
    if text.isascii():
        return len(text)
    from unicodedata import east_asian_width

    wide = sum(east_asian_width(character) in "WF" for character in text)
    return len(text) + wide


def _cut(text: str) -> str:
    return text if len(text) <= MAX_CELL else f"{text[: MAX_CELL - 1]}…"
