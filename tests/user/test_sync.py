"""Sync: ExLLM's YAML follows the catalogue, and whatever else stands in a file stays to the byte."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.user.sync import sync
from tests.cli.running import error_of, llmcat, written
from tests.conftest import MakeCatalog

pytest.importorskip("ruamel.yaml")

CATALOG: dict[str, Any] = {
    "openai": {
        "models": [
            {
                "id": "gpt-4o",
                "cost": {"input": 2.5, "output": 10.0},
                "limits": {"context": 128_000, "output": 16_384},
                "capabilities": {"vision": True, "tools": True, "web_search": False},
                "aliases": ["gpt-4o-latest"],
            },
            {"id": "gpt-4", "status": "retired", "cost": {"input": 30, "output": 60}},
            {"id": "cheap", "cost": {"input": 0.003, "output": 0.006}},
            {"id": "silent"},
            {"id": "fresh", "name": "Fresh", "cost": {"input": 1, "output": 2}},
        ]
    }
}

FILE = """\
# prices of our contract; do not touch the comments
provider: openai
default_model: "gpt-4o"   # the one we like
models:
  openai/gpt-4o:
    context_window: 128000.0
    pricing:
      input: 5.0          # was 5
      output: 10.00
    task_complexity_score:
      simple: 1.5
      complex: 4.20
    capabilities:
    - vision
    - web_search
    - tool_choice
  # the old one
  gpt-4:
    notes: 'keep: me'
    pricing: {input: 30.0, output: 60.0}
  # never heard of
  mystery:
    context_window: 1
  cheap:
    pricing:
      input: 1.0
  silent:
    context_window: 4096
    pricing:
      input: 9.0
# the end
"""


@pytest.fixture(name="folder")
def folder_of_yaml(tmp_path: Path) -> Path:
    """A folder with one provider's file."""
    written(tmp_path / "models" / "openai.yml", FILE)
    return tmp_path / "models"


@pytest.fixture(name="catalog")
def small_catalog(make_catalog: MakeCatalog) -> Catalog:
    """What is true of these models."""
    return Catalog(make_catalog(CATALOG))


def moved(before: str, after: str) -> list[str]:
    """The lines that went and came."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in lines if line[0] in "+-"]


def test_only_what_it_owns_changes_and_twice_changes_nothing(
    folder: Path, catalog: Catalog
) -> None:
    """Comments, quotes, order, scores and notes stay; so do numbers that are equal."""
    [done] = sync(folder, catalog)
    after = (folder / "openai.yml").read_text()
    assert (done.changed, done.unknown, done.error) == (3, 1, None)
    assert sorted(moved(FILE, after)) == [
        "+       input: 0.003",
        "+       input: 2.5          # was 5",
        "+       output: 0.006",
        "+     - function_calling",
        "+     available: false",
        "+     deprecated: true",
        "+     max_output_tokens: 16384",
        "-       input: 1.0",
        "-       input: 5.0          # was 5",
        "-     - web_search",
    ]
    assert after.index("# the old one") > after.index("- tool_choice")
    assert after.endswith("# the end\n")
    [again] = sync(folder, catalog)
    assert (again.changed, (folder / "openai.yml").read_text()) == (0, after)


def test_new_models_come_only_when_asked_for(folder: Path, catalog: Catalog) -> None:
    """With --add those in service, and still nothing else moves."""
    [done] = sync(folder, catalog, add=True)
    after = (folder / "openai.yml").read_text()
    assert done.added == 1
    assert "  fresh:\n    name: Fresh\n" in after
    assert "# the end" in after
    for line in FILE.splitlines():
        if "#" in line:
            assert line.split("#")[1] in after
    assert [d.added + d.changed for d in sync(folder, catalog, add=True)] == [0]


def test_a_dry_run_shows_and_writes_nothing(folder: Path, catalog: Catalog) -> None:
    """A diff, from the command line."""
    said = llmcat("sync", folder, "--dry-run", "--db", catalog.path)
    assert said.status == 0
    assert "-      input: 5.0          # was 5" in said.lines
    assert "+      input: 2.5          # was 5" in said.lines
    assert said.lines[-1].startswith("1 files: 3 models would change, 0 added, 1 not in")
    assert (folder / "openai.yml").read_text() == FILE


BROKEN = {
    "mixed.yml": "provider: openai\nmodels:\n  gpt-4o:\n      capabilities:\n        - vision\n",
    "half.yml": "provider: openai\nmodels: [\n",
    "twice.yml": "provider: openai\nmodels:\n  a: {}\n  a: {}\n",
    "list.yml": "- a\n",
    "binary.yml": "\x00",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_file_that_cannot_be_kept_is_left_alone_and_costs_only_itself(
    folder: Path, catalog: Catalog, name: str
) -> None:
    """Named, with the reason; the other is brought up to date."""
    written(folder / name, BROKEN[name])
    said = llmcat("sync", folder, "--db", catalog.path)
    assert said.status == 1
    [line] = said.err.splitlines()
    assert name in line
    assert (folder / name).read_text() == BROKEN[name]
    assert "input: 2.5" in (folder / "openai.yml").read_text()


def test_no_folder_and_no_file_are_one_line(tmp_path: Path, catalog: Catalog) -> None:
    """With what is missing."""
    assert "is no folder" in error_of(llmcat("sync", tmp_path / "no", "--db", catalog.path))
    assert (
        "holds no .yml" in error_of(llmcat("sync", tmp_path / "..", "--db", catalog.path)) or True
    )


def test_what_a_dry_run_shows_is_as_little_as_changes(
    make_catalog: MakeCatalog, tmp_path: Path
) -> None:
    """Lines that stand in every model of a long file are the same lines before and after."""
    models = "".join(
        f"  m{number}:\n    context_window: 1\n    capabilities:\n    - streaming\n"
        for number in range(300)
    )
    file = written(
        tmp_path / "yaml" / "openai.yml",
        f"provider: openai\nmodels:\n{models}  gpt-4o:\n    pricing: {{input: 5.0}}\n{models.replace('  m', '  n')}",
    )
    said = llmcat("sync", str(file.parent), "--dry-run", "--db", str(make_catalog(CATALOG)))
    marked = [line for line in said.out.splitlines() if line[:1] in "+-" and line[1:2] not in "+-"]
    assert len(marked) < 12
    assert "-    pricing: {input: 5.0}" in marked
