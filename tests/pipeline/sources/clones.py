"""A small clone of models.dev, made commit by commit."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

from llmcat.pipeline.sources.models_dev.git import walk
from llmcat.pipeline.sources.models_dev.git.published import PublishedStep

NOON = 1_764_590_400  # 2025-12-01T12:00:00Z
JUNE = 1_780_488_000  # 2026-06-03T12:00:00Z

OPENAI = 'name = "OpenAI"\nnpm = "@ai-sdk/openai"\nenv = ["OPENAI_API_KEY"]\n'
GPT = """name = "GPT-4o"
attachment = true

[cost]
input = 2.50
output = 10.00
cached_input = 1.25

[limit]
context = 128_000
output = 16_384
"""


class Clone:
    """A repository made by `git fast-import`: each commit names its files, None removes one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.time = NOON
        self.git("init", "-q", "-b", "dev", str(path))

    def git(self, *arguments: str, stdin: bytes = b"") -> str:
        self.path.mkdir(exist_ok=True)
        quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
        command = ["git", "-C", str(self.path), *arguments]
        done = subprocess.run(
            command, input=stdin, capture_output=True, check=True, env={**os.environ, **quiet}
        )
        return done.stdout.decode().strip()

    def commit(
        self,
        files: dict[str, str | bytes | Path | None],
        *,
        branch: str = "dev",
        parents: tuple[str, ...] = (),
        message: str = "update",
        at: int | None = None,
    ) -> str:
        """A commit on `branch`; a Path in place of a content is a symbolic link to it."""
        self.time = at if at is not None else self.time + 60
        text = [f"commit refs/heads/{branch}\ncommitter A <a@example.org> {self.time} +0200\n"]
        text.append(f"data {len(message.encode())}\n{message}\n")
        if not parents and (tip := self.tip(branch)):
            parents = (tip,)
        text += [f"{word} {parent}\n" for word, parent in zip(("from", "merge"), parents)]
        stream = "".join(text).encode()
        for path, content in files.items():
            stream += _file_change(path, content)
        self.git("fast-import", "--quiet", "--force", stdin=stream + b"\n")
        return self.git("rev-parse", branch)

    def tip(self, branch: str) -> str:
        return self.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}")

    def steps(self, **options: Any) -> list[PublishedStep]:
        return list(walk(self.path, **options))


def _file_change(path: str, content: str | bytes | Path | None) -> bytes:
    if content is None:
        return f"D {path}\n".encode()
    mode = "120000" if isinstance(content, Path) else "100644"
    raw = content if isinstance(content, bytes) else str(content).encode()
    return f"M {mode} inline {path}\ndata {len(raw)}\n".encode() + raw + b"\n"


def model_path(id_: str, provider: str = "openai") -> str:
    return f"providers/{provider}/models/{id_}.toml"


def final(steps: list[PublishedStep]) -> dict[str, dict[str, Any]]:
    """The models after all steps, by `provider:id`."""
    models: dict[str, dict[str, Any]] = {}
    for step in steps:
        for (provider, id_), model in step.models.items():
            if model is None:
                del models[f"{provider}:{id_}"]
            else:
                models[f"{provider}:{id_}"] = model
    return models
