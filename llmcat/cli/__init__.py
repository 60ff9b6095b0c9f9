"""The command line: a command opens a catalogue, calls it, prints what it says."""

from __future__ import annotations

from typing import Any

import click

from llmcat.errors import LlmcatError
from llmcat.version import __version__


class LlmcatGroup(click.Group):
    """Turns every error that llmcat raises on purpose into one line and exit status 1."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except LlmcatError as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=LlmcatGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """A catalogue of LLM models in one SQLite file.

    Exit status: 0; 1 not found, no match or failed check; 2 wrong usage.
    """


def _register() -> None:
    from llmcat.cli import choose, make, past, price, read

    for module in (make, read, choose, price, past):
        for command in module.COMMANDS:
            main.add_command(command)


_register()
