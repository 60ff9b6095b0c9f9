"""Making the folder that the recipe pins: a packed past, one newest snapshot, and what vouches for both.

    past.jsonl.xz              all that was published before, step by step (packed.py)
    2026-09-30T224010Z.json.gz the newest snapshot, whole
    manifest.json              sizes, sha256, and where everything came from

Facts alone are kept: prose is left out, and the manifest says so. The same sources give the same bytes,
whether they are packed at once or one after the other.
"""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from llmcat.errors import SourceError, WriteError
from llmcat.pipeline.sources.files import MAX_TEXT, file_sha256, parse_json, read_bytes, sha256
from llmcat.pipeline.sources.models_dev.api_json import is_clone
from llmcat.pipeline.sources.models_dev.claims import Claims
from llmcat.pipeline.sources.models_dev.git.clone import walk_of
from llmcat.pipeline.sources.models_dev.git.published import PublishedStep
from llmcat.pipeline.sources.models_dev.packed import NAME, PROSE, State, facts_alone, pack, unpack
from llmcat.pipeline.sources.models_dev.series import (
    SNAPSHOT_NAME,
    Series,
    packed_past,
    read_manifest,
    read_snapshot,
    snapshot_time,
    snapshots,
)

MANIFEST = "manifest.json"
DESCRIPTION = (
    "What models.dev published, and when: names, figures, dates and flags. Prose (left_out) is not in"
    " here; `llmcat pull` fetches it with the newest data. Made by `llmcat history pack`, which also"
    " adds newer snapshots."
)
Origin = dict[str, Any]


class PackedFolder(NamedTuple):
    """What a folder holds after packing: steps in all and new ones, from when until when, bytes."""

    steps: int
    new: int
    first: str
    last: str
    size: int


class _Steps:
    """The steps so far, oldest first, and where they came from; older ones are not taken."""

    def __init__(self) -> None:
        self.steps: list[PublishedStep] = []
        self.origins: list[Origin] = []
        self.state = State()

    @property
    def last(self) -> str:
        return self.steps[-1].at if self.steps else ""

    def take(self, step: PublishedStep) -> bool:
        """Add a step, if it is newer than all and changes something."""
        if step.at < self.last or not (step.providers or step.models):
            return False
        step = facts_alone(step)
        self.state.apply(step)
        self.steps.append(step)
        return True

    def take_snapshot(self, path: Path, revision: str = "") -> Origin | None:
        """Add what a snapshot says otherwise; where it came from, if it is newer than all."""
        at = snapshot_time(path.name)
        if at is None:
            raise SourceError(path, "its name tells no time, such as 2026-01-13T005434Z.json.gz")
        if at <= self.last:
            return None
        document = read_snapshot(path)
        claims = Claims(document.name, document.data)
        claims.require_models()
        if claims.unreadable:
            provider, (_, reason) = next(iter(claims.unreadable.items()))
            raise SourceError(path, f"is not packed: {provider}: {reason}")
        series = Series()
        series.go_on(self.state)
        changed, gone = series.compare(claims)
        step = PublishedStep(at, revision or path.name.partition(".")[0], {}, {})
        for key in (*gone, *changed):
            record = claims.records.get(key)
            if isinstance(key, str):
                step.providers[key] = record
            else:
                step.models[key] = record and record[0]
        self.take(step)
        vouched = {key: listed for key, listed in read_manifest(path).items() if key != "size"}
        return {**vouched, "file": path.name, "retrieved_at": at, "sha256": file_sha256(path)}


def pack_folder(
    folder: Path, sources: Sequence[Path], count: Callable[[int, int], None] = lambda a, b: None
) -> PackedFolder:
    """Bring `folder` up to date with the sources: clones of models.dev, snapshots, folders of them.

    They are taken in the order given, of each only what is newer than all before it; what the folder
    holds already comes first. `count` is told how many commits of how many are walked. Raises
    SourceError, or WriteError; the files that were there stay then.
    """
    steps = _Steps()
    _take_folder(steps, folder)
    before = len(steps.steps)
    for source in sources:
        if is_clone(source):
            _take_clone(steps, source, count)
        else:
            steps.origins += filter(None, map(steps.take_snapshot, snapshots(source)))
    if not steps.steps:
        raise SourceError(sources[0], "publishes no model")
    if len(steps.steps) == before:
        new = 0
    else:
        new = len(steps.steps) - before
        _write(folder, steps)
    size = sum(path.stat().st_size for path in folder.iterdir() if _is_ours(path))
    return PackedFolder(len(steps.steps), new, steps.steps[0].at, steps.last, size)


def _take_folder(steps: _Steps, folder: Path) -> None:
    """What the folder holds already."""
    if not folder.is_dir() or not any(_is_ours(path) for path in folder.iterdir()):
        return
    if path := packed_past(folder):
        for step, _ in unpack(path):
            steps.take(step)
    for path in snapshots(folder):
        origin = steps.take_snapshot(path, read_manifest(path).get("revision", ""))
        if origin and not (folder / NAME).is_file():
            steps.origins.append(origin)
    manifest = folder / MANIFEST
    if (folder / NAME).is_file() and manifest.is_file():
        listed = parse_json(manifest, read_bytes(manifest, MAX_TEXT))
        steps.origins += listed.get("origins", []) if isinstance(listed, dict) else []


def _take_clone(steps: _Steps, clone: Path, count: Callable[[int, int], None]) -> None:
    taken = []
    for done, total, step in walk_of(clone):
        count(done, total)
        if steps.take(step):
            taken.append(step)
    if taken:
        first, last = taken[0], taken[-1]
        origin = {"clone": "models.dev", "steps": len(taken)}
        origin |= {"first_commit": first.revision, "first_at": first.at}
        steps.origins.append({**origin, "last_commit": last.revision, "last_at": last.at})


def _write(folder: Path, steps: _Steps) -> None:
    """The newest state as a snapshot, all steps before it packed, and the manifest."""
    newest = steps.steps[-1]
    name = f"{newest.at.replace(':', '')}.json.gz"
    data = _json(steps.state.published(), None).encode()
    files = {
        NAME: pack(steps.steps[:-1]),
        name: gzip.compress(data, compresslevel=9, mtime=0),
    }
    past, snapshot = ({"file": file, **_vouch(body)} for file, body in files.items())
    manifest = {
        "description": DESCRIPTION,
        "licence": "MIT",
        "licence_file": "LICENSE",
        "left_out": list(PROSE),
        "past": {**past, "steps": len(steps.steps) - 1, "first_at": steps.steps[0].at},
        "snapshots": [{**snapshot, "retrieved_at": newest.at, "revision": newest.revision}],
        "origins": steps.origins,
    }
    files[MANIFEST] = f"{_json(manifest, 2)}\n".encode()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, body in files.items():
            (folder / f".{file}.new").write_bytes(body)
        for file in files:  # the manifest last: until then what it vouches for is not there
            os.replace(folder / f".{file}.new", folder / file)
        for path in list(folder.iterdir()):
            if SNAPSHOT_NAME.match(path.name) and path.name not in files:
                path.unlink()
    except OSError as error:
        raise WriteError(f"{folder} cannot be written ({error.strerror or error})") from None


def _is_ours(path: Path) -> bool:
    return path.name in (NAME, MANIFEST) or bool(SNAPSHOT_NAME.match(path.name))


def _vouch(body: bytes) -> dict[str, Any]:
    return {"sha256": sha256(body), "size": len(body)}


def _json(value: Any, indent: int | None) -> str:
    separators = (",", ":") if indent is None else None
    return json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)
