"""The cache folder: what is kept in it, and what it outlasts."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import llmcat
from llmcat.network.pull import Pulled, decide, pull
from llmcat.network.snapshots import newest, pulled_folder
from llmcat.pipeline.entries import Document
from llmcat.pipeline.sources.models_dev.api_json import ModelsDev
from tests.network.upstream_server import (
    HOUR,
    NOON,
    Upstream,
    api,
    first_pull,
    manifest,
    refused,
    running_upstream,  # noqa: F401 - the fixture `upstream`
    snapshots,
)


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
        "providers": 1,
        "models": 4,
        "retrieved_at": "2026-05-21T12:00:00Z",
        "size": size,
        "etag": '"one"',
        "last_modified": "Thu, 21 May 2026 11:00:00 GMT",
    }
    (document,) = ModelsDev().read(folder)
    assert isinstance(document, Document)
    assert (document.licence, document.retrieved_at) == ("MIT", "2026-05-21T12:00:00Z")
    assert newest(folder) == path


def test_equal_bodies_give_equal_bytes(upstream: Upstream, tmp_path: Path) -> None:
    """The gzip file holds no time and no name."""
    one = first_pull(upstream, tmp_path / "one").snapshot
    two = pull(upstream.url, tmp_path / "two", now=NOON + 5 * HOUR).snapshot
    assert one.name != two.name
    assert one.read_bytes() == two.read_bytes()


def test_last_three_are_kept(upstream: Upstream, tmp_path: Path) -> None:
    """The fourth snapshot takes the place of the first."""
    for hour in range(5):
        upstream.sends(api(4 + hour))
        pull(upstream.url, tmp_path, now=NOON + hour * HOUR)
    assert snapshots(tmp_path) == [f"2026-05-21T1{hour}0000Z.json.gz" for hour in (4, 5, 6)]
    assert [s["file"] for s in manifest(tmp_path)["snapshots"]] == snapshots(tmp_path)


def test_new_snapshot_is_newest_even_when_the_clock_went_back(
    upstream: Upstream, tmp_path: Path
) -> None:
    """The names keep the order of the pulls."""
    first_pull(upstream, tmp_path)
    upstream.sends(api(5))
    late = pull(upstream.url, tmp_path, now=NOON - 5 * HOUR)
    assert late.snapshot.name == "2026-05-21T120001Z.json.gz"
    assert newest(tmp_path) == late.snapshot


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


KILLED = """
import os, sys
from datetime import datetime, timezone
from pathlib import Path
from llmcat.network.pull import pull
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


def test_folder_that_cannot_be_written(upstream: Upstream, tmp_path: Path) -> None:
    """A cache folder that is a file, or lies under one."""
    upstream.sends(api())
    (tmp_path / "file").write_text("")
    message = refused(upstream, tmp_path / "file" / "models-dev")
    assert "cannot be written (" in message


# Several at once


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
