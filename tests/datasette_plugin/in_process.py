"""A server without a socket: `llmcat serve` as an ASGI app, asked from the same event loop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from unittest import mock

import pytest

pytest.importorskip("asgi_gzip", reason="llmcat serve is not installed: llmcat[browse]")
pytest.importorskip("datasette.facets", reason="llmcat serve is not installed: llmcat[browse]")

from datasette.version import __version_info__ as datasette_version

if datasette_version[:2] != ("0", "65"):
    pytest.skip("llmcat serve is for Datasette 0.65", allow_module_level=True)

from llmcat.server import Options, datasette_app
from llmcat.server.gate import Gate
from llmcat.server.swap import Serving

LOCAL = frozenset({"localhost", "127.0.0.1"})
PRIVATE = Options()
PATIENT = 10_000
"""Milliseconds for each query and facet: a busy machine must not cost a page its facets, and so its ETag."""


class Answer(NamedTuple):
    """What came back; header names are lower-case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode()

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.body)


class Server:
    """Asks `app`: `await server.get("/catalog/models.json?_size=1")`."""

    def __init__(self, app: Gate, serving: Serving) -> None:
        self.app = app
        self.serving = serving

    async def get(
        self,
        url: str,
        headers: Mapping[str, str | tuple[str, ...]] = {},
        method: str = "GET",
        body: bytes = b"",
    ) -> Answer:
        """The answer to one request. A header with several values is sent on as many lines."""
        path, _, query = url.partition("?")
        asked = {"host": "localhost:8001", **headers}
        scope: dict[str, Any] = {
            "type": "http",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [
                (name.encode(), value.encode())
                for name, values in asked.items()
                for value in ((values,) if isinstance(values, str) else values)
            ],
        }
        sent: list[Any] = []

        asked_for = iter([body])

        async def receive() -> dict[str, Any]:
            if (body := next(asked_for, None)) is None:
                await asyncio.Event().wait()  # the client stays
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        heads = {name.decode().lower(): value.decode() for name, value in sent[0]["headers"]}
        return Answer(sent[0]["status"], heads, b"".join(m.get("body", b"") for m in sent[1:]))


@asynccontextmanager
async def served(
    catalogue: Path,
    folder: Path,
    options: Options = PRIVATE,
    *,
    hosts: frozenset[str] | None = LOCAL,
    watch: bool = False,
    query_ms: int = PATIENT,
    facet_ms: int = PATIENT,
) -> AsyncIterator[Server]:
    """`catalogue` served from a snapshot in `folder`, until the block ends."""
    limits = {"sql_time_limit_ms": query_ms, "facet_time_limit_ms": facet_ms}
    with mock.patch.dict(datasette_app.SETTINGS, limits):
        snapshots = folder / "snapshots"
        snapshots.mkdir()
        serving = Serving(str(catalogue), str(snapshots), options, watch=watch)
        orders: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        answers: asyncio.Queue[Any] = asyncio.Queue()
        life = asyncio.ensure_future(serving({"type": "lifespan"}, orders.get, answers.put))
        await orders.put({"type": "lifespan.startup"})
        await answers.get()
        try:
            yield Server(Gate(serving, hosts=hosts, options=options), serving)
        finally:
            await orders.put({"type": "lifespan.shutdown"})
            await life


def run(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a test that awaits."""
    asyncio.run(story())


class Shared:
    """A server for all stories that leave it as it was, with the event loop on which they run."""

    def __init__(self, catalogue: Path, folder: Path) -> None:
        self._loop = asyncio.new_event_loop()
        self._served = served(catalogue, folder)
        self._server = self._loop.run_until_complete(self._served.__aenter__())

    def run(self, story: Callable[[Server], Coroutine[Any, Any, None]]) -> None:
        """Run a test that awaits answers of this server."""
        self._loop.run_until_complete(story(self._server))

    def close(self) -> None:
        """Shut the server down."""
        self._loop.run_until_complete(self._served.__aexit__(None, None, None))
        self._loop.close()
