"""Answers that lack what did not fit into the time: a facet, a count. They are given, and nobody
may keep them.
"""

from __future__ import annotations

from contextvars import ContextVar

_queries: ContextVar[list[str] | None] = ContextVar("queries cut short", default=None)


def begin() -> list[str]:
    """The queries that are cut short from now on for the answer that is being made."""
    queries: list[str] = []
    _queries.set(queries)
    return queries


def note(sql: str) -> None:
    """Query `sql` was cut short."""
    queries = _queries.get()
    if queries is not None:
        queries.append(sql)
