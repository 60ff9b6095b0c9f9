"""Object storage as a place of releases: S3 and what speaks like it, Google Cloud Storage, Azure.

By the package obstore, an extra. Credentials, region and endpoint come from its environment variables
(AWS_ACCESS_KEY_ID, AWS_ENDPOINT, AWS_REGION, GOOGLE_…, AZURE_…).
"""

from __future__ import annotations

import contextlib
import re
import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from llmcat.errors import PublishError
from llmcat.network.releases.store import Changed, Stored

TIMEOUT = timedelta(seconds=30)
"""obstore's own are 10 times, up to three minutes."""

PLAIN = re.compile(r"[\w.-]+(/[\w.-]+)*")
"""What a prefix may be: obstore makes `etc` of `b/../../etc`."""

CHANGED = ("AlreadyExistsError", "PreconditionError", "NotModifiedError")
CONFLICT = "ConditionalRequestConflict"
"""What real S3 answers, with status 409, where two writers meet."""


ENDPOINTS = ("AWS_ENDPOINT", "AWS_ENDPOINT_URL", "GOOGLE_BASE_URL")
"""Where an environment names another address than the provider's. Azure's emulator needs none."""


class Bucket:
    """A bucket, and a prefix in it."""

    def __init__(self, address: str) -> None:
        self.address = address.rstrip("/")
        scheme, _, place = self.address.partition("://")
        if not PLAIN.fullmatch(place) or ".." in place.split("/"):
            raise PublishError(f"{address}: is no {scheme}://bucket/prefix")
        with self._errors():
            self._store = self._open()

    def _open(self) -> Any:
        try:
            from obstore.store import from_url
        except ImportError:
            raise PublishError(
                f"{self.address} needs the package obstore: pip install 'llmcat[bucket]'"
            ) from None
        return from_url(
            self.address,
            client_options={"timeout": TIMEOUT, "allow_http": _on_this_machine()},
            retry_config={"max_retries": 3, "retry_timeout": TIMEOUT},
        )

    def read(self, path: str, limit: int) -> Stored | None:
        """As in Store."""
        with self._errors():
            try:
                answer = self._store.get(path)
            except FileNotFoundError:
                return None
            if answer.meta["size"] > limit:
                raise PublishError(f"{self.address}/{path} is larger than {limit:,} bytes")
            return Stored(bytes(answer.bytes()), answer.meta)

    def create(self, path: str, body: bytes) -> None:
        """As in Store."""
        with self._errors():
            self._store.put(path, body, mode="create", use_multipart=False)

    def replace(self, path: str, body: bytes, tag: Any) -> None:
        """As in Store."""
        # a version that is None is refused; Google compares it alone, and never the tag
        mode = {name: tag[name] for name in ("e_tag", "version") if tag.get(name) is not None}
        if not mode:
            raise PublishError(f"{self.address} gives no tag by which a file is replaced")
        with self._errors():
            self._store.put(path, body, mode=mode, use_multipart=False)

    def remove(self, path: str) -> None:
        """As in Store."""
        with self._errors(), contextlib.suppress(FileNotFoundError):
            self._store.delete(path)

    def names(self, folder: str) -> list[str]:
        """As in Store."""
        with self._errors():
            batches = self._store.list(f"{folder}/")
            return sorted(row["path"].rpartition("/")[2] for batch in batches for row in batch)

    def prove(self, folder: str) -> None:
        """Raise PublishError unless the store keeps what it promises: what is there is not made again,
        and what has another tag is not replaced. Some ignore the conditions, and lose releases."""
        path = f"{folder}/probe-{secrets.token_hex(8)}"
        try:
            self.create(path, b"1")
            stored = self.read(path, 10)
            self._refuses(lambda: self.create(path, b"2"))
            self.replace(path, b"3", stored.tag if stored else {})
            self._refuses(lambda: self.replace(path, b"4", stored.tag if stored else {}))
        finally:
            with contextlib.suppress(PublishError):
                self.remove(path)

    def _refuses(self, write: Any) -> None:
        try:
            write()
        except Changed:
            return
        raise PublishError(
            f"{self.address} ignores conditions (If-None-Match, If-Match), so that two publishers would"
            " lose releases; nothing was published; take another store"
        )

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        """obstore's errors, of which the first line says all."""
        try:
            yield
        except (PublishError, Changed):
            raise
        except Exception as error:  # noqa: BLE001 - its classes share no base but this
            words = str(error)
            if type(error).__name__ in CHANGED or CONFLICT in words:
                raise Changed(self.address) from None
            first = " ".join(words.partition("Debug source")[0].partition("<?xml")[0].split())[:300]
            raise PublishError(f"{self.address}: {first or type(error).__name__}") from None


def _on_this_machine() -> bool:
    """Whether the endpoint may be asked without TLS: only one of this machine."""
    import os

    named = (os.environ.get(name) for name in ENDPOINTS)
    endpoint = next((one for one in named if one), "")
    return bool(re.match(r"http://(127\.0\.0\.1|localhost|\[::1\])(:|/|$)", endpoint))
