"""How much of a file is read: the limits of every format, and our words for what is beyond them.

They come before those of any library. A library's own limits differ from version to version, its words
too; some have none, and end in a dead process.
"""

from __future__ import annotations

import re

from llmcat.errors import SourceError

MAX_DEPTH = 64
"""Levels of tables and lists in one file; models.dev has 8."""

BRACKET = re.compile(r"[\[\]{}]")


def too_deep(place: object) -> SourceError:
    """What is said of a file with more than MAX_DEPTH levels."""
    return SourceError(place, f"nested too deeply (more than {MAX_DEPTH} levels)")


def check_brackets_of_lines(path: object, text: str) -> None:
    """Refuse a line that leaves more than MAX_DEPTH brackets open.

    A parser of YAML reads one line ahead of what it reports, so this alone keeps the depth that it
    meets within MAX_DEPTH of what its caller counts. Raises SourceError with file and line.
    """
    for number, line in enumerate(text.splitlines(), start=1):
        if line.count("[") + line.count("{") <= MAX_DEPTH:
            continue
        depth = 0
        for bracket in BRACKET.findall(line):
            depth += 1 if bracket in "[{" else -1
            if depth > MAX_DEPTH:
                raise too_deep(f"{path}:{number}")
