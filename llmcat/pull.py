"""`llmcat pull`: fetch models.dev's api.json into the user's cache folder.

decide() says whether upstream is to be asked at all, fetch() asks, and pull() keeps what came: checked
first, under a lock, snapshot first and manifest last, so that the folder never holds half of anything.
Whatever goes wrong, what was there stays and one PullError says so. Nothing else in llmcat asks the
network, and no build reads a clock: the time of a pull stands in the name of its snapshot.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from llmcat.errors import PullError, SourceError
from llmcat.version import __version__

if TYPE_CHECKING:
    import httpx

URL_VARIABLE = "LLMCAT_URL"
CACHE_VARIABLE = "LLMCAT_CACHE"
LICENCE = "MIT"

FRESH_FOR = timedelta(minutes=60)
DEADLINE = 30.0
"""Seconds for the whole of it: name lookup, redirects, headers and body."""

MAX_BYTES = 64 * 2**20
"""Of the unpacked body; api.json has 2 MB."""

MAX_REDIRECTS = 5
SNAPSHOTS_KEPT = 3
LEAST_SHARE = 0.5
"""A file with a smaller share of the models that the last one had is taken for a broken one."""

CLOCKS_MAY_DIFFER = timedelta(days=1)
"""A server's Date further than this from the clock here is not believed."""

HEADERS = {
    "User-Agent": f"llmcat/{__version__}",
    "Accept": "application/json",
    "Accept-Encoding": "gzip",  # what _body() unpacks, within bounds; httpx's own decoders have none
}
VALIDATORS = {"etag": "If-None-Match", "last_modified": "If-Modified-Since"}
"""Key in the manifest -> header of a conditional request."""

UNITS = (("day", 86_400), ("hour", 3_600), ("minute", 60))

Decision = Literal["fresh", "fetch", "revalidate"]
Listed = dict[str, Any]
"""What the manifest says of one snapshot: file, url, retrieved_at, sha256, size, etag, last_modified."""


@dataclass(frozen=True)
class Pulled:
    """What a pull came to: `size` is that of the snapshot file in bytes, `retrieved_at` is UTC."""

    action: Literal["fresh", "unchanged", "fetched"]
    snapshot: Path
    retrieved_at: str
    providers: int
    models: int
    size: int


class Cache(NamedTuple):
    """What lies in the folder: `snapshots` verify and stand oldest first; `whole` says that none is
    damaged or missing; `checked_at` is when upstream was last asked, or empty."""

    snapshots: list[Listed]
    whole: bool
    checked_at: str


class Answer(NamedTuple):
    """What upstream said; `body` is None when it said "not modified"."""

    body: bytes | None
    etag: str | None
    last_modified: str | None
    date: str | None


def choose_url(given: str | None, recipe_url: str) -> str:
    """Where to ask: what was given on the command line, else $LLMCAT_URL, else the recipe's."""
    return given or os.environ.get(URL_VARIABLE) or recipe_url


def pulled_folder() -> Path:
    """Where pulls are kept: `models-dev` in $LLMCAT_CACHE, else in the user's cache folder."""
    from platformdirs import user_cache_dir

    base = os.environ.get(CACHE_VARIABLE) or user_cache_dir("llmcat", appauthor=False)
    return Path(base).expanduser() / "models-dev"


def newest(folder: Path) -> Path | None:
    """The newest snapshot that has the sha256 its manifest names; None when there is none."""
    held = _look(folder).snapshots
    return folder / held[-1]["file"] if held else None


