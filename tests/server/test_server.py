"""What `llmcat serve` answers: pages, JSON, headers, and what it keeps from strangers."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest

from llmcat import Catalog
from llmcat.instants import age_in_words
from llmcat.server import Options
from tests.datasette_plugin.in_process import Server, Shared, run, served

ROW = "/catalog/models/openai~3Agpt-4o.json"
PAGES = (
    "/",
    "/catalog",
    "/catalog.json",
    "/catalog/models",
    "/catalog/models?_search=claude&_sort=cost_input&cost_input__notnull=1&_facet=provider",
    "/catalog/models.json?_facet_array=capabilities&_facet_date=release_date&_size=1",
    "/catalog/models.json?vision=1&cost_input__lt=1&name__contains=mini&_labels=on",
    "/catalog/models.json?_where=limit_context+%3E+200000",
    "/catalog/models.csv?_size=3",
    "/catalog/models.csv?_stream=on&provider=openai",
    ROW,
    "/catalog/providers",
    "/catalog/prices?spec=openai:gpt-4o",
    "/catalog/changes.json?_size=1",
    "/catalog/deprecations",
    "/catalog/catalog_columns",
    "/catalog/providers/openai.json",
    "/catalog?sql=select+count(*)+from+models",
    "/catalog.json?sql=select+*+from+pragma_table_info('models')&_shape=array",
    "/-/databases.json",
    "/-/versions.json",
)


def test_every_kind_of_page_works_behind_the_authorizer(shared: Shared) -> None:
    """Datasette's own pragmas, facets, search and streams are allowed; the database is `catalog`."""

    async def story(server: Server) -> None:
        for page in PAGES:
            answer = await server.get(page)
            assert answer.status == 200, (page, answer.text[:300])
        row = (await server.get(f"{ROW}?_shape=objects")).json["rows"][0]
        assert (row["spec"], row["vision"]) == ("openai:gpt-4o", 1)
        table = (await server.get("/catalog/models.json?_facet_array=capabilities")).json
        assert table["facet_results"]["capabilities"]["results"]
        assert table["rows"]

    shared.run(story)


def test_the_unknown_is_not_the_cheapest(shared: Shared) -> None:
    """A page sorted by a price leaves out what has none, and its address says so; JSON stays as asked."""

    async def story(server: Server) -> None:
        page = await server.get("/catalog/models?provider=openai&_sort=cost_input")
        known = "?provider=openai&_sort=cost_input&cost_input__notnull=1"
        assert (page.status, page.headers["location"]) == (302, known)
        for address in (
            f"/catalog/models{known}",
            "/catalog/models?_sort=name",
            "/catalog/models?_sort_desc=cost_input",
            "/catalog/models.json?_sort=cost_input",
            "/catalog/prices?_sort=usd",
        ):
            assert (await server.get(address)).status == 200, address

    shared.run(story)


def test_the_first_page_tells_the_age_as_the_command_line_does(
    shipped: Path, shared: Shared
) -> None:
    """Whole days that have passed, and not days of the calendar that have begun."""
    built_at = str(Catalog(shipped).info()["built_at"])

    async def story(server: Server) -> None:
        page = (await server.get("/")).text
        assert f", {age_in_words(built_at, datetime.now(timezone.utc))} ago" in page

    shared.run(story)


def test_an_unknown_page_is_not_found(shared: Shared) -> None:
    """A row, a table or a database that does not exist is a 404 in the form that was asked for."""

    async def story(server: Server) -> None:
        for page in (
            *("/catalog/models/no~3Asuch.json", "/catalog/modelz.json", "/nothing.json"),
            "/catalog/nothing.json",  # a word of SQL
        ):
            answer = await server.get(page)
            assert answer.status == 404, page
            assert answer.json["ok"] is False
            assert "etag" not in answer.headers

    shared.run(story)


