"""`llmcat pull --from`: what is published gets installed, and what is wrong is refused with one line."""

from __future__ import annotations

import json
import lzma
import os
import random
import signal
import sqlite3
import time
from contextlib import closing
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.network.releases.install import roll_back
from llmcat.network.releases.publish import publish
from llmcat.storage import location
from tests.cli.running import llmcat
from tests.network.releases.publishing import Shop
from tests.network.upstream_server import Upstream, Visit, running_upstream  # noqa: F401 - the fixture
from tests.pipeline.child import needs_fork, spawn

# What is installed


def test_a_release_is_installed_and_followed(shop: Shop) -> None:
    """The very bytes, with their sha256 beside them; what is there already is not fetched again."""
    shop.publish(1.0)
    assert shop.pull()[:2] == ("installed", 1)
    assert shop.installed.read_bytes() == shop.catalog(1.0).read_bytes()
    assert Catalog(shop.installed, verify=True).model("openai:gpt-5").cost_input == 1.0
    assert shop.pull()[:2] == ("unchanged", 1)
    shop.publish(1.0)
    shop.packed().unlink()
    assert shop.pull()[:2] == ("unchanged", 2)
    shop.publish(1.1, force=True)
    assert shop.pull()[:2] == ("installed", 3)


def test_the_last_three_are_kept(shop: Shop) -> None:
    """A rollback needs no network, stays until it is ended, and takes no revoked one."""
    for price in (1.0, 1.1, 1.2, 1.3):
        shop.publish(price)
        shop.pull()
    assert len(list(shop.releases.glob("*.db"))) == 3
    assert roll_back(shop.installed)[:2] == ("installed", 3)
    assert Catalog(shop.installed).model("openai:gpt-5").cost_input == 1.2
    shop.publish(1.4)
    done = shop.pull()
    assert done[:2] == ("unchanged", 3)
    assert done.notes == ("serial 3 is pinned; --pin latest follows again",)
    assert roll_back(shop.installed).serial == 2
    assert "no release before serial 2" in _refused_rollback(shop)
    assert shop.pull(pin="latest")[:2] == ("installed", 5)
    assert not (shop.releases / "pinned").exists()


def _refused_rollback(shop: Shop) -> str:
    from llmcat.errors import PullError

    with pytest.raises(PullError) as caught:
        roll_back(shop.installed)
    return str(caught.value)


def test_a_pinned_release_stays(shop: Shop) -> None:
    """As long as it is published and not revoked."""
    for price in (1.0, 1.1, 1.2):
        shop.publish(price)
    assert shop.pull(pin="2")[:2] == ("installed", 2)
    assert shop.pull().serial == 2
    assert "has no serial 9 to be pinned; there are 3, 2, 1" in shop.refused(pin="9")
    assert "--pin takes a serial" in shop.refused(pin="two")
    publish(None, shop.address, revoke=[2])
    assert "has revoked the pinned serial 2" in shop.refused()
    assert shop.pull(pin="latest")[:2] == ("installed", 4)


def test_over_http_it_is_asked_with_conditions(shop: Shop, upstream: Upstream) -> None:
    """Behind any web server: the manifest is asked for with its ETag, and only while the catalogue that it
    speaks of is whole."""
    shop.publish(1.0)
    upstream.answer = served(shop)
    pull = {"address": upstream.base}
    assert shop.pull(**pull)[:2] == ("installed", 1)
    upstream.visits.clear()
    assert shop.pull(**pull)[:2] == ("unchanged", 1)
    assert [visit.path for visit in upstream.visits] == ["/v3/latest.json"]
    assert upstream.visits[0].headers["If-None-Match"]
    shop.installed.write_bytes(b"damaged")
    upstream.visits.clear()
    assert shop.pull(**pull)[:2] == ("installed", 1)
    assert upstream.visits[0].headers["If-None-Match"] is None
    assert len(upstream.visits) == 1, "the kept copy is whole"


def served(shop: Shop) -> Any:
    """The folder of the shop behind a web server, with ETags."""

    def answer(visit: Visit) -> None:
        file = Path(shop.address) / visit.path.lstrip("/")
        if not file.is_file():
            return visit.reply(404)
        body = file.read_bytes()
        tag = f'"{sha256(body).hexdigest()[:8]}"'
        if visit.headers.get("If-None-Match") == tag:
            return visit.reply(304, etag=tag)
        return visit.reply(200, body, etag=tag)

    return answer


def test_a_release_that_is_late_is_a_note(shop: Shop) -> None:
    """Age alone never fails: it is said."""
    shop.publish()
    later = datetime.now(timezone.utc) + timedelta(days=3)
    assert "was due 2 days ago" in shop.pull(now=later).notes[0]
    assert "was due 2 days ago" in shop.pull(now=later).notes[0]


# What is refused


