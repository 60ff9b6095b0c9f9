"""One snapshot served at a time; a swapped file is taken up beside it, then switched to.

A request ends on the snapshot on which it began. The old one is closed and deleted after its last
request, so no answer ever mixes old and new.
"""

from __future__ import annotations

import asyncio
import sys
from functools import partial
from typing import NoReturn

from datasette.version import __version__ as datasette_version
from uvicorn import Config
from uvicorn.lifespan.on import LifespanOn

from llmcat.errors import LlmcatError, ServeError
from llmcat.server import MCP, Options
from llmcat.server.datasette_app import build, close
from llmcat.server.headers import Dressed, Receive, Scope, Send
from llmcat.storage.files.private_copy import take
from llmcat.storage.open_file import Stamp, stamp_of
from llmcat.version import __version__

LOOK_SECONDS = 0.5
"""How often we look whether the file was swapped."""

LISTENS = (b"mcp-method", b"subscriptions/listen")
"""The header of an agent that waits for news; there are none."""


class Generation:
    """A snapshot and the Datasette that serves it, with an ASGI lifespan of its own."""

    def __init__(self, source: str, within: str, options: Options) -> None:
        self.snapshot = take(source, within)
        self.datasette = build(self.snapshot, options)
        content = self.snapshot.digest, self.datasette.metadata()
        parts = (*content, __version__, datasette_version)
        self.app = Dressed(self.datasette.app(), parts, options)
        self.requests = 0
        self.retired = False
        self.closing: asyncio.Future[None] | None = None
        self._lifespan: LifespanOn | None = None

    async def start(self) -> None:
        """Begin the lifespan: Datasette and its plugins start up."""
        self._lifespan = LifespanOn(
            Config(self.app, lifespan="on", log_config=None, proxy_headers=False)
        )
        await self._lifespan.startup()
        if self._lifespan.should_exit:
            raise ServeError("Datasette does not start; the lines above say why")

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. An agent's open stream is none: nobody waits for its end."""
        counts = not (scope["path"] == MCP and LISTENS in scope["headers"])
        self.requests += counts
        try:
            await self.app(scope, receive, send)
        finally:
            self.requests -= counts
            if self.retired:
                self.retire()

    def retire(self) -> None:
        """Close as soon as no request is left."""
        self.retired = True
        if not self.requests:
            self.closing = asyncio.ensure_future(self.close())

    async def close(self) -> None:
        """End the lifespan, close what is open, delete the snapshot."""
        if (lifespan := self._lifespan) is not None:
            self._lifespan = None
            self.datasette.stop_queries()
            await lifespan.shutdown()
            await asyncio.to_thread(close, self.datasette, self.snapshot)


class Serving:
    """The ASGI app: the newest whole catalogue in the file `source`, copied to the folder `within`.

    With `watch` a swapped file is taken up. Raises CatalogError when there is none to begin with.
    """

    def __init__(self, source: str, within: str, options: Options, *, watch: bool = False) -> None:
        self._prepare = partial(Generation, source, within, options)
        self._source = source
        self._watch = watch
        self._seen: Stamp | None = None
        self._tried: Stamp | None = None
        self._swap: asyncio.Task[None] | None = None
        self.current: Generation = self._prepare()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self.current.serve(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await self.current.start()
        await send({"type": "lifespan.startup.complete"})
        watching = asyncio.ensure_future(self._look_again_and_again()) if self._watch else None
        await receive()
        if watching is not None:
            watching.cancel()
        if self._swap is not None:
            await asyncio.wait({self._swap})
        await self.current.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _look_again_and_again(self) -> NoReturn:
        """Whether anybody asks or not: who asks first after a swap shall get the new file."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            self._look()

    def _look(self) -> None:
        """Begin to take up the file if it is another one than what is served.

        One that is being written in place is left alone until it looks the same twice.
        """
        found = stamp_of(self._source)
        served = self.current.snapshot.stamp
        last, self._seen = self._seen, found
        if found is None or found == served or (self._swap and not self._swap.done()):
            return
        replaced = found[:2] != served[:2]
        if found != self._tried and (replaced or found == last):
            self._tried = found
            self._swap = asyncio.ensure_future(self._take_up())

    async def _take_up(self) -> None:
        """Build the new generation beside the old one, and switch."""
        try:
            new = await asyncio.to_thread(self._prepare)
            await new.start()
        except LlmcatError as error:
            print(f"still serving the catalogue from before: {error}", file=sys.stderr, flush=True)
            return
        old, self.current = self.current, new
        old.retire()
