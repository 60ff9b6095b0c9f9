"""The tools over standard input and output, for clients that start their servers themselves."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver import MCPServer

from llmcat.mcp.register import register
from llmcat.version import __version__

if TYPE_CHECKING:
    from llmcat.catalog import Catalog

INSTRUCTIONS = (
    "Prices, limits, capabilities and history of LLM models, offline. Prices are in USD per 1M tokens,"
    " limits in tokens; null is unknown: never 0, free or no."
)


def server(catalog: Catalog) -> MCPServer[Any]:
    """An MCP server of one catalogue."""

    async def find(database: str | None, actor: dict[str, Any] | None) -> Catalog:
        return catalog

    made: MCPServer[Any] = MCPServer(
        "llmcat", version=__version__, instructions=INSTRUCTIONS, log_level="WARNING"
    )
    register(made, find, several=False)
    return made


def serve(catalog: Catalog) -> None:
    """Answer until standard input ends. Only the protocol goes to standard output."""
    logging.getLogger("mcp").setLevel(logging.WARNING)  # else several lines a call
    server(catalog).run("stdio")
