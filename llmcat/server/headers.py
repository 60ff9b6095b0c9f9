"""The headers of one snapshot's answers: ETag and caching, security, CORS, and gzip.

A snapshot never changes, so all its pages share one ETag; with it a browser or program that comes back
gets 304 before anything is run.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from urllib.parse import unquote_to_bytes

from asgi_gzip import GZipMiddleware

from llmcat.server import Options, cut_short
from llmcat.server.asgi import App, Headers, Message, Receive, Scope, Send, reply
from llmcat.server.asked import asked
from llmcat.server.static import Static

DAY = 86_400
GZIP_LEVEL = 4
"""Level 9 takes three times as long for 3% less."""

REVALIDATE = b"no-cache"
"""Keep, but ask each time: a catalogue may be swapped any second, and asking costs a 304. With a time
to live, a page of the old catalogue would stand beside one of the new."""

PUBLIC = b"public, max-age=60"
"""Where many visitors come by way of a cache that they share, a minute's age is worth the load."""

PUBLIC_STATIC = b"public, max-age=600"
"""Their addresses stay the same: a new llmcat's style sheet is seen ten minutes later."""

KEPT_BY_NOBODY: Headers = [(b"cache-control", b"no-store")]
"""For an answer that lacks something: asked whether it is still right, a server with the same catalogue
would say so."""

SECURITY: Headers = [
    (
        b"content-security-policy",
        # Datasette's own templates have inline scripts and styles
        b"default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline';"
        b" img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self';"
        b" frame-ancestors 'none'",
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

UNTAGGED = ("/-/",)
"""Paths that say something about the server or are files of its own."""

MCP = "/-/mcp"


NEVER_SQL = (b"sql=", b"_where")
"""What a query string has that is refused where visitors may run no SQL."""


def tag_of(*parts: object) -> bytes:
    """A short tag for what makes an answer: content, version, options."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16].encode()


class Dressed:
    """`app` with the headers. `tag` names the snapshot and everything else that shapes its pages;
    the day is added to it, because pages say what is due and what is new."""

    def __init__(self, app: App, tag: bytes, options: Options) -> None:
        self.app: App = Static(app, PUBLIC_STATIC if options.public else REVALIDATE)
        self.gzipped: App = GZipMiddleware(self.app, compresslevel=GZIP_LEVEL)
        self.tag = tag
        self.cache_control = PUBLIC if options.public else REVALIDATE
        self.cors = CORS if options.any_site else []
        self.options = options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        known, gzip, personal = asked(scope["headers"])
        etag = None
        if scope["method"] == "GET" and not personal and not scope["path"].startswith(UNTAGGED):
            etag = b'"%b-%d"' % (self.tag, time.time() // DAY)
            if etag in known and not self._may_be_refused(scope):
                await self._not_modified(etag, send)
                return

        missing = cut_short.begin()

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = KEPT_BY_NOBODY if missing else self._caching(etag) if etag else None
                message = {**message, "headers": self._headers(message, kept, cors)}
            await send(message)

        agent = scope["path"] == MCP
        cors = [] if agent else self.cors
        app = self.gzipped if gzip and not agent else self.app
        await app(scope, receive, dressed)

    def _may_be_refused(self, scope: Scope) -> bool:
        """Whether the answer may be another one than not modified: who has the ETag of one page has that
        of all, of those too that are forbidden. (A page that is not there may be not modified.)"""
        query = unquote_to_bytes(scope["query_string"])
        sql = not self.options.sql and any(part in query for part in NEVER_SQL)
        return sql or (not self.options.download and scope["path"].endswith(".db"))

    async def _not_modified(self, etag: bytes, send: Send) -> None:
        await reply(send, 304, [*self._caching(etag), (b"vary", VARY), *SECURITY, *self.cors])

    def _caching(self, etag: bytes) -> Headers:
        return [(b"etag", b"W/" + etag), (b"cache-control", self.cache_control)]

    def _headers(self, message: Message, caching: Headers | None, cors: Headers) -> Headers:
        """The answer's own headers and ours. `caching` is for whole pages; None leaves what is there."""
        said: Iterable[tuple[bytes, bytes]] = message["headers"]
        names = {name.lower(): value for name, value in said}
        private = b"private" in names.get(b"cache-control", b"")
        ours: Headers = []
        dropped: tuple[bytes, ...] = ()
        if caching and message["status"] == 200 and not private:
            ours += [*caching, (b"vary", VARY)]
            dropped = (b"cache-control", b"vary", b"etag")
        elif b"etag" in names:  # a file has its own
            ours.append((b"vary", b"Accept-Encoding"))
            dropped = (b"vary",)
        if not names.get(b"content-type", b"").startswith(b"text/html"):
            ours += cors
        ours += [header for header in SECURITY if header[0] not in names]
        return [(name, value) for name, value in said if name.lower() not in dropped] + ours
