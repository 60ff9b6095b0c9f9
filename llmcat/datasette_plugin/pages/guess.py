"""Where an address that nobody told leads: /models, /openai, /gpt-4o, /openai/gpt-4o."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from llmcat.capabilities import CANONICAL

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.datasette_plugin.pages.request import PageRequest

PAGES = ("models", "capability", "compare", "explorer", "frontier", "new", "search", "providers")
TABLES = ("prices", "changes", "deprecations", "sources")
OTHER_WORDS = {
    "model": "models",
    "pricing": "models",
    "provider": "providers",
    "capabilities": "capability",
    "news": "new",
    "whats-new": "new",
    "find": "models",
    "chart": "explorer",
    "score": "frontier",
}
"""What people call our pages."""


def address(catalog: Catalog, request: PageRequest) -> str:
    """The page that the path means: one of ours by its name, a provider, a model as people write it.

    Raises ModelNotFound, with suggestions, for what is none of these.
    """
    words = request.subject.strip("/ ")
    first, _, rest = words.partition("/")
    name = first.lower().removesuffix(".html")
    name = OTHER_WORDS.get(name, name)
    if name in ("queries", "tables", "sql", "query"):
        return request.links.database
    if not rest and name in PAGES:
        return request.links.page(name)
    if not rest and name in TABLES:
        return request.links.table(name)
    words = rest if rest and name in ("models", "providers") else words
    if not rest and name in CANONICAL:
        return request.links.page(f"capability/{CANONICAL[name]}")
    with suppress(LookupError):
        return request.links.page(
            "models", provider=catalog.provider(words).id, kind="any", sort="-released"
        )
    return request.links.model(catalog.resolve(words).spec)
