"""A Datasette of somebody else's, 0.65 or 1.0, that has the plugin and a catalogue."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("datasette", reason="the browse extra is not installed")

from datasette.app import Datasette


class Site:
    """Asks it for pages: `site.get("/catalog/-/new").text`."""

    def __init__(self, path: Path, **settings: Any) -> None:
        self._loop = asyncio.new_event_loop()
        metadata = {"plugins": {"llmcat": settings}}
        patient = {"sql_time_limit_ms": 10_000}  # a busy machine is no fault of a query
        self._datasette = Datasette([], immutables=[str(path)], metadata=metadata, settings=patient)
        self._loop.run_until_complete(self._datasette.invoke_startup())

    def get(self, url: str) -> Any:
        """The response of httpx's shape: status_code, text, headers, json()."""
        return self._loop.run_until_complete(self._datasette.client.get(url))

    def close(self) -> None:
        self._loop.close()


@contextmanager
def browsed(catalogue: Path) -> Iterator[Site]:
    """The site of one catalogue, until the block ends."""
    site = Site(catalogue)
    try:
        yield site
    finally:
        site.close()
