"""How a tool is offered: as what an MCP server calls, with arguments checked and errors of one line.

A tool is a plain function that takes a Catalog first; who serves it says how to get at one.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field
from pydantic_core import to_json

from llmcat.errors import LlmcatError
from llmcat.mcp.arguments import Arguments, unchecked, written_arguments
from llmcat.mcp.signatures import parameters_of
from llmcat.mcp.tools import TOOLS

if TYPE_CHECKING:
    from llmcat.catalog import Catalog

FindCatalogue = Callable[["str | None", "dict[str, Any] | None"], Awaitable["Catalog"]]
"""Gives the catalogue of a name, None for the first, to an actor; raises ToolError where there is none."""

INSTRUCTIONS = (
    "Prices, limits, capabilities and history of LLM models, offline. Prices are in USD per 1M tokens,"
    " limits in tokens; null is unknown: never 0, free or no."
)
"""What a server says of itself."""

READ_ONLY = ToolAnnotations(read_only_hint=True, open_world_hint=False)

DATABASE = inspect.Parameter(
    "database",
    inspect.Parameter.KEYWORD_ONLY,
    default=None,
    annotation=Annotated["str | None", Field(max_length=200)],
)
"""The parameter that every tool has beside its own, where several catalogues may be served; else the first."""

CONTEXT = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=Context)
"""What the server fills in, and no client sees."""


def register(mcp: Any, find: FindCatalogue, *, several: bool) -> None:
    """Add the tools to an MCP server; `find` gives the catalogue for each call, `several` says whether a
    call may name one."""
    for tool in TOOLS:
        # without a schema of the answer: those of all tools are longer than all else that is told of them
        mcp.add_tool(offered(find, tool, several), annotations=READ_ONLY, structured_output=False)


def offered(
    find: FindCatalogue, tool: Callable[..., Any], several: bool
) -> Callable[..., Awaitable[CallToolResult]]:
    """The tool as an MCP server calls it: its own parameters, and `database` for the catalogue."""
    own = [*parameters_of(tool), *([DATABASE] if several else [])]
    arguments = Arguments(tool.__name__, own)

    async def answer(*, ctx: Context, **given: Any) -> CallToolResult:
        written = written_arguments(ctx.request_context.params or {})
        checked = arguments.checked(given, written)
        catalog = await find(checked.pop("database", None), _actor(ctx))
        try:
            found = await asyncio.to_thread(tool, catalog, **checked)
        except LlmcatError as error:
            raise ToolError(str(error)) from None
        text = to_json(found, inf_nan_mode="null").decode()
        return CallToolResult(content=[TextContent(text=text)], structured_content=found)

    parameters = [*map(unchecked, own), CONTEXT]
    answer.__name__ = tool.__name__
    answer.__doc__ = inspect.getdoc(tool)
    answer.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    answer.__annotations__ = {p.name: p.annotation for p in parameters}
    return answer


def _actor(ctx: Context) -> dict[str, Any] | None:
    """Who asks, as the server knows from the request."""
    scope = getattr(ctx.request_context.request, "scope", None)
    actor = scope.get("actor") if isinstance(scope, dict) else None
    return actor if isinstance(actor, dict) else None
