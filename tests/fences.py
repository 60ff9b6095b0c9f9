"""The fenced blocks of a Markdown page, and the Python examples in them."""

from __future__ import annotations

import doctest
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

FENCE = re.compile(r"^\s*(```+|~~~+)\s*([\w-]*)")
PROMPT = re.compile(r"^\s*(?:>\s*)*>>> ")
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL


class Block(NamedTuple):
    """A fenced block: its language, the number of its first line in the page, and its lines."""

    language: str
    first: int
    lines: list[str]


def blocks(text: str) -> Iterator[Block]:
    """The fenced blocks of a page. Raises ValueError for a fence that is never closed."""
    block: Block | None = None
    mark = ""
    for number, line in enumerate(text.splitlines(), start=1):
        fence = FENCE.match(line)
        if block is None and fence:
            mark, block = fence[1], Block(fence[2], number + 1, [])
        elif block is not None and line.strip() == mark:
            yield block
            block = None
        elif block is not None:
            block.lines.append(line)
    if block is not None:
        raise ValueError(f"line {block.first - 1}: this fence is never closed")


def misplaced(text: str) -> list[str]:
    """What of a page's examples a reader would see as something else, or no test would run."""
    found = list(blocks(text))
    fenced = {
        block.first + offset
        for block in found
        if block.language == "pycon"
        for offset in range(len(block.lines))
    }
    wrong = [
        f"line {number}: this example stands in no ```pycon fence"
        for number, line in enumerate(text.splitlines(), start=1)
        if PROMPT.match(line) and number not in fenced
    ]
    for block in found:
        content = "\n".join(block.lines)
        if block.language == "pycon" and not PROMPT.match(content):
            wrong.append(f"line {block.first}: this example begins with no >>>, so it does not run")
        if "doctest:" in content:
            wrong.append(f"line {block.first}: this example sets options of its own")
    return wrong


class Quiet(doctest.DocTestRunner):
    """A runner that counts what failed and prints nothing."""

    def report_failure(self, *arguments: Any) -> None:
        """Nothing."""


def run(name: str, text: str, runner: doctest.DocTestRunner | None = None) -> Any:
    """Run the examples of a page, one after the other as a reader would type them; gives what
    doctest counted (failed, attempted)."""
    lines = [""] * (len(text.splitlines()) + 1)
    for block in blocks(text):
        if block.language == "pycon":
            for offset, line in enumerate(block.lines):
                lines[block.first - 1 + offset] = line
    test = doctest.DocTestParser().get_doctest("\n".join(lines), {}, name, name, 0)
    return (runner or doctest.DocTestRunner(optionflags=FLAGS)).run(test)
