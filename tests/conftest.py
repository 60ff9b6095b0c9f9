"""Fixtures: catalogues made by the real pipeline from small mappings, and the shipped one."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.network.snapshots import locked
from llmcat.pipeline.build import build
from llmcat.pipeline.recipe import Recipe, SourceSpec, embedded_recipe, read_recipe

MakeCatalog = Callable[..., Path]

os.environ["LLMCAT_CONFIG"] = ""  # no test sees the layer of whoever runs it


@pytest.fixture
def make_catalog(tmp_path: Path) -> MakeCatalog:
    """`make_catalog(mapping, **recipe_options)` builds a catalogue from a plain mapping."""

    def make(mapping: Mapping[str, Any], **options: Any) -> Path:
        output = tmp_path / "catalog.db"
        source = SourceSpec("mapping", "mapping", mapping, "mapping")
        build(Recipe((source,), **options), output)
        return output

    return make


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalogue that the real recipe gives: what users get. All workers of a run share one."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    output = folder / "shipped" / "catalog.db"
    with locked(output.parent):  # who comes second waits for the first one's build
        if not output.exists():
            build(read_recipe(embedded_recipe()), output)
    return output


@pytest.fixture(scope="session")
def shipped_catalog(shipped: Path) -> Catalog:
    """The shipped catalogue, opened."""
    return Catalog(shipped)
