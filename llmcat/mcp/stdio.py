"""The tools over standard input and output, for clients that start their servers themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp.server.mcpserver import MCPServer

from llmcat.mcp.register import INSTRUCTIONS, register
from llmcat.version import __version__

if TYPE_CHECKING:
    from llmcat.catalog import Catalog


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
    server(catalog).run("stdio")
