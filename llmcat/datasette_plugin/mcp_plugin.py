"""datasette-mcp, the plugin that lets agents in, switched on and off for a process."""

from __future__ import annotations

import logging
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

from datasette import hookimpl
from datasette.plugins import pm

from llmcat.errors import ServeError
from llmcat.version import __version__

if TYPE_CHECKING:
    from datasette.app import Datasette


@hookimpl(optionalhook=True)  # type: ignore[untyped-decorator]  # datasette has no stubs
def register_mcp_tools(mcp: Any) -> None:
    """No tool, but the first sight of the server that datasette-mcp makes an app of. Without sessions:
    one is kept for half an hour after its last call, whoever asks gets one, and no tool needs it. By
    name and version it is ours: datasette-mcp calls it "datasette", and has no option for it."""
    if (server := getattr(mcp, "_lowlevel_server", None)) is not None:
        from llmcat.mcp.register import INSTRUCTIONS

        server.name, server.version = "llmcat", __version__
        server.instructions = f"{INSTRUCTIONS} {server.instructions or ''}".strip()
    mcp.streamable_http_app = partial(mcp.streamable_http_app, stateless_http=True)


def switch(on: bool) -> None:
    """Register datasette-mcp, or take it away: where it is installed, Datasette loads it. Raises
    ServeError when it is wanted and not installed."""
    if not on:
        if (module := sys.modules.get("datasette_mcp")) is not None and pm.is_registered(module):
            pm.unregister(module)
        return
    try:
        import datasette_mcp
    except ImportError:
        raise ServeError(
            "--mcp needs datasette-mcp and Python 3.11: pip install 'llmcat[mcp]'"
        ) from None
    for plugin, name in ((datasette_mcp, "mcp"), (sys.modules[__name__], "llmcat-serve-agents")):
        if not pm.is_registered(plugin):
            pm.register(plugin, name)
    logging.getLogger("mcp").setLevel(logging.WARNING)  # else several lines a call


def forget(datasette: Datasette) -> None:
    """Let go of a Datasette: datasette-mcp keeps each that it has seen."""
    getattr(sys.modules.get("datasette_mcp"), "_states", {}).pop(datasette, None)
