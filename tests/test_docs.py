"""The prose is true: every Python example in README.md and docs/ is run, every command exists."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import click
import pytest

from llmcat.cli import main

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
TODAY = "2026-11-21"
"""The day on which the pages were written: what is retired depends on it."""

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_examples_say_what_happens(
    page: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Examples run against the catalogue that users get."""
    monkeypatch.setenv("LLMCAT_DB", str(shipped))
    monkeypatch.setattr("llmcat.history.lifecycle.today", lambda: TODAY)
    outcome = doctest.testfile(str(page), module_relative=False, optionflags=FLAGS)
    assert outcome.failed == 0


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_the_prose_exist(page: Path) -> None:
    """Every `$ llmcat …` names a command, and only options that the command has."""
    for line in re.findall(r"^\$ llmcat (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE):
        name, *words = line.split()
        command = main.get_command(click.Context(main), name)
        assert command is not None
        known = {option for parameter in command.params for option in parameter.opts}
        known.update(option for parameter in command.params for option in parameter.secondary_opts)
        used = {word.partition("=")[0] for word in words if re.match(r"--?[a-z]", word)}
        assert used <= known, f"{page.name}: {line}"


def test_links_between_pages_lead_somewhere() -> None:
    """No page links to a file that is not there."""
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_flag_of_the_readme_is_true_of_the_project() -> None:
    """The test command of the README is the one that CI runs through the Makefile."""
    assert ".[browse,mcp,test]" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert ".[browse,mcp,test]" in (ROOT / "Makefile").read_text(encoding="utf-8")
