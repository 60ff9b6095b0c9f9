"""Write docs/cli.md from the commands themselves, the table of shapes in docs/cost.md and the keywords that
editors complete from the code: `python docs/make_reference.py [--check]`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from llmcat.capabilities import CAPABILITIES
from llmcat.choosing.options import OPTIONS
from llmcat.cli import main
from llmcat.pricing.usage.all_shapes import SHAPES

TARGET = Path(__file__).parent / "cli.md"
COST = Path(__file__).parent / "cost.md"
BEGIN = "<!-- shapes: written by docs/make_reference.py -->\n"
END = "<!-- end of shapes -->\n"
KEYWORDS = Path(__file__).parents[1] / "llmcat" / "choosing" / "keywords.py"
KEYWORDS_HEAD = """\
\"\"\"The keywords of find, one by one, for editors and notebooks that know no Unpack.

Generated from the tables of options and capabilities by `make generate`; do not edit.
\"\"\"

from __future__ import annotations


"""
KEYWORDS_DOC = '"""What Catalog.find, select, explain and offers take."""'
HEAD = """\
# Command reference

Generated from the commands by `make generate`; do not edit.

## For programs

`--json` has one shape everywhere. A command that lists prints an array of objects, an empty one where
nothing fits; a command about one thing, or one that does something, prints one object. Keys are the names
of columns, as in SQL and Python; `null` is unknown, or nothing; exact amounts of money are text. `--nl`
prints the same objects one a line, `--csv` with a header. Whatever else a command has to say goes to
standard error, an error in one line, and the exit status is what it is without: 0, 1 for not found, no
match or a failed check, 2 for wrong usage. `watch` prints lines while it runs; `serve`, `mcp` and `export` speak
formats of their own.
"""


def reference() -> str:
    """The help of every command, as Markdown."""
    parts = [HEAD, _help(main, click.Context(main, info_name="llmcat"))]
    parent = click.Context(main, info_name="llmcat")
    for name in main.list_commands(parent):
        command = main.get_command(parent, name)
        assert command
        context = click.Context(command, info_name=name, parent=parent)
        parts.append(f"## llmcat {name}\n\n{_help(command, context)}")
    return "\n".join(parts)


def _help(command: click.Command, context: click.Context) -> str:
    context.max_content_width = 100
    context.terminal_width = 100
    return f"```text\n{command.get_help(context)}\n```\n"


def shapes() -> str:
    """The shapes of usage that cost_of reads, as a table."""
    lines = ["| shape | told by | what includes what | taken from |", "|---|---|---|---|"]
    for shape in SHAPES:
        recognized_by = " or ".join(f"`{key}`" for key in shape.any_of[:3])
        if not recognized_by:
            recognized_by = " and ".join(f"`{key}`" for key in shape.keys[:3])
        source = shape.origin + ("" if shape.verified else " (unverified)")
        lines.append(f"| {shape.name} | {recognized_by} | {shape.includes} | {source} |")
    return "\n".join(lines) + "\n"


def cost_page(text: str) -> str:
    """docs/cost.md with the table of shapes between its marks."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{shapes()}\n{END}{rest.partition(END)[2]}"


def keywords() -> str:
    """A function of every option of find and of every capability, for editors."""
    flags = [name for c in CAPABILITIES for name in dict.fromkeys((c.name, c.column or c.name))]
    names = dict.fromkeys((*OPTIONS, *flags))
    lines = "".join(f"    {name}: object = None,\n" for name in names)
    return f"{KEYWORDS_HEAD}def keywords(\n    *,\n{lines}) -> None:\n    {KEYWORDS_DOC}\n"


if __name__ == "__main__":
    pages = {
        TARGET: reference(),
        COST: cost_page(COST.read_text(encoding="utf-8")),
        KEYWORDS: keywords(),
    }
    for page, text in pages.items():
        if sys.argv[1:] != ["--check"]:
            page.write_text(text, encoding="utf-8")
        elif not page.is_file() or page.read_text(encoding="utf-8") != text:
            sys.exit(f"{page.name} is out of date; run `make generate`")
