"""The raw answers of endpoints, kept in files: what an endpoint answered last, and when.

One that fails keeps its last answer, with its age and the error. A file that is damaged counts as none.
Neither a file nor its name holds a key.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from llmcat.storage.location import discovered_folder

FORMAT = 1
MAX_BYTES = 128 * 2**20
SECRET_NAME = re.compile(r"(?i)api_?key|secret|password|authorization|credential|access_token")


@dataclass(slots=True)
class Kept:
    """What is known of one endpoint: `answered_at` is when it last answered with what stands in
    `answer`, `requested_at` when it was last asked, `error` why it did not answer then. `latency` is in
    seconds, `key_command` says that the key is in no variable that the provider is known for. `etags` are those of its answers, by path."""

    name: str
    provider: str
    kind: str
    endpoint: str
    local: bool = False
    key_command: bool = False
    requested_at: str = ""
    answered_at: str | None = None
    error: str | None = None
    latency: float | None = None
    etags: dict[str, str] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    format: int = FORMAT


def file_of(name: str, endpoint: str, folder: Path | None = None) -> Path:
    """Where the answer of an endpoint lies: its name, and a part of the digest of its address."""
    digest = hashlib.sha256(endpoint.encode()).hexdigest()[:8]
    safe = re.sub(r"[^a-z0-9-]+", "-", name.lower())[:60]
    return (folder or Path(discovered_folder())) / f"{safe}-{digest}.json"


def read(path: Path) -> Kept | None:
    """What is kept in a file; None where there is none, or it is damaged."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return None
        kept = Kept(**json.loads(path.read_bytes()))
        whole = (
            kept.format == FORMAT
            and isinstance(kept.answer, dict)
            and isinstance(kept.etags, dict)
            and all(isinstance(text, str) for text in (kept.name, kept.provider, kept.requested_at))
            and isinstance(kept.answered_at, (str, type(None)))
        )
    except (OSError, ValueError, TypeError, RecursionError):
        return None
    return kept if whole else None


def read_all(folder: Path | None = None) -> list[Kept]:
    """All that is kept, by name."""
    place = folder or Path(discovered_folder())
    found = [read(path) for path in sorted(place.glob("*.json"))] if place.is_dir() else []
    return sorted((kept for kept in found if kept is not None), key=lambda kept: kept.name)


def keep(kept: Kept, folder: Path | None = None) -> None:
    """Write it, whole or not at all, for this user's eyes. Raises OSError."""
    path = file_of(kept.name, kept.endpoint, folder)
    path.parent.mkdir(parents=True, exist_ok=True)
    content = json.dumps(asdict(kept), ensure_ascii=False, sort_keys=True).encode()
    if path.exists() and path.read_bytes() == content:
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as stream:
            stream.write(content)
        os.replace(draft, path)
        _forget_former(kept, path)
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)


def _forget_former(kept: Kept, path: Path) -> None:
    """Remove what the same endpoint answered at another address: it is asked there no more."""
    for other in path.parent.glob("*.json"):
        if other != path and (former := read(other)) is not None and former.name == kept.name:
            with contextlib.suppress(OSError):
                other.unlink()


def without_keys(value: Any) -> Any:
    """A parsed answer without texts that stand under the name of a key: a proxy's list may show its
    configuration."""
    if isinstance(value, dict):
        return {
            name: without_keys(item)
            for name, item in value.items()
            if not (isinstance(item, str) and SECRET_NAME.search(name))
        }
    return [without_keys(item) for item in value] if isinstance(value, list) else value