def test_what_is_known_is_not_sent_again(shared: Shared, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ETag of a page answers 304 before anything runs; the next day it is another one."""

    async def story(server: Server) -> None:
        first = await server.get(ROW)
        etag = first.headers["etag"]
        assert etag.startswith('W/"')
        assert first.headers["cache-control"] == "no-cache"
        for page in ("/catalog/models", "/catalog/models.csv?_size=1"):
            assert (await server.get(page)).headers["etag"] == etag

        def broken(*arguments: object) -> None:
            raise AssertionError("something ran")

        with monkeypatch.context() as patch:
            patch.setattr("llmcat.server.datasette_app.CatalogueServer.permission_allowed", broken)
            for known in (etag, etag[2:], f'"other", {etag}', (etag, '"other"')):
                again = await server.get(ROW, {"if-none-match": known})
                assert (again.status, again.body) == (304, b"")
                assert again.headers["etag"] == etag
                assert "Accept-Encoding" in again.headers["vary"]
        assert (await server.get(ROW, {"if-none-match": '"other"'})).status == 200
        tomorrow = time.time() + 86_400
        monkeypatch.setattr("llmcat.server.headers.time.time", lambda: tomorrow)
        assert (await server.get(ROW, {"if-none-match": etag})).status == 200

    shared.run(story)


def test_clients_of_models_dev_can_point_here(shared: Shared) -> None:
    """/api.json in models.dev's format, with the ETag of the digest."""

    async def story(server: Server) -> None:
        answer = await server.get("/api.json")
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        assert answer.json["openai"]["models"]["gpt-4o"]["cost"]["input"] == 2.5
        assert answer.headers["etag"] == (await server.get(ROW)).headers["etag"]

    shared.run(story)


def test_head_has_the_headers_of_get(shared: Shared) -> None:
    """HEAD answers with the same headers, 304 too."""

    async def story(server: Server) -> None:
        for page in (ROW, "/catalog/models", "/catalog/models.csv?_size=1", "/robots.txt"):
            get, head = await server.get(page), await server.get(page, method="HEAD")
            assert head.status == 200
            assert head.headers == get.headers
        etag = head.headers.get("etag") or (await server.get(ROW)).headers["etag"]
        known = await server.get(ROW, {"if-none-match": etag}, method="HEAD")
        assert known.status == 304

    shared.run(story)


def test_what_is_personal_is_not_cached(shared: Shared) -> None:
    """A request with a cookie or a token gets no ETag, and what it gets is not stored."""

    async def story(server: Server) -> None:
        for name in ("cookie", "authorization"):
            answer = await server.get(ROW, {name: "ds_actor=x"})
            assert answer.status == 200
            assert "etag" not in answer.headers
            assert answer.headers["cache-control"] == "private, no-store"
        assert "etag" not in (await server.get("/-/threads.json")).headers

    shared.run(story)


def test_pages_are_compressed_for_those_who_can_read_it(shared: Shared) -> None:
    """gzip on request, and caches are told that there are two forms."""

    async def story(server: Server) -> None:
        plain = await server.get("/catalog/models?_size=5")
        small = await server.get("/catalog/models?_size=5", {"accept-encoding": "br, gzip"})
        assert small.headers["content-encoding"] == "gzip"
        assert "</html>" in gzip.decompress(small.body).decode()
        assert len(small.body) < len(plain.body) / 3
        assert "Accept-Encoding" in plain.headers["vary"]
        for refused in ("gzip;q=0", "br, gzip; q=0.0", "identity"):
            answer = await server.get("/catalog/models?_size=5", {"accept-encoding": refused})
            assert "content-encoding" not in answer.headers, refused
        half = await server.get("/catalog/models?_size=5", {"accept-encoding": "gzip;q=0.5"})
        assert half.headers["content-encoding"] == "gzip"

    shared.run(story)


def test_a_style_sheet_travels_once(shipped: Path, tmp_path: Path) -> None:
    """Files have the ETag of the pages, and strangers keep them a while; what is not there has none."""
    sheet = "/-/static-plugins/llmcat/llmcat.css"

    async def story() -> None:
        async with served(shipped, tmp_path) as server:
            first = await server.get(sheet)
            etag = first.headers["etag"]
            small = await server.get(sheet, {"accept-encoding": "gzip"})
            assert (small.headers["etag"], small.headers["content-encoding"]) == (etag, "gzip")
            again = await server.get(
                sheet, {"if-none-match": ('"other"', etag), "accept-encoding": "gzip"}
            )
            assert (again.status, again.body) == (304, b"")
            assert first.headers["cache-control"] == again.headers["cache-control"] == "no-cache"
            missing = await server.get("/-/static/no.css")
            assert (missing.status, "etag" in missing.headers) == (404, False)
        (tmp_path / "public").mkdir()
        async with served(shipped, tmp_path / "public", Options(public=True)) as server:
            assert "max-age" in (await server.get(sheet)).headers["cache-control"]

    run(story)


@pytest.mark.parametrize(
    ("options", "open_"),
    [(Options(), False), (Options(cors=True), True), (Options(public=True), True)],
)
def test_scripts_of_other_sites_read_what_is_public(
    shipped: Path, tmp_path: Path, options: Options, open_: bool
) -> None:
    """A server on one's own machine may hold private overlays: no other site's script reads it, unless
    --cors says so. Where they may, they may send an ETag, too."""

    async def story() -> None:
        async with served(shipped, tmp_path, options) as server:
            foreign = {"origin": "https://other.example"}
            etag = (await server.get(ROW)).headers["etag"]
            for page in (ROW, "/catalog.json?sql=select+1", "/catalog.db", "/nothing.json"):
                for known in ({}, {"if-none-match": etag}):
                    headers = (await server.get(page, {**foreign, **known})).headers
                    told = headers.get("access-control-allow-origin")
                    assert told == ("*" if open_ else None) or "html" in headers["content-type"]
            html = (await server.get("/catalog/models", foreign)).headers
            assert "access-control-allow-origin" not in html
            asked = await server.get(ROW, foreign, method="OPTIONS")
            assert asked.status == (204 if open_ else 405)
            if open_:
                assert "If-None-Match" in asked.headers["access-control-allow-headers"]
                answer = await server.get(ROW, foreign)
                assert "ETag" in answer.headers["access-control-expose-headers"]

    run(story)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_nothing_is_written_here(shared: Shared, method: str) -> None:
    """Other methods than GET and HEAD are refused in the form that was asked for."""

    async def story(server: Server) -> None:
        for page in (
            "/",
            "/catalog/models",
            ROW,
            "/robots.txt",
            "/-/static/app.css",
            "/nothing",
        ):
            answer = await server.get(page, method=method)
            assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD"), page
        assert (await server.get(ROW, method=method)).json["ok"] is False

    shared.run(story)


def test_browsers_are_told_what_the_pages_may_do(shared: Shared) -> None:
    """Security headers on every answer; HTML may not be framed."""

    async def story(server: Server) -> None:
        for page in ("/", ROW, "/nothing", "/robots.txt", "/-/static/app.css"):
            headers = (await server.get(page)).headers
            assert "frame-ancestors 'none'" in headers["content-security-policy"], page
            assert headers["x-content-type-options"] == "nosniff"
            assert "referrer-policy" in headers

    shared.run(story)


def test_another_sites_name_is_refused_on_this_machine(shared: Shared) -> None:
    """A page that points its own name at 127.0.0.1 gets nothing; neither does its script by MCP."""

    async def story(server: Server) -> None:
        for host in ("evil.example", "evil.example:8001", "localhost.evil.example", ""):
            assert (await server.get("/", {"host": host})).status == 403, host
        for host in ("localhost", "127.0.0.1:8001", "LOCALHOST:8001"):
            assert (await server.get("/", {"host": host})).status == 200, host
        foreign = {"origin": "https://evil.example"}
        assert (await server.get("/-/mcp", foreign, method="POST")).status == 403
        assert (await server.get(ROW, foreign)).status == 200

    shared.run(story)


def test_the_public_gets_no_sql_no_file_and_no_facts_about_the_machine(
    shipped: Path, tmp_path: Path
) -> None:
    """Hardened: SQL in every form, downloads and the server's own pages are refused; the rest works."""

    async def story() -> None:
        async with served(shipped, tmp_path, Options(public=True), hosts=None) as server:
            for refused in (
                "/catalog.json?sql=select+1",
                "/catalog?sql=select+1",
                "/catalog/models.json?_where=1",
                "/catalog/models?_where=1",
                "/catalog.db",
            ):
                answer = await server.get(refused)
                assert answer.status == 403, refused
                assert ("SQL of your own is off" in answer.text) == (".db" not in refused)
                if ".json" in refused:
                    assert (answer.json["ok"], answer.json["status"]) == (False, 403)
                known = {"if-none-match": (await server.get(ROW)).headers["etag"]}
                assert (await server.get(refused, known)).status == 403, refused
            for hidden in ("/-/databases.json", "/-/threads", "/-/metadata", "/_internal.json"):
                assert (await server.get(hidden)).status in (403, 404), hidden
            for shown in (ROW, "/catalog/models?_facet=provider", "/catalog/models.json?_search=a"):
                assert (await server.get(shown, {"host": "llmcat.example"})).status == 200, shown
            assert (await server.get(ROW)).headers["cache-control"] == "public, max-age=60"
            robots = (await server.get("/robots.txt")).text
            assert "Disallow: /*?" in robots
            long = await server.get("/catalog/models.json?_search=" + "a" * 10_000)
            assert long.status == 414

    run(story)


def test_the_public_gets_what_is_allowed_by_name(shipped: Path, tmp_path: Path) -> None:
    """--allow-sql and --allow-download open what --public closed."""
    options = Options(public=True, allow_sql=True, allow_download=True)

    async def story() -> None:
        async with served(shipped, tmp_path, options, hosts=None) as server:
            answer = await server.get("/catalog.json?sql=select+1+as+one&_shape=array")
            assert answer.json == [{"one": 1}]
            assert (await server.get("/catalog.db")).body[:15] == b"SQLite format 3"

    run(story)


def test_agents_are_answered_only_when_asked_for(shared: Shared) -> None:
    """datasette-mcp, where it is installed, is off without --mcp."""

    async def story(server: Server) -> None:
        assert (await server.get("/-/mcp", method="POST")).status in (403, 404)

    shared.run(story)


def test_agents_leave_nothing_behind(
    shipped: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """No session is kept for whoever says hello, no stream kept open, no line logged."""
    pytest.importorskip("datasette_mcp", reason="datasette-mcp (Python 3.11) is missing")
    about = {"capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    hello = {"method": "initialize", "params": {"protocolVersion": "2025-06-18", **about}}
    tools = {"method": "tools/list"}
    kinds = {"content-type": "application/json", "accept": "application/json, text/event-stream"}

    async def story() -> None:
        options = Options(public=True, mcp=True)
        async with served(shipped, tmp_path, options, hosts=None) as server:
            for call in (hello, hello, tools):
                body = json.dumps({"jsonrpc": "2.0", "id": 1, **call}).encode()
                answer = await server.get("/-/mcp", kinds, "POST", body)
                assert (answer.status, "result" in answer.json) == (200, True)
                assert "mcp-session-id" not in answer.headers
                assert "access-control-allow-origin" not in answer.headers
                assert answer.headers["x-content-type-options"] == "nosniff"
            for method in ("GET", "HEAD", "DELETE", "OPTIONS"):
                assert (await server.get("/-/mcp", kinds, method)).status == 405

    run(story)
    assert capfd.readouterr() == ("", "")


def test_a_facet_is_counted_once(shared: Shared) -> None:
    """The file never changes, so a facet's counts are kept; a filter that moves with time is not."""

    async def story(server: Server) -> None:
        kept = server.serving.current.datasette.databases["catalog"]._kept
        url = "/catalog/models.json?_size=1&_facet=status&"
        await server.get(f"{url}provider=anthropic")
        first = (await server.get(f"{url}provider=openai")).json
        size = len(kept)
        assert size
        again = (await server.get(f"{url}provider=openai")).json
        assert again["facet_results"] == first["facet_results"]
        assert len(kept) == size
        await server.get(f"{url}_where=release_date<date('now')")
        assert len(kept) == size
        other = (await server.get(f"{url}provider=google")).json
        assert other["facet_results"] != first["facet_results"]

    shared.run(story)


def test_a_facet_that_takes_long_comes_later(shipped: Path, tmp_path: Path) -> None:
    """A page does without it, and nobody keeps that page; it is counted in the background, and the
    next page has it."""
    url = "/catalog/models.json?_size=1&_facet_array=capabilities"

    async def story() -> None:
        async with served(shipped, tmp_path, facet_ms=1) as server:
            first = await server.get(url)
            assert "capabilities" not in first.json["facet_results"]
            assert first.headers["cache-control"] == "no-store"
            assert "etag" not in first.headers
            for _ in range(200):
                await asyncio.sleep(0.02)
                later = await server.get(url)
                if facet := later.json["facet_results"].get("capabilities"):
                    break
            assert "function_calling" in {result["value"] for result in facet["results"]}
            assert "etag" in later.headers

    run(story)
