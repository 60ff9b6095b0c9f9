"""datasette-metadata.yml: titles, facets and queries, for `llmcat serve` and anybody's Datasette."""

from __future__ import annotations

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
            read: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
            return read
    raise LlmcatError(f"{NAME} is missing; install llmcat again")
