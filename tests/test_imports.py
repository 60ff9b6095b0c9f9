"""What is imported when: the reading path is light. Which room may import which: test_house.py."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import llmcat

PACKAGE = Path(llmcat.__file__).parent
HEAVY = (
    "pydantic",
    "httpx",
    "sqlite_utils",
    "yaml",
    "click",
    "datasette",
    "dataclasses",
    "inspect",
    "importlib.metadata",
    "platformdirs",
)

READS = """
import sys
from llmcat import Catalog
cat = Catalog(sys.argv[1])
cat.model("openai:gpt-4o").details
cat.models("openai"), cat.providers(), cat.provider("google")
cat.find(require=["vision", "tools"], min_context=100_000, order_by="cost_input", limit=5)
cat.select(require=["vision"])
cat.resolve("gpt-4o"), cat.search("claude sonnet"), cat.compare(["openai:gpt-4o"])
cat.cost("openai:gpt-4o", 1_000, 500)
cat.sql("select 1")
print(*sorted(name for name in sys.argv[2:] if name in sys.modules))
"""

STAGES = sorted(path for path in (PACKAGE / "pipeline" / "stages").glob("[a-z]*.py"))


def test_reading_imports_nothing_heavy(shipped: Path) -> None:
    """A program that only reads pays for the standard library's sqlite3 alone."""
    done = subprocess.run(
        [sys.executable, "-c", READS, str(shipped), *HEAVY],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []


def test_the_first_answer_imports_next_to_nothing(shipped: Path) -> None:
    """Looking a model up needs neither decimal nor difflib nor pathlib."""
    code = (
        READS.partition("cat.models")[0] + "print(*[n for n in sys.argv[2:] if n in sys.modules])"
    )
    names = [
        "decimal",
        "difflib",
        "pathlib",
        "datetime",
        "llmcat.choosing.find",
        "llmcat.lookup.resolve",
    ]
    done = subprocess.run(
        [sys.executable, "-c", code, str(shipped), *HEAVY, *names],
        capture_output=True,
        text=True,
        check=True,
    )
    assert set(done.stdout.split()) <= {"datetime"}  # sqlite3 itself imports datetime


def test_stages_do_not_import_each_other() -> None:
    """Each stage is told what it needs; only the sentence in pipeline/build.py knows them all."""
    assert {"ingest", "record", "keep_last_good", "write"} <= {path.stem for path in STAGES}
    for path in STAGES:
        named = {name for name in _imports(path) if name.startswith("llmcat.pipeline.stages")}
        assert named == set(), path.stem


def test_the_public_names_are_few_and_documented() -> None:
    """`from llmcat import *` gives these and no more."""
    for name in llmcat.__all__:
        if name != "__version__":
            assert getattr(llmcat, name).__doc__, name
    assert len(llmcat.__all__) <= 19


def _imports(path: Path) -> set[str]:
    """The modules that a file imports, in functions too."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found
