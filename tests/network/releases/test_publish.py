"""`llmcat publish` to a folder: what lies there, and that no release is ever lost."""

from __future__ import annotations

import hashlib
import lzma
import os
import random
import signal
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Thread

import pytest

from llmcat.errors import PublishError
from llmcat.network.releases import publish as publishing
from llmcat.network.releases.publish import publish
from tests.cli.running import llmcat
from tests.network.releases.publishing import Shop
from tests.pipeline.building import build_from
from tests.pipeline.child import needs_fork, spawn

NOON = datetime(2026, 5, 21, 12, tzinfo=timezone.utc)


def test_a_release_is_a_packed_file_and_a_manifest(shop: Shop) -> None:
    """The file's name has its digest, the manifest has all that a reader checks."""
    shop.publish(now=NOON)
    catalog = shop.catalog().read_bytes()
    said = shop.manifest()
    [release] = said["releases"]
    assert lzma.decompress(shop.packed().read_bytes()) == catalog
    assert shop.packed().name == f"catalog-1-{release['blob']['sha256'][:16]}.db.xz"
    assert release["sha256"] == hashlib.sha256(catalog).hexdigest()
    assert (release["size"], release["models"]) == (len(catalog), 1)
    assert (said["serial"], said["published_at"]) == (1, "2026-05-21T12:00:00Z")
    assert said["next_update"] == "2026-05-22T12:00:00Z"
    assert said["previous"] is None
    assert said["db"] == {"application_id": 1280068931, "schema": 3, "min_reader": "0.1.0"}
    assert [source["name"] for source in said["sources"]] == ["mapping"]


def test_serials_grow_and_the_last_releases_stay(shop: Shop) -> None:
    """Whatever the clock says; what is no longer kept is removed."""
    for number, price in enumerate((1.0, 1.1, 1.2, 1.3)):
        done = shop.publish(price, keep=2, now=NOON - timedelta(days=number))
    assert [release.serial for release in done.manifest.releases] == [4, 3]
    assert done.removed == [name for name in done.removed if name.startswith("catalog-2-")]
    assert shop.manifest()["previous"]["serial"] == 3
    assert done.manifest.current.published_at == "2026-05-21T12:00:03Z"
    names = sorted(path.name.rsplit("-", 1)[0] for path in shop.published.glob("*.xz"))
    assert names == ["catalog-3", "catalog-4"]


def test_equal_bytes_are_not_uploaded_again(shop: Shop) -> None:
    """A job that finds nothing new says so by a new manifest: readers see that somebody is there."""
    shop.publish()
    shop.publish()
    assert [release["serial"] for release in shop.manifest()["releases"]] == [2, 1]
    assert len(list(shop.published.glob("*.xz"))) == 1


def test_a_revoked_release_is_replaced_by_the_one_before(shop: Shop) -> None:
    """Serials go on, the bytes go back; and the very file is not published again."""
    shop.publish(1.0)
    shop.publish(1.2)
    publish(None, shop.address, revoke=[2])
    said = shop.manifest()
    assert (said["serial"], said["revoked_serials"]) == (3, [2])
    assert said["releases"][0]["sha256"] == said["releases"][1]["sha256"]
    assert [release["serial"] for release in said["releases"]] == [3, 1]
    with pytest.raises(PublishError, match="this very catalogue was revoked"):
        shop.publish(1.2)
    with pytest.raises(PublishError, match="no release 9"):
        publish(None, shop.address, revoke=[9])


def test_what_may_not_go_out_does_not(shop: Shop, tmp_path: Path) -> None:
    """Damage, and data that do not follow the last release; that alone can be forced."""
    shop.publish(1.0)
    before = shop.manifest()
    with pytest.raises(PublishError, match=r"moves 1 of the 2 .*--force"):
        shop.publish(100.0)
    broken = shop.catalog(1.1)
    broken.write_bytes(broken.read_bytes()[:-1] + b"\xff")
    with pytest.raises(PublishError, match="is not published"):
        shop.publish(1.1)
    assert shop.manifest() == before
    assert shop.publish(100.0, force=True).manifest.serial == 2


