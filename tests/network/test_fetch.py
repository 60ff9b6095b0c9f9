"""Asking upstream, against a real server: what is followed, what is unpacked, and all that is refused."""

from __future__ import annotations

import gzip
import socket
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

import llmcat
from llmcat.network.fetch import redirect_refusal
from llmcat.network.pull import pull
from tests.network.upstream_server import (
    HOUR,
    NOON,
    Upstream,
    Visit,
    api,
    first_pull,
    manifest,
    refused,
    running_upstream,  # noqa: F401 - the fixture `upstream`
)


def test_gzip_on_the_wire_is_unpacked(upstream: Upstream, tmp_path: Path) -> None:
    """gzip is asked for, and nothing else; the request tells no more than the version."""
    upstream.sends(gzip.compress(api()), content_encoding="gzip")
    assert pull(upstream.url, tmp_path, now=NOON).models == 4
    headers = upstream.visits[0].headers
    assert headers["Accept-Encoding"] == "gzip"
    assert headers["User-Agent"] == f"llmcat/{llmcat.__version__}"
    assert {name.lower() for name in headers} == {
        "host",
        "accept",
        "accept-encoding",
        "connection",
        "user-agent",
    }


def drip(visit: Visit, content: bytes) -> None:
    """A byte now and then, until the test is over."""
    for byte in content * 1000:
        visit.wfile.write(bytes([byte]))
        if visit.server.over.wait(0.03):
            return


def drip_headers(visit: Visit) -> None:
    drip(visit, b"HTTP/1.0 200 OK\r\nX-Slow: ")


def drip_body(visit: Visit) -> None:
    visit.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
    drip(visit, b'{"openai": ')


def say_nothing(visit: Visit) -> None:
    visit.server.over.wait(10)


@pytest.mark.parametrize("slow", [drip_headers, drip_body, say_nothing])
def test_slow_server_is_cut_off(
    upstream: Upstream, tmp_path: Path, slow: Callable[[Visit], None]
) -> None:
    """The deadline is for the whole, however busy the line looks."""
    first_pull(upstream, tmp_path)
    upstream.answer = slow
    started = time.monotonic()
    message = refused(upstream, tmp_path, deadline=0.3)
    assert 0.25 < time.monotonic() - started < 8
    assert "did not answer in time" in message
    assert message.endswith("; kept the snapshot of 2026-05-21, 2 hours old")


def test_too_large_a_body_is_refused(upstream: Upstream, tmp_path: Path) -> None:
    """A body without end is cut at the limit; one of just the limit is not."""
    body = api()
    upstream.sends(body)
    assert pull(upstream.url, tmp_path, now=NOON, max_bytes=len(body)).models == 4
    assert "is larger than" in refused(upstream, tmp_path, max_bytes=len(body) - 1)

    def endless(visit: Visit) -> None:
        visit.wfile.write(b"HTTP/1.0 200 OK\r\n\r\n")
        while True:
            visit.wfile.write(b" " * 65_536)

    upstream.answer = endless
    assert "is larger than 1 MiB, the limit" in refused(upstream, tmp_path, max_bytes=2**20)


def test_gzip_bomb_is_refused_before_it_unpacks(upstream: Upstream, tmp_path: Path) -> None:
    """64 KB that unpack to 64 MB are never unpacked past the limit."""
    first_pull(upstream, tmp_path)
    upstream.sends(gzip.compress(bytes(64 * 2**20)), content_encoding="gzip")
    tracemalloc.start()
    message = refused(upstream, tmp_path, max_bytes=2**20)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "is larger than 1 MiB, the limit" in message
    assert peak < 24 * 2**20


@pytest.mark.parametrize(
    ("body", "coding", "reason"),
    [
        (gzip.compress(gzip.compress(api())), "gzip, gzip", "sends gzip, gzip, which was not"),
        (b"", "br", "sends br, which was not"),
        (api(), "gzip", "no valid gzip"),
        (gzip.compress(api())[:-9], "gzip", "cut short"),
        (gzip.compress(api()) + b"more", "gzip", "more after the end"),
    ],
    ids=["twice", "br", "not packed", "cut", "more"],
)
def test_bad_coding_is_refused(
    upstream: Upstream, tmp_path: Path, body: bytes, coding: str, reason: str
) -> None:
    """Only gzip, once, whole."""
    upstream.sends(body, content_encoding=coding)
    assert reason in refused(upstream, tmp_path)


