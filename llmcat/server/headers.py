"""The headers of one snapshot's answers: ETag and caching, security, CORS, and gzip.

A snapshot never changes, so all its pages share one ETag: a client that comes back gets 304 before
anything is run.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote_to_bytes

from asgi_gzip import GZipMiddleware

from llmcat.server import FILES, MCP, OWN, Options, database

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
        # scripts are files of ours, none stands in a page; charts are placed by style attributes
        b"default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
        b" object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
]
CORS: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-headers", b"Authorization, If-None-Match"),
    (b"access-control-allow-methods", b"GET, HEAD"),
    (b"access-control-expose-headers", b"Link, ETag"),
    (b"access-control-max-age", b"86400"),
]
"""On everything but pages. No cookie comes with a request from another site that "*" lets in."""

VARY = (b"vary", b"Cookie, Authorization, Accept-Encoding")
NOT_KEPT: Headers = [(b"cache-control", b"no-store"), VARY]
NEVER_SQL = (b"sql=", b"_where")
"""What a query string has that is refused where visitors may run no SQL."""


def as_text(headers: Headers) -> dict[str, str]:
    """Headers as Datasette's responses take them."""
    return {name.decode(): value.decode() for name, value in headers}


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
    """`app` with the headers. `parts` are what makes its pages: content, versions, metadata. The day is
    added to the ETag that they give, because pages say what is due and what is new."""

    def __init__(self, app: App, parts: tuple[object, ...], options: Options) -> None:
        self.app: App = app
        self.gzipped: App = GZipMiddleware(app, compresslevel=GZIP_LEVEL)
        self.tag = hashlib.sha256(repr((*parts, options)).encode()).hexdigest()[:16].encode()
        self.cache_control = PUBLIC if options.public else REVALIDATE
        self.cors = CORS if options.any_site else []
        self.options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        etag = self._etag(scope)
        if etag and etag in joined(scope, b"if-none-match") and not self._may_be_refused(scope):
            headers = [*self._caching(etag), *SECURITY, *self.cors]
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        missing = database.begin_answer()
        agent = scope["path"] == MCP

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                # of what was cut short a server with the same catalogue would say that it is still right
                caching = NOT_KEPT if missing else self._caching(etag)
                cors = [] if agent else self.cors
                message = {**message, "headers": _with_ours(message, caching, cors)}
            await send(message)

        app = self.gzipped if not agent and reads_gzip(scope) else self.app
        await app(scope, receive, dressed)

    def _caching(self, etag: bytes | None) -> Headers:
        """The headers of a whole page with this ETag; empty without one."""
        return (
            [(b"etag", b"W/" + etag), (b"cache-control", self.cache_control), VARY] if etag else []
        )

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


def _with_ours(message: Message, caching: Headers, cors: Headers) -> Headers:
    """The answer's own headers and ours. `caching` is for whole pages; empty leaves what is there."""
    own: Headers = [(name.lower(), value) for name, value in message["headers"]]
    names = dict(own)
    ours = [header for header in SECURITY if header[0] not in names]
    if not names.get(b"content-type", b"").startswith(b"text/html"):
        ours += cors
    if caching and message["status"] == 200 and b"private" not in names.get(b"cache-control", b""):
        ours += caching
        own = [header for header in own if header[0] not in (b"cache-control", b"vary", b"etag")]
    elif b"etag" in names:  # a file has its own
        ours.append((b"vary", b"Accept-Encoding"))
        own = [header for header in own if header[0] != b"vary"]
    return own + ours
