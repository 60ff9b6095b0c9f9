"""What is answered before any catalogue is asked: foreign hosts, robots.txt, HEAD, methods that
write, endless addresses, and addresses that another one answers better."""

from __future__ import annotations

import json

from llmcat.server import Options
from llmcat.server.asgi import App, Headers, Message, Receive, Scope, Send, reply
from llmcat.server.headers import CORS, MCP, SECURITY
from llmcat.server.smallest_first import known_only

ROBOTS = b"""User-agent: *
Disallow: /*?
Disallow: /*.csv
Disallow: /*.db$
Disallow: /-/
Allow: /-/static
"""
"""Pages of models, tables and news may be indexed; facets, filters and SQL make endless many more."""

LONGEST_QUERY = 8_000
"""Bytes of a query string: a URL that is longer does not survive the proxies in between."""

HIDDEN_IN_PUBLIC = frozenset(
    f"/-/{name}{ending}"
    for name in (
        *("databases", "versions", "plugins", "settings", "metadata", "threads", "actor"),
        *("patterns", "permissions", "allow-debug", "messages", "auth-token"),
    )
    for ending in ("", ".json")
)
"""What tells visitors about the machine."""

READING = ("GET", "HEAD")
PREFLIGHT: Headers = [
    *CORS,
    (b"access-control-allow-methods", ", ".join(READING).encode()),
    (b"access-control-max-age", b"86400"),
]
"""A browser asks OPTIONS before a script may send If-None-Match to another site."""

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def host_name(header: bytes) -> str:
    """The name in a Host or Origin header, without scheme and port."""
    text = header.decode("latin-1").lower().rpartition("//")[2]
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0].rstrip(".")


class Gate:
    """`app` behind the checks.

    `hosts` are the names by which the server may be called, None for any: on a loopback address a
    foreign name is another site's page that has had its name pointed here (DNS rebinding).
    """

    def __init__(self, app: App, *, hosts: frozenset[str] | None, options: Options) -> None:
        self.app = app
        self.hosts = hosts
        self.options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path, method = scope["path"], scope["method"]
        if self.hosts is not None and not self._is_called_by_name(scope, path):
            names = " or ".join(sorted(self.hosts))
            await refuse(send, path, 403, f"Call this server {names}, or start it with --public.")
        elif method == "OPTIONS" and self.options.any_site and path != MCP:
            await reply(send, 204, PREFLIGHT)
        elif method not in (allowed := self._allowed(path)):
            await refuse(send, path, 405, f"{method} is not for this address.", allowed)
        elif path == "/robots.txt":
            await answer(send, 200, ROBOTS, (b"cache-control", b"public, max-age=3600"))
        elif len(scope["query_string"]) > LONGEST_QUERY:
            await refuse(send, path, 414, f"The query is longer than {LONGEST_QUERY:,} bytes.")
        elif self.options.public and path in HIDDEN_IN_PUBLIC:
            await refuse(send, path, 404, "Not shown here.")
        elif better := known_only(path, scope["query_string"].decode("latin-1")):
            await answer(send, 302, b"", (b"location", f"?{better}".encode("latin-1")))
        elif method == "HEAD":
            await self.app({**scope, "method": "GET"}, receive, _without_body(send))
        else:
            await self.app(scope, receive, send)

    def _allowed(self, path: str) -> tuple[str, ...]:
        """Nothing is written here; agents ask by POST, and no stream is kept open for them by GET."""
        if path != MCP:
            return READING
        return ("POST",) if self.options.mcp else (*READING, "POST")  # to be told that it is off

    def _is_called_by_name(self, scope: Scope, path: str) -> bool:
        """Whether Host is ours; and Origin, where a browser could make an agent of its visitor."""
        assert self.hosts is not None
        for name, value in scope["headers"]:
            if name == b"host" and host_name(value) not in self.hosts:
                return False
            if name == b"origin" and path == MCP and host_name(value) not in self.hosts:
                return False
        return True


async def answer(
    send: Send, status: int, body: bytes, *more: tuple[bytes, bytes], kind: bytes = b"text/plain"
) -> None:
    """A short answer."""
    headers: Headers = [
        (b"content-type", kind + b"; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        *more,
        *SECURITY,
    ]
    await reply(send, status, headers, body)


async def refuse(
    send: Send, path: str, status: int, why: str, allowed: tuple[str, ...] = ()
) -> None:
    """An error as JSON for programs, as a line for others."""
    more = [(b"cache-control", b"no-store")]
    if allowed:
        more.append((b"allow", ", ".join(allowed).encode()))
    if path.endswith(".json"):
        body = json.dumps({"ok": False, "error": why, "status": status}).encode()
        await answer(send, status, body, *more, kind=b"application/json")
    else:
        await answer(send, status, f"{why}\n".encode(), *more)


def _without_body(send: Send) -> Send:
    """`send` for HEAD: the headers of GET, and nothing after them."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return sent
