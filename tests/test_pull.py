"""`llmcat pull` against a real server on this machine: what it keeps, and all that it refuses."""

from __future__ import annotations

import gzip
import json
import os
import socket
import subprocess
import sys
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

import llmcat
from llmcat.errors import PullError
from llmcat.pipeline.sources.models_dev import ModelsDev
from llmcat.pull import (
    Pulled,
    age_in_words,
    choose_url,
    decide,
    newest,
    pull,
    pulled_folder,
    redirect_refusal,
)

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


@pytest.fixture
def upstream(monkeypatch: pytest.MonkeyPatch) -> Iterator[Upstream]:
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


# What a pull keeps


def test_first_pull_keeps_snapshot_and_manifest(upstream: Upstream, tmp_path: Path) -> None:
    """The snapshot is named for its time, and the build's own reader accepts the folder."""
    body = api()
    upstream.sends(body, etag='"one"', last_modified="Thu, 21 May 2026 11:00:00 GMT")
    folder = tmp_path / "cache" / "models-dev"
    pulled = pull(upstream.url, folder, now=NOON)
    path = folder / "2026-05-21T120000Z.json.gz"
    size = path.stat().st_size
    assert pulled == Pulled("fetched", path, "2026-05-21T12:00:00Z", 1, 4, size)
    assert gzip.decompress(path.read_bytes()) == body
    (listed,) = manifest(folder)["snapshots"]
    assert listed.pop("sha256")
    assert listed == {
        "file": "2026-05-21T120000Z.json.gz",
        "url": upstream.url,
        "retrieved_at": "2026-05-21T12:00:00Z",
        "size": size,
        "etag": '"one"',
        "last_modified": "Thu, 21 May 2026 11:00:00 GMT",
    }
    (document,) = ModelsDev().read(folder)
    assert (document.licence, document.retrieved_at) == ("MIT", "2026-05-21T12:00:00Z")
    assert newest(folder) == path


def test_equal_bodies_give_equal_bytes(upstream: Upstream, tmp_path: Path) -> None:
    """The gzip file holds no time and no name."""
    one = first_pull(upstream, tmp_path / "one").snapshot
    two = pull(upstream.url, tmp_path / "two", now=NOON + 5 * HOUR).snapshot
    assert one.name != two.name
    assert one.read_bytes() == two.read_bytes()


def test_no_request_within_the_hour(upstream: Upstream, tmp_path: Path) -> None:
    """A copy is fresh for 60 minutes, and no longer; force asks at once."""
    first = first_pull(upstream, tmp_path)
    again = pull(upstream.url, tmp_path, now=NOON + timedelta(minutes=59))
    assert (again.action, again.snapshot, again.models) == ("fresh", first.snapshot, 4)
    assert len(upstream.visits) == 1
    assert pull(upstream.url, tmp_path, now=NOON + HOUR).action == "unchanged"
    assert pull(upstream.url, tmp_path, now=NOON + HOUR, force=True).action == "unchanged"
    assert len(upstream.visits) == 3


def test_not_modified_renews_freshness(upstream: Upstream, tmp_path: Path) -> None:
    """A 304 adds nothing but the time of the check."""
    first = first_pull(upstream, tmp_path)
    later = pull(upstream.url, tmp_path, now=NOON + 3 * HOUR)
    assert (later.action, later.snapshot) == ("unchanged", first.snapshot)
    assert later.retrieved_at == "2026-05-21T12:00:00Z"
    assert manifest(tmp_path)["checked_at"] == "2026-05-21T15:00:00Z"
    assert upstream.visits[1].headers["If-None-Match"] == '"one"'
    assert decide(tmp_path, NOON + 3.5 * HOUR, False) == "fresh"


def test_last_modified_alone_is_a_condition_too(upstream: Upstream, tmp_path: Path) -> None:
    """A server without ETags is asked with If-Modified-Since."""
    upstream.sends(api(), last_modified="Thu, 21 May 2026 11:00:00 GMT")
    pull(upstream.url, tmp_path, now=NOON)
    upstream.answer = lambda visit: visit.reply(304)
    assert pull(upstream.url, tmp_path, now=NOON + 2 * HOUR).action == "unchanged"
    assert upstream.visits[1].headers["If-Modified-Since"] == "Thu, 21 May 2026 11:00:00 GMT"


def test_same_body_adds_no_snapshot(upstream: Upstream, tmp_path: Path) -> None:
    """A server without validators sends the same again: one snapshot stays one."""
    upstream.sends(api())
    first = pull(upstream.url, tmp_path, now=NOON)
    again = pull(upstream.url, tmp_path, now=NOON + 2 * HOUR)
    assert (again.action, again.snapshot) == ("unchanged", first.snapshot)
    assert snapshots(tmp_path) == [first.snapshot.name]
    assert decide(tmp_path, NOON + 2.5 * HOUR, False) == "fresh"


