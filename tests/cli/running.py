"""Run the command line, inside this process or in one of its own, and look at what it says."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from click.testing import CliRunner

from llmcat.cli import main

Facts = dict[str, Any]


class Said(NamedTuple):
    """What a command printed, and its exit status."""

    out: str
    err: str
    status: int

    @property
    def lines(self) -> list[str]:
        """The lines of standard output."""
        return self.out.splitlines()

    @property
    def json(self) -> Any:
        """Standard output, read as JSON."""
        return json.loads(self.out)

    @property
    def nl(self) -> list[Any]:
        """Standard output, an object a line."""
        return [json.loads(line) for line in self.lines]

    @property
    def csv(self) -> list[dict[str, str]]:
        """Standard output, read as CSV with a header."""
        return list(csv.DictReader(io.StringIO(self.out)))


def llmcat(*words: object, env: Mapping[str, str | None] = {}, stdin: str | None = None) -> Said:
    """Run a command in this process; what it raises on purpose is no exception here."""
    ran = CliRunner().invoke(main, list(map(str, words)), stdin, env, prog_name="llmcat")
    if ran.exception and not isinstance(ran.exception, SystemExit):
        raise ran.exception
    return Said(ran.stdout, ran.stderr, ran.exit_code)


def process(*words: object, cwd: Path | None = None, **env: str) -> Said:
    """Run a command in a process of its own, as a shell does."""
    done = subprocess.run(
        [sys.executable, "-m", "llmcat", *map(str, words)],
        capture_output=True,
        encoding="utf-8",
        cwd=cwd,
        env=environment(**env),
    )
    return Said(done.stdout, done.stderr, done.returncode)


def environment(**more: str) -> dict[str, str]:
    """The environment of a process that finds this llmcat wherever it is started."""
    root = str(Path(__file__).parent.parent.parent)
    return {**os.environ, "PYTHONPATH": root, "PYTHONIOENCODING": "utf-8", **more}


def error_of(said: Said, status: int = 1) -> str:
    """The one line of an error that a user can cause: nothing on standard output, no traceback."""
    assert (said.status, said.out) == (status, ""), said
    [line] = said.err.splitlines()
    assert line.startswith("Error: ")
    return line.removeprefix("Error: ")


def api_json(path: Path, **prices: float) -> Path:
    """Write an api.json of one provider, acme, with a model of each name at this input price."""
    models = {
        name: {
            "id": name,
            "name": name.title(),
            "release_date": "2025-03-14",
            "tool_call": True,
            "modalities": {"input": ["text", "image"], "output": ["text"]},
            "limit": {"context": 200_000, "output": 8_192},
            "cost": {"input": price, "output": 4 * price},
        }
        for name, price in prices.items()
    }
    acme = {"id": "acme", "name": "Acme", "env": ["ACME_API_KEY"], "models": models}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"acme": acme}), encoding="utf-8")
    return path


def written(path: Path, text: str) -> Path:
    """Write a file and the folders on the way; returns its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path
