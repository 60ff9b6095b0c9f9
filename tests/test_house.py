"""The rooms: what imports what, by folder, and how many and how large the modules are.

LAYERS is the direction of imports, the ground first. An import, a deferred one too, goes to the same
room or to a layer below; only type checkers may look up.
"""

from __future__ import annotations

import ast
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

import llmcat

PACKAGE = Path(llmcat.__file__).parent

LAYERS: tuple[tuple[str, ...], ...] = (
    ("errors", "version", "meters", "display"),
    ("capabilities", "instants", "suggestions"),
    ("rendering",),
    ("records", "spec", "arguments"),
    ("storage",),
    ("pricing", "history"),
    ("lookup",),
    ("choosing",),
    ("usage", "local"),
    ("catalog", "pipeline"),
    ("user",),
    ("mcp", "network", "exports", "ledger"),
    ("datasette_plugin",),
    ("server",),
    ("cli",),
    ("__main__",),
)
"""Rooms of llmcat/: modules and packages. Two rooms of one layer do not import each other."""

DEFERRED_UPWARD = {("catalog", "pipeline"), ("storage", "user")}
"""from_sources() and with_overrides() build in memory, and a user's own layer is made when it changed; a
program that only reads never pays for it."""

NOT_YET: set[tuple[str, str]] = set()
"""Imports against the direction that are still there."""

SAME_THING = {
    "api_json": "models.dev's file, read and served",
    "arguments": "checks of what was given, to a call and to a tool",
    "bill": "the command and the sums that it prints",
    "build": "the command and the sentence that it runs",
    "compare": "the page and the comparison that it shows",
    "cost": "the command and the calculation",
    "diff": "the command and the difference",
    "edits": "the commands and the edits that they keep",
    "export": "the command and what every format has in common",
    "formats": "of logs that are read, and of files that are written",
    "facts": "what a source may say, and how LiteLLM's entries say it",
    "find": "the command and the query",
    "offers": "the command and the query",
    "prices": "two formats into the same price tables",
    "frontier": "the page and the query",
    "info": "the command and what it prints",
    "process": "the server's process and git's",
    "providers": "the providers of the catalogue and the shapes of their usage",
    "publish": "the command and what it runs",
    "pull": "the command and what it runs for one source",
    "search": "the command, the page and the query",
    "select": "the command and the query",
    "sync": "the command and what it does",
    "translate": "two formats into the same facts",
    "watch": "the command and the rounds that it runs",
    "usage": "llmcat.usage is the documented import of pricing.usage",
}
"""Names that two modules share, each the same thing for two kinds."""

MOST_AT_THE_ROOT = 16
MOST_LINES = 450

USUAL_LINES = range(100, 201)


class Import(NamedTuple):
    """One import: the file that has it, the module that it names, and whether it waits for a call."""

    importer: str
    imported: str
    deferred: bool


def modules() -> dict[str, Path]:
    """Dotted name -> file, of everything in the package."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = ("llmcat", *path.relative_to(PACKAGE).with_suffix("").parts)
        found[".".join(part for part in parts if part != "__init__")] = path
    return found


MODULES = modules()


def imports() -> Iterator[Import]:
    """Every import of our own modules that some run of the program executes."""
    for name, path in MODULES.items():
        yield from imports_in(name, ast.parse(path.read_text(encoding="utf-8")), False)


def imports_in(importer: str, tree: ast.AST, deferred: bool) -> Iterator[Import]:
    """The imports in a piece of code; those in functions are deferred, those for types are none."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                if alias.name.split(".")[0] == "llmcat":
                    yield Import(importer, alias.name, deferred)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            if node.module.split(".")[0] == "llmcat":
                for alias in node.names:
                    inner = f"{node.module}.{alias.name}"
                    yield Import(importer, inner if inner in MODULES else node.module, deferred)
        else:
            inside = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            yield from imports_in(importer, node, deferred or inside)


def room(module: str) -> str:
    """The room of a module: the module or package right under llmcat."""
    return module.split(".")[1] if "." in module else ""


IMPORTS = list(imports())
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def test_every_room_has_its_layer_and_every_rule_a_room() -> None:
    """A new room must be placed, and a rule about a room that is gone must go."""
    rooms = {room(name) for name in MODULES} - {""}
    assert rooms == LEVEL.keys()
    assert {name for pair in DEFERRED_UPWARD | NOT_YET for name in pair} <= rooms


def test_nothing_imports_upward() -> None:
    """Not in a function either: what waits for a call is an arrow all the same."""
    upward = [one for one in IMPORTS if points_upward(one)]
    assert upward == []


def points_upward(one: Import) -> bool:
    """Whether an import goes neither down nor stays in its room, and no exception lets it in."""
    pair = importer, imported = room(one.importer), room(one.imported)
    if "" in pair or importer == imported:
        return False  # llmcat/__init__.py shows the public names of all rooms
    if pair in DEFERRED_UPWARD:
        return not one.deferred
    return pair not in NOT_YET and LEVEL[imported] >= LEVEL[importer]


def test_the_exceptions_are_needed() -> None:
    """One that no import uses would let the next one in."""
    pairs = {(room(one.importer), room(one.imported)) for one in IMPORTS}
    assert pairs >= DEFERRED_UPWARD


def test_no_module_imports_itself_through_others() -> None:
    """Deferred imports count: a circle that waits is still a circle."""
    graph: dict[str, set[str]] = defaultdict(set)
    for one in IMPORTS:
        if one.imported not in (one.importer, "llmcat"):
            graph[one.importer].add(one.imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"a circle: {' <- '.join(error.args[1])}")


def test_the_root_is_small() -> None:
    """A stranger sees the rooms, not their furniture."""
    names = [path.stem for path in PACKAGE.glob("*.py")]
    assert len(names) <= MOST_AT_THE_ROOT, names


def test_a_name_is_one_module() -> None:
    """Two modules of one name are the same thing for two kinds, and listed."""
    names = Counter(path.stem for path in MODULES.values() if path.stem != "__init__")
    assert {name for name, count in names.items() if count > 1} <= SAME_THING.keys()


def test_files_have_a_readable_size() -> None:
    """None is long, and most are neither long nor scraps."""
    sizes = {
        path: len(path.read_text(encoding="utf-8").splitlines())
        for path in MODULES.values()
        if path.stem != "__init__"
    }
    assert {path: size for path, size in sizes.items() if size > MOST_LINES} == {}
    assert round(statistics.median(sizes.values())) in USUAL_LINES


def test_the_tree_for_contributors_is_the_tree() -> None:
    """Every room has its line, and no line names a room that is gone."""
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    lines = text.split("llmcat/\n", 2)[-1].split("```")[0].splitlines()
    named = {line.split()[0].rstrip("/") for line in lines if line[2:3].strip()}
    unnamed = {"usage.py", "local.py", "version.py"}  # two re-exports, and a number
    rooms = {path.name for path in PACKAGE.iterdir() if not path.name.startswith(("_", "."))}

    assert named == {n for n in rooms if "." not in n or n.endswith(".py")} - unnamed


def test_every_file_that_contributors_are_sent_to_exists() -> None:
    """A path in the table of additions is a path of the repository."""
    text = (PACKAGE.parent / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.split("## Where an addition goes")[1].split("## Running things")[0]
    paths = [word for word in re.findall(r"`([\w./-]+)`", table) if "/" in word or "." in word]
    missing = [p for p in paths if not (PACKAGE / p).exists() and not (PACKAGE.parent / p).exists()]
    assert missing == []
