"""The process of `llmcat serve`: a socket, uvicorn, a memory limit, a folder that ends with it."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import sqlite3
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Iterator
from types import FrameType
from typing import Any

import uvicorn

from llmcat.server import Options, ServeError
from llmcat.server.gate import LOOPBACK, Gate
from llmcat.server.swap import Serving

SOFT_HEAP_LIMIT, HARD_HEAP_LIMIT = 64_000_000, 96_000_000
"""Bytes of all connections together: from the first on SQLite drops cached pages instead of taking
more, beyond the second a query fails. It binds even where the limit of lengths can't be set."""

BACKLOG = 2048
LAST_REQUESTS_SECONDS = 3
"""What open requests get when the server is told to end."""


def serve(
    source: str,
    host: str,
    port: int,
    options: Options,
    *,
    watch: bool = False,
    open_browser: bool = False,
) -> None:
    """Serve the catalogue in `source` until SIGTERM or Ctrl-C; prints the URL once it answers.

    Raises ServeError when the port can't be had, CatalogError when there is no catalogue.
    """
    with listening(host, port) as listener, folder() as within:
        serving = Serving(source, within, options, watch=watch)
        app = Gate(serving, hosts=own_names(host, options.public), options=options)
        url = address(host, listener.getsockname()[1])
        server = Announcing(
            uvicorn.Config(
                app,
                log_level="warning",
                access_log=False,
                server_header=False,
                ws="none",
                lifespan="on",
                timeout_graceful_shutdown=LAST_REQUESTS_SECONDS,
            ),
            f"{source} at {url}{switched_on(options)}",
            url if open_browser else None,
        )
        limit_heap()
        server.run(sockets=[listener])


class Announcing(uvicorn.Server):
    """Says where it is, and opens a browser there, once it answers."""

    def __init__(self, config: uvicorn.Config, words: str, url: str | None) -> None:
        super().__init__(config)
        self.words = words
        self.url = url

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then speak."""
        await super().startup(sockets=sockets)
        if self.started:
            print(self.words, flush=True)
            if self.url:
                threading.Thread(target=webbrowser.open, args=(self.url,), daemon=True).start()


@contextlib.contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that is bound to the address; 0 takes any port that is free."""
    try:
        family, _, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = _bound(family, place)
    except socket.gaierror as error:
        raise ServeError(f"{host}: no such host ({error.strerror})") from None
    except OSError as error:
        raise ServeError(_why_not(host, port, error)) from None
    with listener:
        yield listener


def _bound(family: int, place: Any) -> socket.socket:
    # by its protocol asyncio knows to send at once (TCP_NODELAY): else each answer takes 40 ms more
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere it would let two processes share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(place)
        listener.listen(BACKLOG)
    except BaseException:
        listener.close()
        raise
    return listener


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"port {port} is taken; name another one, such as --port {port + 1}"
    if error.errno == errno.EACCES:
        return f"port {port} is not yours to take; name one above 1023, such as --port 8001"
    return f"cannot listen on {host} port {port}: {error.strerror}"


@contextlib.contextmanager
def folder() -> Iterator[str]:
    """A temporary folder that goes when the process ends, by SIGTERM and Ctrl-C too."""

    def end(number: int, frame: FrameType | None) -> None:
        sys.exit(0)

    # uvicorn ends the requests first, then raises the signal again for us
    before: Any = signal.signal(signal.SIGTERM, end)
    try:
        with tempfile.TemporaryDirectory(
            prefix="llmcat-serve-", ignore_cleanup_errors=True
        ) as name:
            yield name
    except KeyboardInterrupt:
        pass
    finally:
        signal.signal(signal.SIGTERM, before)


def limit_heap() -> None:
    """Keep SQLite below the limits for the rest of the process; the hard one can't be raised again."""
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        connection.execute(f"PRAGMA hard_heap_limit = {HARD_HEAP_LIMIT}")
        connection.execute(f"PRAGMA soft_heap_limit = {SOFT_HEAP_LIMIT}")


def own_names(host: str, public: bool) -> frozenset[str] | None:
    """The names by which a server on this address may be called; None for any."""
    if public or host not in LOOPBACK:
        return None
    return frozenset((*LOOPBACK, host))


def address(host: str, port: int) -> str:
    """The URL that a browser on this machine opens."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{port}/"


def switched_on(options: Options) -> str:
    """What is on beside the pages, for the line at the start."""
    words = [
        options.public and "public",
        options.public and options.sql and "SQL allowed",
        options.public and options.download and "downloads allowed",
        options.cors and not options.public and "open to other sites",
        options.mcp and "MCP at /-/mcp",
    ]
    said = ", ".join(word for word in words if word)
    return f" ({said})" if said else ""
