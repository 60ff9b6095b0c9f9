"""Globs of model ids, as recipes and overlays write them."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable

Match = Callable[[str], object]


def compile_glob(glob: str) -> Match:
    """A matcher of whole ids: `*` is any run of characters, `?` is one, all else is itself."""
    if "*" not in glob and "?" not in glob:
        return glob.__eq__
    # translate() makes a pattern that cannot backtrack for ever; [ is no class in our globs
    return re.compile(fnmatch.translate(glob.replace("[", "[[]"))).fullmatch
