"""How much of a file is read: the limits of every format, and our words for what is beyond them.

They come before those of any library. A library's own limits differ from version to version, its words
too; some have none, and end in a dead process. Each check takes time in proportion to the file.
"""

from __future__ import annotations

import re
from itertools import accumulate
from typing import NamedTuple

from llmcat.errors import SourceError


class Caps(NamedTuple):
    """What a file of one kind may have: bytes (unpacked), and values (scalars, lists and tables)."""

    size: int
    values: int


MACHINE = Caps(size=512 * 2**20, values=12_000_000)
"""JSON, which programs write: a hundred times models.dev."""

HAND = Caps(size=16 * 2**20, values=500_000)
"""YAML and TOML, which people write: more than any price list that there is."""

MAX_DEPTH = 64
"""Levels of tables and lists in one file; models.dev has 8."""

MAX_RECORDS = 1_000_000
"""Providers and models of one source."""

MAX_MEMBERS = 10_000
"""Members of one gzip file: one that was compressed in blocks of 64 KiB has 8,192 at 512 MiB."""

MAX_SOURCES = 100
"""Sources of one recipe."""

CHUNK = 2**20
STEP = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}
NO_STRUCTURE = bytes(set(range(256)) - set(b"[]{},"))
BRACKET = re.compile(r"[\[\]{}]")
QUOTED = re.compile(r"""\"{3}[\s\S]*?"{3,5}|'{3}[\s\S]*?'{3,5}|"[^"\n]*"|'[^'\n]*'|#[^\n]*""")
"""A string of TOML without escaped quotes, or a comment."""
END_OF_KEY = re.compile(r"[=,{}\[\]]")


def too_deep(place: object) -> SourceError:
    """The error of a file with more than MAX_DEPTH levels."""
    return SourceError(place, f"nested too deeply (more than {MAX_DEPTH} levels)")


def too_many(place: object, limit: int, what: str = "values") -> SourceError:
    """The error of a file, or a source, that holds more than `limit` of something."""
    return SourceError(place, f"holds more than {limit:,} {what}, the limit")


def within_limit(number: int, place: object) -> None:
    """Refuse a source with more than MAX_RECORDS providers and models."""
    if number > MAX_RECORDS:
        raise too_many(place, MAX_RECORDS, "providers and models")


def too_large(place: object, size: int, limit: int) -> SourceError:
    """The error of a file of `size` bytes."""
    sizes = f"{size / 2**20:,.0f} MiB; the limit is {limit / 2**20:,.0f} MiB"
    return SourceError(place, f"is too large ({sizes})")


def check_json(path: object, content: bytes) -> None:
    """Refuse JSON of too many values, or levels, before it is parsed."""
    structure = _outside_strings(content)
    if structure.count(b",") + structure.count(b"[") + structure.count(b"{") > MACHINE.values:
        raise too_many(path, MACHINE.values)
    brackets = structure.translate(None, b",")
    if max(accumulate(map(STEP.__getitem__, brackets)), default=0) > MAX_DEPTH:
        raise too_deep(path)


def _outside_strings(content: bytes) -> bytes:
    """The brackets and commas of JSON that stand in no string."""
    if b"\\" in content:
        content = content.replace(b"\\\\", b"").replace(b'\\"', b"")
    kept, within = [], 0
    for start in range(0, len(content), CHUNK):
        pieces = content[start : start + CHUNK].split(b'"')
        kept.append(b"".join(pieces[within::2]).translate(None, NO_STRUCTURE))
        within = (within + len(pieces) - 1) % 2
    return b"".join(kept)


def check_toml(path: object, text: str) -> None:
    """Refuse TOML of too many values, or levels, before it is parsed.

    A key counts as many levels as it has parts: `a.b.c = 1` is three tables.
    """
    brackets, dots = text.count("[") + text.count("{"), text.count(".")
    if brackets + dots + text.count("=") + text.count(",") > HAND.values:
        raise too_many(path, HAND.values)
    if brackets > MAX_DEPTH or dots > MAX_DEPTH:
        _check_lines(path, text)


def _check_lines(path: object, text: str) -> None:
    depth = 0
    bare = QUOTED.sub(_only_its_lines, text.replace("\\\\", "").replace('\\"', ""))
    for number, line in enumerate(bare.split("\n"), start=1):
        if "[" in line or "{" in line or "]" in line or "}" in line or line.count(".") > MAX_DEPTH:
            depth, deepest = _depth_behind(line, depth)
            parts = max(key.count(".") for key in END_OF_KEY.split(line))
            if max(deepest, parts) > MAX_DEPTH:
                raise too_deep(f"{path}:{number}")


def _only_its_lines(quoted: re.Match[str]) -> str:
    return "s" + "\n" * quoted[0].count("\n")


def check_brackets_of_lines(path: object, text: str) -> None:
    """Refuse YAML with a line that leaves more than MAX_DEPTH brackets open.

    A parser of YAML reads one line ahead of what it reports, so this alone keeps the depth that it
    meets within MAX_DEPTH of what its caller counts. Raises SourceError with file and line.
    """
    for number, line in enumerate(text.splitlines(), start=1):
        if line.count("[") + line.count("{") > MAX_DEPTH and _depth_behind(line)[1] > MAX_DEPTH:
            raise too_deep(f"{path}:{number}")


def _depth_behind(line: str, depth: int = 0) -> tuple[int, int]:
    """The brackets that are open behind a line, `depth` of them before it, and the most within it."""
    deepest = depth
    for bracket in BRACKET.findall(line):
        depth = depth + 1 if bracket in "[{" else max(depth - 1, 0)
        deepest = max(deepest, depth)
    return depth, deepest
