"""Globs of model ids, as recipes and overlays write them."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable

Match = Callable[[str], object]


def compile_globs(globs: Iterable[str]) -> Match:
    """A matcher of ids for which one of several globs holds."""
    return re.compile("|".join(map(_pattern, globs)) or r"(?!)").fullmatch


def compile_glob(glob: str) -> Match:
    """A matcher of whole ids: `*` is any run of characters, `?` is one, all else is itself."""
    if "*" not in glob and "?" not in glob:
        return glob.__eq__
    return re.compile(_pattern(glob)).fullmatch


def _pattern(glob: str) -> str:
    # translate() makes a pattern that cannot backtrack for ever; [ is no class in our globs
    return fnmatch.translate(glob.replace("[", "[[]"))