def age_in_words(then: str, now: datetime) -> str:
    """How long before `now` an instant `YYYY-MM-DDTHH:MM:SSZ` or a day was: "3 minutes", "12 days".

    Raises ValueError when `then` is neither.
    """
    seconds = (now - _instant(then)).total_seconds()
    for unit, length in UNITS:
        if count := int(seconds // length) if seconds > 0 else 0:
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return "less than a minute"


def decide(folder: Path, now: datetime, force: bool = False, url: str | None = None) -> Decision:
    """What a pull has to do: nothing ("fresh"), ask for all, or ask whether there is news.

    Only a newest snapshot that verifies, and that came from `url`, may spare a download.
    """
    return _decide(_look(folder), now, force, url)


def _decide(cache: Cache, now: datetime, force: bool, url: str | None) -> Decision:
    if not cache.snapshots or not cache.whole:
        return "fetch"
    last = cache.snapshots[-1]
    if url is not None and last.get("url") != _shown(url):
        return "fetch"
    with contextlib.suppress(ValueError):
        if not force and timedelta(0) <= now - _instant(cache.checked_at) < FRESH_FOR:
            return "fresh"
    return "revalidate" if _conditions(last) else "fetch"


def pull(
    url: str,
    folder: Path,
    *,
    hosts: Collection[str] = (),
    force: bool = False,
    now: datetime | None = None,
    deadline: float = DEADLINE,
    max_bytes: int = MAX_BYTES,
) -> Pulled:
    """Bring `folder` up to date with `url` and say what was done.

    `hosts` are those a redirect may lead to besides the one of `url`; `force` asks although the copy
    is fresh, and takes a file with far fewer models; `now` is the clock (aware); `deadline` is in
    seconds, `max_bytes` counts the unpacked body. Raises PullError; what was there stays.
    """
    now = now or datetime.now(timezone.utc)
    end = time.monotonic() + deadline
    try:
        cache = _look(folder)
        decision = _decide(cache, now, force, url)
        if decision == "fresh":
            return _pulled("fresh", folder, cache.snapshots[-1])
        conditions = _conditions(cache.snapshots[-1]) if decision == "revalidate" else {}
        answer = fetch(url, hosts, conditions, end, max_bytes)
        if answer.body is None:
            if renewed := _renew(folder, cache.snapshots[-1], now):
                return renewed
            answer = fetch(url, hosts, {}, end, max_bytes)  # the copy changed since it was verified
        return _keep(folder, _shown(url), answer, now, force)
    except PullError as error:
        reason = f"{_shown(url)} {error}"
    except OSError as error:
        reason = f"{folder} cannot be written ({error.strerror or error})"
    raise PullError(f"{_one_line(reason)}; {_what_stays(folder, now)}")


def fetch(
    url: str, hosts: Collection[str], conditions: Mapping[str, str], end: float, max_bytes: int
) -> Answer:
    """Ask upstream, until time.monotonic() is `end` at the latest. Raises PullError.

    No timeout of a socket bounds a name lookup, or headers that come a byte a second. So a thread
    asks, and is left to itself when the time is over: it ends with its socket, or with the process.
    """
    from concurrent import futures
    from threading import Thread

    future: futures.Future[Answer] = futures.Future()

    def run() -> None:
        try:
            future.set_result(_ask(url, hosts, conditions, end, max_bytes))
        except BaseException as error:  # noqa: BLE001 - the caller's thread raises it
            future.set_exception(error)

    Thread(target=run, name="llmcat pull", daemon=True).start()
    try:
        return future.result(timeout=max(0.0, end - time.monotonic()))
    except futures.TimeoutError:
        raise PullError("did not answer in time, or not all of it") from None


def _ask(
    url: str, hosts: Collection[str], conditions: Mapping[str, str], end: float, max_bytes: int
) -> Answer:
    import httpx

    left = max(0.001, end - time.monotonic())
    try:
        start = httpx.URL(url)
        if start.scheme not in ("http", "https") or not start.host:
            raise PullError("is no http or https address; give one with --url")
        with httpx.Client(headers=HEADERS, timeout=left) as client:
            return _follow(client, start, hosts, conditions, end, max_bytes)
    except httpx.TimeoutException:
        raise PullError("did not answer in time, or not all of it") from None
    # besides httpx's own: SSL_CERT_FILE names no file, a host that is no name, a SOCKS proxy
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, ImportError) as error:
        raise PullError(f"cannot be fetched ({str(error) or type(error).__name__})") from None


def _follow(
    client: httpx.Client,
    start: httpx.URL,
    hosts: Collection[str],
    conditions: Mapping[str, str],
    end: float,
    max_bytes: int,
) -> Answer:
    url = start
    for _ in range(MAX_REDIRECTS + 1):
        client.cookies.clear()
        with client.stream("GET", url, headers=dict(conditions)) as response:
            if response.next_request is None:
                return _answer(response, bool(conditions), end, max_bytes)
            url = response.next_request.url
        if refusal := redirect_refusal(start, url, hosts):
            raise PullError(refusal)
    raise PullError(f"redirects more than {MAX_REDIRECTS} times")


