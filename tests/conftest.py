"""Fixtures: catalogues made by the real pipeline from small mappings, and the shipped one."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

import llmcat
from llmcat import Catalog
from llmcat.network.snapshots import locked
from llmcat.pipeline.build import build
from llmcat.pipeline.patch.cut_models import cut
from llmcat.pipeline.recipe import Recipe, SourceSpec, embedded_recipe, read_recipe

if TYPE_CHECKING:
    from tests.datasette_plugin.in_process import Shared

LONGEST = (
    *("test_docs.py", "test_warehouse.py", "datasette_plugin", "server"),
    *("mcp", "cli", "storage", "pipeline"),
)
"""Files and rooms that wait for browsers, servers and other processes, or build much."""

LABS = ("anthropic", "deepseek", "openai")

MakeCatalog = Callable[..., Path]

os.environ["LLMCAT_CONFIG"] = ""  # no test sees the layer of whoever runs it


@pytest.fixture(scope="session", autouse=True)
def heap_without_limit() -> Iterator[None]:
    """A command limits SQLite's memory for its process for good, and here that is the process of all tests."""
    with patch("llmcat.storage.sandbox.process_limits.limit_heap"):
        yield


@pytest.fixture
def make_catalog(tmp_path: Path) -> MakeCatalog:
    """`make_catalog(mapping, **recipe_options)` builds a catalogue from a plain mapping."""

    def make(mapping: Mapping[str, Any], **options: Any) -> Path:
        output = tmp_path / "catalog.db"
        source = SourceSpec("mapping", "mapping", mapping, "mapping")
        build(Recipe((source,), **options), output)
        return output

    return make


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest come first, so that no core waits for the last of them."""
    rooms = [*LONGEST, ""]
    items.sort(
        key=lambda item: min(rooms.index(part) for part in ("", *item.path.parts) if part in rooms)
    )


def installed() -> Path:
    """The catalogue that came with this llmcat."""
    return Path(llmcat.__file__).parent / "catalog.db"


def is_fresh(catalog: Path) -> bool:
    """Whether a catalogue is newer than the code, the schema and the data of this checkout."""
    root = catalog.parent.parent
    if not (catalog.is_file() and (root / "catalog.db.template").is_file()):
        return False
    made_of = [
        root / "catalog.db.template",
        *(root / "build").rglob("*"),
        *catalog.parent.rglob("*.py"),
    ]
    return max(path.stat().st_mtime for path in made_of) < catalog.stat().st_mtime


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The catalogue that the real recipe gives: what users get. All workers of a run share one, and it
    is the installed one where nothing that it is made of has changed since."""
    if is_fresh(installed()):
        return installed()
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


@pytest.fixture(scope="session")
def three_labs(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped catalogue without all but three labs: for stories in which the number of models does
    not matter."""
    folder = tmp_path_factory.mktemp("three-labs")
    part, output = folder / "part.db", folder / "catalog.db"
    with closing(sqlite3.connect(f"file:{shipped}?mode=ro", uri=True)) as connection:
        found = connection.execute("SELECT spec FROM models WHERE provider IN (?, ?, ?)", LABS)
        cut(shipped, {spec for (spec,) in found}).execute("VACUUM INTO ?", (str(part),))
    build(Recipe((SourceSpec("catalog", "three labs", part, "part.db"),)), output)
    return output


@pytest.fixture(scope="session")
def shared(shipped: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    """The shipped catalogue, served once for all stories that only ask."""
    from tests.datasette_plugin.in_process import Shared

    server = Shared(shipped, tmp_path_factory.mktemp("shared"))
    yield server
    server.close()
