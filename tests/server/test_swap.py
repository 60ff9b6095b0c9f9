"""A catalogue that is swapped while it is served: first the old one, then the new, never both."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import shutil
import sqlite3
import weakref
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from llmcat.errors import CatalogError
from llmcat.server import Options
from llmcat.storage.files.private_copy import take
from tests.conftest import MakeCatalog
from tests.datasette_plugin.in_process import Server, run, served

COUNT = "/catalog.json?sql=select+count(*)+as+n,+min(id)+as+first+from+models&_shape=array"


@pytest.fixture(autouse=True)
def _no_timer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmcat.server.swap.LOOK_SECONDS", 3600.0)


@pytest.fixture
def old(make_catalog: MakeCatalog, tmp_path: Path) -> Path:
    """The catalogue that is served first: one model."""
    return _made(make_catalog, tmp_path / "old.db", ["alpha"])


@pytest.fixture
def new(make_catalog: MakeCatalog, tmp_path: Path) -> Path:
    """The one that takes its place: two models."""
    return _made(make_catalog, tmp_path / "new.db", ["beta", "gamma"])


def _made(make_catalog: MakeCatalog, path: Path, ids: list[str]) -> Path:
    models: list[dict[str, Any]] = [{"id": id} for id in ids]
    shutil.move(make_catalog({"openai": {"models": models}}), path)
    return path


async def looked(server: Server) -> None:
    """What the timer does, and all that follows from it."""
    served = server.serving.current
    server.serving._look()
    if (swap := server.serving._swap) is not None:
        await swap
    if served.closing is not None:
        await served.closing


async def models(server: Server) -> int:
    """How many models the server counts."""
    (row,) = (await server.get(COUNT)).json
    assert row in ({"n": 1, "first": "alpha"}, {"n": 2, "first": "beta"})
    return int(row["n"])


def test_a_swapped_file_is_taken_up(old: Path, new: Path, tmp_path: Path) -> None:
    """Until it is noticed the old file answers, then the new one; the old copy is deleted."""

    async def story() -> None:
        async with served(old, tmp_path, watch=True) as server:
            etag = (await server.get("/catalog/models.json")).headers["etag"]
            assert await models(server) == 1
            first = server.serving.current
            os.replace(new, old)
            assert await models(server) == 1
            await looked(server)
            assert await models(server) == 2
            changed = await server.get("/catalog/models.json", {"if-none-match": etag})
            assert changed.status == 200
            assert not os.path.exists(first.snapshot.folder)
            assert len(list((tmp_path / "snapshots").iterdir())) == 1
        assert list((tmp_path / "snapshots").iterdir()) == []

    run(story)


def test_who_asks_first_after_a_swap_gets_the_new_file(
    old: Path, new: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is looked at whether anybody asks or not, and what was known is modified."""
    monkeypatch.setattr("llmcat.server.swap.LOOK_SECONDS", 0.01)

    async def story() -> None:
        async with served(old, tmp_path, watch=True) as server:
            etag = (await server.get("/catalog/models.json")).headers["etag"]
            first = server.serving.current
            os.replace(new, old)
            for _ in range(1000):
                await asyncio.sleep(0.01)
                if server.serving.current is not first:
                    break
            known = {"if-none-match": etag}
            assert (await server.get("/catalog/models.json", known)).status == 200
            assert await models(server) == 2

    run(story)