def redirect_refusal(start: httpx.URL, target: httpx.URL, hosts: Collection[str]) -> str | None:
    """Why a redirect from `start` to `target` is not followed; None when it is."""
    if target.scheme != start.scheme:
        return f"redirects from {start.scheme} to {target.scheme}; give that address with --url"
    if target.host not in {start.host, *(host.lower() for host in hosts)}:
        return f"redirects to another host, {target.host}; add it to [pull] hosts in the recipe"
    return None


def _answer(response: httpx.Response, conditional: bool, end: float, max_bytes: int) -> Answer:
    headers = response.headers
    said = headers.get("etag"), headers.get("last-modified"), headers.get("date")
    if response.status_code == 304 and conditional:
        return Answer(None, *said)
    if response.status_code != 200:
        raise PullError(f"answered with status {response.status_code}")
    return Answer(_body(response, end, max_bytes), *said)


def _body(response: httpx.Response, end: float, limit: int) -> bytes:
    """The body, unpacked chunk by chunk: a small chunk may unpack to gigabytes."""
    import zlib

    coding = (response.headers.get("content-encoding") or "identity").strip().lower()
    if coding not in ("identity", "gzip", "x-gzip"):
        raise PullError(f"sends {coding}, which was not asked for")
    unpacker = None if coding == "identity" else zlib.decompressobj(wbits=31)
    body = bytearray()
    try:
        for chunk in response.iter_raw():
            body += unpacker.decompress(chunk, limit + 1 - len(body)) if unpacker else chunk
            if len(body) > limit:
                raise PullError(f"is larger than {limit / 2**20:,.4g} MiB, the limit")
            if unpacker and unpacker.unused_data:
                raise PullError("sends more after the end of the gzip data")
            if time.monotonic() > end:
                raise PullError("did not answer in time, or not all of it")
    except zlib.error:
        raise PullError("sends no valid gzip data") from None
    if unpacker and not unpacker.eof:
        raise PullError("sends gzip data that is cut short")
    return bytes(body)


def _count(body: bytes) -> tuple[int, int]:
    """Providers and models in an api.json. Raises PullError when it is none, or has no model."""
    from llmcat.pipeline.layer import Document, Entry
    from llmcat.pipeline.sources.files import parse_json
    from llmcat.pipeline.sources.models_dev import ModelsDev

    try:
        document = Document("api.json", parse_json(Path("api.json"), body), sha256="")
        entries = [e.kind for e in ModelsDev().translate(document) if isinstance(e, Entry)]
    except SourceError as error:
        raise PullError(f"sends no models.dev file ({error})") from None
    if "model" not in entries:
        raise PullError("sends no models.dev file (there is no model in it)")
    return entries.count("provider"), entries.count("model")


def _keep(folder: Path, url: str, answer: Answer, now: datetime, force: bool) -> Pulled:
    """Add the answer to the folder, unless the newest snapshot already says the same."""
    from llmcat.pipeline.sources.files import sha256

    body = answer.body or b""
    providers, models = _count(body)
    asked = {"url": url, "etag": answer.etag, "last_modified": answer.last_modified}
    with _locked(folder):
        held = _look(folder).snapshots
        if held and _snapshot_body(folder, held[-1]) == body:
            held[-1].update(asked)
            _write_manifest(folder, held, now)
            return _pulled("unchanged", folder, held[-1])
        if held and not force:
            _refuse_loss(models, _count(_snapshot_body(folder, held[-1]))[1])
        at, packed = _time_of(answer, held, now), _pack(body)
        name = at.strftime("%Y-%m-%dT%H%M%SZ.json.gz")
        facts = {"retrieved_at": _stamp(at), "sha256": sha256(packed), "size": len(packed)}
        _put(folder / name, packed)
        _write_manifest(folder, [*held, {"file": name, **asked, **facts}], now)
    return Pulled("fetched", folder / name, _stamp(at), providers, models, len(packed))


def _renew(folder: Path, before: Listed, now: datetime) -> Pulled | None:
    """Note that the newest snapshot was found current; None when it is not what it was `before`."""
    with _locked(folder):
        held = _look(folder).snapshots
        if held[-1:] != [before]:
            return None
        _write_manifest(folder, held, now)
        return _pulled("unchanged", folder, held[-1])


def _refuse_loss(models: int, before: int) -> None:
    if models < before * LEAST_SHARE:
        raise PullError(
            f"has only {models:,} models where the newest snapshot has {before:,}"
            " (if that is right, pull with --force)"
        )


