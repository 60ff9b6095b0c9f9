"""`llmcat pull`: fetch what one source has at its address into the user's cache folder.

decide() says whether upstream is to be asked at all, fetch() asks, and pull() keeps what came, checked
first. Whatever goes wrong, what was there stays and one PullError says so. sources.py does so for
all sources of a recipe. Nothing else in llmcat asks the network.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Literal

from llmcat.errors import PullError, SourceError
from llmcat.instants import age_in_words, moment, utc_text
from llmcat.network.fetch import DEADLINE, MAX_BYTES, Answer, fetch, without_secrets
from llmcat.network.plausibility import Offers, doubt, offers_in_file
from llmcat.network.snapshots import (
    Cache,
    Listed,
    body_of,
    keep,
    locked,
    look,
    newest,
    pulled_folder,
    retrieved_at,
    write_manifest,
)

__all__ = ["Pulled", "choose_url", "decide", "newest", "pull", "pulled_folder"]

URL_VARIABLE = "LLMCAT_URL"

FRESH_FOR = timedelta(minutes=60)

CLOCKS_MAY_DIFFER = timedelta(days=1)
"""A server's Date further than this from the clock here is not believed."""

VALIDATORS = {"etag": "If-None-Match", "last_modified": "If-Modified-Since"}
"""Key in the manifest -> header of a conditional request."""

ACCEPTED = "accepted_at"
"""Key in the manifest: when a doubtful file was taken by force, here or in a snapshot before."""

Decision = Literal["fresh", "fetch", "revalidate"]


@dataclass(frozen=True)
class Pulled:
    """The result of a pull: `size` is that of the snapshot file in bytes, `retrieved_at` is UTC."""

    action: Literal["fresh", "unchanged", "fetched"]
    snapshot: Path
    retrieved_at: str
    providers: int
    models: int
    size: int


def choose_url(given: str | None, recipe_url: str) -> str:
    """Where to ask: what was given on the command line, else $LLMCAT_URL, else the recipe's."""
    return given or os.environ.get(URL_VARIABLE) or recipe_url


def decide(folder: Path, now: datetime, force: bool = False, url: str | None = None) -> Decision:
    """What a pull has to do: nothing ("fresh"), ask for all, or ask whether there is news.

    Only a newest snapshot that verifies, and that came from `url`, may spare a download.
    """
    return _decide(look(folder), now, force, url)


def _decide(cache: Cache, now: datetime, force: bool, url: str | None) -> Decision:
    if not cache.snapshots or not cache.whole:
        return "fetch"
    last = cache.snapshots[-1]
    if url is not None and last.get("url") != without_secrets(url):
        return "fetch"
    with contextlib.suppress(ValueError):
        # what the manifest does not tell, the values of a query, may name another file
        if (
            not force
            and "?" not in (url or "")
            and timedelta(0) <= now - moment(cache.checked_at) < FRESH_FOR
        ):
            return "fresh"
    return "revalidate" if _conditions(last) else "fetch"


def pull(
    url: str,
    folder: Path,
    *,
    kind: str = "models.dev",
    hosts: Collection[str] = (),
    force: bool = False,
    before: Callable[[], Iterable[Offers]] = tuple,
    now: datetime | None = None,
    deadline: float = DEADLINE,
    max_bytes: int = MAX_BYTES,
) -> Pulled:
    """Bring `folder` up to date with `url`, a file of this source kind, and say what was done.

    `hosts` are those a redirect may lead to besides the one of `url`; `force` asks although the copy
    is fresh, and takes a file that is not plausible after what was pulled earlier and what `before`
    gives (see plausibility.py); `now` is the clock (aware); `deadline` is in
    seconds, `max_bytes` counts the unpacked body. Raises PullError; what was there stays.
    """
    now = now or datetime.now(timezone.utc)
    end = time.monotonic() + deadline
    try:
        cache = look(folder)
        decision = _decide(cache, now, force, url)
        if decision == "fresh":
            return _pulled("fresh", folder, cache.snapshots[-1], kind)
        conditions = _conditions(cache.snapshots[-1]) if decision == "revalidate" else {}
        answer = fetch(url, hosts, conditions, end, max_bytes)
        if answer.body is None:
            if renewed := _renew(folder, cache.snapshots[-1], now, kind):
                return renewed
            answer = fetch(url, hosts, {}, end, max_bytes)  # the copy changed since it was verified
        return _take(folder, without_secrets(url), answer, now, force, before, kind)
    except PullError as error:
        reason, refused = f"{without_secrets(url)} {error}", error.refused
    except OSError as error:
        reason, refused = f"{folder} cannot be written ({error.strerror or error})", False
    stays, kept = _what_stays(folder, now)
    raise PullError(
        f"{_one_line(reason.replace(url, without_secrets(url)))}; {stays}",
        kept=kept,
        refused=refused,
    )


