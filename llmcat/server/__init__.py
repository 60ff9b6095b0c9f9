"""`llmcat serve`: a catalogue in Datasette 0.65, from a private snapshot that swaps cannot mix up.

A request passes process.py, gate.py, swap.py, headers.py and datasette_app.py, in this order; each says
what it does to it. One for a table or a query passes visitor_errors.py and database.py, too; llmcat's own
pages stand in llmcat/datasette_plugin/pages.
"""

from __future__ import annotations

from typing import NamedTuple

OWN, FILES, MCP = "/-/", "/-/static", "/-/mcp"
"""Paths that describe the server itself; among them those of style sheets, and of agents."""


class Options(NamedTuple):
    """What is switched on: `public` is hardened, unless the other flags allow more."""

    public: bool = False
    allow_sql: bool = False
    allow_download: bool = False
    mcp: bool = False
    cors: bool = False

    @property
    def sql(self) -> bool:
        """Whether visitors may run SQL of their own."""
        return self.allow_sql or not self.public

    @property
    def download(self) -> bool:
        """Whether visitors may download the file."""
        return self.allow_download or not self.public

    @property
    def any_site(self) -> bool:
        """Whether other sites' scripts may read the answers; what is not public may be private."""
        return self.cors or self.public
