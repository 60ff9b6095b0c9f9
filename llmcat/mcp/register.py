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
from pydantic import Field

from llmcat.errors import LlmcatError
from llmcat.mcp.arguments import Arguments, unchecked, written_arguments

if TYPE_CHECKING:
    from llmcat.catalog import Catalog

FindCatalogue = Callable[["str | None", "dict[str, Any] | None"], Awaitable["Catalog"]]
"""Gives the catalogue of a name, None for the first, to an actor; raises ToolError where there is none."""

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


def offered(find: FindCatalogue, tool: Callable[..., Any]) -> Callable[..., Awaitable[Any]]:
    """The tool as an MCP server calls it: its own parameters, but `database` for the catalogue."""
    # the types of the catalogue and other arguments are needed by name: annotations are text
    signature = inspect.signature(tool, eval_str=True)
    own = [*list(signature.parameters.values())[1:], DATABASE]
    parameters = [*map(unchecked, own), CONTEXT]
    arguments = Arguments(tool.__name__, own)

    async def answer(*, ctx: Context, **given: Any) -> Any:
        written = written_arguments(ctx.request_context.params or {})
        checked = arguments.checked(given, written)
        catalog = await find(checked.pop("database"), _actor(ctx))
        try:
            return await asyncio.to_thread(tool, catalog, **checked)
        except LlmcatError as error:
            raise ToolError(str(error)) from None

    answer.__name__ = tool.__name__
    answer.__doc__ = inspect.getdoc(tool)
    answer.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    answer.__annotations__ = {p.name: p.annotation for p in parameters}
    return answer


def _actor(ctx: Context) -> dict[str, Any] | None:
    """Who asks, as the server knows from the request."""
    scope = getattr(ctx.request_context.request, "scope", None)
    actor = scope.get("actor") if isinstance(scope, dict) else None
    return actor if isinstance(actor, dict) else None