def _pulled(action: Literal["fresh", "unchanged"], folder: Path, listed: Listed) -> Pulled:
    path = folder / listed["file"]
    providers, models = _count(_snapshot_body(folder, listed))
    return Pulled(action, path, _retrieved_at(listed), providers, models, path.stat().st_size)


def _what_stays(folder: Path, now: datetime) -> str:
    held = _look(folder).snapshots
    if not held:
        return "nothing was pulled before, so `llmcat build` uses the pinned snapshot"
    at = _retrieved_at(held[-1])
    return f"kept the snapshot of {at[:10]}, {age_in_words(at, now)} old"


def _look(folder: Path) -> Cache:
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
        said = parse_json(path, read_bytes(path, MAX_TEXT))
    except SourceError:
        return [], ""
    snapshots = said.get("snapshots") if isinstance(said, dict) else None
    if not isinstance(snapshots, list):
        return [], ""
    listed = [s for s in snapshots if isinstance(s, dict) and _retrieved_at(s)]
    return sorted(listed, key=_retrieved_at), str(said.get("checked_at"))


def _snapshot_body(folder: Path, listed: Listed) -> bytes:
    from llmcat.pipeline.sources.files import MAX_JSON, read_bytes

    try:
        return read_bytes(folder / listed["file"], MAX_JSON)
    except SourceError as error:
        raise OSError(str(error)) from None


def _retrieved_at(listed: Listed) -> str:
    """The instant in the file's name; empty when it is no name of a snapshot."""
    from llmcat.pipeline.sources.models_dev import snapshot_time

    at = snapshot_time(str(listed.get("file"))) or ""
    try:
        return _stamp(_instant(at))
    except ValueError:
        return ""


def _conditions(listed: Listed) -> dict[str, str]:
    """The headers that ask for news only; what cannot stand in a header is left out."""
    said = {header: listed.get(key) for key, header in VALIDATORS.items()}
    return {
        header: value
        for header, value in said.items()
        if isinstance(value, str) and value and value.isascii() and value.isprintable()
    }


def _time_of(answer: Answer, held: list[Listed], now: datetime) -> datetime:
    """When the answer was given: the server's Date if sane, else the clock; after all that is held."""
    from email.utils import parsedate_to_datetime

    at = now
    with contextlib.suppress(ValueError, TypeError, OverflowError, IndexError):
        said = parsedate_to_datetime(answer.date or "")
        said = said if said.tzinfo else said.replace(tzinfo=timezone.utc)
        at = said if abs(said - now) <= CLOCKS_MAY_DIFFER else now
    if held:
        at = max(at, _instant(_retrieved_at(held[-1])) + timedelta(seconds=1))
    return at.astimezone(timezone.utc)


def _instant(text: str) -> datetime:
    at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return at if at.tzinfo else at.replace(tzinfo=timezone.utc)


def _stamp(at: datetime) -> str:
    return at.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _shown(url: str) -> str:
    """The address without the password that may stand in it."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _one_line(text: str) -> str:
    """Text that may come from upstream, safe to print: one line, no escape codes, no novel."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return printable if len(printable) <= 400 else f"{printable[:399]}…"


def _pack(body: bytes) -> bytes:
    """gzip with the same bytes for the same body: no time, no name, and no system in the header."""
    import gzip
    import io

    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as stream:
        stream.write(body)
    return packed.getvalue()


def _write_manifest(folder: Path, snapshots: list[Listed], now: datetime) -> None:
    """List the last snapshots, and remove the files that are listed no more. Needs the lock."""
    import json

    from llmcat.pipeline.sources.models_dev import SNAPSHOT_NAME

    kept = snapshots[-SNAPSHOTS_KEPT:]
    manifest = {"licence": LICENCE, "checked_at": _stamp(now), "snapshots": kept}
    _put(folder / "manifest.json", f"{json.dumps(manifest, indent=2)}\n".encode())
    names = {snapshot["file"] for snapshot in kept}
    for entry in list(folder.iterdir()):
        if SNAPSHOT_NAME.match(entry.name) and entry.name not in names:
            with contextlib.suppress(OSError):  # the next pull tries again
                entry.unlink()


def _put(path: Path, content: bytes) -> None:
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
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
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
