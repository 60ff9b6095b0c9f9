"""`llmcat pull --from`: the release that is published is verified and installed, or one line says why not.

    manifest -> signature -> serial -> file -> size, sha256 -> unpack -> size, sha256 -> schema, pages ->
    kept -> current -> state

Each step refuses before anything of the next is done, and the catalogue that is there stays.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timezone
from pathlib import Path
from typing import Literal, NamedTuple

from llmcat.errors import PullError, SignatureError, WriteError
from llmcat.network.fetch import without_secrets
from llmcat.network.releases import manifest as manifests
from llmcat.network.releases.local_releases import KEPT, Place, State
from llmcat.network.releases.manifest import Manifest, Release
from llmcat.network.releases.minisign import LONGEST, read_public_key, verified_comment
from llmcat.network.releases.release_source import Fetched, Missing, read
from llmcat.network.releases.unpack import unpack
from llmcat.storage.checks import before_use
from llmcat.storage.files.build_folder import workplace

TRIES = 3
"""How often a manifest is read again whose signature or file is gone: the publisher is faster."""

NEWEST = "latest"


class Installed(NamedTuple):
    """The result of a pull. `serial` is that of the catalogue that is current now; `notes` are to be said."""

    action: Literal["installed", "unchanged"]
    serial: int
    notes: tuple[str, ...] = ()


def install(
    address: str,
    catalog: Path,
    *,
    keys: Sequence[str] = (),
    pin: str | None = None,
    now: datetime | None = None,
) -> Installed:
    """Install what is published at `address` as `catalog`, and say what was done.

    `keys` are public keys of minisign's, or files of them: the manifest must be signed by one. Without any, those of the last time
    hold for the same address. `pin` is a serial that is installed and stays, or "latest", which ends that.
    Raises PullError with one line; what was there stays.
    """
    place = Place(catalog)
    try:
        with place.locked() as state:
            return _Pull(address, place, state, keys, now).run(pin)
    except SignatureError as error:
        reason = str(error)
    except (PullError, WriteError) as error:
        reason = str(error)
    except OSError as error:
        reason = f"cannot be installed in {catalog.parent} ({error.strerror or error})"
    shown = without_secrets(address)
    stays = "the catalogue that is there stays" if catalog.exists() else "nothing was installed"
    raise PullError(f"{shown} {reason}; {stays}".replace("\n", " "), kept=catalog.exists())


class _Pull:
    """One pull, under the lock of the place."""

    def __init__(
        self, address: str, place: Place, state: State, keys: Sequence[str], now: datetime | None
    ) -> None:
        self.address = address
        self.place = place
        self.now = now or datetime.now(timezone.utc)
        if state.url != without_secrets(address):  # another publisher: its serials begin anew
            state = State(url=without_secrets(address), kept=state.kept, current=state.current)
        if keys and (accepted := [read_public_key(key).text for key in keys]) != state.keys:
            state.keys, state.tag = accepted, None
        self.state = state

    def run(self, pin: str | None) -> Installed:
        """Bring the place up to date."""
        for _ in range(TRIES - 1):
            with contextlib.suppress(Missing):
                return self._run(pin)
            self.state.tag = None
        return self._run(pin)

    def _run(self, pin: str | None) -> Installed:
        state = self.state
        pinned = _serial(pin, state.pinned)
        whole = (state.current, self.place.digest()) in state.kept
        tag = state.tag if whole and pin is None else None
        found = self._read("latest.json", manifests.MAX_MANIFEST, tag)
        if found.body is None:
            return self._done("unchanged")
        manifest = self._verified(found.body)
        release = _chosen(manifest, pinned)
        changed = self._install(release)
        state.seen, state.tag, state.next_update = manifest.serial, found.tag, manifest.next_update
        state.revoked, state.pinned = list(manifest.revoked), pinned
        _remember(state, release.serial, release.sha256)
        self.place.save(state)
        return self._done("installed" if changed else "unchanged")

    def _read(self, name: str, limit: int, tag: str | None = None) -> Fetched:
        return read(self.address, f"{manifests.folder_of_schema()}/{name}", limit, tag)

    def _done(self, action: Literal["installed", "unchanged"]) -> Installed:
        notes = [*manifests.overdue(self.state.next_update, self.now)]
        if self.state.pinned is not None:
            notes.append(f"serial {self.state.pinned} is pinned; --pin {NEWEST} follows again")
        return Installed(action, self.state.current, tuple(notes))

    def _verified(self, body: bytes) -> Manifest:
        """The manifest, once it is signed, and no older one than was seen."""
        manifest = manifests.read(body)
        if self.state.keys:
            keys = [read_public_key(key) for key in self.state.keys]
            try:
                path = manifests.signature_path(body, manifest.serial)
                signature = self._read(path, LONGEST).body or b""
            except Missing:
                raise Missing("is not signed, or not by the publisher of this manifest") from None
            comment = verified_comment(body, signature, keys)
            if comment != manifests.signed_comment(manifest):
                raise PullError("is signed for another release")
        if manifest.serial < self.state.seen:
            raise PullError(
                f"offers serial {manifest.serial}, and had {self.state.seen} before: somebody shows an"
                " old manifest"
            )
        return manifest

    def _install(self, release: Release) -> bool:
        """Make a release current; False where it is already."""
        place, digest = self.place, release.sha256
        place.check_neighbours()
        if not place.has(digest):
            with workplace(place.folder) as scratch:
                draft = scratch / "catalog.db"
                if place.digest() == digest:
                    shutil.copyfile(place.catalog, draft)
                else:
                    packed = self._read(release.blob.path, release.blob.size).body
                    unpack(packed or b"", release, draft)
                    _check(draft, release)
                place.keep(draft, digest)
        if place.digest() == digest:
            return False
        place.install(digest)
        return True


def roll_back(catalog: Path) -> Installed:
    """Install the release before the current one, which is kept here, and pin it. Needs no network.

    Raises PullError where none is kept.
    """
    place = Place(catalog)
    with place.locked() as state:
        earlier = [
            (serial, digest)
            for serial, digest in state.kept
            if serial < state.current and serial not in state.revoked and place.has(digest)
        ]
        if not earlier:
            raise PullError(f"no release before serial {state.current} is kept in {place.folder}")
        serial, digest = max(earlier)
        try:
            place.install(digest)
        except (OSError, WriteError) as error:
            raise PullError(f"{catalog} cannot be replaced ({error})") from None
        state.current = state.pinned = serial
        place.save(state)
    return Installed("installed", serial, (f"it is pinned; --pin {NEWEST} follows again",))


def _serial(pin: str | None, pinned: int | None) -> int | None:
    """The serial that is to be current; None: the newest."""
    if pin is None:
        return pinned
    if pin == NEWEST:
        return None
    if not (pin.isascii() and pin.isdigit()):
        raise PullError(f"has no release {pin!a}: --pin takes a serial, or {NEWEST}")
    return int(pin)


def _chosen(manifest: Manifest, pinned: int | None) -> Release:
    """The release to install. Raises PullError where it is not there, or was revoked."""
    if pinned is None:
        release = manifest.current
    elif pinned in manifest.revoked:
        raise PullError(f"has revoked the pinned serial {pinned}; --pin {NEWEST} takes another")
    else:
        found = [release for release in manifest.releases if release.serial == pinned]
        if not found:
            there = ", ".join(str(release.serial) for release in manifest.releases)
            raise PullError(f"has no serial {pinned} to be pinned; there are {there}")
        release = found[0]
    if release.serial in manifest.revoked or release.sha256 in manifest.revoked_files:
        raise PullError(f"offers serial {release.serial}, which is revoked")
    return release


def _remember(state: State, serial: int, digest: str) -> None:
    """Note the current release, and forget the oldest of those that are kept, but never this one."""
    others = sorted(one for one in state.kept if one[1] != digest)
    gone = max(0, len(others) + 1 - KEPT)
    state.kept = sorted([*others[gone:], (serial, digest)])
    state.current = serial


def _check(path: Path, release: Release) -> None:
    """Raise PullError unless the file is a whole catalogue of this schema that says what its release says."""
    try:
        with closing(before_use.connect(str(path))) as connection:
            [verdict] = connection.execute("PRAGMA quick_check(1)").fetchone()
            facts = connection.execute("SELECT content_digest, models, providers FROM catalog")
            says = facts.fetchone()
    except before_use.Untrusted as error:
        raise PullError(f"sends a file that {error.reason}") from None
    except sqlite3.Error as error:
        raise PullError(f"sends a file that cannot be read as a catalogue ({error})") from None
    if verdict != "ok" or says != (release.content_digest, release.models, release.providers):
        raise PullError("sends a catalogue that does not hold what its manifest says")
