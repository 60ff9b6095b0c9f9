"""The packed past: what `llmcat history pack` makes, and what a build reads from it."""

from __future__ import annotations

import gzip
import json
import lzma
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.errors import SourceError
from llmcat.pipeline.entries import Moment
from llmcat.pipeline.sources.models_dev.pack import pack_folder
from llmcat.pipeline.sources.models_dev.packed import NAME, State, unpack
from tests.cli.running import llmcat
from tests.pipeline.building import rows
from tests.pipeline.series import (
    APRIL,
    FEBRUARY,
    JANUARY,
    MARCH,
    Api,
    api,
    build_series,
    model,
    write_series,
)

STATES: dict[str, Api] = {
    JANUARY: api(acme={"old": model(), "stays": model(cost={"input": 3, "output": 6})}),
    FEBRUARY: api(acme={"stays": model(cost={"input": 2, "output": 6}, description="A sentence.")}),
    MARCH: api(
        acme={"stays": model(cost={"input": 2, "output": 6}, description="A sentence.")},
        zoo={"zebra": model(knowledge=None)},
    ),
    APRIL: api(zoo={"zebra": model(canonical_model_id="zoo/zebra")}),
}

CHANGES = "SELECT at, spec, kind, field, old, new, backfill FROM changes ORDER BY 1, 2, 3, 4"
VERSIONS = "SELECT spec, valid_from, valid_to, cost_input FROM model_versions ORDER BY 1, 2"


