"""Which ids an entry of genai-prices speaks of: equals, starts_with, ends_with, contains, regex, or, and.

An entry stands for every id that matches, as genai-prices itself looks ids up: letter case does not count,
and of several entries the first holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from llmcat.pipeline.entries import BadRecord

Matches = Callable[[str], bool]

MAX_CLAUSES = 1_000
MAX_PATTERN = 200

TEXT_CLAUSES: dict[str, Callable[[str, str], bool]] = {
    "equals": lambda id_, text: id_ == text,
    "starts_with": lambda id_, text: id_.startswith(text),
    "ends_with": lambda id_, text: id_.endswith(text),
    "contains": lambda id_, text: text in id_,
}

REPEATED_GROUP = re.compile(r"\)[+*{]")
"""A repeat of a group can take for ever, if the group repeats something itself."""


def matcher(clause: Any) -> Matches:
    """A function of a lower-case id. Raises BadRecord for a clause that is none."""
    return _matcher(clause, [0])


def _matcher(clause: Any, count: list[int]) -> Matches:
    count[0] += 1
    if count[0] > MAX_CLAUSES:
        raise BadRecord(f"match has more than {MAX_CLAUSES:,} clauses")
    if not isinstance(clause, Mapping) or len(clause) != 1:
        raise BadRecord("match is no clause such as {equals: id}")
    [(kind, value)] = clause.items()
    if kind in ("or", "and") and isinstance(value, list):
        parts = [_matcher(part, count) for part in value]
        every = kind == "and"
        return lambda id_: all(p(id_) for p in parts) if every else any(p(id_) for p in parts)
    if not isinstance(value, str):
        raise BadRecord(f"match.{kind} is no text")
    if kind == "regex":
        return _regex(value)
    if kind not in TEXT_CLAUSES:
        raise BadRecord(f"match.{kind} is unknown")
    compare, text = TEXT_CLAUSES[kind], value.lower()
    return lambda id_: compare(id_, text)


def _regex(pattern: str) -> Matches:
    if len(pattern) > MAX_PATTERN or REPEATED_GROUP.search(pattern):
        raise BadRecord("match.regex is too long, or repeats a group")
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise BadRecord(f"match.regex is no pattern: {error}") from None
    return lambda id_: compiled.search(id_) is not None