def test_every_flipped_bit_and_every_cut_is_refused(shop: Shop) -> None:
    """Of the packed file, which is read whole and compared before it is unpacked."""
    shop.publish()
    whole = shop.packed().read_bytes()
    chance = random.Random(14)
    for number in range(40):
        damaged = bytearray(whole[: chance.randrange(len(whole))] if number % 4 == 0 else whole)
        if damaged and number % 4:
            damaged[chance.randrange(len(damaged))] ^= 1 << chance.randrange(8)
        shop.packed().write_bytes(damaged)
        assert "sends a file that is not the one in its manifest" in shop.refused()
    assert not shop.installed.exists()


def test_a_bomb_is_stopped_at_the_size_that_was_announced(shop: Shop) -> None:
    """8 KB that unpack to 50 MB: not more is written than the manifest says."""
    shop.publish()
    bomb = lzma.compress(bytes(50_000_000), preset=0)
    shop.packed().write_bytes(bomb)
    release = shop.manifest()["releases"][0]
    blob = {**release["blob"], "size": len(bomb), "sha256": sha256(bomb).hexdigest()}
    shop.forge({"releases": [{**release, "blob": blob}]})
    assert "unpacks to more than its manifest says" in shop.refused()
    greedy = lzma.compress(b"x" * 1000, preset=9)  # asks for 64 MB to unpack
    several = greedy + greedy
    shop.packed().write_bytes(several)
    blob = {**blob, "size": len(several), "sha256": sha256(several).hexdigest()}
    shop.forge({"releases": [{**release, "size": 1000, "blob": blob}]})
    assert "more than one catalogue in it" in shop.refused()


FORGED: dict[str, tuple[dict[str, Any], str]] = {
    "schema": ({"db": {"application_id": 1280068931, "schema": 4}}, "publishes schema 4"),
    "application": ({"db": {"application_id": 1, "schema": 3}}, "publishes schema 3 there"),
    "reader": (
        {"db": {"application_id": 1280068931, "schema": 3, "min_reader": "99.1"}},
        "needs llmcat 99.1 or newer",
    ),
    "format": ({"format": 2}, "publishes in format 2; upgrade llmcat"),
    "no release": ({"releases": []}, "whose serial is not that of its release"),
    "serial": ({"serial": 7}, "whose serial is not that of its release"),
    "revoked": ({"revoked_serials": [1]}, "offers serial 1, which is revoked"),
    "time": ({"next_update": "soon"}, "sends no manifest"),
}


@pytest.mark.parametrize("name", FORGED)
def test_a_manifest_that_is_wrong_is_refused(shop: Shop, name: str) -> None:
    """Each with its reason."""
    changes, reason = FORGED[name]
    shop.publish()
    shop.forge(changes)
    assert reason in shop.refused()


@pytest.mark.parametrize(
    "path", ["../../etc/passwd", "catalog.db", "/catalog-1-0123456789abcdef.db.xz"]
)
def test_a_manifest_names_files_beside_it_only(shop: Shop, path: str) -> None:
    """And only packed catalogues."""
    shop.publish()
    release = shop.manifest()["releases"][0]
    shop.forge({"releases": [{**release, "blob": {**release["blob"], "path": path}}]})
    assert "is no name of a packed catalogue" in shop.refused()


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b"[" * 100_000, b"1" * 5000, b"null"])
def test_what_is_no_manifest_is_refused(shop: Shop, body: bytes) -> None:
    """Whatever it is."""
    shop.publish()
    shop.pull()
    (shop.published / "latest.json").write_bytes(body)
    assert "sends no manifest" in shop.refused()
    (shop.published / "latest.json").unlink()
    assert "has no v3/latest.json" in shop.refused()


def test_an_older_manifest_is_refused(shop: Shop) -> None:
    """Who shows an old one, with all its files, hides what came after."""
    shop.publish(1.0)
    old = (shop.published / "latest.json").read_bytes()
    shop.publish(1.1)
    shop.pull()
    (shop.published / "latest.json").write_bytes(old)
    assert "offers serial 1, and had 2 before" in shop.refused()


def test_a_file_with_a_trigger_of_its_own_never_runs(shop: Shop) -> None:
    """Right digests and a hostile schema: refused before anything of it is read."""
    evil = shop.catalog(1.0)
    with closing(sqlite3.connect(evil)) as connection:
        connection.execute("CREATE VIEW evil AS SELECT zeroblob(1000000000)")
        connection.commit()
    body = evil.read_bytes()
    shop.publish(1.1)
    packed = lzma.compress(body)
    release = shop.manifest()["releases"][0]
    blob = {**release["blob"], "size": len(packed), "sha256": sha256(packed).hexdigest()}
    changed = {**release, "size": len(body), "sha256": sha256(body).hexdigest(), "blob": blob}
    shop.packed().write_bytes(packed)
    shop.forge({"releases": [changed]})
    assert "is not to be trusted: 'evil'" in shop.refused()


