"""How an agent gets at a catalogue: only at one that its actor may see, in a thread, and with errors
of one line.

A tool is a plain function that takes a Catalog first; offered() makes of it what an MCP server calls.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from datasette.utils.asgi import Forbidden
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from llmcat.datasette_plugin.catalogues import catalogue, catalogue_names
from llmcat.datasette_plugin.permissions import ensure_visible
from llmcat.errors import LlmcatError
from llmcat.mcp.arguments import Arguments, unchecked

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from datasette.app import Datasette

    from llmcat.catalog import Catalog

Database = Annotated[
    "str | None",
    Field(description="Which of the catalogues served; the first unless said.", max_length=200),
]

DATABASE = inspect.Parameter(
    "database", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Database
)
"""The parameter that every tool has beside its own."""

CONTEXT = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=Context)
"""What the server fills in, and no client sees."""


def offered(datasette: Datasette, tool: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """The tool as an MCP server calls it: its own parameters, but `database` for the catalogue."""
    # the types of the catalogue and other arguments are needed by name: annotations are text
    signature = inspect.signature(tool, eval_str=True)
    own = [*list(signature.parameters.values())[1:], DATABASE]
    parameters = [*map(unchecked, own), CONTEXT]
    arguments = Arguments(tool.__name__, own)

    async def answer(*, ctx: Context, **asked: Any) -> Any:
        written = (ctx.request_context.params or {}).get("arguments") or {}
        checked = arguments.checked(asked, written)
        catalog = await _visible_catalogue(datasette, _actor(ctx), checked.pop("database"))
        try:
            return await asyncio.to_thread(tool, catalog, **checked)
        except LlmcatError as error:
            raise ToolError(str(error)) from None

    answer.__name__ = tool.__name__
    answer.__doc__ = inspect.getdoc(tool)
    answer.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    answer.__annotations__ = {p.name: p.annotation for p in parameters}
    return answer


async def _visible_catalogue(
    datasette: Datasette, actor: dict[str, Any] | None, database: str | None
) -> Catalog:
    """The catalogue asked for, or the first; only where the actor may see its database."""
    await datasette.invoke_startup()  # Datasette 1.0 knows no permission before
    names = [name for name in catalogue_names(datasette) if await _may_see(datasette, actor, name)]
    if not names:
        raise ToolError("no catalogue is served here, or none that you may see")
    if database is not None and database not in names:
        raise ToolError(f"no catalogue {database!r} is served; there are {', '.join(names)}")
    return catalogue(datasette, database or names[0])


async def _may_see(datasette: Datasette, actor: dict[str, Any] | None, database: str) -> bool:
    try:
        await ensure_visible(datasette, actor, database)
    except Forbidden:
        return False
    return True


def _actor(ctx: Context) -> dict[str, Any] | None:
    """Who asks, as Datasette knows from the request."""
    scope = getattr(ctx.request_context.request, "scope", None)
    actor = scope.get("actor") if isinstance(scope, dict) else None
    return actor if isinstance(actor, dict) else None