def test_connection_that_breaks_off_is_refused(upstream: Upstream, tmp_path: Path) -> None:
    """A body shorter than its Content-Length is not taken for whole."""
    upstream.answer = lambda visit: visit.reply(200, api(), content_length="999999")
    assert "cannot be fetched (peer closed" in refused(upstream, tmp_path)


@pytest.mark.parametrize("status", [204, 206, 304, 403, 404, 429, 500, 503])
def test_other_status_is_refused(upstream: Upstream, tmp_path: Path, status: int) -> None:
    """Only 200 brings a body; 304 counts only when it was asked for."""
    upstream.answer = lambda visit: visit.reply(status)
    message = refused(upstream, tmp_path)
    assert message == (
        f"{upstream.url} answered with status {status};"
        " nothing was pulled before, so `llmcat build` uses the pinned snapshot"
    )


def test_nobody_there(upstream: Upstream, tmp_path: Path) -> None:
    """Connection refused: one line, with what is kept and how old it is."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    first_pull(upstream, tmp_path)
    message = refused(upstream, tmp_path, url=f"http://127.0.0.1:{port}/", now=NOON + 72 * HOUR)
    assert "cannot be fetched ([Errno" in message
    assert message.endswith("; kept the snapshot of 2026-05-21, 3 days old")


@pytest.mark.parametrize(
    "url",
    ["", "models.dev", "file:///etc/passwd", "http://", "http://[", f"http://{'a' * 70}.example/"],
)
def test_bad_address_is_refused(upstream: Upstream, tmp_path: Path, url: str) -> None:
    """What cannot be asked is one line too."""
    refused(upstream, tmp_path, url=url)


# Redirects


def test_redirect_on_the_same_host_is_followed(upstream: Upstream, tmp_path: Path) -> None:
    """Up to five, and no cookie goes along."""

    def step(visit: Visit) -> None:
        n = int(visit.path.rpartition("/")[2])
        if n == 0:
            visit.reply(200, api())
        else:
            visit.reply(302, location=f"/{n - 1}", set_cookie="id=7")

    upstream.answer = step
    pulled = pull(f"{upstream.base}/5", tmp_path, now=NOON)
    assert pulled.models == 4
    assert [visit.headers["Cookie"] for visit in upstream.visits] == [None] * 6
    assert manifest(tmp_path)["snapshots"][0]["url"] == f"{upstream.base}/5"
    assert "redirects more than 5 times" in refused(upstream, tmp_path, url=f"{upstream.base}/6")


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://localhost:{port}/api.json", "to another host, localhost"),
        ("//evil.example/api.json", "to another host, evil.example"),
        ("http://127.0.0.1:{port}@evil.example/", "to another host, evil.example"),
        ("https://127.0.0.1:{port}/api.json", "from http to https"),
        ("file:///etc/passwd", "from http to file"),
        ("/api.json", "more than 5 times"),
        ("http://127.0.0.1:port/", "cannot be fetched"),
    ],
)
def test_bad_redirect_is_refused(
    upstream: Upstream, tmp_path: Path, location: str, reason: str
) -> None:
    """To another host, another scheme, in a circle, to nowhere."""
    first_pull(upstream, tmp_path)
    target = location.format(port=upstream.server_port)
    upstream.answer = lambda visit: visit.reply(301, location=target)
    assert reason in refused(upstream, tmp_path)


def test_redirect_to_a_host_of_the_recipe_is_followed(upstream: Upstream, tmp_path: Path) -> None:
    """The recipe's hosts are allowed besides the one asked."""
    target = f"http://LOCALHOST:{upstream.server_port}/moved"

    def answer(visit: Visit) -> None:
        if visit.path == "/moved":
            visit.reply(200, api())
        else:
            visit.reply(308, location=target)

    upstream.answer = answer
    assert pull(upstream.url, tmp_path, hosts=["localhost"], now=NOON).action == "fetched"


def test_https_is_never_left() -> None:
    """Not even for a host that is allowed."""
    start, plain = httpx.URL("https://models.dev/api.json"), httpx.URL("http://models.dev/")
    assert redirect_refusal(start, plain, ["models.dev"])
    assert redirect_refusal(start, httpx.URL("https://www.models.dev/"), ["models.dev"])
    assert redirect_refusal(start, httpx.URL("https://models.dev/v2"), []) is None
