"""`llmcat serve`: a catalogue in Datasette 0.65, from a private snapshot that swaps cannot mix up.

run.py             the process: socket, uvicorn, memory limit, browser
gate.py            what is answered before any catalogue is asked: foreign hosts, robots.txt, methods
smallest_first.py  models sorted by a price leave the unknown ones out
generations.py     one snapshot served at a time; a swapped file is taken up beside, then switched to
snapshot.py        a private copy of the file, checked
datasette_app.py   the Datasette that shows it: settings, metadata, counts
mistakes.py        what visitors do wrong is answered 400
agents.py          MCP, without sessions
guarded.py         its database: queries limited in time and size
unhurried.py       facets that take long, counted in the background
cut_short.py       which answers lack something, so that nobody keeps them
headers.py         ETag, caching, security headers, CORS and gzip of one snapshot's answers
asked.py           what a request's headers ask for
asgi.py            types
static.py          the ETag of style sheets and scripts
"""

from __future__ import annotations

from typing import NamedTuple

from llmcat.errors import LlmcatError


class ServeError(LlmcatError):
    """The catalogue cannot be served: something is not installed, or the port is taken."""


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