def test_another_address_is_asked_without_conditions(upstream: Upstream, tmp_path: Path) -> None:
    """Neither the freshness nor the ETag of one address counts for another."""
    first_pull(upstream, tmp_path)
    assert decide(tmp_path, NOON, False, upstream.url) == "fresh"
    other = f"{upstream.base}/mirror.json"
    assert pull(other, tmp_path, now=NOON).action == "unchanged"
    assert "If-None-Match" not in upstream.visits[1].headers


def test_last_three_are_kept(upstream: Upstream, tmp_path: Path) -> None:
    """The fourth snapshot takes the place of the first."""
    for hour in range(5):
        upstream.sends(api(4 + hour))
        pull(upstream.url, tmp_path, now=NOON + hour * HOUR)
    assert snapshots(tmp_path) == [f"2026-05-21T1{hour}0000Z.json.gz" for hour in (4, 5, 6)]
    assert [s["file"] for s in manifest(tmp_path)["snapshots"]] == snapshots(tmp_path)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Thu, 21 May 2026 12:00:09 GMT", "2026-05-21T120009Z.json.gz"),
        ("Wed, 01 Jan 2098 00:00:00 GMT", "2026-05-21T120000Z.json.gz"),
        ("yesterday", "2026-05-21T120000Z.json.gz"),
        ("Thu, 21 May 2026 12:00:09 +999999999", "2026-05-21T120000Z.json.gz"),
    ],
)
def test_date_of_the_server_names_the_snapshot(
    upstream: Upstream, tmp_path: Path, said: str, name: str
) -> None:
    """The server's Date counts unless it is absurd; then the clock does."""
    upstream.sends(api(), date=said)
    assert pull(upstream.url, tmp_path, now=NOON).snapshot.name == name


def test_new_snapshot_is_newest_even_when_the_clock_went_back(
    upstream: Upstream, tmp_path: Path
) -> None:
    """The names keep the order of the pulls."""
    first_pull(upstream, tmp_path)
    upstream.sends(api(5))
    late = pull(upstream.url, tmp_path, now=NOON - 5 * HOUR)
    assert late.snapshot.name == "2026-05-21T120001Z.json.gz"
    assert newest(tmp_path) == late.snapshot


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


# A damaged cache


def test_damaged_copy_is_fetched_again_whole(upstream: Upstream, tmp_path: Path) -> None:
    """A server that would say "not modified" is not given the chance."""
    first = first_pull(upstream, tmp_path)
    first.snapshot.write_bytes(b"rot")
    assert newest(tmp_path) is None
    assert decide(tmp_path, NOON, False) == "fetch"
    again = pull(upstream.url, tmp_path, now=NOON + 2 * HOUR)
    assert again.action == "fetched"
    assert "If-None-Match" not in upstream.visits[1].headers
    assert snapshots(tmp_path) == [again.snapshot.name]


def test_copy_that_rots_during_the_request_is_fetched_again(
    upstream: Upstream, tmp_path: Path
) -> None:
    """A 304 counts only if the copy still verifies when it comes."""
    first = first_pull(upstream, tmp_path)
    answer = upstream.answer

    def spoil_and_answer(visit: Visit) -> None:
        first.snapshot.write_bytes(b"rot")
        answer(visit)

    upstream.answer = spoil_and_answer
    again = pull(upstream.url, tmp_path, now=NOON + 2 * HOUR)
    assert again.action == "fetched"
    assert [v.headers.get("If-None-Match") for v in upstream.visits] == [None, '"one"', None]


def test_older_snapshot_stands_in_for_a_damaged_one(upstream: Upstream, tmp_path: Path) -> None:
    """newest() skips what does not verify, but a pull does not call that fresh."""
    first = first_pull(upstream, tmp_path)
    upstream.sends(api(5), etag='"two"')
    second = pull(upstream.url, tmp_path, now=NOON + 2 * HOUR)
    second.snapshot.write_bytes(b"")
    assert newest(tmp_path) == first.snapshot
    assert decide(tmp_path, NOON + 2 * HOUR, False) == "fetch"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"snapshots": 1}',
        '{"snapshots": [1, {}, {"file": 5}, {"file": "../../etc/passwd"}]}',
        '{"snapshots": [{"file": "2026-99-99T999999Z.json", "sha256": "x"}], "checked_at": 7}',
    ],
)
def test_damaged_manifest_is_written_anew(upstream: Upstream, tmp_path: Path, text: str) -> None:
    """Nothing vouches for the snapshots then, so upstream is asked for all of it."""
    first_pull(upstream, tmp_path)
    (tmp_path / "manifest.json").write_text(text)
    assert newest(tmp_path) is None
    again = pull(upstream.url, tmp_path, now=NOON + 2 * HOUR)
    assert again.action == "fetched"
    assert snapshots(tmp_path) == [again.snapshot.name]
    assert newest(tmp_path) == again.snapshot


