"""Publishing a catalogue: the packed file first, the signature over the new manifest next, the manifest last.

Nothing that readers may be about to fetch is ever overwritten, and the manifest is replaced only while it is the
one that this release follows. Who loses a race follows the winner. What was left behind by publishers that
died has a serial that is taken by now, and is removed.
"""

from __future__ import annotations

import lzma
import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from llmcat.errors import CatalogError, PublishError, PullError
from llmcat.instants import moment, utc_text
from llmcat.network.releases import manifest as manifests
from llmcat.network.releases.manifest import Blob, Manifest, Release
from llmcat.network.releases.minisign import SecretKey
from llmcat.network.releases.release_findings import release_findings
from llmcat.network.releases.store import Changed, Store, Stored
from llmcat.network.releases.store_by_address import open_store
from llmcat.network.releases.unpack import unpack
from llmcat.storage.checks import before_use
from llmcat.storage.checks.whole_file import Finding
from llmcat.storage.template import schema_version

LATEST = "latest.json"
KEPT = 10
NEXT_UPDATE = timedelta(hours=24)
TRIES = 20
"""How often a publisher that loses a race follows the winner."""

PRESET = 6
"""Of xz: a seventh of the size; 9 takes ten times the memory for a hundredth less."""

NAMED_BY_SERIAL = re.compile(r"(?:catalog|manifest)-(\d+)-[0-9a-f]{16}\.(?:db\.xz|json\.minisig)")


class Ready(NamedTuple):
    """A catalogue about to be published: its release without serial and time, the packed file, and what
    it was made from."""

    release: Release
    packed: bytes
    sources: tuple[Any, ...]


class Published(NamedTuple):
    """What was published, or would be: the manifest, and what of older releases was removed."""

    manifest: Manifest
    removed: list[str]
    warnings: list[Finding]


def publish(
    catalog: Path | None,
    address: str,
    *,
    keep: int = KEPT,
    key: SecretKey | None = None,
    next_update: timedelta = NEXT_UPDATE,
    revoke: Sequence[int] = (),
    force: bool = False,
    dry_run: bool = False,
    now: datetime | None = None,
) -> Published:
    """Publish the catalogue at `catalog` to a folder or a bucket, as the release after the last.

    `catalog` None publishes the newest release that is not revoked once more, which a reader that has it
    does not fetch again. `keep` releases stay there to be pinned; `key` signs; `next_update` is how long readers need not
    worry. `revoke` are serials that nobody may go on using. A catalogue that is damaged, cannot be true,
    or does not follow the last one plausibly is refused; of these, `force` lets the last pass.

    Raises PublishError. What was published stays as it was then.
    """
    store = open_store(address)
    folder = manifests.folder_of_schema()
    warnings: list[Finding] = []
    ready: Ready | None = None
    for _ in range(TRIES):
        stored = _stored_manifest(store, folder)
        last = stored and _read(stored)
        if ready is None and catalog is not None:
            warnings = _checked(catalog, store, folder, last, revoke, force)
            ready = _described(catalog)
        at = _after(last, now or datetime.now(timezone.utc))
        new, body = _next(last, ready, at, at + next_update, keep, revoke)
        if dry_run:
            return Published(new, [], warnings)
        if stored is None and (prove := getattr(store, "prove", None)):
            prove(folder)
        try:
            _put(store, folder, stored, new, body, key)
        except Changed:
            continue
        return Published(new, _clean_up(store, folder, new), warnings)
    raise PublishError(f"{address}: others published {TRIES} times meanwhile; try again")


def _stored_manifest(store: Store, folder: str) -> Stored | None:
    return store.read(f"{folder}/{LATEST}", manifests.MAX_MANIFEST)


def _read(stored: Stored) -> Manifest:
    try:
        return manifests.read(stored.body)
    except PullError as error:
        raise PublishError(f"the place {error}; nothing was published") from None


def _after(last: Manifest | None, now: datetime) -> datetime:
    """The time of a release: now, and after the last one even where the clock went back."""
    if last is None:
        return now
    return max(now, moment(last.current.published_at) + timedelta(seconds=1))


def _checked(
    catalog: Path,
    store: Store,
    folder: str,
    last: Manifest | None,
    revoke: Sequence[int],
    force: bool,
) -> list[Finding]:
    """The warnings about a catalogue. Raises PublishError for what is wrong with it."""
    with TemporaryDirectory(prefix="llmcat-") as scratch:
        earlier: Path | None = None
        if last is not None and not force and (held := _newest_valid(last, revoke)):
            earlier = Path(scratch) / "the last release"
            stored = store.read(f"{folder}/{held.blob.path}", held.blob.size)
            if stored is None:
                raise PublishError(f"{held.blob.path} is gone; --force publishes without comparing")
            try:
                unpack(stored.body, held, earlier)
            except PullError as error:
                raise PublishError(
                    f"the last release {error}; --force publishes without comparing"
                ) from None
        found = release_findings(str(catalog), str(earlier) if earlier else None)
    if wrong := [one for one in found if not one.warning]:
        more = f" (and {len(wrong) - 1:,} more, see llmcat check)" if len(wrong) > 1 else ""
        hint = "; if that is right, publish with --force" if wrong[0].check == "against" else ""
        reason = wrong[0].message.replace(str(earlier), "the last release")
        raise PublishError(f"{catalog} is not published: {reason}{more}{hint}")
    return found


