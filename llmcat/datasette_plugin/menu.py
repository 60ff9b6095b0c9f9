"""The way in, from any page of a Datasette of somebody else's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcat.datasette_plugin.catalogues import catalogue_names
from llmcat.datasette_plugin.links import Links

if TYPE_CHECKING:
    from datasette.app import Datasette

PAGES = {
    "models": "Models by price and capability",
    "providers": "Providers",
    "search": "Search models",
    "explorer": "Prices of models",
    "frontier": "Price, score and speed",
    "compare": "Compare models",
    "new": "What's new",
}


def entries(datasette: Datasette) -> list[dict[str, str]]:
    """Links to our pages, for each catalogue; its name is said where there are several."""
    names = catalogue_names(datasette)
    return [
        {
            "href": Links(datasette, database).page(page),
            "label": label if len(names) == 1 else f"{label} ({database})",
        }
        for database in names
        for page, label in PAGES.items()
    ]
