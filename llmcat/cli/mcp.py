"""The command that agents start: mcp."""

from __future__ import annotations

import click

from llmcat.cli.common_options import database_option
from llmcat.errors import ServeError


@click.command("mcp")
@database_option
def mcp(db: str | None) -> None:
    """Answer an agent over MCP, on standard input and output.

    For clients that start their servers themselves; `llmcat serve --mcp` answers over HTTP. All tools
    only read, and a file that is replaced is taken up. Needs llmcat[mcp].

    \b
    claude mcp add llmcat -- llmcat mcp
    """
    from llmcat.catalog import Catalog

    try:
        from llmcat.mcp.stdio import serve
    except ImportError:
        raise ServeError("mcp needs the package mcp: pip install 'llmcat[mcp]'") from None
    with Catalog(db, watch=True) as catalog:
        serve(catalog)