def test_a_write_ahead_log_is_not_left_behind(
    old: Path, new: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was written in WAL mode and is not in the file yet is not silently left out: a start is
    refused, a reload waits until it is."""
    with closing(sqlite3.connect(new)) as writer:
        writer.execute("PRAGMA journal_mode = wal")
        with writer:
            writer.execute("UPDATE models SET name = 'changed'")
        with pytest.raises(CatalogError, match="-wal") as refused:
            take(str(new), str(tmp_path))
        assert "\n" not in str(refused.value)

        async def story() -> None:
            async with served(old, tmp_path, watch=True) as server:
                shutil.copyfile(f"{new}-wal", f"{old}-wal")
                shutil.copyfile(new, tmp_path / "copy.db")
                os.replace(tmp_path / "copy.db", old)
                await looked(server)
                await looked(server)
                assert await models(server) == 1
                assert capsys.readouterr().err.count("-wal that") == 1
                with closing(sqlite3.connect(old)) as mended:
                    mended.execute("PRAGMA journal_mode = delete")
                await looked(server)
                await looked(server)
                assert await models(server) == 2

        run(story)


def test_a_catalogue_that_is_served_no_more_is_let_go(old: Path, new: Path, tmp_path: Path) -> None:
    """With agents too, whose server keeps every Datasette that it has seen."""
    pytest.importorskip("datasette_mcp", reason="datasette-mcp (Python 3.11) is missing")

    async def story() -> None:
        async with served(old, tmp_path, Options(mcp=True), watch=True) as server:
            first = weakref.ref(server.serving.current.datasette)
            os.replace(new, old)
            await looked(server)
            assert await models(server) == 2
            await asyncio.sleep(0)
            gc.collect()
            assert first() is None

    run(story)


def test_an_agent_that_waits_for_news_does_not_keep_the_old_file(
    old: Path, new: Path, tmp_path: Path
) -> None:
    """Its request has no end, and there will be no news."""
    pytest.importorskip("datasette_mcp", reason="datasette-mcp (Python 3.11) is missing")
    version, method = "2026-07-28", "subscriptions/listen"
    about = {"protocolVersion": version, "clientCapabilities": {}}
    meta = {f"io.modelcontextprotocol/{key}": value for key, value in about.items()}
    call = {"jsonrpc": "2.0", "id": 1, "method": method}
    body = json.dumps({**call, "params": {"_meta": meta, "notifications": {}}}).encode()
    headers = {
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
        "mcp-protocol-version": version,
        "mcp-method": method,
    }

    async def story() -> None:
        async with served(old, tmp_path, Options(mcp=True), watch=True) as server:
            first = server.serving.current
            waiting = asyncio.ensure_future(server.get("/-/mcp", headers, "POST", body))
            for _ in range(20):
                await asyncio.sleep(0.01)
            assert not waiting.done()
            os.replace(new, old)
            await looked(server)
            assert await models(server) == 2
            assert not os.path.exists(first.snapshot.folder)
            waiting.cancel()

    run(story)


def test_without_the_option_the_first_copy_is_served(old: Path, new: Path, tmp_path: Path) -> None:
    """Nothing that happens to the file reaches what is served, not even its overwriting in place."""

    async def story() -> None:
        async with served(old, tmp_path) as server:
            shutil.copyfile(new, old)
            assert await models(server) == 1
            old.unlink()
            assert await models(server) == 1

    run(story)


def test_a_request_ends_on_the_file_on_which_it_began(old: Path, new: Path, tmp_path: Path) -> None:
    """A swap under a slow request: it is answered whole by the old file, which then goes."""

    async def story() -> None:
        async with served(old, tmp_path, watch=True) as server:
            first = server.serving.current
            arrived, go_on = asyncio.Event(), asyncio.Event()
            answer_at_once = first.app.app

            async def slow(scope: Any, receive: Any, send: Any) -> None:
                arrived.set()
                await go_on.wait()
                await answer_at_once(scope, receive, send)

            first.app.app = slow
            waiting = asyncio.ensure_future(models(server))
            await arrived.wait()
            first.app.app = answer_at_once
            os.replace(new, old)
            await looked(server)
            assert await models(server) == 2
            assert os.path.exists(first.snapshot.path)
            go_on.set()
            assert await waiting == 1
            assert first.closing is not None
            await first.closing
            assert not os.path.exists(first.snapshot.folder)

    run(story)


def test_what_is_no_whole_catalogue_is_left_alone(
    old: Path, new: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A broken file in its place: the old one is served on, and one line says why; a good one that
    follows is taken up."""

    async def story() -> None:
        async with served(old, tmp_path, watch=True) as server:
            broken = tmp_path / "broken.db"
            whole = new.read_bytes()
            broken.write_bytes(whole[: len(whole) // 2])
            os.replace(broken, old)
            for _ in range(4):
                await looked(server)
                assert await models(server) == 1
            said = capsys.readouterr().err
            assert said.startswith("still serving the catalogue from before: ")
            assert said.count("\n") == 1
            old.unlink()
            await looked(server)
            assert await models(server) == 1
            os.replace(new, old)
            await looked(server)
            assert await models(server) == 2

    run(story)


def test_a_file_that_is_being_written_is_waited_for(old: Path, new: Path, tmp_path: Path) -> None:
    """Overwritten in place, it is taken up only when it has looked the same twice."""

    async def story() -> None:
        async with served(old, tmp_path, watch=True) as server:
            shutil.copyfile(new, old)
            await looked(server)
            assert server.serving._swap is None
            os.utime(old, ns=(1, 1))
            await looked(server)
            assert server.serving._swap is None
            await looked(server)
            assert await models(server) == 2

    run(story)
