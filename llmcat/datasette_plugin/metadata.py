"""datasette-metadata.yml: titles, facets and queries, for `llmcat serve` and anybody's Datasette."""

from __future__ import annotations

from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from llmcat.errors import LlmcatError

PACKAGE = Path(__file__).resolve().parent.parent
NAME = "datasette-metadata.yml"


def metadata() -> dict[str, Any]:
    """The file's content, from the installed package or the checkout. Raises LlmcatError without it."""
    for folder in (PACKAGE, PACKAGE.parent):
        if (path := folder / NAME).is_file():
            return deepcopy(_read(path))
    raise LlmcatError(f"{NAME} is missing; install llmcat again")


@lru_cache(maxsize=2)  # a server would read it for every catalogue that it takes up
def _read(path: Path) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    read: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), loader)
    return read
