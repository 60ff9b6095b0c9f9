"""Models by words, ids or names, the best match first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.datasette_plugin.asked import Asked

A_PAGE = 30
FARTHEST = 3_000


def facts(catalog: Catalog, asked: Asked) -> dict[str, Any]:
    """The models that match `?q=`, `?offset=` on; where none does, a corrected text is tried."""
    text, offset = asked.one("q"), asked.number("offset", 0, 0, FARTHEST)
    provider = asked.one("provider") or None
    found = catalog.search(text, limit=A_PAGE + 1, offset=offset, provider=provider) if text else []
    corrected = catalog.correct(text) if text and not found and not offset else None
    if corrected:
        found = catalog.search(corrected, limit=A_PAGE + 1, provider=provider)
    more = len(found) > A_PAGE
    return {
        "ok": True,
        "q": text,
        "corrected": corrected,
        "offset": offset,
        "models": [model._asdict() for model in found[:A_PAGE]],
        "next_offset": offset + A_PAGE if more else None,
    }
