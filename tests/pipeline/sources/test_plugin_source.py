"""A package of somebody else's adds a kind of source by being installed."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.errors import RecipeError, SourceError
from llmcat.pipeline.entries import Document, Entry
from tests.pipeline.building import build_from, column, model, reasons, rows, sources_of, write_text

EXAMPLE = Path(__file__).parents[2] / "plugin_example"

PROGRAM = """
import sys
from pathlib import Path
from llmcat.errors import LlmcatError
from llmcat.pipeline.build import build
from llmcat.pipeline.recipe import read_recipe
try:
    build(read_recipe(Path(sys.argv[1])), Path(sys.argv[2]))
except LlmcatError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""

RECIPE = """
[[source]]
kind = "gateway"
path = "deployments.txt"
name = "our gateway"
"""

METADATA = "Metadata-Version: 2.1\nName: llmcat-gateway-example\nVersion: 1.0\n"
ENTRY_POINTS = "[llmcat.sources]\ngateway = llmcat_gateway:GatewaySource\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example installed in it: by pip where it can, by hand where it cannot."""
    folder = tmp_path_factory.mktemp("site")
    if all(map(importlib.util.find_spec, ("pip", "hatchling"))):
        source = shutil.copytree(EXAMPLE, tmp_path_factory.mktemp("source") / "example")
        install = ["install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
        quiet = {
            **os.environ,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
        }
        subprocess.run(
            [sys.executable, "-m", "pip", *install, "--target", str(folder), str(source)],
            check=True,
            env=quiet,
        )
    else:
        shutil.copy(EXAMPLE / "llmcat_gateway.py", folder)
        info = folder / "llmcat_gateway_example-1.0.dist-info"
        write_text(info / "METADATA", METADATA)
        write_text(info / "entry_points.txt", ENTRY_POINTS)
    return folder


def run(tmp_path: Path, *, path: Path | None, recipe: str = RECIPE) -> Any:
    """Build from the recipe in a process that finds what is installed in `path`."""
    python_path = os.pathsep.join(map(str, filter(None, (path, *sys.path))))
    return subprocess.run(
        [
            sys.executable,
            "-c",
            PROGRAM,
            str(write_text(tmp_path / "catalog.toml", recipe)),
            str(tmp_path / "c.db"),
        ],
        env={**os.environ, "PYTHONPATH": python_path},
        capture_output=True,
        text=True,
    )


def test_an_installed_package_adds_a_kind(site: Path, tmp_path: Path) -> None:
    """`kind = "gateway"` in a recipe works, and its records go the way of all records."""
    write_text(
        tmp_path / "deployments.txt", "chat-large openai:gpt-5.4 0.0025\nrubbish\nfree a:b -1\n"
    )
    done = run(tmp_path, path=site)
    assert (done.returncode, done.stderr) == (0, "")
    db = tmp_path / "c.db"
    found = model(db, "gateway:chat-large")
    assert model(db, "gateway:free")["cost_input"] is None
    assert (found["cost_input"], found["base_model"]) == (2.5, "openai:gpt-5.4")
    assert column(db, "SELECT name FROM providers") == ["Our gateway"]
    assert sorted(reasons(db)) == [
        "cost.input: input should be greater than or equal to 0, not -1000.0",
        "is not `deployment spec price`",
    ]
    [source] = rows(
        db, "SELECT name, kind, location, models, rejected, fields_rejected FROM sources"
    )
    assert source == {
        "name": "our gateway",
        "kind": "gateway",
        "location": "deployments.txt",
        "models": 2,
        "rejected": 1,
        "fields_rejected": 1,
    }
    assert sources_of(db, "gateway:chat-large") == {"*": "our gateway"}


def test_a_plug_in_speaks_of_its_errors_as_the_others_do(site: Path, tmp_path: Path) -> None:
    """What it cannot read is one line."""
    done = run(tmp_path, path=site)
    assert done.returncode == 1
    assert done.stderr == f"SourceError: {tmp_path / 'deployments.txt'}: no such file\n"


def test_a_kind_that_nobody_brings(tmp_path: Path) -> None:
    """Without the package the kind is unknown, and the known ones are listed."""
    with pytest.raises(
        RecipeError, match=r"'gateway': is unknown; there are models\.dev, .*yaml, toml"
    ):
        build_from(tmp_path / "c.db", ("gateway", tmp_path / "deployments.txt"))


@pytest.mark.parametrize("target", ["no_such_module:Kind", "json:NoSuchName"])
def test_a_package_that_is_broken(tmp_path: Path, target: str) -> None:
    """An entry point that cannot be loaded is one line that names it."""
    info = tmp_path / "site" / "broken-1.0.dist-info"
    write_text(info / "METADATA", "Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    write_text(info / "entry_points.txt", f"[llmcat.sources]\ngateway = {target}\n")
    done = run(tmp_path, path=tmp_path / "site")
    assert done.returncode == 1
    assert done.stderr.startswith("RecipeError: source kind 'gateway': cannot be loaded")
    assert done.stderr.count("\n") == 1


class Deployments:
    """A source with options, handed over as an object: no package, no entry point."""

    family = "ours"

    def __init__(self, prices: dict[str, float], scale: float = 1) -> None:
        self.location, self.scale = prices, scale

    def read(self, location: dict[str, float]) -> Iterator[Document]:
        """What was handed over."""
        yield Document("deployments", location, "")

    def translate(self, document: Document) -> Iterator[Entry]:
        """A model each."""
        for id_, price in document.data.items():
            facts = {"provider": "gateway", "id": id_, "cost": {"input": price * self.scale}}
            yield Entry("model", f"deployments: {id_}", facts, None)


def test_a_source_can_be_handed_over_as_an_object() -> None:
    """With options of its own, beside mappings and files."""
    catalog = Catalog.from_sources(
        {"openai": {"models": [{"id": "gpt-4o"}]}}, Deployments({"chat": 0.002}, scale=1000)
    )
    assert catalog.model("gateway:chat").cost_input == 2
    assert "openai:gpt-4o" in catalog


def test_an_object_that_fails_is_named_in_one_line() -> None:
    """As a plug-in is."""
    with pytest.raises(SourceError, match=r"Deployments.*failed"):
        Catalog.from_sources(Deployments(None))  # type: ignore[arg-type]
