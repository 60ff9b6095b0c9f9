"""Style sheets, scripts and pictures: each has an ETag made of its content.

Datasette gives them none, so that they would travel with every page.
"""

from __future__ import annotations

import hashlib

from llmcat.server.asgi import App, Message, Receive, Scope, Send, reply
from llmcat.server.asked import asked

PATHS = "/-/static"
"""Where Datasette's and the plugins' files are."""


class Static:
    """`app`, whose files may be kept as `cache_control` says. They are small: a file is held whole."""

    def __init__(self, app: App, cache_control: bytes) -> None:
        self.app = app
        self.cache_control = cache_control

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PATHS):
            await self.app(scope, receive, send)
            return
        start: Message = {}
        parts: list[bytes] = []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                parts.append(message.get("body", b""))

        await self.app(scope, receive, collect)
        body = b"".join(parts)
        if start["status"] != 200:
            await reply(send, start["status"], start["headers"], body)
            return
        tag = b'"%b"' % hashlib.sha256(body).hexdigest()[:16].encode()
        ours = [(b"etag", b"W/" + tag), (b"cache-control", self.cache_control)]
        if tag in asked(scope["headers"]).known:
            await reply(send, 304, ours)
        else:
            await reply(send, 200, [*start["headers"], *ours], body)
