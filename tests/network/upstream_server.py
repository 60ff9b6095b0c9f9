"""A server on this machine that stands for models.dev, and what tests of pulls share."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from llmcat.errors import PullError
from llmcat.network.pull import Pulled, pull

NOON = datetime(2026, 5, 21, 12, 0, 0, tzinfo=timezone.utc)
HOUR = timedelta(hours=1)


class Visit(BaseHTTPRequestHandler):
    """One request; the test says how it is answered."""

    server: Upstream

    def do_GET(self) -> None:
        self.server.visits.append(self)
        self.server.answer(self)

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Send a whole response; `etag="x"` becomes a header."""
        self.send_response_only(status)
        for name, value in {"content_length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: object) -> None:
        pass


class Upstream(ThreadingHTTPServer):
    """A server that stands for models.dev."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Visit)
        self.visits: list[Visit] = []
        self.answer: Callable[[Visit], None] = lambda visit: visit.reply(404)
        self.over = threading.Event()
        self.base = f"http://127.0.0.1:{self.server_port}"
        self.url = f"{self.base}/api.json"

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what these tests are about."""

    def sends(self, body: bytes, **headers: str) -> None:
        """Answer with this body, or with 304 to whom already has it."""

        def answer(visit: Visit) -> None:
            tag = visit.headers.get("If-None-Match")
            if tag is not None and tag == headers.get("etag"):
                visit.reply(304, etag=tag)
            else:
                visit.reply(200, body, **headers)

        self.answer = answer


@pytest.fixture(name="upstream")
def running_upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[Upstream]:
    """A running server, and no proxy on the way to it."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    with Upstream() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.over.set()
        server.shutdown()
        thread.join()


def api(models: int = 4) -> bytes:
    """An api.json with this many models of one provider."""
    listed = {
        f"gpt-{n}": {"id": f"gpt-{n}", "name": f"GPT {n}", "cost": {"input": 2.5, "output": 10}}
        for n in range(models)
    }
    return json.dumps({"openai": {"id": "openai", "name": "OpenAI", "models": listed}}).encode()


def manifest(folder: Path) -> Any:
    return json.loads((folder / "manifest.json").read_text())


def snapshots(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.json.gz"))


def refused(upstream: Upstream, folder: Path, **options: Any) -> str:
    """The one line of a pull that fails; what was there before must be there after."""
    before = {p.name: p.read_bytes() for p in folder.glob("*json*")} if folder.exists() else {}
    with pytest.raises(PullError) as caught:
        pull(options.pop("url", upstream.url), folder, **{"now": NOON + 2 * HOUR, **options})
    after = {p.name: p.read_bytes() for p in folder.glob("*json*")} if folder.exists() else {}
    assert after == before
    assert not list(folder.glob("*.tmp"))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def first_pull(upstream: Upstream, folder: Path, body: bytes | None = None) -> Pulled:
    upstream.sends(body or api(), etag='"one"')
    return pull(upstream.url, folder, now=NOON)
