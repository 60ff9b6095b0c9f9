"""The process of `llmcat serve`: a socket, uvicorn with deadlines, a memory limit, a folder that ends
with it."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from llmcat.server import Options, ServeError
from llmcat.server.gate import LOOPBACK, Gate
from llmcat.server.swap import Serving
from llmcat.storage.limits import limit_heap

REQUEST_SECONDS = 8.0
"""How long a request may take to arrive, and a connection to begin one."""

ANSWER_SECONDS = 120.0
"""How long a client may take to read what waits for it, a few megabytes at most."""

LONGEST_HEAD = 64_000
"""Bytes of a request's address and headers."""

LAST_REQUESTS_SECONDS, END_SECONDS = 2, 5.0
"""What open requests get when the server is told to end; when the process ends, whatever it does."""

BACKLOG = 2048


def serve(
    source: str,
    host: str,
    port: int,
    options: Options,
    *,
    watch: bool,
    announce: Callable[[int], None],
) -> None:
    """Serve the catalogue in `source` until SIGTERM, SIGHUP or Ctrl-C; calls `announce` with the port
    once it answers.

    Raises ServeError when the port can't be had, CatalogError when there is no catalogue.
    """
    with listening(host, port) as listener, folder() as within:
        serving = Serving(source, within, options, watch=watch)
        app = Gate(serving, hosts=own_names(host, options.public), options=options)
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
        limit_heap()
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

    def __init__(
        self, config: uvicorn.Config, within: str, announce: Callable[[int], None]
    ) -> None:
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


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that is bound to the address; 0 takes any port that is free."""
    try:
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # by its protocol asyncio knows to send at once (TCP_NODELAY): else each answer takes 40 ms more
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    except socket.gaierror as error:
        raise ServeError(f"{host}: no such host ({error.strerror})") from None
    except UnicodeError:  # a label of more than 63 letters, say
        raise ServeError(f"{host:.60}: is no name of a host") from None
    with listener:
        try:
            if os.name == "posix":  # elsewhere it would let two processes share the port
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(place)
            listener.listen(BACKLOG)
        except OSError as error:
            raise ServeError(_why_not(host, port, error)) from None
        yield listener


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is taken; name another one, such as --port {port + 1}"
    if error.errno == errno.EACCES:
        return f"port {port} is not yours to take; name one above 1023, such as --port 8001"
    return f"cannot listen on {host} port {port}: {error.strerror}"


@contextlib.contextmanager
def folder() -> Iterator[str]:
    """A temporary folder that goes when the process ends, by SIGTERM, SIGHUP and Ctrl-C too."""

    def end(number: int, frame: FrameType | None) -> None:
        sys.exit(0)

    def hung_up(number: int, frame: FrameType | None) -> None:
        signal.raise_signal(signal.SIGTERM)

    # uvicorn ends the requests first, then raises the signal again for us
    before: dict[int, Any] = {signal.SIGTERM: signal.signal(signal.SIGTERM, end)}
    hangup = getattr(signal, "SIGHUP", None)
    if hangup is not None and signal.getsignal(hangup) != signal.SIG_IGN:  # nohup wants it ignored
        before[hangup] = signal.signal(hangup, hung_up)
    try:
        made = tempfile.TemporaryDirectory(prefix="llmcat-serve-", ignore_cleanup_errors=True)
        with made as name, contextlib.suppress(KeyboardInterrupt):
            yield name
    except OSError as error:
        if "temporary directory" not in str(error):
            raise
        raise ServeError(f"{error}: set TMPDIR to a folder that can be written") from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def own_names(host: str, public: bool) -> frozenset[str] | None:
    """The names by which a server on this address may be called; None for any."""
    return None if public or host not in LOOPBACK else frozenset((*LOOPBACK, host))
