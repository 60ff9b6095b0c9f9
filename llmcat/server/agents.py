"""Agents: datasette-mcp, where it is asked for, and without sessions.

A session is kept for half an hour after its last call, and whoever asks gets one: three thousand of them
are a hundred megabytes. Nothing that our tools do needs one.
"""

from __future__ import annotations

import logging
import sys
from functools import partial
from typing import Any

from datasette import hookimpl
from datasette.plugins import pm

from llmcat.server import ServeError

MODULE = "datasette_mcp"


def plug_in(wanted: bool) -> None:
    """Register datasette-mcp, or take it out: Datasette itself loads whatever is installed.

    Raises ServeError when it is wanted and not installed.
    """
    if not wanted:
        if (module := sys.modules.get(MODULE)) is not None and pm.is_registered(module):
            pm.unregister(module)
        return
    try:
        import datasette_mcp
    except ImportError:
        raise ServeError(
            "--mcp needs datasette-mcp and Python 3.11: pip install 'llmcat[mcp]'"
        ) from None
    if not pm.is_registered(datasette_mcp):
        pm.register(datasette_mcp, "mcp")
    if not pm.is_registered(sys.modules[__name__]):
        pm.register(sys.modules[__name__], "llmcat-serve-agents")
    logging.getLogger("mcp").setLevel(logging.WARNING)  # else several lines a call


@hookimpl  # type: ignore[untyped-decorator]  # datasette has no stubs
def register_mcp_tools(mcp: Any) -> None:
    """No tool, but the first sight of the server that datasette-mcp makes an app of."""
    mcp.streamable_http_app = partial(mcp.streamable_http_app, stateless_http=True)


def forget(server: object) -> None:
    """Let go of a Datasette that is served no more: datasette-mcp keeps each one that it has seen."""
    states = getattr(sys.modules.get(MODULE), "_states", None)
    if states is not None:
        states.pop(server, None)
