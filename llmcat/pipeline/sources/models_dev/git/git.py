"""Running git on a clone: only plumbing that reads, no shell, no network, nobody's configuration."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from llmcat.errors import SourceError

OPTIONS = (
    "--no-pager",
    "--no-replace-objects",
    *("-c", "core.quotepath=off"),
    *("-c", "core.bigFileThreshold=2m"),  # larger blobs pass through git without being held in it
    *("-c", "protocol.allow=never"),  # no fetch behind our back, in any version of git
)

ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
}
"""Set for every call; whatever else begins with GIT_ is taken out, a hook's GIT_DIR above all."""

OWN_CONFIGURATION = ("GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_GLOBAL")
"""What is left out of ENVIRONMENT when the user's own safe.directory has to speak."""

INCOMPLETE = "lacks objects (damaged or partial clone); clone it anew, in full"

REASONS = {
    "not a git repository": "is no git repository; clone models.dev and name the clone's folder",
    "dubious ownership": (
        "belongs to another user, so git does not read it; run as its owner, or "
        "`git config --global --add safe.directory` with its path"
    ),
    "ould not read": INCOMPLETE,
    "nable to read": INCOMPLETE,
    "bad object": INCOMPLETE,
    "missing": INCOMPLETE,
}
"""What git says on standard error -> what to tell."""


class Git:
    """Read-only git commands in one clone."""

    def __init__(self, clone: Path) -> None:
        """Raises SourceError when `clone` is no folder, no repository, or git is missing."""
        if not clone.is_dir():
            raise SourceError(clone, "no such folder")
        self.clone = clone
        self._environment = _environment(clone, ENVIRONMENT)
        said = self._complain("rev-parse", "--git-dir")
        if "dubious ownership" in said:
            named = {k: v for k, v in ENVIRONMENT.items() if k not in OWN_CONFIGURATION}
            self._environment = _environment(clone, named)
            said = self._complain("rev-parse", "--git-dir")
        if said:
            raise self._failure(said)

    def output(self, *arguments: str) -> bytes:
        """What the command prints. Raises SourceError when it fails."""
        with tempfile.TemporaryFile() as complaints:
            with self._start(arguments, subprocess.DEVNULL, complaints) as process:
                assert process.stdout is not None
                output = process.stdout.read()
            self._check(process, complaints)
        return output

    def answer(self, *arguments: str) -> str:
        """What the command prints, or nothing when it fails."""
        try:
            return self.output(*arguments).decode("utf-8", "surrogateescape").strip()
        except SourceError:
            return ""

    @contextmanager
    def stream(self, *arguments: str, lines: Iterable[str]) -> Iterator[IO[bytes]]:
        """The standard output of a command that reads `lines`; leave it early and the command ends.

        The lines go through a file: with two pipes, both sides could wait for each other.
        """
        with tempfile.TemporaryFile() as questions, tempfile.TemporaryFile() as complaints:
            questions.write("".join(f"{line}\n" for line in lines).encode())
            questions.seek(0)
            with self._start(arguments, questions, complaints) as process:
                assert process.stdout is not None
                try:
                    yield process.stdout
                except BaseException:
                    process.kill()
                    raise
            self._check(process, complaints)

    def _start(
        self, arguments: tuple[str, ...], stdin: int | IO[bytes], stderr: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                ["git", *OPTIONS, *arguments],
                cwd=self.clone,
                env=self._environment,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=stderr,
                bufsize=2**18,
            )
        except FileNotFoundError:
            raise SourceError(self.clone, "a git clone is read with git; install git") from None
        except OSError as error:
            raise SourceError(self.clone, f"git does not start ({error.strerror})") from None

    def _complain(self, *arguments: str) -> str:
        """What the command says on standard error; nothing when it succeeds."""
        with tempfile.TemporaryFile() as complaints:
            with self._start(arguments, subprocess.DEVNULL, complaints) as process:
                assert process.stdout is not None
                process.stdout.read()
            return _said(complaints) or "failed" if process.returncode else ""

    def _check(self, process: subprocess.Popen[bytes], complaints: IO[bytes]) -> None:
        if process.returncode:
            raise self._failure(_said(complaints))

    def _failure(self, said: str) -> SourceError:
        for words, reason in REASONS.items():
            if words in said:
                return SourceError(self.clone, reason)
        line = said.strip().partition("\n")[0].removeprefix("fatal: ")[:200]
        line = line.removeprefix("error: ") or "no reason given"
        return SourceError(self.clone, f"git cannot read it ({line}); clone it anew, in full")


def _said(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    return complaints.read(10_000).decode("utf-8", "replace")


def _environment(clone: Path, ours: dict[str, str]) -> dict[str, str]:
    theirs = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    ceiling = str(clone.resolve().parent)  # the repository around a folder is not the folder's
    return {**theirs, **ours, "GIT_CEILING_DIRECTORIES": ceiling}
