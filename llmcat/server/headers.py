"""The headers of one snapshot's answers: ETag and caching, security, CORS, and gzip.

A snapshot never changes, so all its pages share one ETag; with it a browser or program that comes back
gets 304 before anything is run.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from asgi_gzip import GZipMiddleware

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
"""Keep, but ask each time: a catalogue may be swapped any second, and asking costs a 304. With a time
to live, a page of the old catalogue would stand beside one of the new."""

PUBLIC = b"public, max-age=60"
"""Where many visitors come by way of a cache that they share, a minute's age is worth the load."""

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
    (b"access-control-expose-headers", b"Link, ETag"),
]
VARY = b"Cookie, Authorization, Accept-Encoding"

UNTAGGED = ("/-/",)
"""Paths that say something about the server or are files of its own."""

MCP = "/-/mcp"


def tag_of(*parts: object) -> bytes:
    """A short tag for what makes an answer: content, version, options."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16].encode()


class Dressed:
    """`app` with the headers. `tag` names the snapshot and everything else that shapes its pages;
    the day is added to it, because pages say what is due and what is new."""

    def __init__(self, app: App, tag: bytes, *, public: bool) -> None:
        self.app = app
        self.gzipped: App = GZipMiddleware(app, compresslevel=GZIP_LEVEL)
        self.tag = tag
        self.cache_control = PUBLIC if public else REVALIDATE

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] == MCP:
            await self.app(scope, receive, send)
            return
        encoding = known = b""
        personal = False
        for name, value in scope["headers"]:
            if name == b"accept-encoding":
                encoding = value
            elif name == b"if-none-match":
                known = value
            elif name in (b"cookie", b"authorization"):
                personal = True
        etag = None
        if scope["method"] == "GET" and not personal and not scope["path"].startswith(UNTAGGED):
            etag = b'"%b-%d"' % (self.tag, time.time() // DAY)
            if etag in known:
                await self._not_modified(etag, send)
                return

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": self._headers(message, etag)}
            await send(message)

        app = self.gzipped if b"gzip" in encoding else self.app
        await app(scope, receive, dressed)

    async def _not_modified(self, etag: bytes, send: Send) -> None:
        headers = [*self._caching(etag), (b"vary", VARY), *SECURITY, *CORS]
        await send({"type": "http.response.start", "status": 304, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    def _caching(self, etag: bytes) -> Headers:
        return [(b"etag", b"W/" + etag), (b"cache-control", self.cache_control)]

    def _headers(self, message: Message, etag: bytes | None) -> Headers:
        """The answer's own headers and ours."""
        said: Iterable[tuple[bytes, bytes]] = message["headers"]
        names = {name.lower(): value for name, value in said}
        tagged = (
            etag is not None
            and message["status"] == 200
            and b"private" not in names.get(b"cache-control", b"")
        )
        ours: Headers = []
        dropped: tuple[bytes, ...] = ()
        if tagged and etag:
            ours += [*self._caching(etag), (b"vary", VARY)]
            dropped = (b"cache-control", b"vary", b"etag")
        if names.get(b"content-type", b"").startswith((b"application/json", b"application/atom")):
            ours += CORS
            dropped += (CORS[0][0], CORS[1][0])
        ours += [header for header in SECURITY if header[0] not in names]
        return [(name, value) for name, value in said if name.lower() not in dropped] + ours
