"""Reading files that may be hostile: sizes are capped, and every failure is one clear line."""

from __future__ import annotations

import hashlib
import json
import math
import os
import stat
import zlib
from collections import Counter
from pathlib import Path
from typing import Any, NoReturn

from llmcat.errors import SourceError
from llmcat.pipeline.sources.size_limits import (
    HAND,
    MACHINE,
    MAX_MEMBERS,
    check_json,
    too_deep,
    too_large,
    too_many,
)

MAX_JSON = MACHINE.size
MAX_TEXT = HAND.size
WINDOW = 2**14


def read_bytes(path: Path, limit: int) -> bytes:
    """The content of a regular file, unpacked if its name ends in .gz.

    Raises SourceError when it is missing, no file, unreadable, empty or larger than `limit` bytes.
    """
    try:
        with open(path, "rb", opener=_open_at_once) as stream:
            status = os.fstat(stream.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise SourceError(path, "not a regular file")
            if status.st_size > limit:
                raise too_large(path, status.st_size, limit)
            content = stream.read(status.st_size + 1)  # no more than was promised
    except IsADirectoryError:
        raise SourceError(path, "is a directory, not a file") from None
    except FileNotFoundError:
        raise SourceError(path, "no such file") from None
    except OSError as error:
        raise SourceError(path, f"cannot be read ({error.strerror})") from None
    except ValueError:  # a NUL in the path
        raise SourceError(ascii(str(path)), "is no path") from None
    if path.name.endswith(".gz"):
        content = _unpack(path, content, limit)
    if not content.strip():
        raise SourceError(path, "is empty")
    return content


def _open_at_once(path: str, flags: int) -> int:
    """A pipe would wait for its writer."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _unpack(path: Path, content: bytes, limit: int) -> bytes:
    """The content of a gzip file, which may hold several members. A member leaves what is behind it
    to the next as a copy, so it is given no more than a window at a time."""
    unpacked = bytearray()
    unpacker, members = zlib.decompressobj(wbits=31), 1
    try:
        for start in range(0, len(content), WINDOW):
            window = content[start : start + WINDOW]
            while window:
                if unpacker.eof:
                    unpacker, members = zlib.decompressobj(wbits=31), members + 1
                    if members > MAX_MEMBERS:
                        raise too_many(path, MAX_MEMBERS, "gzip members")
                unpacked += unpacker.decompress(window, limit + 1 - len(unpacked))
                if len(unpacked) > limit:
                    reason = f"unpacks to more than {limit / 2**20:,.0f} MiB, the limit"
                    raise SourceError(path, reason)
                window = unpacker.unused_data
    except zlib.error:
        raise SourceError(path, "is no valid gzip file") from None
    if content and not unpacker.eof:
        raise SourceError(path, "the gzip data is cut short")
    return bytes(unpacked)


def file_sha256(path: Path) -> str:
    """The sha256 of a file that may be too large to hold, in hex."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while block := stream.read(2**20):
            digest.update(block)
    return digest.hexdigest()


def sha256(content: bytes) -> str:
    """The hexadecimal sha256 of `content`."""
    return hashlib.sha256(content).hexdigest()


def decode(path: Path, content: bytes) -> str:
    """Text of a UTF-8 file, with or without byte order mark."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SourceError(f"{path}:{line}", "is not UTF-8 text") from None


class _BadJson(ValueError):
    pass


def _no_constant(text: str) -> NoReturn:
    raise _BadJson(f"{text} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise _BadJson(f"number {text[:20]} is too large")
    return number


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        [(twice, _)] = Counter(key for key, _ in pairs).most_common(1)
        raise _BadJson(f"the key {twice!r} stands twice in one object")
    return mapping


def parse_json(path: Path, content: bytes) -> Any:
    """JSON without its traps: no NaN, no 1e999, no duplicate keys, no abyss of brackets."""
    text = decode(path, content)
    check_json(path, content)
    try:
        return json.loads(
            text,
            parse_constant=_no_constant,
            parse_float=_finite,
            object_pairs_hook=_no_duplicates,
        )
    except json.JSONDecodeError as error:
        raise SourceError(f"{path}:{error.lineno}:{error.colno}", f"no JSON: {error.msg}") from None
    except RecursionError:
        raise too_deep(path) from None
    except ValueError as error:  # _BadJson, and integers of more than 4,300 digits
        raise SourceError(path, str(error).partition(";")[0]) from None
