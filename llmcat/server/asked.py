"""What the headers of a request ask for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Asked(NamedTuple):
    """`known` are the ETags that the client has, `gzip` whether it reads gzip, `personal` whether it
    says who it is."""

    known: bytes
    gzip: bool
    personal: bool


def asked(headers: Iterable[tuple[bytes, bytes]]) -> Asked:
    """Read a request's headers. A header on several lines is one header with commas."""
    encodings = known = b""
    personal = False
    for name, value in headers:
        if name == b"accept-encoding":
            encodings += b"," + value
        elif name == b"if-none-match":
            known += b"," + value
        elif name in (b"cookie", b"authorization"):
            personal = True
    return Asked(known, b"gzip" in encodings and _reads_gzip(encodings), personal)


def _reads_gzip(encodings: bytes) -> bool:
    for encoding in encodings.lower().split(b","):
        name, _, weight = encoding.replace(b" ", b"").partition(b";q=")
        if name == b"gzip":
            return weight.strip(b"0.") != b"" or not weight
    return False
