"""Which pages get our stylesheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcat.datasette_plugin.catalogues import is_catalogue

if TYPE_CHECKING:
    from datasette.app import Datasette


def urls(template: str, database: str | None, datasette: Datasette) -> list[str]:
    """The stylesheet's address for pages of a catalogue; others stay as they are."""
    if template.startswith("llmcat/") or is_catalogue(datasette, database):
        return [str(datasette.urls.path("/-/static-plugins/llmcat/llmcat.css"))]
    return []
