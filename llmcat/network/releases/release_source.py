"""Where a reader gets releases from: https, a folder, a bucket. All give the same answer, capped and in time."""

from __future__ import annotations

import time
from typing import NamedTuple

from llmcat.errors import PublishError, PullError
from llmcat.network.fetch import fetch
from llmcat.network.releases.store_by_address import BUCKETS, open_store

SLOWEST = 20_000
"""Bytes a second; a packed catalogue that comes slower is given up."""

AT_LEAST = 30.0
"""Seconds that every file is given."""


class Fetched(NamedTuple):
    """A file; `body` None says that it still is the one of the tag that was given."""

    body: bytes | None
    tag: str | None


class Missing(PullError):
    """There is no such file."""


def read(address: str, path: str, limit: int, tag: str | None = None) -> Fetched:
    """A file below the address, of at most `limit` bytes. Raises PullError; Missing where there is none."""
    scheme = address.partition("://")[0].lower()
    if scheme in ("http", "https"):
        return _fetch(f"{address.rstrip('/')}/{path}", limit, tag)
    try:
        stored = open_store(address).read(path, limit)
    except PublishError as error:
        raise PullError(f"cannot be read ({error})") from None
    except OSError as error:
        raise PullError(f"cannot be read ({error.strerror or error})") from None
    if stored is None:
        raise Missing(f"has no {path}")
    found = str(stored.tag if isinstance(stored.tag, str) else stored.tag.get("e_tag"))
    return Fetched(None if tag == found else stored.body, found)


def _fetch(url: str, limit: int, tag: str | None) -> Fetched:
    conditions = {"If-None-Match": tag} if tag and tag.isascii() and tag.isprintable() else {}
    end = time.monotonic() + max(AT_LEAST, limit / SLOWEST)
    try:
        answer = fetch(url, (), conditions, end, limit)
    except PullError as error:
        if "status 404" in str(error):
            raise Missing(f"has no {url.rpartition('/')[2]}") from None
        raise
    return Fetched(answer.body, answer.etag)


def is_address(text: str) -> bool:
    """Whether a text is an address of a scheme that releases can be pulled from, or a path."""
    scheme, mark, _ = text.partition("://")
    return not mark or scheme.lower() in ("http", "https", "file", *BUCKETS)
