"""A catalogue that is swapped while it is served: first the old one, then the new, never both."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.browse.in_process import Server, run, served
from tests.conftest import MakeCatalog

COUNT = "/catalog.json?sql=select+count(*)+as+n,+min(id)+as+first+from+models&_shape=array"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("llmcat.server.generations.LOOK_SECONDS", 0.0)


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


async def settled(server: Server) -> None:
    """Let what a request has begun come to its end."""
    if (swap := server.serving._swap) is not None:
        await swap
    for _ in range(100):
        await asyncio.sleep(0.01)


async def models(server: Server) -> int:
    """How many models the server counts."""
    (row,) = (await server.get(COUNT)).json
    assert row in ({"n": 1, "first": "alpha"}, {"n": 2, "first": "beta"})
    return int(row["n"])


def test_a_swapped_file_is_taken_up(old: Path, new: Path, tmp_path: Path) -> None:
    """The request that notices is answered from the old file, later ones from the new; the old copy
    is deleted."""

    async def story() -> None:
        async with served(old, tmp_path, watch=True) as server:
            etag = (await server.get("/catalog/models.json")).headers["etag"]
            assert await models(server) == 1
            first = server.serving.current
            os.replace(new, old)
            assert await models(server) == 1
            await settled(server)
            assert await models(server) == 2
            changed = await server.get("/catalog/models.json", {"if-none-match": etag})
            assert changed.status == 200
            assert not os.path.exists(first.snapshot.folder)
            assert len(list((tmp_path / "snapshots").iterdir())) == 1
        assert list((tmp_path / "snapshots").iterdir()) == []

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
            await models(server)
            await settled(server)
            assert await models(server) == 2
            assert os.path.exists(first.snapshot.path)
            go_on.set()
            assert await waiting == 1
            await settled(server)
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
                assert await models(server) == 1
                await settled(server)
            said = capsys.readouterr().err
            assert said.startswith("still serving the catalogue from before: ")
            assert said.count("\n") == 1
            old.unlink()
            assert await models(server) == 1
            os.replace(new, old)
            await models(server)
            await settled(server)
            assert await models(server) == 2

    run(story)


def test_a_file_that_is_being_written_is_waited_for(old: Path, new: Path, tmp_path: Path) -> None:
    """Overwritten in place, it is taken up only when it has looked the same twice."""

    async def story() -> None:
        async with served(old, tmp_path, watch=True) as server:
            shutil.copyfile(new, old)
            await models(server)
            assert server.serving._swap is None
            os.utime(old, ns=(1, 1))
            await models(server)
            assert server.serving._swap is None
            await models(server)
            assert server.serving._swap is not None
            await settled(server)
            assert await models(server) == 2

    run(story)
