"""Asking upstream: one address, by HTTP, within a deadline and a number of bytes.

fetch() says what came, or raises a PullError that says why nothing did. It knows nothing of what the
body means, nor of where it is kept. Redirects are followed by hand, so that each is judged.
"""

from __future__ import annotations

import re
import time
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from llmcat.errors import PullError
from llmcat.version import __version__

if TYPE_CHECKING:
    import ssl

    import httpx

DEADLINE = 30.0
"""Seconds for the whole of it: name lookup, redirects, headers and body."""

MAX_BYTES = 64 * 2**20
"""Of the unpacked body; api.json has 2 MB."""

MAX_REDIRECTS = 5

WITH_KEY = "llmcat with key"
"""The name of threads that ask with a key."""

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Hosts that are this machine."""

HEADERS = {
    "User-Agent": f"llmcat/{__version__}",
    "Accept": "application/json",
    "Accept-Encoding": "gzip",  # what _body() unpacks, within bounds; httpx's own decoders have none
}


class Request(NamedTuple):
    """What is asked: `headers` may hold a key, with a `body` it is a POST."""

    url: str
    headers: Mapping[str, str]
    body: bytes | None


class Answer(NamedTuple):
    """What upstream said; `body` is None when it said "not modified"."""

    body: bytes | None
    etag: str | None
    last_modified: str | None
    date: str | None


def without_secrets(url: str) -> str:
    """An address as it may be told and kept: no user, no password, no values of a query."""
    address, mark, query = url.partition("#")[0].partition("?")
    return re.sub(r"//[^/]*@", "//", address) + mark + re.sub(r"=[^&]*", "=…", query)


def fetch(
    url: str,
    hosts: Collection[str],
    conditions: Mapping[str, str],
    end: float,
    max_bytes: int,
    *,
    headers: Mapping[str, str] = {},
    body: bytes | None = None,
) -> Answer:
    """Ask upstream, until time.monotonic() is `end` at the latest. Raises PullError.

    `conditions` are the headers that make the request conditional; `headers` may hold a key, so that
    with them no redirect leaves the origin. With a `body` (JSON) it is a POST.

    No timeout of a socket bounds a name lookup, or headers that come a byte a second. So a thread
    asks, and is left to itself when the time is over: it ends with its socket, or with the process.
    """
    from concurrent import futures
    from threading import Thread

    future: futures.Future[Answer] = futures.Future()
    request = Request(url, headers, body)

    def run() -> None:
        try:
            future.set_result(_ask(request, hosts, conditions, end, max_bytes))
        except BaseException as error:  # noqa: BLE001 - the caller's thread raises it
            future.set_exception(error)

    if headers:
        _log_nothing_of_keys()
    name = WITH_KEY if headers else "llmcat pull"
    Thread(target=run, name=name, daemon=True).start()
    try:
        return future.result(timeout=max(0.0, end - time.monotonic()))
    except futures.TimeoutError:
        raise PullError("did not answer in time, or not all of it") from None


@lru_cache(maxsize=1)
def _log_nothing_of_keys() -> None:
    """Let no record of a request with a key into the logs of httpx and httpcore: at level DEBUG they show
    the headers of a response, in which a server may repeat the key."""
    import logging

    for logger in ("httpx", "httpcore.connection", "httpcore.http11", "httpcore.proxy"):
        logging.getLogger(logger).addFilter(lambda record: record.threadName != WITH_KEY)


def _ask(
    request: Request,
    hosts: Collection[str],
    conditions: Mapping[str, str],
    end: float,
    max_bytes: int,
) -> Answer:
    import httpx

    left = max(0.001, end - time.monotonic())
    try:
        start = httpx.URL(request.url)
        if start.scheme not in ("http", "https") or not start.host:
            raise PullError("is no http or https address; give one with --url")
        near = start.host in LOOPBACK  # no proxy leads there
        # without TLS there is nothing to verify, and no redirect leads to TLS
        verify = _certificates() if start.scheme == "https" else False
        with httpx.Client(
            headers=HEADERS, timeout=left, trust_env=not near, verify=verify
        ) as client:
            return _follow(client, start, request, hosts, conditions, end, max_bytes)
    except httpx.TimeoutException:
        raise PullError("did not answer in time, or not all of it") from None
    # besides httpx's own: SSL_CERT_FILE names no file, a host that is no name, a SOCKS proxy
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, ImportError) as error:
        raise PullError(f"cannot be fetched ({str(error) or type(error).__name__})") from None


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    """Whom to trust. To read all certificates takes 30 ms of a core, which twenty endpoints would pay."""
    import httpx

    return httpx.create_ssl_context()


def _follow(
    client: httpx.Client,
    start: httpx.URL,
    request: Request,
    hosts: Collection[str],
    conditions: Mapping[str, str],
    end: float,
    max_bytes: int,
) -> Answer:
    url = start
    method = "GET" if request.body is None else "POST"
    sent = {**request.headers, **conditions}
    if request.body is not None:
        sent["Content-Type"] = "application/json"
    for _ in range(MAX_REDIRECTS + 1):
        client.cookies.clear()
        with client.stream(method, url, headers=sent, content=request.body) as response:
            if response.next_request is None:
                return _answer(response, bool(conditions), end, max_bytes)
            url = response.next_request.url
        if request.headers and _origin(url) != _origin(start):
            raise PullError(f"redirects to another place, {url.host}, which must not see the key")
        if request.body is not None:
            raise PullError("redirects a request that has a body")
        if refusal := redirect_refusal(start, url, hosts):
            raise PullError(refusal)
    raise PullError(f"redirects more than {MAX_REDIRECTS} times")


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def redirect_refusal(start: httpx.URL, target: httpx.URL, hosts: Collection[str]) -> str | None:
    """Why a redirect from `start` to `target` is not followed; None when it is."""
    if target.scheme != start.scheme:
        return f"redirects from {start.scheme} to {target.scheme}; give that address with --url"
    if target.host not in {start.host, *(host.lower() for host in hosts)}:
        return f"redirects to another host, {target.host}; add it to [pull] hosts in the recipe"
    return None


def _answer(response: httpx.Response, conditional: bool, end: float, max_bytes: int) -> Answer:
    headers = response.headers
    validators = headers.get("etag"), headers.get("last-modified"), headers.get("date")
    if response.status_code == 304 and conditional:
        return Answer(None, *validators)
    if response.status_code != 200:
        error = PullError(f"answered with status {response.status_code}")
        error.status, error.retry_after = response.status_code, headers.get("retry-after")
        raise error
    return Answer(_body(response, end, max_bytes), *validators)


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
