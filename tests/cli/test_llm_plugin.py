"""llm, the command line of Simon Willison: `llm cat …` is llmcat, and its own log has prices."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

pytest.importorskip("llm", reason="NO TEST OF THE PLUG-IN: llm is missing")


def llm(*words: object, home: Path) -> subprocess.CompletedProcess[str]:
    """Run llm, with a folder of its own for what it keeps."""
    command = [sys.executable, "-m", "llm", *map(str, words)]
    env = {"LLM_USER_PATH": str(home), "HOME": str(home)}
    return subprocess.run(command, env=env, capture_output=True, text=True)


def test_llm_cat_is_llmcat(tmp_path: Path, shipped: Path) -> None:
    """Found by its entry point; the log of llm is billed, a wrong command is one line with status 2."""
    assert "llmcat.cli.llm_plugin" in {point.value for point in entry_points(group="llm")}
    log = tmp_path / "logs.db"
    with sqlite3.connect(log) as connection:
        connection.execute(
            "CREATE TABLE responses (model TEXT, input_tokens INTEGER, output_tokens INTEGER,"
            " token_details TEXT, datetime_utc TEXT)"
        )
        row = ("gpt-4o", 1000, 500, None, "2026-03-01T10:00:00")
        connection.execute("INSERT INTO responses VALUES (?, ?, ?, ?, ?)", row)
    connection.close()

    billed = llm("cat", "bill", log, "--by", "model", "--json", home=tmp_path)
    assert "0.0075" in json.dumps(json.loads(billed.stdout))
    wrong = llm("cat", "fnd", home=tmp_path)
    assert (wrong.returncode, wrong.stderr.count("\n")) == (2, 1)
    assert "did you mean" in wrong.stderr