@pytest.mark.parametrize("tag", ["\u2603", "a\r\nX-Evil: 1", ""])
def test_absurd_etag_is_not_sent(upstream: Upstream, tmp_path: Path, tag: str) -> None:
    """What cannot stand in a header is left out instead of breaking every later pull."""
    first_pull(upstream, tmp_path)
    edited = manifest(tmp_path)
    edited["snapshots"][0]["etag"] = tag
    (tmp_path / "manifest.json").write_text(json.dumps(edited))
    assert pull(upstream.url, tmp_path, now=NOON + 2 * HOUR).action == "unchanged"
    assert "If-None-Match" not in upstream.visits[1].headers


KILLED = """
import os, sys
from datetime import datetime, timezone
from pathlib import Path
from llmcat.pull import pull
calls, call = 0, getattr(os, sys.argv[3])
def die(*arguments):
    global calls
    calls += 1
    if calls == int(sys.argv[4]):
        os._exit(9)
    return call(*arguments)
setattr(os, sys.argv[3], die)
pull(sys.argv[1], Path(sys.argv[2]), now=datetime(2026, 5, 21, 14, tzinfo=timezone.utc))
"""


@pytest.mark.parametrize(("call", "nth"), [("fsync", 1), ("replace", 2)])
def test_killed_while_writing(upstream: Upstream, tmp_path: Path, call: str, nth: int) -> None:
    """Killed in the snapshot, or between it and the manifest: the old one is whole, the next pull
    works and cleans up."""
    first = first_pull(upstream, tmp_path)
    upstream.sends(api(5))
    root = str(Path(llmcat.__file__).parents[1])
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, upstream.url, str(tmp_path), call, str(nth)],
        env={**os.environ, "PYTHONPATH": root},
        check=False,
    )
    assert killed.returncode == 9
    assert len([*tmp_path.glob("*.gz"), *tmp_path.glob(".*.tmp")]) > 1
    assert newest(tmp_path) == first.snapshot
    again = pull(upstream.url, tmp_path, now=NOON + 3 * HOUR)
    assert again.action == "fetched"
    assert snapshots(tmp_path) == [first.snapshot.name, again.snapshot.name]
    assert not list(tmp_path.glob(".*.tmp"))


def test_parallel_pulls_leave_a_whole_folder(upstream: Upstream, tmp_path: Path) -> None:
    """Threads that all fetch something else end with three snapshots that verify."""
    counter = iter(range(10, 1000))
    upstream.answer = lambda visit: visit.reply(200, api(next(counter)))
    failures: list[BaseException] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        try:
            for _ in range(3):
                pull(upstream.url, tmp_path, now=NOON, force=True)
                assert newest(tmp_path)
        except BaseException as error:  # noqa: BLE001 - reported by the test's own thread
            failures.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert snapshots(tmp_path) == [f"2026-05-21T1200{n:02}Z.json.gz" for n in (9, 10, 11)]
    newest_path = newest(tmp_path)
    assert newest_path
    assert newest_path.name == snapshots(tmp_path)[-1]


def test_two_pulls_of_the_same_keep_it_once(upstream: Upstream, tmp_path: Path) -> None:
    """Whoever comes second finds it there."""
    upstream.sends(api())
    start, done = threading.Barrier(2), []

    def work() -> None:
        start.wait()
        done.append(pull(upstream.url, tmp_path, now=NOON, force=True).action)

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == ["fetched", "unchanged"]
    assert len(snapshots(tmp_path)) == 1


# What a pull refuses


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
    assert 0.25 < time.monotonic() - started < 2
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
)
def test_bad_coding_is_refused(
    upstream: Upstream, tmp_path: Path, body: bytes, coding: str, reason: str
) -> None:
    """Only gzip, once, whole."""
    upstream.sends(body, content_encoding=coding)
    assert reason in refused(upstream, tmp_path)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html>\x1b[2J", "no JSON"),
        (b"", "no JSON"),
        (api()[:-20], "no JSON"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"openai": {"models": {"a": {"cost": {"input": 1e999}}}}}', "too large"),
        (b'{"openai": {"models": {"a": {}, "a": {}}}}', "stands twice"),
        (b"\xff\xfe", "not UTF-8"),
        (b"[]", "the top is no object"),
        (b"{}", "no provider with models"),
        (b'{"openai": {"models": {}}}', "no model in it"),
        (b'{"openai": {"models": {"a": 1}}}', "no model in it"),
        (b'{"error": "rate limited"}', "no provider with models"),
        (b'{"models": 1, "providers": 5}', "no models.dev catalog.json"),
        (b'{"models": {}, "providers": {}}', "no model in it"),
    ],
)
def test_what_is_no_api_json_is_refused(
    upstream: Upstream, tmp_path: Path, body: bytes, reason: str
) -> None:
    """It is checked before it replaces anything."""
    first_pull(upstream, tmp_path)
    upstream.sends(body)
    message = refused(upstream, tmp_path)
    assert reason in message
    assert message.endswith("; kept the snapshot of 2026-05-21, 2 hours old")


