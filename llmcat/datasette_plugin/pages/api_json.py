"""/api.json: the catalogue in models.dev's format, so that its clients, opencode first, can point here."""

from __future__ import annotations

from functools import lru_cache
from threading import Lock
from typing import TYPE_CHECKING

from llmcat.exports import models_dev

if TYPE_CHECKING:
    from llmcat.catalog import Catalog

_making = Lock()


def api_json(catalog: Catalog) -> bytes:
    """The file, made once for each catalogue that is served: it takes a second."""
    with _making:
        return _content(catalog, catalog.epoch)


@lru_cache(maxsize=2)
def _content(catalog: Catalog, epoch: int) -> bytes:
    return models_dev.export(catalog).content
