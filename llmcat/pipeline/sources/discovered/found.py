"""What a translator gives of one model that an endpoint lists."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from llmcat.pipeline.entries import BadRecord, Facts


class Found(NamedTuple):
    """A model: sparse facts without its provider, the row that they were read from, and whether a call
    to it is served (None: not proven). `provider` is set where it is not the endpoint's own."""

    facts: Facts
    row: Any
    callable: bool | None = None
    provider: str | None = None


def id_of(row: Any, *keys: str) -> str:
    """The id of a row. Raises BadRecord for one that has none, or a pattern in its place."""
    if not isinstance(row, Mapping):
        raise BadRecord("is no table")
    found = next((row[key] for key in keys if isinstance(row.get(key), str) and row[key]), None)
    if found is None:
        raise BadRecord(f"has no {keys[0]}")
    if "*" in found:
        raise BadRecord(f"{found} is a pattern, not a model")
    return str(found)


def sparse(**facts: Any) -> Facts:
    """Facts without what is not known."""
    return {key: value for key, value in facts.items() if value not in (None, "", {}, [])}
