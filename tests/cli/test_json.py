"""--json: one shape everywhere, and every command that prints has it."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from llmcat.cli import main
from tests.cli.running import llmcat

OVERLAY = """provider: acme
models:
  small:
    cost: {input: 0.5, output: 1}
"""
WITHOUT = {"serve", "mcp", "export"}
"""What prints lines while it runs, or speaks a format of its own."""


@pytest.fixture
def overlay(tmp_path: Path) -> Path:
    """A file of one model."""
    path = tmp_path / "mine.yml"
    path.write_text(OVERLAY, encoding="utf-8")
    return path


def test_every_command_that_prints_has_json() -> None:
    """A new one cannot forget it."""
    context = click.Context(main)
    commands = {name: main.get_command(context, name) for name in main.list_commands(context)}
    lacking = {
        name
        for name, command in commands.items()
        if command and not any("--json" in param.opts for param in command.params)
    }
    assert lacking - {"history"} == WITHOUT  # history hands its words on to the option's command
    assert llmcat("history", "openai:gpt-4o", "--json").out.startswith("[")


def test_a_build_tells_programs_what_it_did(tmp_path: Path, overlay: Path) -> None:
    """One object, with what was rejected; nothing else on standard output."""
    output = tmp_path / "out.db"
    done = llmcat("build", "-o", output, "--source", f"yaml={overlay}", "--json")
    assert done.status == 0
    assert done.json["output"] == str(output)
    assert (done.json["models"], done.json["providers"], done.json["rejects"]) == (1, 1, [])
    assert done.err == ""


def test_findings_are_rows(overlay: Path) -> None:
    """An empty array where all is well; with an error the status is the same as without."""
    assert llmcat("validate", overlay, "--json").json == []
    overlay.write_text(OVERLAY.replace("0.5", "cheap"), encoding="utf-8")
    done = llmcat("validate", overlay, "--json")
    [finding] = done.json
    assert done.status == 1
    assert (finding["file"], finding["line"], finding["warning"]) == (str(overlay), 4, False)


def test_schemas_are_one_object(tmp_path: Path) -> None:
    """By the names of their files; into a folder, which were written."""
    names = set(llmcat("schema", "--json").json)
    assert "overlay.schema.json" in names
    assert len(llmcat("schema", tmp_path, "--json").json["written"]) == len(names)
    assert llmcat("schema", tmp_path, "--check", "--json").json == {"out_of_date": []}
