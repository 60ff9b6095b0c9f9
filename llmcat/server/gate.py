"""What is answered before any catalogue is read: foreign hosts, robots.txt, HEAD, methods that write,
addresses and bodies without end."""

from __future__ import annotations

from datasette.utils.asgi import Response

from llmcat.datasette_plugin import editing
from llmcat.server import FILES, MCP, Options
from llmcat.server.headers import CORS, SECURITY, App, Message, Receive, Scope, Send, as_text

ROBOTS = """User-agent: *
Disallow: /*?
Disallow: /*.csv
Disallow: /*.db$
Disallow: /-/
Allow: /-/static
"""
"""Pages of models, tables and news may be indexed; facets, filters and SQL make endless many more."""

LONGEST_QUERY, MOST_PARAMETERS = 8_000, 200
"""Of a query string, in bytes and in parts: what is longer does not survive the proxies in between, and
every link of a page repeats it."""

LONGEST_BODY = 1_000_000
"""Bytes of what an agent asks."""

READING = ("GET", "HEAD")
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
        if (answer := self._answer(scope)) is not None:
            answer.headers.update(as_text(SECURITY))
            await answer.asgi_send(send)
            return
        # nobody signs in by a cookie that is no text, and Datasette stumbles over it
        headers = [(k, v) for k, v in scope["headers"] if k != b"cookie" or v.isascii()]
        if scope["method"] == "POST":
            receive = _bounded(receive)
        # of an answer to HEAD uvicorn leaves out the body
        method = scope["method"].replace("HEAD", "GET")
        await self.app({**scope, "method": method, "headers": headers}, receive, send)

    def _answer(self, scope: Scope) -> Response | None:
        """What is answered here; None where the catalogue is asked."""
        path, method, query = scope["path"], scope["method"], scope["query_string"]
        if not self._is_called_by_name(scope, path):
            names = " or ".join(sorted(self.hosts or ()))
            return refusal(path, 403, f"Call this server {names}, or start it with --public.")
        if method == "OPTIONS" and self.options.any_site and path != MCP:
            # a browser asks before a script may send If-None-Match to another site
            return Response.text("", 204, as_text(CORS))
        if method not in (methods := self._allowed(path)):
            words = f"{method} is not for this address."
            return refusal(path, 405, words, allow=", ".join(methods))
        if path == "/robots.txt":
            return Response.text(ROBOTS, headers={"cache-control": "public, max-age=3600"})
        if len(query) > LONGEST_QUERY:
            return refusal(path, 414, f"The query is longer than {LONGEST_QUERY:,} bytes.")
        if query.count(b"&") >= MOST_PARAMETERS:
            return refusal(path, 400, f"There are more than {MOST_PARAMETERS} parameters.")
        if self.options.public and path.startswith("/-/") and not path.startswith((FILES, MCP)):
            return refusal(path, 404, "Not shown here.")  # what tells about the machine
        return None

    def _allowed(self, path: str) -> tuple[str, ...]:
        """Forms that edit are sent, where that is on; agents ask by POST, and no stream is kept for them."""
        if path != MCP:
            return (*READING, "POST") if editing.is_form(path) else READING
        return ("POST",) if self.options.mcp else (*READING, "POST")  # to be told that it is off

    def _is_called_by_name(self, scope: Scope, path: str) -> bool:
        """Whether Host is ours; and Origin, where a browser could make an agent of its visitor."""
        telling = (b"host", b"origin") if path == MCP else (b"host",)
        names = {host_name(value) for name, value in scope["headers"] if name in telling}
        return self.hosts is None or names <= self.hosts


def refusal(path: str, status: int, why: str, **headers: str) -> Response:
    """An error as JSON for programs, as a line for others."""
    headers["cache-control"] = "no-store"
    if path.endswith(".json"):
        return Response.json({"ok": False, "error": why, "status": status}, status, headers)
    return Response.text(f"{why}\n", status, headers)


def _bounded(receive: Receive) -> Receive:
    """`receive` for a body: one that is too long ends as if its client had gone."""
    left = LONGEST_BODY

    async def received() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        return message if left >= 0 else {"type": "http.disconnect"}

    return received
