"""catalog.db.template, the only place of the schema, as those read it who check a file against it."""

from __future__ import annotations

import os
from functools import lru_cache

APPLICATION_ID = 1280068931
"""PRAGMA application_id of a catalogue: "LLMC"."""

TEMPLATE = "catalog.db.template"
PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@lru_cache(maxsize=1)
def template() -> str:
    """The template's text, from the installed package or the checkout."""
    for folder in (PACKAGE, os.path.dirname(PACKAGE)):
        path = os.path.join(folder, TEMPLATE)
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as stream:
                return stream.read()
    raise FileNotFoundError(f"{TEMPLATE} is missing; install llmcat again")


@lru_cache(maxsize=1)
def schema_version() -> int:
    """The major version of the schema: PRAGMA user_version."""
    return int(template().rpartition("PRAGMA user_version = ")[2].partition(";")[0])


@lru_cache(maxsize=1)
def statements() -> frozenset[str]:
    """The statements that make the tables, views and indexes, as SQLite keeps them."""
    _, *parts = template().split("\nCREATE ")
    return frozenset("CREATE " + f"{part}\n".partition(";\n")[0] for part in parts)
