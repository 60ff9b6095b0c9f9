"""How the command line starts: a question loads what it needs, and not what a build needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from llmcat.version import __version__
from tests.cli.running import environment, process

HEAVY = ("pydantic", "httpx", "sqlite_utils", "yaml", "datasette", "platformdirs")


@pytest.mark.parametrize(
    "command",
    [
        ["find", "--require", "vision", "--limit", "1"],
        ["show", "openai:gpt-4o"],
        ["cost", "openai:gpt-4o", "--input", "1"],
        ["resolve", "gpt-4o"],
        ["search", "gpt"],
        ["info"],
        ["--help"],
    ],
    ids=lambda command: str(command[0]),
)
def test_a_question_imports_nothing_heavy(command: list[str], shipped: Path) -> None:
    """Neither the pipeline nor what it stands on."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "llmcat", *command],
        capture_output=True,
        text=True,
        env=environment(LLMCAT_DB=str(shipped)),
    )
    assert done.returncode == 0
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "llmcat.cli" in imported
    assert not {name for name in imported if name.split(".")[0] in HEAVY}
    assert not {name for name in imported if name.startswith("llmcat.pipeline")}


def test_a_table_imports_nothing_of_the_other_forms(shipped: Path) -> None:
    """CSV and exact amounts are imported where they are written."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "llmcat", "find", "--limit", "1"],
        capture_output=True,
        text=True,
        env=environment(LLMCAT_DB=str(shipped)),
    )
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "llmcat.cli.output" in imported
    assert not imported & {"csv", "decimal", "click.shell_completion"}


def test_version_is_that_of_the_package() -> None:
    """`llmcat --version`."""
    assert process("--version").out == f"llmcat, version {__version__}\n"
