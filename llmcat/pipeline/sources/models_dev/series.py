"""A series of models.dev snapshots: what each changed against the one before it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from llmcat.errors import SourceError
from llmcat.instants import moment
from llmcat.pipeline.layer import Document, Entry, Key, Moment, Reject, Step
from llmcat.pipeline.sources.files import MAX_JSON, MAX_TEXT, parse_json, read_bytes, sha256
from llmcat.pipeline.sources.models_dev.claims import Claims

SNAPSHOT_NAME = re.compile(r"^(\d{4})-(\d\d)-(\d\d)T(\d\d)(\d\d)(\d\d)Z\.json(\.gz)?$")


def snapshots(location: Path | Sequence[Path]) -> list[Path]:
    """The snapshots of a location by time; a file is its own only one.

    Raises SourceError for a folder without any, and for a name with a month 13.
    """
    if not isinstance(location, Path):
        return sorted(location, key=lambda path: path.name)
    files = list(location.iterdir()) if location.is_dir() else [location]
    found = [path for path in files if SNAPSHOT_NAME.match(path.name)]
    for path in found:
        try:
            moment(snapshot_time(path.name) or "")
        except ValueError:
            raise SourceError(path, "its name tells no time that there is; rename it") from None
    if not location.is_dir():
        return files
    if not found:
        raise SourceError(location, "holds no snapshot such as 2026-01-13T005434Z.json.gz")
    return sorted(found, key=lambda path: path.name)


def read_snapshot(path: Path) -> Document:
    """The JSON in a file, and what its name and the manifest beside it say of it.

    Raises SourceError when it cannot be read, or is not what the manifest names.
    """
    manifest = read_manifest(path)
    content = read_bytes(path, MAX_JSON)
    digest = sha256(path.read_bytes()) if path.suffix == ".gz" else sha256(content)
    if manifest.get("sha256") not in (None, digest):
        raise SourceError(path, "does not have the sha256 that the manifest beside it names")
    return Document(
        name=path.name,
        data=parse_json(path, content),
        sha256=digest,
        retrieved_at=snapshot_time(path.name) or manifest.get("retrieved_at"),
        licence=manifest.get("licence"),
    )


def snapshot_steps(paths: Sequence[Path], after: Moment | None) -> Iterator[Step]:
    """A step a snapshot. Of those up to `after` the last is given whole, as known; the ones before it
    are only named: whoever recorded `after` knows whether they were recorded, too."""
    series = Series()
    dated = [(at, path) for path in paths if (at := snapshot_time(path.name))]
    series = Series()
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

    def take(self, claims: Claims, revision: str) -> tuple[list[Entry], list[Key], list[Reject]]:
        """What is claimed otherwise than in the snapshot before, what no longer, and what cannot be
        read. Of a provider that is unreadable stands what was claimed before, until it can be read."""
        before, now, renewed = self._before, claims.records, self._unreadable
        gone = [key for key in (*before, *renewed) if key not in now]
        gone = [key for key in gone if _provider(key) not in claims.unreadable]
        entries: list[Entry] = []
        rejects = list(claims.rejects(revision))
        for key, said in now.items():
            if key in renewed or key not in before or before[key] != said:
                place = key if isinstance(key, str) else ":".join(key)
                entry = claims.entry(key, f"{revision}: {place}")
                (entries if isinstance(entry, Entry) else rejects).append(entry)  # type: ignore[arg-type]
        stays = {key: said for key, said in before.items() if _provider(key) in claims.unreadable}
        self._before = {**stays, **now}
        self._unreadable = set(claims.unreadable)
        return entries, gone, rejects


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


def read_manifest(path: Path) -> dict[str, str]:
    """What the folder's manifest.json says of this snapshot; empty where it says nothing."""
    manifest = path.parent / "manifest.json"
    if not manifest.is_file():
        return {}
    said = parse_json(manifest, read_bytes(manifest, MAX_TEXT))
    snapshots = said.get("snapshots") if isinstance(said, dict) else None
    for entry in snapshots if isinstance(snapshots, list) else []:
        if isinstance(entry, dict) and entry.get("file") == path.name:
            known = {"licence": said.get("licence"), **entry}
            return {key: value for key, value in known.items() if isinstance(value, str)}
    return {}
