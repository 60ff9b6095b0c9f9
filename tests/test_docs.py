"""The prose is true: every Python example in README.md and docs/ is run, every command exists."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from llmcat.cli import main
from llmcat.cli.find_options import FindCommand, spelt_out
from llmcat.cli.history import WithDefault
from tests import fences

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
PROGRAMS = {"agents.md"}
"""Pages whose ```python blocks are whole programs; tests/mcp/test_tools.py runs them."""
TODAY = "2026-11-21"
"""The day on which the pages were written: what is retired depends on it."""

FENCED = """```pycon
>>> 1 + 1
2
```
"""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_python_examples_say_what_happens(
    page: Path, shipped: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Examples run against the catalogue that users get."""
    monkeypatch.setenv("LLMCAT_DB", str(shipped))
    monkeypatch.setattr("llmcat.instants.today", lambda: TODAY)
    text = page.read_text(encoding="utf-8")
    outcome = fences.run(page.name, text)
    assert outcome.failed == 0
    assert outcome.attempted == len(re.findall(r"^\s*>>> ", text, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_example_stands_in_a_fence(page: Path) -> None:
    """Without one, Markdown shows `>>>` as a quotation in a quotation in a quotation."""
    text = page.read_text(encoding="utf-8")
    assert fences.misplaced(text) == []
    programs = [block for block in fences.blocks(text) if block.language in ("python", "py")]
    assert not programs or page.name in PROGRAMS


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (">>> 1 + 1\n2\n", "line 1"),
        (FENCED + "\n>>> 1 + 1\n2\n", "line 6"),
        (FENCED.replace("pycon", "console"), "line 2"),
        (FENCED.replace("pycon", ""), "line 2"),
        (FENCED.replace(">>> ", ""), "line 2"),
        (FENCED.replace("1 + 1", "1 + 1  # doctest: +SKIP"), "line 2"),
        ("- as a list\n\n  >>> 1 + 1\n  2\n", "line 3"),
        ("> >>> 1 + 1\n> 2\n", "line 1"),
    ],
)
def test_an_example_outside_a_fence_is_found(text: str, line: str) -> None:
    """The test above would see it, wherever it stands, and one that does not run."""
    [wrong] = fences.misplaced(text)
    assert wrong.startswith(line)


def test_an_example_that_is_not_so_is_found() -> None:
    """A fence does not hide an example from the test that runs it."""
    quiet = fences.Quiet(optionflags=fences.FLAGS)
    assert fences.run("page", FENCED, quiet) == (0, 1)
    assert fences.run("page", FENCED.replace("2", "3"), quiet) == (1, 1)
    with pytest.raises(ValueError, match="line 1: this fence is never closed"):
        fences.run("page", FENCED.removesuffix("```\n"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_commands_in_the_prose_exist(page: Path) -> None:
    """Every `$ llmcat …` names a command, and only options that the command has."""
    for line in re.findall(r"^\$ llmcat (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE):
        name, *words = line.split()
        command = main.get_command(click.Context(main), name)
        assert command is not None
        if isinstance(command, WithDefault):
            command = command.commands.get(words[0], command.commands["show"])
        known = {option for parameter in command.params for option in parameter.opts}
        known.update(option for parameter in command.params for option in parameter.secondary_opts)
        if isinstance(command, FindCommand):
            words = [part for word in words for part in spelt_out(word, known)]
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
