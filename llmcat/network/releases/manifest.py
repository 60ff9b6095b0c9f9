"""The manifest of what is published: `v3/latest.json`, the only file that changes.

It names the current release and the earlier ones that are kept, each with the digest and the size of the
catalogue and of its packed file. A schema has a folder of its own: a reader of schema 3 asks for v3/ alone,
whatever is published for newer ones.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

from llmcat.errors import PullError
from llmcat.instants import instant
from llmcat.storage.template import APPLICATION_ID, schema_version
from llmcat.version import __version__

FORMAT = 1

MAX_MANIFEST = 2**20
"""Bytes; a manifest has 4,000."""

MAX_BLOB = 2**30
MAX_CATALOG = 4 * 10**9
"""Bytes that a manifest may announce of a packed file and of a catalogue."""

MIN_READER = "0.1.0"
"""The oldest llmcat that reads what this one publishes."""

ENCODING = "xz"
DIGEST = re.compile(r"[0-9a-f]{64}")
VERSION = re.compile(r"\d+(\.\d+)*")


class Blob(NamedTuple):
    """A packed catalogue as it lies in the folder of the schema."""

    path: str
    encoding: str
    size: int
    sha256: str


class Release(NamedTuple):
    """One published catalogue. `serial` grows with each, whatever clocks say; `sha256`, `size` and
    `content_digest` are those of catalog.db."""

    serial: int
    published_at: str
    built_at: str
    size: int
    sha256: str
    content_digest: str
    models: int
    providers: int
    blob: Blob


class Manifest(NamedTuple):
    """All that latest.json says. `releases` begins with the current one; the others are kept and may be
    pinned. `revoked` are serials that nobody may go on using, `revoked_files` the sha256 of their
    catalogues; `min_reader` is a version of llmcat."""

    schema: int
    next_update: str
    min_reader: str
    releases: tuple[Release, ...]
    previous: Release | None
    revoked: tuple[int, ...]
    revoked_files: tuple[str, ...]
    sources: tuple[Any, ...] = ()

    @property
    def current(self) -> Release:
        """The newest release."""
        return self.releases[0]

    @property
    def serial(self) -> int:
        """The serial of the newest release, which is that of the manifest."""
        return self.current.serial


def folder_of_schema() -> str:
    """Where the releases of the schema lie that this llmcat reads and writes."""
    return f"v{schema_version()}"


def signature_path(manifest: bytes, serial: int) -> str:
    """Where the signature over exactly this manifest lies: it is there before the manifest is."""
    from hashlib import sha256

    return f"manifest-{serial}-{sha256(manifest).hexdigest()[:16]}.json.minisig"


def signed_comment(manifest: Manifest) -> str:
    """The trusted comment: what is signed beside the bytes, for people."""
    return (
        f"llmcat schema:{manifest.schema} serial:{manifest.serial}"
        f" time:{manifest.current.published_at}"
    )


def written(manifest: Manifest) -> bytes:
    """The bytes of latest.json."""
    previous = manifest.previous
    document = {
        "format": FORMAT,
        "serial": manifest.serial,
        "published_at": manifest.current.published_at,
        "next_update": manifest.next_update,
        "db": {
            "application_id": APPLICATION_ID,
            "schema": manifest.schema,
            "min_reader": manifest.min_reader,
        },
        "previous": previous and {"serial": previous.serial, "sha256": previous.sha256},
        "revoked_serials": list(manifest.revoked),
        "revoked_sha256": list(manifest.revoked_files),
        "releases": [{**r._asdict(), "blob": r.blob._asdict()} for r in manifest.releases],
        "sources": list(manifest.sources),
    }
    return f"{json.dumps(document, indent=1, sort_keys=True)}\n".encode()


def read(body: bytes) -> Manifest:
    """The manifest in the bytes of latest.json. Raises PullError that says why it is none, or none for
    this llmcat."""
    try:
        return _manifest(json.loads(body))
    except PullError:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise PullError(
            f"sends no manifest of llmcat's ({type(error).__name__}: {error})"
        ) from None


def _manifest(data: Any) -> Manifest:
    if data["format"] != FORMAT:
        raise PullError(f"publishes in format {data['format']!a}; upgrade llmcat")
    db = data["db"]
    if (db["application_id"], db["schema"]) != (APPLICATION_ID, schema_version()):
        raise PullError(
            f"publishes schema {db['schema']!a} there, and this llmcat reads {schema_version()}"
        )
    if _version(db["min_reader"]) > _version(__version__):
        raise PullError(f"needs llmcat {db['min_reader']} or newer; this is {__version__}")
    releases = tuple(map(_release, data["releases"]))
    if not releases or releases[0].serial != data["serial"]:
        raise PullError("sends a manifest whose serial is not that of its release")
    previous = data["previous"] and next(
        (r for r in releases if r.serial == data["previous"]["serial"]), None
    )
    return Manifest(
        schema=db["schema"],
        next_update=instant(data["next_update"]),
        min_reader=db["min_reader"],
        releases=releases,
        previous=previous,
        revoked=tuple(_number(serial, 2**53) for serial in data["revoked_serials"]),
        revoked_files=tuple(map(_digest, data["revoked_sha256"])),
        sources=tuple(data["sources"]),
    )


def _release(data: Any) -> Release:
    blob = data["blob"]
    path = str(blob["path"])
    if not re.fullmatch(r"catalog-\d+-[0-9a-f]{16}\.db\.xz", path, re.ASCII):
        raise ValueError(f"{path[:60]!a} is no name of a packed catalogue")
    if blob["encoding"] != ENCODING:
        raise ValueError(f"a file packed by {blob['encoding']!a}")
    return Release(
        serial=_number(data["serial"], 2**53),
        published_at=instant(data["published_at"]),
        built_at=instant(data["built_at"]),
        size=_number(data["size"], MAX_CATALOG),
        sha256=_digest(data["sha256"]),
        content_digest=_digest(data["content_digest"]),
        models=_number(data["models"], 2**40),
        providers=_number(data["providers"], 2**40),
        blob=Blob(path, ENCODING, _number(blob["size"], MAX_BLOB), _digest(blob["sha256"])),
    )


def _number(value: Any, most: int) -> int:
    if type(value) is not int or not 0 < value <= most:
        raise ValueError(f"{value!a} is no number from 1 to {most:,}")
    return value


def _digest(value: Any) -> str:
    if not isinstance(value, str) or not DIGEST.fullmatch(value):
        raise ValueError("a sha256 that is none")
    return value


def _version(text: str) -> tuple[int, ...]:
    """The numbers that a version begins with, to be compared."""
    found = VERSION.match(text)
    return tuple(map(int, found[0].split("."))) if found else ()


def overdue(next_update: str, now: datetime) -> Iterator[str]:
    """What is to be said when a manifest should have been followed by another."""
    from llmcat.instants import age_in_words, moment

    if next_update and moment(next_update) < now:
        late = age_in_words(next_update, now)
        yield f"the next release was due {late} ago; newer ones may need a newer llmcat"