def test_a_stale_journal_beside_the_catalogue_is_not_rolled_into_it(shop: Shop) -> None:
    """SQLite would mix it with the new file."""
    shop.publish(1.0)
    shop.pull()
    Path(f"{shop.installed}-wal").write_bytes(b"x" * 100)
    shop.publish(1.1)
    assert "has changes in" in shop.refused()


# Readers


def test_readers_open_current_else_previous_else_the_packaged_one(
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A pinned one goes before the packaged one, however old it is."""
    monkeypatch.delenv("LLMCAT_DB", raising=False)
    monkeypatch.setattr(location, "installed", lambda: str(shop.installed))
    monkeypatch.setattr(location, "PACKAGED", str(shop.catalog(1.15)))
    assert Catalog().model("openai:gpt-5").cost_input == 1.15
    for price in (1.0, 1.1):
        shop.publish(price)
        shop.pull()
    assert Catalog().path == str(shop.installed)
    roll_back(shop.installed)
    assert Catalog().model("openai:gpt-5").cost_input == 1.0
    shop.installed.write_bytes(b"")
    assert Path(Catalog().path).parent == shop.releases
    shop.installed.unlink()
    assert Path(Catalog().path).parent == shop.releases
    for path in shop.releases.glob("*.db"):
        path.write_bytes(b"")
    assert Catalog().model("openai:gpt-5").cost_input == 1.15


def test_a_swap_under_load_mixes_no_versions(shop: Shop) -> None:
    """Readers that watch see one price or the other, and the two columns always fit."""
    for price in (1.0, 1.1):
        shop.publish(price)
    shop.pull(pin="1")
    over, wrong = Event(), []

    def read() -> None:
        with Catalog(shop.installed, watch=True) as catalog:
            while not over.is_set():
                rows = catalog.sql(
                    "SELECT m.cost_input, p.usd FROM models m JOIN prices p"
                    " ON p.spec = m.spec AND p.meter = 'input' AND p.valid_to IS NULL"
                )
                if rows[0]["cost_input"] != rows[0]["usd"]:
                    wrong.append(rows)

    threads = [Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(6):
        shop.pull(pin=str(number % 2 + 1))
    over.set()
    for thread in threads:
        thread.join()
    assert wrong == []


@needs_fork
def test_a_pull_that_is_killed_leaves_a_whole_catalogue(shop: Shop) -> None:
    """At any moment; and nothing is left behind after the next."""
    chance = random.Random(15)
    for price in (1.0, 1.1):
        shop.publish(price)
    shop.pull()

    def pull_for_ever() -> None:
        while True:
            for pin in ("1", "2"):
                shop.pull(pin=pin)

    for _ in range(6):
        pid = spawn(pull_for_ever)
        time.sleep(chance.uniform(0.01, 0.1))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        assert Catalog(shop.installed, verify=True).model("openai:gpt-5")
        shop.pull(pin="latest")
        files = sorted(path.name for path in shop.installed.parent.iterdir())
        assert files == ["catalog.db", "catalog.db.sha256", "releases"]
        known = json.loads((shop.releases / "state.json").read_text())["kept"]
        kept = {f"catalog-{digest[:16]}.db" for _, digest in known}
        left = {path.name.removesuffix(".sha256") for path in shop.releases.iterdir()}
        assert left == {".lock", "state.json", *kept}


def test_the_command_line_installs(
    shop: Shop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """--from, the environment or the recipe; --rollback; and what does not go together."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("LLMCAT_DB", raising=False)
    shop.publish(1.0)
    target = tmp_path / "data" / "llmcat" / "catalog.db"
    done = llmcat("pull", "--from", shop.address)
    assert (done.status, done.out) == (0, f"{target}: installed serial 1\n")
    shop.publish(1.1)
    monkeypatch.setenv("LLMCAT_FROM", shop.address)
    assert llmcat("pull").out == f"{target}: installed serial 2\n"
    assert llmcat("pull", "--rollback").out == f"{target}: installed serial 1\n"
    monkeypatch.delenv("LLMCAT_FROM")
    recipe = tmp_path / "recipe.toml"
    source = '[[source]]\nkind = "yaml"\npath = "x.yml"\n'
    recipe.write_text(f'{source}[pull]\nreleases = "{shop.address}"\n')
    done = llmcat("pull", "--recipe", str(recipe), "--pin", "latest")
    assert done.out == f"{target}: installed serial 2\n"
    assert llmcat("pull", "--from", shop.address, "--force").status == 2
    assert llmcat("pull", "--pin", "1").status == 2
    done = llmcat("pull", "--from", str(tmp_path / "nowhere"))
    assert (done.status, done.err.count("\n")) == (1, 1)
    assert "has no v3/latest.json; the catalogue that is there stays" in done.err