def files(folder: Path) -> dict[str, bytes]:
    """Name and content of every file."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_packed_past_builds_what_its_snapshots_build(tmp_path: Path) -> None:
    """Every state, price and change is there, and only the description is left out."""
    snapshots = tmp_path / "snapshots"
    write_series(snapshots, STATES)
    pack_folder(tmp_path / "packed", [snapshots])
    plain, packed = tmp_path / "plain.db", tmp_path / "packed.db"
    build_series(plain, [snapshots])
    build_series(packed, [tmp_path / "packed"])
    assert rows(packed, VERSIONS) == rows(plain, VERSIONS)
    told = [row for row in rows(plain, CHANGES) if row["field"] != "description"]
    assert [row for row in rows(packed, CHANGES) if row["field"] != "description"] == told
    assert Catalog(packed).model("zoo:zebra").base_model == "zoo/zebra"
    assert b"A sentence" not in lzma.decompress((tmp_path / "packed" / NAME).read_bytes())


def test_one_after_the_other_gives_the_bytes_of_all_at_once(tmp_path: Path) -> None:
    """A new snapshot is added by the command that made the folder; the one before goes into the past."""
    paths = write_series(tmp_path / "snapshots", STATES)
    at_once, step_by_step = tmp_path / "at-once", tmp_path / "step-by-step"
    pack_folder(at_once, [tmp_path / "snapshots"])
    for path in paths:
        pack_folder(step_by_step, [path])
    assert files(step_by_step) == files(at_once)
    assert sorted(files(at_once)) == ["2026-04-01T184530Z.json.gz", "manifest.json", NAME]


def test_the_command_says_what_it_packed(tmp_path: Path) -> None:
    """Through the command line; the manifest names origins and what is left out."""
    write_series(tmp_path / "snapshots", STATES)
    command = ["history", "pack", str(tmp_path / "packed"), str(tmp_path / "snapshots")]
    assert "4 steps, 4 of them new, from 2026-01-01 to 2026-04-01" in llmcat(*command).out
    assert "nothing is newer than 2026-04-01T18:45:30Z" in llmcat(*command).out
    manifest = json.loads((tmp_path / "packed" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["left_out"] == ["description"]
    assert [origin["retrieved_at"] for origin in manifest["origins"]] == list(STATES)


def test_a_build_goes_on_from_where_it_ended(tmp_path: Path) -> None:
    """A catalogue of February, built upon with a packed past until April, has the changes since."""
    paths = write_series(tmp_path / "snapshots", STATES)
    pack_folder(tmp_path / "packed", [tmp_path / "snapshots"])
    db, fresh = tmp_path / "catalog.db", tmp_path / "fresh.db"
    build_series(db, paths[:2])
    build_series(db, [tmp_path / "packed"])
    build_series(fresh, [tmp_path / "packed"])
    prices = "SELECT spec, meter, valid_from, valid_to FROM prices ORDER BY 1, 2, 3"
    assert rows(db, prices) == rows(fresh, prices)


def test_a_snapshot_may_follow_a_packed_past(tmp_path: Path) -> None:
    """What was pulled, or laid beside it, is compared with what the past ends with."""
    paths = write_series(tmp_path / "snapshots", STATES)
    pack_folder(tmp_path / "packed", paths[:3])
    db = tmp_path / "catalog.db"
    build_series(db, [tmp_path / "packed", paths[3]])
    removed = "SELECT at, spec FROM changes WHERE kind = 'removed' AND at = ? ORDER BY spec"
    assert [row["spec"] for row in rows(db, removed.replace("?", f"'{APRIL}'"))] == [
        "acme",
        "acme:stays",
    ]


def test_known_steps_come_as_one_state(tmp_path: Path) -> None:
    """Who recorded up to March gets all that was said then, and what came later."""
    pack_folder(tmp_path, write_series(tmp_path / "snapshots", STATES))
    state = State()
    given = list(unpack(tmp_path / NAME, Moment(FEBRUARY, ""), state))
    assert [(step.at, known) for step, known in given] == [(FEBRUARY, True), (MARCH, False)]
    assert given[0][0].models.keys() == {("acme", "stays")}
    assert state.published()["zoo"]["models"].keys() == {"zebra"}


DAMAGED: dict[str, Any] = {
    "no xz": (b"{}", "is no valid xz file"),
    "cut short": (lzma.compress(b'{"format":"llmcat steps 1"}\n')[:-9], "cut short"),
    "another format": (lzma.compress(b'{"format":"other"}\n'), "no file of packed steps"),
    "no step": (lzma.compress(b'{"format":"llmcat steps 1"}\n[1]\n'), "is no step"),
    "no last line": (lzma.compress(b'{"format":"llmcat steps 1"}\n["a'), "its last step"),
    "more behind": (lzma.compress(b'{"format":"llmcat steps 1"}\n') + b"x", "its last step"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_past_is_named(tmp_path: Path, name: str) -> None:
    """One line that names the file and what is wrong with it."""
    content, reason = DAMAGED[name]
    (tmp_path / NAME).write_bytes(content)
    with pytest.raises(SourceError, match=reason):
        list(unpack(tmp_path / NAME))


def test_the_manifest_vouches_for_the_past(tmp_path: Path) -> None:
    """A past that was exchanged is refused by the build."""
    pack_folder(tmp_path / "packed", [write_series(tmp_path / "snapshots", STATES)[0]])
    pack_folder(tmp_path / "packed", [tmp_path / "snapshots"])
    (tmp_path / "packed" / NAME).write_bytes(lzma.compress(b'{"format":"llmcat steps 1"}\n'))
    with pytest.raises(SourceError, match="sha256"):
        build_series(tmp_path / "catalog.db", [tmp_path / "packed"])


def test_a_key_that_a_snapshot_leaves_out_for_all_still_holds(tmp_path: Path) -> None:
    """models.dev knew which model an offer serves before every api.json said so."""
    states = {
        JANUARY: api(acme={"a": model(canonical_model_id="lab/a"), "b": model()}),
        FEBRUARY: api(acme={"a": model(), "b": model()}),
    }
    build_series(tmp_path / "catalog.db", write_series(tmp_path / "snapshots", states))
    assert Catalog(tmp_path / "catalog.db").model("acme:a").base_model == "lab/a"


def test_the_packed_snapshot_is_plain_json(tmp_path: Path) -> None:
    """The newest state can be read without llmcat."""
    pack_folder(tmp_path / "packed", [write_series(tmp_path / "snapshots", STATES)[-1]])
    [path] = (tmp_path / "packed").glob("*.json.gz")
    assert json.loads(gzip.decompress(path.read_bytes()))["zoo"]["models"].keys() == {"zebra"}
