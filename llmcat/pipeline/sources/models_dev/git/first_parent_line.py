"""The published line of a clone: the commits that were, one after the other, what models.dev said.

That is the line of first parents, but for a merge that `git pull` made ("Merge branch 'dev' of …"):
its first parent is somebody's local work, and what was published comes in as the second.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timezone
from typing import NamedTuple

from llmcat.errors import SourceError
from llmcat.instants import from_epoch
from llmcat.pipeline.sources.models_dev.git.git import Git

PULL = re.compile(
    r"^Merge (?:branch '(?:[\w.-]+:)?|(?P<remote>remote-tracking branch '(?:origin|upstream)/))"
    r"(?P<what>[^':]+)'(?P<url> of \S+)?(?: into (?P<into>\S+))?$"
)
"""The subject that git gives the merge of a pull; `owner:` is how GitHub names a fork's upstream."""

FORMAT = "--format=%H%x00%P%x00%ct%x00%s"

LAST_SECOND = int(datetime(9999, 12, 31, tzinfo=timezone.utc).timestamp())

Graph = dict[str, tuple[Sequence[str], int, str]]
"""hash -> (parents, committer time, subject)."""


class Commit(NamedTuple):
    """A commit of the published line; `at` is its committer time, UTC, YYYY-MM-DDTHH:MM:SSZ."""

    hash: str
    at: str


def published_line(git: Git) -> list[Commit]:
    """The published commits, oldest first; where a clock was wrong, time stands still.

    Raises SourceError for a damaged clone, and for a partial one.
    """
    _refuse_partial(git)
    return _in_time(_walk_back(_graph(git)))


def is_pull(subject: str) -> bool:
    """Whether a merge with this subject took the published branch into a copy of itself."""
    match = PULL.match(subject)
    if match is None:
        return False
    if match["into"] is not None:
        return match["into"].strip("'") == match["what"]
    return bool(match["remote"] or match["url"])


def _graph(git: Git) -> Graph:
    """Every commit that the tip has behind it, the tip first."""
    listing = git.output("rev-list", "--encoding=UTF-8", FORMAT, git.tip, "--")
    graph: Graph = {}
    for line in listing.decode("utf-8", "replace").split("\n"):
        if "\0" in line:
            commit, parents, seconds, subject = line.split("\0", 3)
            graph[commit] = (parents.split(), int(seconds), subject)
    return graph


def _walk_back(graph: Graph) -> list[tuple[str, int]]:
    """(hash, committer time) of the published commits from the first to the tip."""
    line = []
    commit: str | None = next(iter(graph))
    while commit is not None:
        parents, seconds, subject = graph[commit]
        line.append((commit, seconds))
        parent = 1 if len(parents) == 2 and is_pull(subject) else 0
        commit = parents[parent] if parents else None
    return line[::-1]


def _in_time(line: Sequence[tuple[str, int]]) -> list[Commit]:
    """A commit that says to be older than the one before it gets that one's time."""
    commits, latest = [], 0
    for commit, seconds in line:
        latest = max(latest, min(seconds, LAST_SECOND))
        commits.append(Commit(commit, from_epoch(latest)))
    return commits


def _refuse_partial(git: Git) -> None:
    """A clone made with --filter is fine only where everything has been fetched since."""
    if not any((git.objects / "pack").glob("*.promisor")):
        return
    objects = git.output(
        "rev-list", "--objects", "--missing=print", git.tip, "--", "providers", "models"
    )
    if any(line.startswith(b"?") for line in objects.split(b"\n")):
        raise SourceError(
            git.clone, "is a partial clone (--filter), old files are not in it; clone it in full"
        )
