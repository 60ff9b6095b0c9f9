"""Agents over datasette-mcp: the tools of llmcat/mcp on the catalogues that their actor may see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette.utils.asgi import Forbidden
from mcp.server.mcpserver.exceptions import ToolError

from llmcat.datasette_plugin.catalogues import catalogue, catalogue_names
from llmcat.datasette_plugin.permissions import ensure_visible
from llmcat.mcp.register import register as register_tools

if TYPE_CHECKING:
    from datasette.app import Datasette

    from llmcat.catalog import Catalog


def register(datasette: Datasette, mcp: Any) -> None:
    """Add the tools to `mcp`, the server of datasette-mcp.

    Which databases are served is not known yet: a tool looks for the catalogue when it is called.
    """

    async def find(database: str | None, actor: dict[str, Any] | None) -> Catalog:
        await datasette.invoke_startup()  # Datasette 1.0 knows no permission before
        names = [n for n in catalogue_names(datasette) if await _may_see(datasette, actor, n)]
        if not names:
            raise ToolError("no catalogue is served here, or none that you may see")
        if database is not None and database not in names:
            raise ToolError(f"no catalogue {database!r} is served; there are {', '.join(names)}")
        return catalogue(datasette, database or names[0])

    register_tools(mcp, find, several=True)


async def _may_see(datasette: Datasette, actor: dict[str, Any] | None, database: str) -> bool:
    try:
        await ensure_visible(datasette, actor, database)
    except Forbidden:
        return False
    return True
