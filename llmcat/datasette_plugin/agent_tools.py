"""What an agent can ask of a catalogue over MCP, beside SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datasette.app import Datasette


def register(datasette: Datasette, mcp: Any) -> None:
    """Add the tools to `mcp`, the server of datasette-mcp."""
