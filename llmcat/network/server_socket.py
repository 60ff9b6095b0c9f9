"""The socket of a server."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from llmcat.errors import ServeError

BACKLOG = 2048
"""Connections that may wait to be accepted."""


@contextmanager
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
