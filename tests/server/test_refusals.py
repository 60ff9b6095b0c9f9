"""What costs too much is refused before it is begun, and what a page shows is inert."""

from __future__ import annotations

import signal
import socket
import threading
import time
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import urlopen
from xml.etree import ElementTree

import pytest

from llmcat.exports.atom import atom_feed
from llmcat.history.changes import Change
from llmcat.server import Options, process
from tests.conftest import MakeCatalog
from tests.datasette_plugin.in_process import Server, Shared, run, served
from tests.server.test_process import serving

ROW = "/catalog/models/openai~3Agpt-4o.json"
TOO_MUCH = {
    "&".join(["_facet=family"] * 2): "a facet is named twice",
    "&".join(f"_facet=c{n}" for n in range(13)): "13 facets are too many",
    "_facet=family&_facet_size=max": "_facet_size is a number up to 200",
    "_facet=family&_facet_size=201": "_facet_size is a number up to 200",
    f"_facet=family&_facet_size=200&_search={'a' * 7000}": "so long an address",
}


def test_facets_are_few_and_small(shipped: Path, tmp_path: Path) -> None:
    """Number, repetition, size, and what their links repeat: each is refused in a sentence."""

    async def story() -> None:
        async with served(shipped, tmp_path, Options(public=True), hosts=None) as server:
            for query, words in TOO_MUCH.items():
                for form in ("", ".json", ".csv"):
                    answer = await server.get(f"/catalog/models{form}?{query}")
                    assert answer.status == 400, (query, form)
                    assert words in answer.text
            many = await server.get("/catalog/models?" + "&".join(["a=1"] * 201))
            assert (many.status, "200 parameters" in many.text) == (400, True)
            rows = await server.get("/catalog/models?_size=max")
            assert (rows.status, "200 rows at most" in rows.text) == (400, True)
            right = "_facet=family&_facet=status&_facet_size=200&_size=1"
            assert (await server.get(f"/catalog/models.json?{right}")).status == 200

    run(story)


def test_a_query_says_what_is_wrong_with_its_parameters(shared: Shared) -> None:
    """A name that it does not have, a number, day, switch or choice that is none; else it answers."""

    async def story(server: Server) -> None:
        for query, words in {
            "cheapest_vision?min_contex=5": "did you mean min_context?",
            "cheapest_vision?min_context=200q": "min_context is a whole number, not '200q'",
            "cheapest_vision?free=yes": "free is 1 or 0",
            "price_drops?min_percent=a+lot": "min_percent is a number",
            "changed_since?since=yesterday": "since is a day or time in UTC",
            "changed_since?since=2026-13-01": "since is a day or time in UTC",
            "changed_since?kind=gone": "kind is added or removed or changed",
            "cheapest_with?min_context=2e5": "min_context is a whole number",
        }.items():
            name, _, rest = query.partition("?")
            answer = await server.get(f"/catalog/{name}.json?{rest}")
            assert (answer.status, words in answer.json["error"]) == (400, True), query
            assert (await server.get(f"/catalog/{query}")).status == 400
        for right in (
            "cheapest_vision.json?min_context=+200000+&free=1&_shape=array",
            "changed_since.csv?since=2026-03&kind=changed",
            "price_drops.json?min_percent=12.5&days=",
        ):
            assert (await server.get(f"/catalog/{right}")).status == 200, right

    shared.run(story)


def test_sql_that_was_typed_survives_its_error(shipped: Path, tmp_path: Path) -> None:
    """Whatever was wrong with it, the page has it in its editor."""

    async def story() -> None:
        async with served(shipped, tmp_path, query_ms=300) as server:
            endless = (
                "with recursive n(i) as (select 1 union all select i+1 from n) select sum(i) from n"
            )
            for sql in (
                "selekt 1 as mine",
                "select mine from nowhere",
                "delete from mine",
                endless,
            ):
                answer = await server.get(f"/catalog?sql={quote(sql)}")
                assert answer.status == 400
                editor = answer.text.partition("<textarea")[2].partition("</textarea>")[0]
                assert editor.endswith(f">{sql}"), sql

    run(story)


