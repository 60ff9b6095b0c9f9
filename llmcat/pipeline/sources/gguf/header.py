"""The header of a GGUF file: key-value pairs in front of the tensors, read without the arrays.

A vocabulary of 150,000 words stands in arrays; they are skipped, so that a header takes milliseconds. The
file may be hostile or cut short: every length is held against a limit and against what is there.

    magic "GGUF", u32 version, u64 tensors, u64 pairs, then each pair: key, u32 type, value
    a text is a u64 length and bytes; an array a u32 type, a u64 count and its items
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, BinaryIO

from llmcat.errors import SourceError

MAGIC = b"GGUF"
VERSIONS = (2, 3)
MAX_PAIRS = 100_000
MAX_KEY = 65_535
MAX_TEXT = 2**24
MAX_ITEMS = 2**28
MAX_HEADER = 2**28
BLOCK = 2**20

STRING, ARRAY = 8, 9
SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
"""Type of a value -> how it is packed."""


def read_header(path: Path) -> dict[str, Any]:
    """The scalars and texts in the header of a file, by key, and `tensors`, how many there are.

    Raises SourceError for what is no GGUF file, is cut short or breaks a limit.
    """
    try:
        with open(path, "rb") as stream:
            return _Header(path, stream).pairs()
    except OSError as error:
        raise SourceError(path, f"cannot be read ({error.strerror or error})") from None


class _Header:
    """A reader that holds a window of the file, and seeks over what nobody wants."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self.path, self.stream = path, stream
        self.size = stream.seek(0, 2)
        stream.seek(0)
        self.window, self.start, self.at = b"", 0, 0
        self.order = "<"

    def pairs(self) -> dict[str, Any]:
        if self.take(4) != MAGIC:
            raise self.error("is no GGUF file")
        version = self.number("I")
        if version & 0xFFFF == 0:  # written on a big-endian machine
            self.order = ">"
            version = int.from_bytes(version.to_bytes(4, "little"), "big")
        if version not in VERSIONS:
            raise self.error(f"has GGUF version {version}; versions 2 and 3 are read")
        tensors, count = self.number("Q"), self.number("Q")
        if count > MAX_PAIRS:
            raise self.error(f"promises {count:,} pairs, more than {MAX_PAIRS:,}, the limit")
        found: dict[str, Any] = {}
        for _ in range(count):
            key = self.text(MAX_KEY)
            value = self.value(self.number("I"))
            if value is not None:
                found[key] = value
        return {**found, "tensors": tensors}

    def value(self, kind: int) -> Any:
        """A value; None for an array, which is skipped."""
        if kind in SCALARS:
            return self.number(SCALARS[kind])
        if kind == STRING:
            return self.text(MAX_TEXT)
        if kind == ARRAY:
            return self.skip_array()
        raise self.error(f"has a value of the unknown type {kind}")

    def skip_array(self) -> None:
        kind, count = self.number("I"), self.number("Q")
        if count > MAX_ITEMS:
            raise self.error(f"promises an array of {count:,} items, more than the limit")
        if kind in SCALARS:
            self.skip(count * struct.calcsize(SCALARS[kind]))
        elif kind == STRING:
            self.skip_texts(count)
        else:
            raise self.error("has an array in an array, or of an unknown type")

    def skip_texts(self, count: int) -> None:
        """Go over so many texts. A vocabulary has hundreds of thousands: no call for each."""
        length_at = struct.Struct(f"{self.order}Q").unpack_from
        while count:
            window, start, end = self.window, self.at - self.start, len(self.window) - 8
            at = start
            while count and at <= end:
                (length,) = length_at(window, at)
                if length > MAX_TEXT:
                    raise self.error(f"promises a text of {length:,} bytes, more than the limit")
                at += 8 + length
                count -= 1
            self.skip(at - start)
            if count:  # the next length stands behind the window
                self.skip(-len(self.take(8)))

    def text(self, limit: int) -> str:
        length = self.number("Q")
        if length > limit:
            raise self.error(f"promises a text of {length:,} bytes, more than {limit:,}, the limit")
        return self.take(length).decode("utf-8", "replace")

    def number(self, packed: str) -> Any:
        size = struct.calcsize(packed)
        place = self.at - self.start
        if place + size > len(self.window):
            return struct.unpack(self.order + packed, self.take(size))[0]
        self.at += size
        return struct.unpack_from(self.order + packed, self.window, place)[0]

    def take(self, length: int) -> bytes:
        place = self.at - self.start
        if place + length > len(self.window):
            self.check(length)
            self.stream.seek(self.at)
            self.window, self.start, place = self.stream.read(max(length, BLOCK)), self.at, 0
            if len(self.window) < length:
                raise self.error("is cut short in its header")
        self.at += length
        return self.window[place : place + length]

    def skip(self, length: int) -> None:
        self.check(length)
        self.at += length

    def check(self, length: int) -> None:
        """Raise SourceError where the header goes over the end of the file, or is too long."""
        if self.at + length > self.size:
            raise self.error("is cut short in its header")
        if self.at + length > MAX_HEADER:
            raise self.error(f"has a header of more than {MAX_HEADER // 2**20} MiB, the limit")

    def error(self, reason: str) -> SourceError:
        return SourceError(self.path, reason)