def test_a_dry_run_writes_nothing(shop: Shop) -> None:
    """It only says what would be."""
    assert shop.publish(dry_run=True).manifest.serial == 1
    assert not shop.published.exists()


def test_two_publishers_at_once_lose_nothing(shop: Shop) -> None:
    """Who comes second follows the first: every release has a serial of its own, and its file."""
    prices = [1.0 + n / 100 for n in range(6)]
    for price in prices:
        shop.catalog(price)
    threads = [Thread(target=shop.publish, args=(price,)) for price in prices]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    said = shop.manifest()
    assert [release["serial"] for release in said["releases"]] == [6, 5, 4, 3, 2, 1]
    assert len({release["sha256"] for release in said["releases"]}) == 6
    there = {path.name for path in shop.published.glob("*.xz")}
    assert there == {release["blob"]["path"] for release in said["releases"]}


@needs_fork
def test_a_publisher_that_is_killed_leaves_a_whole_release(shop: Shop) -> None:
    """At any moment; and what it left behind is gone after the next."""
    chance = random.Random(14)
    shop.publish(1.0)
    prices = (1.1, 1.2)
    for price in prices:
        shop.catalog(price)

    def publish_for_ever() -> None:
        while True:
            for price in prices:
                shop.publish(price, keep=2)

    for number in range(5):
        pid = spawn(publish_for_ever)
        time.sleep(chance.uniform(0.02, 0.15))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        shop.pull()
        shop.publish(1.3 + number / 100, keep=2)
        shop.pull()
        kept = {release["blob"]["path"] for release in shop.manifest()["releases"]}
        files = {path.name for path in shop.published.iterdir()} - {".lock", "latest.json"}
        assert files == kept


def test_a_store_that_ignores_conditions_is_refused(
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is probed before anything is published."""
    from llmcat.network.releases.bucket import Bucket
    from llmcat.network.releases.shared_folder import Folder

    class Liar(Folder):
        address = "s3://liar"
        prove, _refuses = Bucket.prove, Bucket._refuses

        def create(self, path: str, body: bytes) -> None:
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).write_bytes(body)

    monkeypatch.setattr(publishing, "open_store", lambda address: Liar(Path(address)))
    with pytest.raises(PublishError, match="ignores conditions"):
        shop.publish()
    assert list(shop.published.iterdir()) == []


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("ftp://host/x", "name a folder, s3://, gs:// or az://"),
        ("s3://bucket/../../etc", r"is no s3://bucket/prefix"),
        ("file://host/x", "write file:///folder"),
    ],
)
def test_addresses_that_cannot_be_published_to(shop: Shop, address: str, reason: str) -> None:
    """One line says which can."""
    with pytest.raises(PublishError, match=reason):
        publish(shop.catalog(), address)


def test_the_command_line_publishes(tmp_path: Path) -> None:
    """FILE to a folder; status 1 and one line where it may not go out."""
    catalog = build_from(tmp_path / "c.db", ("mapping", {"openai": {"models": {"gpt-5": {}}}}))
    place = tmp_path / "place"
    done = llmcat("publish", str(place), str(catalog))
    assert done.status == 0
    assert done.lines[0] == (f"{place}: published as serial 1, 1 models of 1970-01-01T00:00:00Z")
    done = llmcat("publish", str(place), str(catalog), "--json")
    assert done.json["serial"] == 2
    done = llmcat("publish", str(place), str(tmp_path / "none.db"))
    assert (done.status, done.err.count("\n")) == (1, 1)
    (tmp_path / "file").touch()
    done = llmcat("publish", str(tmp_path / "file"), str(catalog))
    assert (done.status, done.err.count("\n")) == (1, 1)
