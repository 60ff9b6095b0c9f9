"""Write docs/cli.md from the commands themselves: `python docs/make_reference.py [--check]`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from llmcat.cli import main

TARGET = Path(__file__).parent / "cli.md"
HEAD = """\
# Command reference

Generated from the commands by `make generate`; do not edit.
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


if __name__ == "__main__":
    text = reference()
    if sys.argv[1:] == ["--check"]:
        if not TARGET.is_file() or TARGET.read_text(encoding="utf-8") != text:
            sys.exit("docs/cli.md is out of date; run `make generate`")
    else:
        TARGET.write_text(text, encoding="utf-8")
