"""What the commits changed in the tree, and the contents of the files: two git processes in all."""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Iterator, Sequence
from datetime import date, time
from itertools import pairwise
from typing import Any, NamedTuple, Union

from llmcat.errors import SourceError
from llmcat.pipeline.sources.models_dev.git.git import CHUNK, INCOMPLETE, Git, Output
from llmcat.pipeline.sources.size_limits import check_toml

if sys.version_info >= (3, 11):
    try:  # the same parser, compiled: a third of the time
        import tomli as tomllib
    except ImportError:
        import tomllib
else:
    import tomli as tomllib

FOLDERS = ("providers", "models")
DIFF = ("diff-tree", "--stdin", "-r", "--raw", "-z", "--no-renames", "--no-abbrev", "--", *FOLDERS)
MAX_BLOB = 2**20
LINK = "120000"
FILES = ("100644", "100755", LINK)
MAX_DEPTH = 16
BARE_DATE = re.compile(rb"[\s=\[,]\d\d(?:\d\d-\d\d-\d\d|:\d\d)")
"""A TOML date or time stands outside quotes; JSON has none, so such files are looked through."""


class Change(NamedTuple):
    """A path that a commit set to a blob, or removed (`blob` is None)."""

    path: str
    blob: str | None
    link: bool


class Broken(ValueError):
    """A file, or what it inherits, cannot be read: the last good version stays."""


Content = Union[dict[str, Any], str, Broken]  # noqa: UP007 - an alias runs, and 3.10 knows no | here
"""A TOML table, the target of a symbolic link, or why it cannot be read."""


def changes_of(git: Git, line: Sequence[str]) -> list[list[Change]]:
    """For each commit of `line` what it changed since the one before; for the first, all it holds."""
    if len(line) == 1:
        return [_listing(git, line[0])]
    pairs = [f"{commit} {parent}" for parent, commit in pairwise(line)]
    with git.stream(*DIFF, lines=pairs) as stream:
        changed = _by_commit(_fields(stream))
    return [_listing(git, line[0]), *(changed.get(commit, []) for commit in line[1:])]


def _fields(stream: Output) -> Iterator[bytes]:
    """What stands between NULs, while git is still writing."""
    rest = b""
    for chunk in stream.chunks():
        *fields, rest = (rest + chunk).split(b"\0")
        yield from fields
    yield rest


def _by_commit(fields: Iterator[bytes]) -> dict[str, list[Change]]:
    """The output of diff-tree: a hash, then `:modes blobs status` and path in turn."""
    changed: dict[str, list[Change]] = {}
    changes: list[Change] = []
    for field in fields:
        if field.startswith(b":"):
            _, mode, _, blob, status = field.decode("ascii").split(" ")
            if change := _change(next(fields), mode, None if status == "D" else blob):
                changes.append(change)
        elif field:
            changes = changed[field.decode("ascii")] = []
    return changed


def _listing(git: Git, commit: str) -> list[Change]:
    changes = []
    for entry in git.output("ls-tree", "-r", "-z", commit, "--", *FOLDERS).split(b"\0"):
        if entry:
            facts, _, path = entry.partition(b"\t")
            mode, _, blob = facts.decode("ascii").split(" ")
            if change := _change(path, mode, blob):
                changes.append(change)
    return changes


def _change(path: bytes, mode: str, blob: str | None) -> Change | None:
    """None for what holds no data: logos, submodules, names that are no text or no .toml."""
    if not path.endswith(b".toml"):
        return None
    try:
        name = sys.intern(path.decode("utf-8"))
    except UnicodeDecodeError:
        return None
    if mode not in FILES:
        blob = None
    return Change(name, blob and sys.intern(blob), mode == LINK)


class Contents:
    """What the blobs hold, read from git in the order of first use, parsed once, kept while needed."""

    def __init__(self, clone: object, stream: Output, uses: dict[str, int]) -> None:
        """`stream` is the output of `git cat-file --batch`; `uses` counts the changes to each blob."""
        self._clone = clone
        self._stream = stream
        self._uses = uses
        self._known: dict[str, Content] = {}

    def __getitem__(self, blob: str) -> Content:
        return self._known[blob]

    def need(self, change: Change) -> None:
        """Read the blob of `change` unless it is there already. It has to be the next in the stream."""
        if change.blob is not None and change.blob not in self._known:
            raw = self._next(change.blob)
            self._known[change.blob] = _link(raw) if change.link else _table(raw)

    def release(self, blob: str) -> None:
        """One use of `blob` is over; after the last of all its content is forgotten."""
        self._uses[blob] -= 1
        if not self._uses[blob]:
            del self._known[blob]

    def _next(self, blob: str) -> bytes | None:
        header = self._stream.readline().split()
        if len(header) != 3 or header[0] != blob.encode():
            raise SourceError(self._clone, INCOMPLETE)
        size = int(header[2])
        if size <= MAX_BLOB:
            return self._stream.read(size + 1)[:-1]
        left = size + 1
        while left and (chunk := self._stream.read(min(CHUNK, left))):
            left -= len(chunk)
        return None


def blobs_of(changes: Sequence[Sequence[Change]]) -> dict[str, int]:
    """The blobs in the order of first use, with the number of changes that use each."""
    uses: dict[str, int] = {}
    for step in changes:
        for change in step:
            if change.blob is not None:
                uses[change.blob] = uses.get(change.blob, 0) + 1
    return uses


def _link(raw: bytes | None) -> Content:
    try:
        return "" if raw is None else raw.decode("utf-8")
    except UnicodeDecodeError:
        return ""


def _table(raw: bytes | None) -> Content:
    if raw is None:
        return Broken(f"is larger than {MAX_BLOB:,} bytes")
    try:
        text = raw.decode("utf-8-sig")
        check_toml("", text)
        table = tomllib.loads(text, parse_float=_number)
        _check_depth(table, MAX_DEPTH)
    except SourceError as error:
        return Broken(error.reason)
    except RecursionError:
        return Broken("is nested too deeply")
    except ValueError as error:  # no UTF-8, no TOML, numbers that JSON has not
        return Broken(str(error))
    return _without_dates(table) if BARE_DATE.search(raw) else table


def _number(text: str) -> int | float:
    """3.00 is 3, as in the published JSON."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text} is no JSON number")
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _check_depth(value: dict[str, Any] | list[Any], left: int) -> None:
    if not left:
        raise RecursionError
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, (dict, list)):
            _check_depth(item, left - 1)


def _without_dates(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_dates(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_without_dates(item) for item in value]
    return value.isoformat() if isinstance(value, (date, time)) else value
