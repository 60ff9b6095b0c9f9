"""The headers of one snapshot's answers: ETag and caching, security, CORS, and gzip.

A snapshot never changes, so all its pages share one ETag: a client that comes back gets 304 before
anything is run.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any
from urllib.parse import unquote_to_bytes

from asgi_gzip import GZipMiddleware

from llmcat.server import Options, database

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

DAY = 86_400
GZIP_LEVEL = 4
"""Level 9 takes three times as long for 3% less."""

REVALIDATE = b"no-cache"
"""Keep, but ask each time: the catalogue may be swapped any second, and asking costs a 304."""

PUBLIC = b"public, max-age=60"
"""Where many visitors share a cache, a minute's age is worth the load."""

SECURITY: Headers = [
    (
        b"content-security-policy",
        # no script stands in a page; charts are placed by style attributes
        b"default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        b" object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
]
CORS: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-headers", b"Authorization, If-None-Match"),
    (b"access-control-expose-headers", b"Link, ETag"),
]
"""On everything but pages. No cookie comes with a request from another site that "*" lets in."""

VARY = b"Cookie, Authorization, Accept-Encoding"
OWN, FILES, MCP = "/-/", "/-/static", "/-/mcp"
"""Paths that describe the server itself; among them those of style sheets, and of agents."""

NEVER_SQL = (b"sql=", b"_where")
"""What a query string has that is refused where visitors may run no SQL."""


def tag_of(*parts: object) -> bytes:
    """A short tag for what makes an answer: content, version, options."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16].encode()


def joined(scope: Scope, header: bytes) -> bytes:
    """A header of the request; one on several lines is one with commas."""
    return b",".join(value for name, value in scope["headers"] if name == header)


def reads_gzip(scope: Scope) -> bool:
    """Whether the client reads gzip; a weight of 0 says that it does not, which asgi_gzip ignores."""
    for encoding in joined(scope, b"accept-encoding").lower().replace(b" ", b"").split(b","):
        name, _, weight = encoding.partition(b";q=")
        if name == b"gzip":
            return not weight or weight.strip(b"0.") != b""
    return False


class Dressed:
    """`app` with the headers. `tag` names the snapshot and everything else that shapes its pages;
    the day is added to it, because pages say what is due and what is new."""

    def __init__(self, app: App, tag: bytes, options: Options) -> None:
        self.app: App = app
        self.gzipped: App = GZipMiddleware(app, compresslevel=GZIP_LEVEL)
        self.tag = tag
        self.cache_control = PUBLIC if options.public else REVALIDATE
        self.cors = CORS if options.any_site else []
        self.options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        etag = self._etag(scope)
        if etag and etag in joined(scope, b"if-none-match") and not self._may_be_refused(scope):
            caching = [*_tagged(etag, self.cache_control), (b"vary", VARY)]
            headers = [*caching, *SECURITY, *self.cors]
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        missing = database.begin_answer()
        agent = scope["path"] == MCP

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                caching = _tagged(etag, self.cache_control) if etag else None
                if missing:  # a server with the same catalogue would say that it is still right
                    caching = [(b"cache-control", b"no-store")]
                cors = [] if agent else self.cors
                message = {**message, "headers": _with_ours(message, caching, cors)}
            await send(message)

        app = self.gzipped if not agent and reads_gzip(scope) else self.app
        await app(scope, receive, dressed)

    def _etag(self, scope: Scope) -> bytes | None:
        """The ETag of a page or file, None for other answers and for who says who he is."""
        path = scope["path"]
        personal = joined(scope, b"cookie") or joined(scope, b"authorization")
        of_the_server = path.startswith(OWN) and not path.startswith(FILES)
        if scope["method"] != "GET" or personal or of_the_server:
            return None
        return b'"%b-%d"' % (self.tag, time.time() // DAY)

    def _may_be_refused(self, scope: Scope) -> bool:
        """Whether the answer may be a refusal: who has the ETag of one page has that of all."""
        query = unquote_to_bytes(scope["query_string"])
        sql = not self.options.sql and any(part in query for part in NEVER_SQL)
        return sql or (not self.options.download and scope["path"].endswith(".db"))


def _tagged(etag: bytes, cache_control: bytes) -> Headers:
    return [(b"etag", b"W/" + etag), (b"cache-control", cache_control)]


def _with_ours(message: Message, caching: Headers | None, cors: Headers) -> Headers:
    """The answer's own headers and ours. `caching` is for whole pages; None leaves what is there."""
    own: Iterable[tuple[bytes, bytes]] = message["headers"]
    names = {name.lower(): value for name, value in own}
    private = b"private" in names.get(b"cache-control", b"")
    ours: Headers = []
    dropped: tuple[bytes, ...] = ()
    if caching and message["status"] == 200 and not private:
        ours, dropped = [*caching, (b"vary", VARY)], (b"cache-control", b"vary", b"etag")
    elif b"etag" in names:  # a file has its own
        ours, dropped = [(b"vary", b"Accept-Encoding")], (b"vary",)
    if not names.get(b"content-type", b"").startswith(b"text/html"):
        ours += cors
    ours += [header for header in SECURITY if header[0] not in names]
    return [(name, value) for name, value in own if name.lower() not in dropped] + ours
