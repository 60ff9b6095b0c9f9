"""The cache folder: the snapshots of upstream that were pulled, and the manifest that vouches for them.

It never holds half of anything: files are written whole, under a lock, the snapshot first and the
manifest last, and what does not have the sha256 in the manifest does not count. No build reads a
clock: the time of a pull stands in the name of its snapshot.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from llmcat.errors import SourceError
from llmcat.instants import instant, utc_text
from llmcat.storage.files.put_in_place import sync_folder

CACHE_VARIABLE = "LLMCAT_CACHE"
LICENCE = "MIT"
SNAPSHOTS_KEPT = 3

Listed = dict[str, Any]
"""What the manifest says of one snapshot: file, url, retrieved_at, sha256, size, etag, last_modified."""


class Cache(NamedTuple):
    """What lies in the folder: `snapshots` verify and stand oldest first; `whole` says that none is
    damaged or missing; `checked_at` is when upstream was last asked, or empty."""

    snapshots: list[Listed]
    whole: bool
    checked_at: str


def pulled_folder(source: str = "models.dev") -> Path:
    """Where what is pulled of a source is kept: `models-dev` and the like in $LLMCAT_CACHE, else in the
    user's cache folder."""
    import re

    from platformdirs import user_cache_dir

    base = os.environ.get(CACHE_VARIABLE) or user_cache_dir("llmcat", appauthor=False)
    return Path(base).expanduser() / re.sub(r"[^a-z0-9_-]", "-", source.lower())


def newest(folder: Path) -> Path | None:
    """The newest snapshot that has the sha256 its manifest names; None when there is none."""
    held = look(folder).snapshots
    return folder / held[-1]["file"] if held else None


def look(folder: Path) -> Cache:
    """Read the manifest, and verify the snapshots that it lists."""
    from llmcat.pipeline.sources.files import sha256

    listed, checked_at = _read_manifest(folder)
    held = []
    for snapshot in listed:
        with contextlib.suppress(OSError):
            if sha256((folder / snapshot["file"]).read_bytes()) == snapshot.get("sha256"):
                held.append(snapshot)
    return Cache(held, len(held) == len(listed), checked_at)


def _read_manifest(folder: Path) -> tuple[list[Listed], str]:
    """What the manifest lists, oldest first, and `checked_at`.

    A manifest that is missing or damaged lists nothing: what it vouched for is fetched again.
    """
    from llmcat.pipeline.sources.files import MAX_TEXT, parse_json, read_bytes

    path = folder / "manifest.json"
    try:
        content = parse_json(path, read_bytes(path, MAX_TEXT))
    except SourceError:
        return [], ""
    snapshots = content.get("snapshots") if isinstance(content, dict) else None
    if not isinstance(snapshots, list):
        return [], ""
    listed = [s for s in snapshots if isinstance(s, dict) and retrieved_at(s)]
    return sorted(listed, key=retrieved_at), str(content.get("checked_at"))


def body_of(folder: Path, listed: Listed) -> bytes:
    """A snapshot, unpacked. Raises OSError when it cannot be read."""
    from llmcat.pipeline.sources.files import MAX_JSON, read_bytes

    try:
        return read_bytes(folder / listed["file"], MAX_JSON)
    except SourceError as error:
        raise OSError(str(error)) from None


def retrieved_at(listed: Listed) -> str:
    """The instant in the file's name; empty when it is no name of a snapshot."""
    from llmcat.pipeline.sources.models_dev.series import snapshot_time

    at = snapshot_time(str(listed.get("file"))) or ""
    try:
        return instant(at)
    except ValueError:
        return ""


def keep(
    folder: Path, held: list[Listed], body: bytes, request: Listed, at: datetime, now: datetime
) -> Listed:
    """Add `body`, given `at`, after the snapshots that are held, and say what is listed of it.

    `request` is what the manifest says of the request: url, etag, last_modified. Needs the lock.
    """
    from llmcat.pipeline.sources.files import sha256

    packed = _pack(body)
    name = at.strftime("%Y-%m-%dT%H%M%SZ.json.gz")
    facts = {"retrieved_at": utc_text(at), "sha256": sha256(packed), "size": len(packed)}
    listed = {"file": name, **request, **facts}
    put(folder / name, packed)
    write_manifest(folder, [*held, listed], now)
    return listed


def write_manifest(folder: Path, snapshots: list[Listed], now: datetime) -> None:
    """List the last snapshots, and remove the files that are listed no more. Needs the lock."""
    import json

    from llmcat.pipeline.sources.models_dev.series import SNAPSHOT_NAME

    kept = snapshots[-SNAPSHOTS_KEPT:]
    manifest = {"licence": LICENCE, "checked_at": utc_text(now), "snapshots": kept}
    put(folder / "manifest.json", f"{json.dumps(manifest, indent=2)}\n".encode())
    names = {snapshot["file"] for snapshot in kept}
    for entry in list(folder.iterdir()):
        if SNAPSHOT_NAME.match(entry.name) and entry.name not in names:
            with contextlib.suppress(OSError):  # the next pull tries again
                entry.unlink()


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """One writer at a time, of all threads and processes; the lock dies with its holder."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / ".lock", "ab") as stream:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(stream.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(stream.fileno(), fcntl.LOCK_EX)
        yield


def _pack(body: bytes) -> bytes:
    """gzip with the same bytes for the same body: no time, no name, and no system in the header."""
    import gzip
    import io

    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as stream:
        stream.write(body)
    return packed.getvalue()


def put(path: Path, content: bytes) -> None:
    """Write a file whole or not at all, so that it outlasts a power cut. Needs the lock."""
    draft = path.with_name(".llmcat-pull.tmp")  # one will do: the lock lets in one writer
    try:
        with open(draft, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(path.parent)