def test_connection_that_breaks_off_is_refused(upstream: Upstream, tmp_path: Path) -> None:
    """A body shorter than its Content-Length is not taken for whole."""
    upstream.answer = lambda visit: visit.reply(200, api(), content_length="999999")
    assert "cannot be fetched (peer closed" in refused(upstream, tmp_path)


def test_loss_of_half_of_the_models_is_refused(upstream: Upstream, tmp_path: Path) -> None:
    """Half may go, more may not, unless forced."""
    first_pull(upstream, tmp_path, api(10))
    upstream.sends(api(4))
    message = refused(upstream, tmp_path)
    assert "has only 4 models where the newest snapshot has 10" in message
    assert "--force" in message
    assert pull(upstream.url, tmp_path, now=NOON + HOUR, force=True).models == 4
    upstream.sends(api(2))
    assert pull(upstream.url, tmp_path, now=NOON + 3 * HOUR).models == 2


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


def test_password_in_the_address_is_used_but_not_told(upstream: Upstream, tmp_path: Path) -> None:
    """It stands neither in the manifest nor in a message."""
    upstream.sends(api())
    url = upstream.url.replace("//", "//me:secret@")
    pull(url, tmp_path, now=NOON)
    assert upstream.visits[0].headers["Authorization"].startswith("Basic ")
    assert manifest(tmp_path)["snapshots"][0]["url"] == upstream.url
    assert decide(tmp_path, NOON, False, url) == "fresh"
    upstream.sends(b"")
    assert "secret" not in refused(upstream, tmp_path, url=url)


def test_folder_that_cannot_be_written(upstream: Upstream, tmp_path: Path) -> None:
    """A cache folder that is a file, or lies under one."""
    upstream.sends(api())
    (tmp_path / "file").write_text("")
    message = refused(upstream, tmp_path / "file" / "models-dev")
    assert "cannot be written (" in message


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


# Where from, where to, how old


def test_address_given_then_environment_then_recipe(monkeypatch: pytest.MonkeyPatch) -> None:
    """--url comes before $LLMCAT_URL, which comes before the recipe."""
    monkeypatch.delenv("LLMCAT_URL", raising=False)
    assert choose_url(None, "https://recipe.example") == "https://recipe.example"
    monkeypatch.setenv("LLMCAT_URL", "https://environment.example")
    assert choose_url(None, "https://recipe.example") == "https://environment.example"
    assert choose_url("https://given.example", "https://recipe.example") == "https://given.example"


def test_folder_is_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """$LLMCAT_CACHE moves it."""
    monkeypatch.delenv("LLMCAT_CACHE", raising=False)
    assert pulled_folder().parts[-2:] == ("llmcat", "models-dev")
    monkeypatch.setenv("LLMCAT_CACHE", str(tmp_path))
    assert pulled_folder() == tmp_path / "models-dev"


def test_nothing_pulled_yet(tmp_path: Path) -> None:
    """A folder that is not there has no newest snapshot."""
    assert newest(tmp_path / "none") is None
    assert decide(tmp_path / "none", NOON, False) == "fetch"


@pytest.mark.parametrize(
    ("then", "words"),
    [
        ("2026-05-21T11:59:59Z", "less than a minute"),
        ("2026-05-21T12:30:00Z", "less than a minute"),
        ("2026-05-21T11:59:00Z", "1 minute"),
        ("2026-05-21T11:57:00Z", "3 minutes"),
        ("2026-05-21T10:00:00Z", "2 hours"),
        ("2026-05-20T12:00:00Z", "1 day"),
        ("2026-05-09T12:00:00Z", "12 days"),
        ("2026-05-18", "3 days"),
    ],
)
def test_age_in_words(then: str, words: str) -> None:
    """The largest unit that fits, rounded down."""
    assert age_in_words(then, NOON) == words


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)))
def test_age_always_has_words(then: datetime) -> None:
    """Any instant, past or future, gives a count that is not zero or "less than a minute"."""
    words = age_in_words(then.strftime("%Y-%m-%dT%H:%M:%SZ"), NOON)
    assert words == "less than a minute" or int(words.split()[0]) > 0
