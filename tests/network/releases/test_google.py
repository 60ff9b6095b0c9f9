"""Releases in Google Cloud Storage: its conditions go by generations, which obstore sends in headers of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from llmcat.errors import PublishError
from llmcat.network.releases.publish import publish
from tests.network.releases.publishing import Shop

pytest.importorskip("obstore", reason="needs the extra bucket")

HEADER = "x-goog-if-generation-match"


class Google(ThreadingHTTPServer):
    """A bucket as Google's XML API shows it: name -> content and generation."""

    def __init__(self, keeps_conditions: bool) -> None:
        super().__init__(("127.0.0.1", 0), Requests)
        self.objects: dict[str, tuple[bytes, int]] = {}
        self.lock = Lock()
        self.keeps_conditions = keeps_conditions


class Requests(BaseHTTPRequestHandler):
    """What it answers."""

    server: Google

    def _answer(self, status: int, body: bytes = b"", generation: int = 0) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        if generation:
            self.send_header("etag", f'"{generation:x}"')
            self.send_header("x-goog-generation", str(generation))
            self.send_header("last-modified", "Sat, 28 Nov 2026 12:00:00 GMT")
        self.end_headers()
        self.wfile.write(body)

    def _name(self) -> str:
        return unquote(urlsplit(self.path).path).removeprefix("/cat/")

    def do_GET(self) -> None:
        """An object, or the names under a prefix."""
        query = parse_qs(urlsplit(self.path).query)
        if "list-type" in query:
            prefix = query.get("prefix", [""])[0]
            rows = "".join(
                f"<Contents><Key>{name}</Key><LastModified>2026-11-28T12:00:00Z</LastModified>"
                f"<ETag>{at}</ETag><Size>{len(body)}</Size></Contents>"
                for name, (body, at) in sorted(self.server.objects.items())
                if name.startswith(prefix)
            )
            self._answer(200, f"<ListBucketResult>{rows}</ListBucketResult>".encode())
            return
        body, generation = self.server.objects.get(self._name(), (b"", 0))
        self._answer(200 if generation else 404, body, generation)

    def do_PUT(self) -> None:
        """Make or replace an object, where its generation is the one that is named."""
        body = self.rfile.read(int(self.headers["content-length"]))
        with self.server.lock:
            generation = self.server.objects.get(self._name(), (b"", 0))[1]
            named = self.headers.get(HEADER)
            if self.server.keeps_conditions and named not in (None, str(generation)):
                self._answer(412)
                return
            self.server.objects[self._name()] = body, generation + 1
        self._answer(200, generation=generation + 1)

    def do_DELETE(self) -> None:
        """Remove an object."""
        found = self.server.objects.pop(self._name(), None)
        self._answer(204 if found else 404)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


@pytest.fixture
def google(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Google]:
    """A bucket on this machine, which asks for no key."""
    server = Google(getattr(request, "param", True))
    address = f"http://127.0.0.1:{server.server_port}"
    key = {"gcs_base_url": address, "disable_oauth": True, "client_email": ""}
    key |= {"private_key": "", "private_key_id": ""}
    monkeypatch.setenv("GOOGLE_SERVICE_ACCOUNT_KEY", json.dumps(key))
    monkeypatch.setenv("GOOGLE_BASE_URL", address)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_publishers_follow_each_other_by_generation(shop: Shop, google: Google) -> None:
    """Three at once: three serials, and a reader gets the last."""
    paths: list[Path] = [shop.catalog(1.0 + n / 100) for n in range(3)]
    threads = [Thread(target=publish, args=(path, "gs://cat/llmcat")) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shop.pull(address="gs://cat/llmcat")[:2] == ("installed", 3)
    assert sorted(google.objects)[-1] == "llmcat/v3/latest.json"
    assert len(google.objects) == 4


@pytest.mark.parametrize("google", [False], indirect=True)
def test_one_that_ignores_generations_is_refused(shop: Shop, google: Google) -> None:
    """Before anything is written; its probe is gone as well."""
    with pytest.raises(PublishError, match="ignores conditions"):
        publish(shop.catalog(), "gs://cat/llmcat")
    assert google.objects == {}
