"""What is answered before any catalogue is asked: foreign hosts, robots.txt, HEAD, endless addresses."""

from __future__ import annotations

from llmcat.server.headers import MCP, SECURITY, App, Headers, Message, Receive, Scope, Send

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

    def __init__(self, app: App, *, hosts: frozenset[str] | None, public: bool) -> None:
        self.app = app
        self.hosts = hosts
        self.public = public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        path = scope["path"]
        if self.hosts is not None and not self._is_called_by_name(scope, path):
            names = " or ".join(sorted(self.hosts))
            await answer(send, 403, f"Call this server {names}, or start it with --public.\n")
        elif path == "/robots.txt":
            await answer(send, 200, ROBOTS.decode(), cached=True)
        elif len(scope["query_string"]) > LONGEST_QUERY:
            await answer(send, 414, f"The query is longer than {LONGEST_QUERY:,} bytes.\n")
        elif self.public and path in HIDDEN_IN_PUBLIC:
            await answer(send, 404, "Not shown here.\n")
        elif scope["method"] == "HEAD":
            await self.app({**scope, "method": "GET"}, receive, _without_body(send))
        else:
            await self.app(scope, receive, send)

    def _is_called_by_name(self, scope: Scope, path: str) -> bool:
        """Whether Host is ours; and Origin, where a browser could make an agent of its visitor."""
        assert self.hosts is not None
        for name, value in scope["headers"]:
            if name == b"host" and host_name(value) not in self.hosts:
                return False
            if name == b"origin" and path == MCP and host_name(value) not in self.hosts:
                return False
        return True


async def answer(send: Send, status: int, text: str, *, cached: bool = False) -> None:
    """A short answer in plain text."""
    body = text.encode()
    headers: Headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"public, max-age=3600" if cached else b"no-store"),
        *SECURITY,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _without_body(send: Send) -> Send:
    """`send` for HEAD: the headers of GET, and nothing after them."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return sent
