"""`llm cat …`: the commands of llmcat inside Simon Willison's llm, which finds this file by its entry point."""

from __future__ import annotations

import click
import llm

from llmcat.cli import main


@llm.hookimpl
def register_commands(cli: click.Group) -> None:
    """Add them all under one name."""
    cli.add_command(main, "cat")
