"""Models by words, ids or names, the best match first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.datasette_plugin.pages.request import PageRequest

A_PAGE = 30
FARTHEST = 3_000


def facts(catalog: Catalog, request: PageRequest) -> dict[str, Any]:
    """The models that match `?q=`, from `?offset=` on; where none does, those of a corrected text.

    `?provider=` keeps those of one provider.
    """
    text, offset = request.one("q"), request.number("offset", 0, 0, FARTHEST)
    provider = request.one("provider") or None
    corrected = None
    if text and not catalog.search(text, limit=1, provider=provider):
        corrected = catalog.correct(text)
    words = corrected or text
    found = catalog.search(words, limit=A_PAGE + 1, offset=offset, provider=provider)
    more = len(found) > A_PAGE
    return {
        "ok": True,
        "q": text,
        "corrected": corrected,
        "provider": provider,
        "offset": offset,
        "models": [model._asdict() for model in found[:A_PAGE]],
        "next_offset": offset + A_PAGE if more else None,
    }
