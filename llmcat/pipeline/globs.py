"""Globs of model ids, as recipes and overlays write them."""

from __future__ import annotations

import re
from collections.abc import Callable

Match = Callable[[str], object]


def compile_glob(glob: str) -> Match:
    """A matcher of whole ids: `*` is any run of characters, `?` is one, all else is itself."""
    if "*" not in glob and "?" not in glob:
        return glob.__eq__
    pattern = re.escape(re.sub(r"\*+", "*", glob)).replace(r"\*", ".*").replace(r"\?", ".")
    return re.compile(pattern, re.DOTALL).fullmatch
