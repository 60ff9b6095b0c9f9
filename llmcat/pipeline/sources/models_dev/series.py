"""A series of models.dev snapshots: what each changed against the one before it.

A packed past (packed.py) may lie in the folder beside them: then it comes first, and of the snapshots
those that are newer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from llmcat.errors import SourceError
from llmcat.instants import moment
from llmcat.pipeline.entries import Document, Entry, Key, Moment, Reject, Step
from llmcat.pipeline.sources.files import MAX_JSON, MAX_TEXT, file_sha256, parse_json, read_bytes
from llmcat.pipeline.sources.models_dev import packed
from llmcat.pipeline.sources.models_dev.claims import Claims
from llmcat.pipeline.sources.models_dev.steps import to_step

SNAPSHOT_NAME = re.compile(r"^(\d{4})-(\d\d)-(\d\d)T(\d\d)(\d\d)(\d\d)Z\.json(\.gz)?$")


NOT_ALWAYS_PUBLISHED = ("canonical_model_id",)
"""Keys of a model that upstream knew while api.json left them out: where no model of a snapshot has
one, what was said of it before still holds."""


def snapshots(location: Path | Sequence[Path]) -> list[Path]:
    """The snapshots of a location by time, of a folder and files together too; a file is its own only
    one.

    Raises SourceError for a folder without any, and for a name with a month 13.
    """
    if isinstance(location, Path) and not location.is_dir():
        _check_name(location)
        return [location]
    found = []
    for place in [location] if isinstance(location, Path) else location:
        files = list(place.iterdir()) if place.is_dir() else [place]
        found += [path for path in files if SNAPSHOT_NAME.match(path.name)]
    for path in found:
        _check_name(path)
    if not found:
        shown = location if isinstance(location, Path) else location[0]
        raise SourceError(shown, "holds no snapshot such as 2026-01-13T005434Z.json.gz")
    return sorted(found, key=lambda path: path.name)


def packed_past(location: Path | Sequence[Path]) -> Path | None:
    """The packed past that lies in a folder of the location, where there is one."""
    for place in [location] if isinstance(location, Path) else location:
        if place.is_dir() and (path := place / packed.NAME).is_file():
            return path
    return None


def _check_name(path: Path) -> None:
    try:
        moment(snapshot_time(path.name) or "2000-01-01T00:00:00Z")
    except ValueError:
        raise SourceError(path, "its name tells no time that there is; rename it") from None


def read_snapshot(path: Path) -> Document:
    """The JSON in a file, and what its name and the manifest beside it say of it.

    Raises SourceError when it cannot be read, or is not what the manifest names.
    """
    content = read_bytes(path, MAX_JSON)
    manifest, digest = check_digest(path)
    return Document(
        name=path.name,
        data=parse_json(path, content),
        sha256=digest,
        retrieved_at=snapshot_time(path.name) or manifest.get("retrieved_at"),
        licence=manifest.get("licence"),
    )


def series_steps(location: Path | Sequence[Path], after: Moment | None) -> Iterator[Step]:
    """The steps of the packed past, where there is one, then a step for each newer snapshot."""
    series = Series()
    paths = snapshots(location)
    if path := packed_past(location):
        check_digest(path)
        state = packed.State()
        last = ""
        for step, known in packed.unpack(path, after, state):
            last = step.at
            yield to_step(step, known)
        series.go_on(state)
        paths = [path for path in paths if (snapshot_time(path.name) or "") > last]
    yield from snapshot_steps(paths, after, series)


def snapshot_steps(paths: Sequence[Path], after: Moment | None, series: Series) -> Iterator[Step]:
    """A step a snapshot. Of those up to `after` the last is given whole, as known; the ones before it
    are only named: whoever recorded `after` knows whether they were recorded, too."""
    dated = [(at, path) for path in paths if (at := snapshot_time(path.name))]
    for number, (at, path) in enumerate(dated):
        known = after is not None and at <= after.at
        following = dated[number + 1][0] if number + 1 < len(dated) else None
        if known and following and after and following <= after.at:
            yield Step(at, _revision(path), [], known=True)
        else:
            document = read_snapshot(path)
            claims = Claims(document.name, document.data)
            if following is None:
                claims.require_models()
            entries, gone, rejects = series.take(claims, _revision(path))
            yield Step(
                at,
                _revision(path),
                entries,
                gone,
                rejects,
                known=known,
                document=document.without_data(),
            )


class Series:
    """Snapshots in the order of time, each compared with the one before it."""

    def __init__(self) -> None:
        self._before: dict[Key, Any] = {}
        self._unreadable: set[str] = set()

    def go_on(self, state: packed.State) -> None:
        """Compare the next snapshot with what a packed past ends with."""
        self._before = {}
        self._before.update(state.providers)
        self._before.update({key: (model, None) for key, model in state.models.items()})

    def take(self, claims: Claims, revision: str) -> tuple[list[Entry], list[Key], list[Reject]]:
        """What is claimed otherwise than in the snapshot before, what no longer, and what cannot be
        read. Of a provider that is unreadable stands what was claimed before, until it can be read."""
        changed, gone = self.compare(claims)
        entries: list[Entry] = []
        rejects = list(claims.rejects(revision))
        for key in changed:
            place = key if isinstance(key, str) else ":".join(key)
            entry = claims.entry(key, f"{revision}: {place}")
            (entries if isinstance(entry, Entry) else rejects).append(entry)  # type: ignore[arg-type]
        return entries, gone, rejects

    def compare(self, claims: Claims) -> tuple[list[Key], list[Key]]:
        """Whose record is not that of the snapshot before, and who has none any more."""
        before, renewed = self._before, self._unreadable
        claims.keep_unpublished(before, NOT_ALWAYS_PUBLISHED)
        now = claims.records
        gone = [key for key in (*before, *renewed) if key not in now]
        gone = [key for key in gone if _provider(key) not in claims.unreadable]
        changed = [
            key
            for key, record in now.items()
            if key in renewed or key not in before or before[key] != record
        ]
        stays = {
            key: record for key, record in before.items() if _provider(key) in claims.unreadable
        }
        self._before = {**stays, **now}
        self._unreadable = set(claims.unreadable)
        return changed, gone


def _provider(key: Key) -> str:
    return key if isinstance(key, str) else key[0]


def _revision(path: Path) -> str:
    return path.name.partition(".")[0]


def snapshot_time(name: str) -> str | None:
    """The instant in the name of a snapshot, `YYYY-MM-DDTHH:MM:SSZ`."""
    if match := SNAPSHOT_NAME.match(name):
        year, month, day, hour, minute, second, _ = match.groups()
        return f"{year}-{month}-{day}T{hour}:{minute}:{second}Z"
    return None


def check_digest(path: Path) -> tuple[dict[str, str], str]:
    """What the manifest beside a file says of it, and the sha256 of the file.

    Raises SourceError when that is not the sha256 that the manifest names.
    """
    manifest = read_manifest(path)
    digest = file_sha256(path)
    if manifest.get("sha256") not in (None, digest):
        raise SourceError(path, "does not have the sha256 that the manifest beside it names")
    return manifest, digest


def read_manifest(path: Path) -> dict[str, str]:
    """What the folder's manifest.json says of this file; empty where it lists nothing of it."""
    manifest = path.parent / "manifest.json"
    if not manifest.is_file():
        return {}
    record = parse_json(manifest, read_bytes(manifest, MAX_TEXT))
    listed = record.get("snapshots") if isinstance(record, dict) else None
    past = record.get("past") if isinstance(record, dict) else None
    for entry in [past, *(listed if isinstance(listed, list) else [])]:
        if isinstance(entry, dict) and entry.get("file") == path.name:
            known = {"licence": record.get("licence"), **entry}
            return {key: value for key, value in known.items() if isinstance(value, str)}
    return {}
