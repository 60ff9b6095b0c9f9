"""The place that an address leads to."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from llmcat.errors import PublishError
from llmcat.network.releases.shared_folder import Folder
from llmcat.network.releases.store import Store

BUCKETS = ("s3", "gs", "az")


def open_store(address: str) -> Store:
    """The store at an address: a path, file://, s3://, gs:// or az://. Raises PublishError."""
    scheme = address.partition("://")[0] if "://" in address else ""
    if scheme in BUCKETS:
        from llmcat.network.releases.bucket import Bucket

        return Bucket(address)
    if scheme not in ("", "file"):
        raise PublishError(
            f"{address}: nothing can be published to {scheme}://; name a folder, s3://, gs:// or az://"
        )
    return Folder(path_of(address))


def path_of(address: str) -> Path:
    """The folder that a path or a file:// address names."""
    if not address.startswith("file://"):
        return Path(address).expanduser()
    parts = urlsplit(address)
    if parts.netloc not in ("", "localhost"):
        raise PublishError(f"{address} names a host; write file:///folder")
    return Path(unquote(parts.path))
