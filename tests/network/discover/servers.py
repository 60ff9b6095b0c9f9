"""Servers on this machine that stand for providers, well-behaved and hostile ones."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from llmcat.network.discover.configured import Endpoint, Secret

SECRET = "sk-test-0123456789abcdef"


class Visit(BaseHTTPRequestHandler):
    """One request, answered by what the test says of its path."""

    server: Provider

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.body = self.rfile.read(length)
        self.server.visits.append(self)
        answer = self.server.paths.get(self.path, self.server.paths.get("*"))
        if answer is None:
            self.reply(404)
        elif callable(answer):
            answer(self)
        else:
            self.reply(200, json.dumps(answer).encode())

    do_POST = do_GET

    def reply(self, status: int, body: bytes = b"{}", **headers: str) -> None:
        """Send a whole response."""
        self.send_response_only(status)
        for name, value in {"content_length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        pass


class Provider(ThreadingHTTPServer):
    """A server; `paths` says what is answered, "*" at any other path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.paths: dict[str, Any] = {}
        self.visits: list[Visit] = []
        self.over = threading.Event()
        self.base = f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what these tests are about."""


@pytest.fixture(name="provider")
def running_provider() -> Iterator[Provider]:
    """A running server."""
    with Provider() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.over.set()
        server.shutdown()


def endpoint(
    provider: Provider, kind: str = "openai", name: str | None = None, key: str = SECRET
) -> Endpoint:
    """An endpoint of this kind at the server."""
    name = name or kind
    return Endpoint(name, name, kind, provider.base, Secret(key))


def trickle(visit: Visit) -> None:
    """A byte at a time, for ever."""
    visit.send_response_only(200)
    visit.end_headers()
    while not visit.server.over.is_set():
        visit.wfile.write(b" ")
        time.sleep(0.05)


def status(code: int, body: bytes = b"{}", **headers: str) -> Callable[[Visit], None]:
    """Answer with this status."""
    return lambda visit: visit.reply(code, body, **headers)


def raw(body: bytes) -> Callable[[Visit], None]:
    """Answer with these bytes."""
    return lambda visit: visit.reply(200, body)


def cut(visit: Visit) -> None:
    """Promise more than comes."""
    visit.send_response_only(200)
    visit.send_header("content-length", "1000")
    visit.end_headers()
    visit.wfile.write(b'{"data": [')


def hang(visit: Visit) -> None:
    """Say nothing until the test is over."""
    visit.server.over.wait(20)