def _read(kind: str, body: bytes, at: str) -> tuple[Offers, int]:
    """What a file offers, and the number of its providers.

    Raises PullError when it is none, or has no model.
    """
    try:
        name = f"the snapshot pulled on {at[:10]}"
        offers, providers = offers_in_file(kind, Path("answer.json"), body, name, at)
    except SourceError as error:
        raise PullError(f"sends no {kind} file ({error})") from None
    if not offers.models:
        raise PullError(f"sends no {kind} file (there is no model in it)")
    return offers, providers


def _take(
    folder: Path,
    url: str,
    answer: Answer,
    now: datetime,
    force: bool,
    before: Callable[[], Iterable[Offers]],
    kind: str,
) -> Pulled:
    """Add the answer to the folder, unless the newest snapshot already says the same."""
    body = answer.body or b""
    offers, providers = _read(kind, body, utc_text(now))
    counts = {"providers": providers, "models": len(offers.models)}
    request: Listed = {
        **counts,
        "url": url,
        "etag": answer.etag,
        "last_modified": answer.last_modified,
    }
    with locked(folder):
        held = look(folder).snapshots
        if held and body_of(folder, held[-1]) == body:
            held[-1].update(request)
            write_manifest(folder, held, now)
            return _pulled("unchanged", folder, held[-1], kind)
        at = _time_of(answer, held, now)
        offers = offers._replace(at=utc_text(at))
        if since := _accepted(offers, folder, held, before, force, kind):
            request[ACCEPTED] = since
        listed = keep(folder, held, body, request, at, now)
    path = folder / listed["file"]
    shown = retrieved_at(listed)
    return Pulled("fetched", path, shown, providers, len(offers.models), listed["size"])


def _accepted(
    offers: Offers,
    folder: Path,
    held: list[Listed],
    before: Callable[[], Iterable[Offers]],
    force: bool,
    kind: str,
) -> str | None:
    """Since when what came earlier is no measure any more, as somebody took a doubtful file by force.

    Raises PullError, with figures, for a file that is not plausible and not forced.
    """
    accepted = held[-1].get(ACCEPTED) if held else None
    since = accepted if isinstance(accepted, str) else ""
    earlier = [_read(kind, body_of(folder, listed), retrieved_at(listed))[0] for listed in held]
    measures = [o for o in (*reversed(earlier), *before()) if o.at >= since]
    words = doubt(offers, measures)
    if words and not force:
        raise PullError(f"{words}; if that is right, pull with --force", refused=True)
    return offers.at if words else accepted


def _renew(folder: Path, before: Listed, now: datetime, kind: str) -> Pulled | None:
    """Note that the newest snapshot was found current; None when it is not what it was `before`."""
    with locked(folder):
        held = look(folder).snapshots
        if held[-1:] != [before]:
            return None
        write_manifest(folder, held, now)
        return _pulled("unchanged", folder, held[-1], kind)


def _pulled(
    action: Literal["fresh", "unchanged"], folder: Path, listed: Listed, kind: str
) -> Pulled:
    path, at = folder / listed["file"], retrieved_at(listed)
    providers, models = listed.get("providers"), listed.get("models")
    if not isinstance(providers, int) or not isinstance(models, int):
        offers, providers = _read(kind, body_of(folder, listed), at)
        models = len(offers.models)
    return Pulled(action, path, at, providers, models, path.stat().st_size)


def _what_stays(folder: Path, now: datetime) -> tuple[str, bool]:
    """What there still is, in words, and whether it was pulled earlier."""
    held = look(folder).snapshots
    if not held:
        return "nothing was pulled before, so `llmcat build` uses the pinned snapshot", False
    at = retrieved_at(held[-1])
    return f"kept the snapshot of {at[:10]}, {age_in_words(at, now)} old", True


def _conditions(listed: Listed) -> dict[str, str]:
    """The headers that ask for news only; what cannot stand in a header is left out."""
    stated = {header: listed.get(key) for key, header in VALIDATORS.items()}
    return {
        header: value
        for header, value in stated.items()
        if isinstance(value, str) and value and value.isascii() and value.isprintable()
    }


def _time_of(answer: Answer, held: list[Listed], now: datetime) -> datetime:
    """When the answer was given: the server's Date if sane, else the clock; after all that is held."""
    from email.utils import parsedate_to_datetime

    at = now
    with contextlib.suppress(ValueError, TypeError, OverflowError, IndexError):
        stated = parsedate_to_datetime(answer.date or "")
        stated = stated if stated.tzinfo else stated.replace(tzinfo=timezone.utc)
        at = stated if abs(stated - now) <= CLOCKS_MAY_DIFFER else now
    if held:
        at = max(at, moment(retrieved_at(held[-1])) + timedelta(seconds=1))
    return at.astimezone(timezone.utc)


def _one_line(text: str) -> str:
    """Text that may come from upstream, safe to print: one line, no escape codes, no novel."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return printable if len(printable) <= 400 else f"{printable[:399]}…"