def _described(catalog: Path) -> Ready:
    """What is published of a catalogue."""
    body = catalog.read_bytes()
    packed = lzma.compress(body, preset=PRESET)
    digest = sha256(packed).hexdigest()
    try:
        with closing(before_use.connect(str(catalog))) as connection:
            row = connection.execute(
                "SELECT built_at, content_digest, models, providers FROM catalog"
            ).fetchone()
            sources = connection.execute(
                "SELECT name, retrieved_at, sha256, licence FROM sources ORDER BY position"
            ).fetchall()
    except (sqlite3.Error, CatalogError) as error:
        raise PublishError(f"{catalog} is not published: {error}") from None
    blob = Blob(digest[:16], manifests.ENCODING, len(packed), digest)
    built_at, content_digest, models, providers = row
    release = Release(
        *(0, "", built_at, len(body), sha256(body).hexdigest(), content_digest, models, providers),
        blob,
    )
    names = ("name", "retrieved_at", "sha256", "licence")
    return Ready(release, packed, tuple(dict(zip(names, source)) for source in sources))


def _next(
    last: Manifest | None,
    ready: Ready | None,
    at: datetime,
    due: datetime,
    keep: int,
    revoke: Sequence[int],
) -> tuple[Manifest, bytes | None]:
    """The manifest after the last, and the packed file that is to be put beside it, if any."""
    serial = last.serial + 1 if last else 1
    if unknown := sorted(s for s in revoke if not 0 < s < serial):
        raise PublishError(f"there is no release {unknown[0]} to be revoked")
    releases = last.releases if last else ()
    files = {r.sha256 for r in releases if r.serial in revoke}
    files |= {*(last.revoked_files if last else ())}
    revoked = {*(last.revoked if last else ()), *revoke}
    revoked |= {r.serial for r in releases if r.sha256 in files}
    earlier = [r for r in releases if r.serial not in revoked]
    held = {release.sha256: release for release in earlier}
    body = None
    if ready is not None and ready.release.sha256 in files:
        raise PublishError("this very catalogue was revoked; publish another")
    if ready is None:
        if not earlier:
            raise PublishError("no release is left that could be published again; name a catalogue")
        release = earlier[0]
    elif ready.release.sha256 in held:
        release = held[ready.release.sha256]  # its packed file is there already
    else:
        release, body, _ = ready
        name = f"catalog-{serial}-{release.blob.path}.db.xz"
        release = release._replace(blob=release.blob._replace(path=name))
    release = release._replace(serial=serial, published_at=utc_text(at))
    return (
        Manifest(
            schema=schema_version(),
            next_update=utc_text(due),
            min_reader=manifests.MIN_READER,
            releases=(release, *earlier)[: max(1, keep)],
            previous=last.current if last else None,
            revoked=tuple(sorted(revoked)),
            revoked_files=tuple(sorted(files)),
            sources=ready.sources if ready else last.sources if last else (),
        ),
        body,
    )


def _newest_valid(last: Manifest, revoke: Sequence[int]) -> Release | None:
    gone = {r.sha256 for r in last.releases if r.serial in revoke}
    return next((r for r in last.releases if r.sha256 not in gone), None)


def _put(
    store: Store,
    folder: str,
    stored: Stored | None,
    new: Manifest,
    packed: bytes | None,
    key: SecretKey | None,
) -> None:
    """The files of a release, the manifest last. Raises Changed where another release came first."""
    body = manifests.written(new)
    files = []
    if packed is not None:
        files.append((new.current.blob.path, packed))
    if key is not None:
        signature = key.sign(body, manifests.signed_comment(new))
        files.append((manifests.signature_path(body, new.serial), signature))
    for name, content in files:
        _create(store, f"{folder}/{name}", content)
    try:
        if stored is None:
            store.create(f"{folder}/{LATEST}", body)
        else:
            store.replace(f"{folder}/{LATEST}", body, stored.tag)
    except Changed:
        now_there = _stored_manifest(store, folder)
        if now_there is None or now_there.body != body:  # it may be ours, written at the first try
            raise


def _create(store: Store, path: str, content: bytes) -> None:
    """Put a file whose name says what is in it; one that is there must be the same."""
    try:
        store.create(path, content)
    except Changed:
        there = store.read(path, len(content))
        if there is None or there.body != content:
            raise PublishError(f"{path} is there already and is another file") from None


def _clean_up(store: Store, folder: str, new: Manifest) -> list[str]:
    """Remove what belongs to no release that is kept, unless its serial is beyond this one: that may be
    of a release that is under way."""
    serials = {release.serial for release in new.releases}
    packed = {release.blob.path for release in new.releases}
    removed = []
    for name in store.names(folder):
        match = NAMED_BY_SERIAL.fullmatch(name)
        kept = name in packed or (name.endswith(".minisig") and match and int(match[1]) in serials)
        if match and not kept and int(match[1]) <= new.serial:
            store.remove(f"{folder}/{name}")
            removed.append(name)
    return removed
