"""The process of `llmcat serve`: a socket, uvicorn with deadlines, a memory limit, a folder that ends
with it."""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import socket
import threading
from collections.abc import Callable
from types import FrameType

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from llmcat.network.server_socket import listening
from llmcat.server import Options
from llmcat.server.gate import LOOPBACK, Gate
from llmcat.server.swap import Serving
from llmcat.storage.files.temporary_folder import temporary_folder
from llmcat.storage.sandbox import process_limits

REQUEST_SECONDS = 8.0
"""How long a request may take to arrive, and a connection to begin one."""

ANSWER_SECONDS = 120.0
"""How long a client may take to read what waits for it, a few megabytes at most."""

LONGEST_HEAD = 64_000
"""Bytes of a request's address and headers."""

LAST_REQUESTS_SECONDS, END_SECONDS = 2, 5.0
"""What open requests get when the server is told to end; when the process ends, whatever it does."""

Announce = Callable[[int], None]
"""Is called with the port once the server answers."""


def serve(
    source: str, host: str, port: int, options: Options, *, watch: bool, announce: Announce
) -> None:
    """Serve the catalogue in `source` until SIGTERM, SIGHUP or Ctrl-C. Raises ServeError when the port
    can't be had, CatalogError when there is no catalogue."""
    with listening(host, port) as listener, temporary_folder() as within:
        serving = Serving(source, within, options, watch=watch)
        # on a loopback address it is called by these names alone, else by any
        hosts = None if options.public or host not in LOOPBACK else frozenset((*LOOPBACK, host))
        app = Gate(serving, hosts=hosts, options=options)
        config = uvicorn.Config(
            app,
            http=Connection,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            lifespan="on",
            timeout_graceful_shutdown=LAST_REQUESTS_SECONDS,
        )
        process_limits.limit_heap()
        server = Server(config, within, announce)
        try:
            server.run(sockets=[listener])
        finally:
            server.last.cancel()


class Connection(HttpToolsProtocol):
    """A connection that a slow client loses: uvicorn waits for a request, and for the reading of an
    answer, as long as the client likes."""

    _deadline: asyncio.TimerHandle | None = None
    _head: int | None = 0

    def _end_in(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        timer = self.loop.call_later(seconds, self.transport.abort) if seconds else None
        self._deadline = timer

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._end_in(REQUEST_SECONDS)

    def data_received(self, data: bytes) -> None:
        if self._head is not None:
            self._head += len(data)
        super().data_received(data)
        if self._head is not None and self._head > LONGEST_HEAD:
            self.transport.abort()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._head = self._head or 0
        if self._deadline is None:
            self._end_in(REQUEST_SECONDS)

    def on_headers_complete(self) -> None:
        self._head = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._end_in(None)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._end_in(ANSWER_SECONDS)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._end_in(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_in(None)
        super().connection_lost(exc)


class Server(uvicorn.Server):
    """Announces itself once it answers, and ends soon when it is told to."""

    def __init__(self, config: uvicorn.Config, within: str, announce: Announce) -> None:
        super().__init__(config)
        self.within = within
        self.announce = announce
        self.last = threading.Timer(END_SECONDS, self._end_now)
        self.last.daemon = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then speak."""
        await super().startup(sockets=sockets)
        if self.started and sockets:
            self.announce(sockets[0].getsockname()[1])

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End after the open requests; after END_SECONDS in any case, in the midst of a page too."""
        super().handle_exit(sig, frame)
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # of requests cut off
        if not self.last.is_alive():
            self.last.start()

    def _end_now(self) -> None:
        shutil.rmtree(self.within, ignore_errors=True)
        os._exit(0)