def test_no_answer_repeats_what_the_client_called_the_server(shipped: Path, tmp_path: Path) -> None:
    """A cache would hand another's Host to everybody; a cookie that is no text is no error."""

    async def story() -> None:
        async with served(shipped, tmp_path, Options(public=True), hosts=None) as server:
            foreign = {"host": "evil.example", "x-forwarded-proto": "gopher"}
            for page in (
                *("/", "/catalog/models?_size=2", "/catalog/models.json?_size=2&_facet=family"),
                *("/catalog/-/new.atom", "/catalog/models.json?_shape=array&_size=1", ROW),
            ):
                answer = await server.get(page, foreign)
                for text in (answer.text, str(answer.headers)):
                    assert "evil.example" not in text, page
                    assert "gopher:" not in text, page
            for cookie in ("ds_actor=\udce9\udc80".encode("utf-8", "surrogateescape"), b"\xff"):
                name = {"cookie": cookie.decode("latin-1")}
                assert (await server.get("/catalog/models?_size=1", name)).status == 200

    run(story)


COPY = '<script src="/-/static-plugins/llmcat/copy.js" defer></script>'


def test_what_a_source_wrote_is_only_text(make_catalog: MakeCatalog, tmp_path: Path) -> None:
    """An address that is none of the web is no link; no script may stand in a page, but for a file of ours."""
    evil = "javascript:alert(1)"
    path = make_catalog(
        {"acme": {"doc": evil, "api": evil, "models": [{"id": "rocket", "name": f'">{evil}'}]}}
    )

    async def story() -> None:
        async with served(path, tmp_path, Options(public=True), hosts=None) as server:
            for page in (
                "/",
                "/catalog/-/model/acme:rocket",
                "/catalog/providers/acme",
                "/catalog",
            ):
                answer = await server.get(page)
                assert answer.status == 200
                assert 'href="javascript' not in answer.text.lower()
                assert "<script" not in answer.text.replace(COPY, "")
                policy = answer.headers["content-security-policy"]
                assert "script-src 'self';" in policy
                assert "unsafe-inline" not in policy.replace("style-src 'self' 'unsafe-inline'", "")

    run(story)


def test_a_feed_escapes_every_word() -> None:
    """Times too: they come from a file."""
    evil = "2026-01-01</updated><entry><title>x"
    change = Change(evil, f"a:{evil}", "changed", evil, None, evil, False, False, evil)
    root = ElementTree.fromstring(atom_feed([change], evil, "/f", "/p", lambda spec: f"/{spec}"))
    assert len(list(root.iter("{http://www.w3.org/2005/Atom}entry"))) == 1


def test_a_request_that_drips_is_cut_off(
    shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither heads without an end nor connections without a request hold the server's sockets."""
    monkeypatch.setattr(process, "REQUEST_SECONDS", 1.0)
    port: list[int] = []
    ready = threading.Event()

    def drips() -> None:
        ready.wait(30)
        place = ("127.0.0.1", port[0])
        silent, dripping, long = (socket.create_connection(place, timeout=20) for _ in range(3))
        long.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"X: y\r\n" * 20_000)
        for connection in (silent, dripping, long):
            try:
                for _ in range(100):
                    if connection is dripping:
                        connection.sendall(b"GET / HTTP/1.1\r\n" if _ == 0 else b"X: y\r\n")
                        time.sleep(0.1)
                    elif not connection.recv(100):
                        break
            except OSError:
                pass  # reset: cut off too
            else:
                assert connection is not dripping
            connection.close()
        signal.raise_signal(signal.SIGTERM)

    def announce(number: int) -> None:
        port.append(number)
        ready.set()

    thread = threading.Thread(target=drips)
    thread.start()
    started = time.monotonic()
    with pytest.raises(SystemExit):
        process.serve(str(shipped), "127.0.0.1", 0, Options(), watch=False, announce=announce)
    thread.join()
    assert time.monotonic() - started < 25


def test_sigterm_is_obeyed_while_busy(shipped: Path, tmp_path: Path) -> None:
    """Queries without an end do not hold it up; nothing is said, and no file is left."""
    with serving(shipped, tmp_path, "--public", "--allow-sql") as (url, running):
        sql = quote(
            "with recursive n(i) as (select 1 union all select i+1 from n) select sum(i) from n"
        )

        def ask() -> None:
            for _ in range(20):
                try:
                    urlopen(f"{url}catalog.json?sql={sql}", timeout=20).close()
                except URLError as error:
                    if not hasattr(error, "code"):
                        return
                except OSError:
                    return

        clients = [threading.Thread(target=ask) for _ in range(8)]
        for client in clients:
            client.start()
        time.sleep(1.0)
        started = time.monotonic()
        running.send_signal(signal.SIGTERM)
        words, _ = running.communicate(timeout=30)
        assert (running.returncode, words) == (0, "")
        assert time.monotonic() - started < 3 * process.END_SECONDS
        for client in clients:
            client.join()
    assert list((tmp_path / "temporary").iterdir()) == []
