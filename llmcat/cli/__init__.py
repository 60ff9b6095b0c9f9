"""The command line: a command opens a catalogue, calls it, prints what it says."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import click

from llmcat import display
from llmcat.cli.shell import (
    complete_streams,
    ended_by_signals,
    ended_with,
    system_errors,
    takes_text,
)
from llmcat.errors import LlmcatError, OptionError, SpecError, UsageError
from llmcat.version import __version__


class WrongUsage(click.ClickException):
    """What was asked for cannot be, whatever the catalogue holds."""

    exit_code = 2


WRONG_USAGE = (OptionError, UsageError, SpecError)
"""What says so, other than click."""


MODULES = {
    "build": ("build", "validate", "schema"),
    "pull": ("pull",),
    "info": ("info", "sql"),
    "check": ("check",),
    "publish": ("publish", "keygen"),
    "export": ("export",),
    "find": ("find",),
    "select": ("select",),
    "search": ("search",),
    "offers": ("offers",),
    "listing": ("models", "providers"),
    "show": ("show", "compare", "resolve"),
    "cost": ("cost",),
    "bill": ("bill",),
    "history": ("prices", "history", "changes", "deprecations"),
    "diff": ("diff", "disagreements"),
    "serve": ("serve",),
    "mcp": ("mcp",),
    "discover": ("discover",),
    "sync": ("sync",),
    "watch": ("watch",),
    "score": ("score", "frontier"),
    "edits": ("add", "set", "remove", "doctor"),
}
"""Module of this package -> its commands."""

SECTIONS = {
    "Choose a model": (*("find", "select", "search", "offers", "models", "providers", "frontier"),),
    "Look at it": ("show", "compare", "resolve", "sql", "serve", "mcp"),
    "What it costs": ("cost", "bill"),
    "What changed": ("changes", "history", "prices", "deprecations"),
    "What is yours": ("discover", "doctor", "add", "set", "remove", "score", "sync", "watch"),
}
"""Section of the help -> its commands; the others stand under "Keep a catalogue"."""

ALIASES = {
    "ls": "models",
    "list": "models",
    "model": "show",
    "price": "prices",
    "provider": "providers",
}
"""Other names under which hands type a command."""

MEANT = {
    "update": "pull",
    "upgrade": "pull",
    "fetch": "pull",
    "query": "sql",
    "open": "serve",
    "browse": "serve",
    "usage": "bill",
    "estimate": "cost",
    "alternatives": "offers",
    "version": "--version",
    "cheapest": "find --sort price",
    "best": "select",
    "free": "find --free",
    "new": "changes --kind added",
    "latest": "changes --kind added",
    "deprecated": "deprecations",
    "embedding": "find --task embedding",
    "embeddings": "find --task embedding",
    "context": "show",
    "capabilities": "show",
    "pricing": "prices",
}
"""Words of other programs -> the command that does it here."""

MODULE_OF = {command: module for module, commands in MODULES.items() for command in commands}


class LlmcatGroup(click.Group):
    """Turns every error that a user can cause into one line, with exit status 1, or 2 for usage.

    A command's module is imported when the command is called: all of them would take a fifth of the
    time of a find.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted(MODULE_OF)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name; None where there is none."""
        cmd_name = ALIASES.get(cmd_name, cmd_name)
        if cmd_name not in MODULE_OF:
            return None
        module = import_module(f"llmcat.cli.{MODULE_OF[cmd_name]}")
        command: click.Command = getattr(module, {"set": "set_"}.get(cmd_name, cmd_name))
        return takes_text(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names; `help find` is `find --help`."""
        if args[0] == "help":
            args = [*args[1:2], "--help"]
            if len(args) == 1:
                click.echo(ctx.get_help())
                ctx.exit()
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            from llmcat.cli.welcome import unknown_command

            raise WrongUsage(unknown_command(args[0], [*MODULE_OF, *ALIASES], MEANT))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, section by section."""
        rest = sorted(set(MODULE_OF).difference(*SECTIONS.values()))
        for title, names in {**SECTIONS, "Keep a catalogue": rest}.items():
            rows = []
            for name in names:
                command = self.get_command(ctx, name)
                if command is not None:
                    rows.append((name, command.get_short_help_str(150)))
            with formatter.section(title):
                formatter.write_dl(rows)

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run as a program: with all streams, ended by signals, its output written to the end."""
        complete_streams()
        if "_LLMCAT_COMPLETE" in os.environ:
            from llmcat.cli.completion import register

            register()
        with ended_by_signals():
            try:
                return super().main(*args, **extra)
            except SystemExit as end:
                raise SystemExit(ended_with(int(end.code or 0))) from None

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """Read the options before the command."""
        try:
            with system_errors():
                return super().make_context(*args, **extra)
        except click.UsageError as error:
            raise _wrong_usage(error, "llmcat") from None

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        if os.environ.get("NO_COLOR"):
            ctx.color = False
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):  # a character it lacks is no reason to fail
                stream.reconfigure(errors="backslashreplace")
        try:
            with system_errors():
                return super().invoke(ctx)
        except click.UsageError as error:
            raise _wrong_usage(error, f"{ctx.command_path} {ctx.invoked_subcommand}") from None
        except WRONG_USAGE as error:
            raise WrongUsage(display.text(str(error))) from None
        except LlmcatError as error:
            raise click.ClickException(display.text(str(error))) from None


def _wrong_usage(error: click.UsageError, command: str) -> click.ClickException:
    """What click says over four lines, in one; `command` is where click does not know it."""
    where = error.ctx.command_path if error.ctx else command
    problem = display.text(error.format_message()).rstrip(".")
    return WrongUsage(f"{problem}; see `{where} --help`")


@click.group(
    cls=LlmcatGroup,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
)
@click.version_option(__version__)
@click.pass_context
def main(ctx: click.Context) -> None:
    """A catalogue of LLM models in one SQLite file.

    Exit status: 0; 1 not found, no match or failed check; 2 wrong usage.
    """
    if ctx.invoked_subcommand is None:
        from llmcat.cli.welcome import welcome

        click.echo(welcome(), nl=False)
