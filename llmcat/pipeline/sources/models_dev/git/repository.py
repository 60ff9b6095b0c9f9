"""What is read of a clone besides its objects: where they lie, and where its branches end.

Everything else in a `.git` folder can name a program that git would run, a file that it would read, or
a server that it would ask: config with its includes, hooks, attributes, alternates, grafts. So none of
it is handed to git (see git.py), and these few files are read here, as text.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from llmcat.errors import SourceError
from llmcat.pipeline.sources.files import decode, read_bytes

TIPS = ("HEAD", "refs/heads/dev", "refs/remotes/origin/dev", "refs/remotes/origin/HEAD")
"""Where the line ends: what is checked out; after `git clone` of a bundle HEAD may name nothing."""

HASH = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
NAME = re.compile(r"refs/[\w.@+/-]+")
MAX_REF = 4096
MAX_PACKED_REFS = 16 * 2**20
MAX_HOPS = 5
"""A reference may name a reference; git follows no more than five."""

NO_REPOSITORY = "is no git repository; clone models.dev and name the clone's folder"
ELSEWHERE = "its .git leads to {}; name that folder, if it is the one you mean"
ALTERNATES = "borrows objects from another folder (objects/info/alternates); clone it anew, in full"
REFTABLE = (
    "keeps its branches in a reftable, which is not read; run"
    " `git refs migrate --ref-format=files` in it"
)


class Repository(NamedTuple):
    """A clone: its folder as it was named, its objects, the commit at its end (None: there is none)."""

    clone: Path
    objects: Path
    tip: str | None
    shallow: bool


def repository(clone: Path) -> Repository:
    """Find what there is to read in a clone, with a work tree or bare.

    Raises SourceError when it is no repository, or when what it holds lies somewhere else.
    """
    if not clone.is_dir():
        raise SourceError(clone, "no such folder")
    folder = _git_folder(clone)
    common = _common_folder(folder)
    objects = common / "objects"
    if not objects.is_dir() or not _is_there(folder / "HEAD"):
        raise SourceError(clone, NO_REPOSITORY)
    if objects.is_symlink() or _is_there(objects / "info" / "alternates"):
        raise SourceError(clone, ALTERNATES)
    if (common / "reftable").is_dir():
        raise SourceError(clone, REFTABLE)
    tip = next(_tips(folder, common), None)
    return Repository(clone, objects, tip, bool(_text(common / "shallow", MAX_PACKED_REFS)))


def _git_folder(clone: Path) -> Path:
    """The folder itself where it is bare, else its `.git`; a worktree's only where both sides agree."""
    git = clone / ".git"
    if not _is_there(git):
        return clone
    if git.is_symlink():
        raise SourceError(clone, ELSEWHERE.format(os.path.realpath(git)))
    if git.is_dir():
        return git
    named = _text(git, MAX_REF).removeprefix("gitdir:").strip()
    linked = Path(os.path.abspath(clone / named))
    back = _text(linked / "gitdir", MAX_REF).strip()
    if not back or os.path.realpath(linked / back) != os.path.realpath(git):
        raise SourceError(clone, ELSEWHERE.format(linked))
    return linked


def _common_folder(folder: Path) -> Path:
    """What the worktrees of a repository share; a worktree lies in its `worktrees`."""
    named = _text(folder / "commondir", MAX_REF).strip()
    if not named:
        return folder
    common = Path(os.path.abspath(folder / named))
    if folder.parent != common / "worktrees":
        raise SourceError(folder, ELSEWHERE.format(common))
    return common


def _tips(folder: Path, common: Path) -> Iterator[str]:
    packed = _packed(common / "packed-refs")
    for name in TIPS:
        if tip := _resolve(name, folder, common, packed):
            yield tip


def _resolve(name: str, folder: Path, common: Path, packed: dict[str, str]) -> str | None:
    """The commit that a reference names in the end."""
    for _ in range(MAX_HOPS):
        where = folder if name == "HEAD" else common
        content = _text(where / name, MAX_REF).strip() or packed.get(name, "")
        if HASH.fullmatch(content):
            return content
        name = content.removeprefix("ref:").strip()
        if not NAME.fullmatch(name) or ".." in name:
            return None
    return None


def _packed(path: Path) -> dict[str, str]:
    """`packed-refs`: a line a reference, its hash first."""
    lines = (line.split(" ") for line in _text(path, MAX_PACKED_REFS).splitlines())
    return {line[1]: line[0] for line in lines if len(line) == 2 and HASH.fullmatch(line[0])}


def _text(path: Path, limit: int) -> str:
    """The content of a small file; nothing where there is none, or nothing in it."""
    try:
        if not path.is_file() or not path.stat().st_size:
            return ""
    except OSError:
        return ""
    return decode(path, read_bytes(path, limit))


def _is_there(path: Path) -> bool:
    return path.is_symlink() or path.exists()
