"""Asking endpoints, all at once: each on a thread of its own, with a deadline of its own.

The threads are daemons: one that hangs in a name lookup, which nothing can interrupt, is left behind and
ends with the process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from llmcat.errors import PullError, SourceError
from llmcat.instants import utc_text
from llmcat.network.discover.configured import FILES, Endpoint
from llmcat.network.discover.hosted_providers import HOSTED, Hosted
from llmcat.network.discover.kept_answers import Kept, file_of, keep, read, without_keys
from llmcat.network.discover.local_servers import ASK, ask_gguf
from llmcat.network.fetch import fetch

MAX_BYTES = 32 * 2**20
MAX_PAGES = 50
AGAIN = (429, 500, 502, 503, 504)
"""Statuses after which it is worth asking once more."""

PAUSE = 0.5
"""Seconds before that, where the answer does not say."""

SLACK = 0.5
"""Seconds over the deadline for reading and keeping what came in time."""

REFUSALS = {
    401: "refuses the key (status 401)",
    403: "forbids it to this key (status 403)",
    404: "has no such list (status 404)",
    429: "is asked too often (status 429)",
}


def ask_all(
    endpoints: Sequence[Endpoint], deadline: float, max_age: float, folder: Path | None = None
) -> list[Kept]:
    """What each endpoint answers, in their order; within `deadline` seconds and a moment.

    An answer that is younger than `max_age` seconds is not asked for again. What came is kept, and what
    was kept before stays where nothing came.
    """
    done: SimpleQueue[tuple[int, Kept]] = SimpleQueue()
    found: list[Kept | None] = [None] * len(endpoints)
    end = time.monotonic() + deadline
    waiting = set()
    before: list[Kept] = []
    for number, endpoint in enumerate(endpoints):
        held = _held(endpoint, folder)
        before.append(held)
        if endpoint.missing or endpoint.kind == "no-list":
            held.error = endpoint.missing
            found[number] = held
        elif _is_fresh(held, max_age):
            found[number] = held
        else:
            waiting.add(number)
            asking = _Asking(endpoint, held, end)
            threading.Thread(
                target=lambda n=number, a=asking: done.put((n, a.run())),
                name=f"llmcat discover {endpoint.name}",
                daemon=True,
            ).start()
    while waiting and (left := end + SLACK - time.monotonic()) > 0:
        try:
            number, kept = done.get(timeout=left)
        except Empty:
            break
        waiting.discard(number)
        found[number] = _kept(kept, folder)
    for number in waiting:
        found[number] = _kept(
            _failed(before[number], f"did not answer in {round(deadline, 1):g} s"), folder
        )
    return [kept for kept in found if kept is not None]


def _held(endpoint: Endpoint, folder: Path | None) -> Kept:
    """What is kept of an endpoint, with what is known of it now."""
    held = read(file_of(endpoint.name, endpoint.base, folder)) if endpoint.base else None
    now = Kept(endpoint.name, endpoint.provider, endpoint.kind, endpoint.base, endpoint.local)
    now.key_command = endpoint.key.from_command or endpoint.own
    if held is not None and held.kind == endpoint.kind:
        now.requested_at, now.answered_at, now.error = (
            held.requested_at,
            held.answered_at,
            held.error,
        )
        now.latency, now.etags, now.answer = held.latency, held.etags, held.answer
    return now


def _is_fresh(held: Kept, max_age: float) -> bool:
    if held.error or not held.answered_at:
        return False
    try:
        then = datetime.fromisoformat(held.answered_at.replace("Z", "+00:00"))
    except ValueError:
        return False
    age = (datetime.now(timezone.utc) - then).total_seconds()
    return 0 <= age < max_age


def _kept(kept: Kept, folder: Path | None) -> Kept:
    """Keep it, unless it is a local server that never answered: there is nothing to remember."""
    if kept.answered_at or not kept.local:
        try:
            keep(kept, folder)
        except OSError as error:
            kept.error = f"{kept.error or 'answered'}; it cannot be kept ({error.strerror})"
    return kept


def _failed(held: Kept, reason: str) -> Kept:
    held.requested_at, held.error = utc_text(datetime.now(timezone.utc)), reason
    return held


class _Asking:
    """One endpoint, asked until `end` (of time.monotonic) at the latest."""

    def __init__(self, endpoint: Endpoint, held: Kept, end: float) -> None:
        self.endpoint, self.held, self.end = endpoint, held, end
        self.etags: dict[str, str] = {}
        self.secret = ""

    def run(self) -> Kept:
        """What it answers; its last answer with an error where it fails. Raises nothing."""
        started = time.monotonic()
        try:
            if self.endpoint.key:
                self.secret = self.endpoint.key.reveal(max(0.1, self.end - started))
            answer = self._answer()
        except PullError as error:
            return _failed(self.held, self._hidden(self._refusal(error)))
        except Exception as error:  # noqa: BLE001 - one endpoint must not end the others
            return _failed(self.held, f"answers what cannot be read ({type(error).__name__})")
        now = utc_text(datetime.now(timezone.utc))
        return Kept(
            *(self.held.name, self.held.provider, self.held.kind, self.held.endpoint),
            local=self.held.local,
            key_command=self.held.key_command,
            requested_at=now,
            answered_at=now,
            latency=round(time.monotonic() - started, 3),
            etags=self.etags,
            answer=without_keys(answer),
        )

    def _answer(self) -> dict[str, Any]:
        kind = self.endpoint.kind
        if kind == FILES:
            return ask_gguf(self.endpoint.base)
        return self._list(HOSTED[kind]) if kind in HOSTED else ASK[kind](self.get)

    def _list(self, row: Hosted) -> dict[str, list[Any]]:
        """The pages of every list of a provider, by path without query."""
        answer: dict[str, list[Any]] = {}
        for number, path in enumerate(row.paths):
            name = path.partition("?")[0]
            page = self.get(path, optional=number > 0)
            pages = [] if page is None else [page]
            while isinstance(page, dict) and (query := row.next_page(page)):
                if len(pages) == MAX_PAGES:
                    raise PullError(f"gives more than {MAX_PAGES} pages")
                page = self.get(f"{name}?{query}")
                if page in pages:
                    raise PullError("gives the same page again and again")
                pages.append(page)
            answer[name] = pages
        return answer

    def get(self, path: str, *, body: bytes | None = None, optional: bool = False) -> Any:
        """The parsed answer to a path; with `optional` None where there is none."""
        try:
            return self._get(path, body)
        except PullError as error:
            if optional and error.status in (400, 403, 404, 405, 501):
                return None
            raise

    def _get(self, path: str, body: bytes | None) -> Any:
        known = self.held.etags.get(path) if body is None else None
        kept = self._kept_page(path) if known else None
        conditions = {"If-None-Match": known} if known and kept is not None else {}
        url = self.endpoint.base + path
        try:
            answer = self._fetch(url, conditions, body)
        except PullError as error:
            if error.status not in AGAIN:
                raise
            self._wait(error)
            answer = self._fetch(url, conditions, body)
        if answer.etag:
            self.etags[path] = answer.etag
        return kept if answer.body is None else self._parsed(answer.body)

    def _fetch(self, url: str, conditions: Mapping[str, str], body: bytes | None) -> Any:
        return fetch(
            url, (), conditions, self.end, MAX_BYTES, headers=self._headers(url), body=body
        )

    def _headers(self, url: str) -> dict[str, str]:
        row = HOSTED.get(self.endpoint.kind)
        headers = dict(row.headers) if row else {}
        if self.secret:
            name, value = row.header if row else ("Authorization", "Bearer {}")
            headers[name] = value.format(self.secret)
        elif self.endpoint.kind == "amazon-bedrock":
            from llmcat.network.discover.aws import signed

            headers.update(signed(url))
        return headers

    def _kept_page(self, path: str) -> Any:
        """The first page that was kept of a path: what "not modified" means."""
        pages = self.held.answer.get(path.partition("?")[0])
        return pages[0] if isinstance(pages, list) and len(pages) == 1 else None

    def _wait(self, error: PullError) -> None:
        """Wait as long as the answer asks for. Raises PullError where that is too long."""
        pause = _seconds(error.retry_after)
        if time.monotonic() + pause >= self.end:
            words = REFUSALS.get(error.status or 0, str(error))
            raise PullError(f"{words} and wants to be asked again in {pause:.0f} s")
        time.sleep(pause)

    def _parsed(self, body: bytes) -> Any:
        """JSON without its traps; a server that repeats the key does not get it into a file."""
        from llmcat.pipeline.sources.files import parse_json

        if self.secret:
            body = body.replace(self.secret.encode(), b"[key]")
        try:
            return parse_json(Path("answer"), body)
        except SourceError as error:
            raise PullError(f"does not answer with JSON ({error.reason})") from None

    def _refusal(self, error: PullError) -> str:
        """Why it did not answer. Who sent no key is told where one belongs: LiteLLM's proxy answers 500 to
        none, and 400 to a wrong one."""
        status = error.status or 0
        is_proxy = self.endpoint.provider == "litellm" and status in (400, 500)
        if (status in (401, 403) or is_proxy) and not self.secret:
            return f"wants a key (status {status}): set {self.endpoint.key_name}"
        if is_proxy:
            return f"answered with status {status}, as it does to a wrong key"
        return REFUSALS.get(status, str(error))

    def _hidden(self, text: str) -> str:
        return text.replace(self.secret, "[key]") if self.secret else text


def _seconds(retry_after: str | None) -> float:
    """The seconds that Retry-After asks to wait: a number, or an HTTP date."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:6])
    try:
        then = parsedate_to_datetime(text)
        return max(0.0, (then - datetime.now(timezone.utc)).total_seconds())
    except (TypeError, ValueError):
        return PAUSE
