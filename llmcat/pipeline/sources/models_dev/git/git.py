"""Running git on a clone: only plumbing that reads, no shell, no network, nobody's configuration.

git never sees the clone's own `.git`: it gets a folder of ours, with a configuration of ours, and the
clone's objects. What a clone can say in its config, hooks, attributes, alternates, grafts, replacements
or remotes is therefore never read, now or in a later version of git.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO

from llmcat.errors import SourceError
from llmcat.pipeline.sources.models_dev.git.repository import repository

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
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "LC_ALL": "C",
}
"""Set for every call; whatever else begins with GIT_ is taken out, a hook's GIT_DIR above all."""

CONFIG = """[core]
    repositoryFormatVersion = 1
    bare = true
[extensions]
    objectFormat = {}
"""

FORMATS = {40: "sha1", 64: "sha256"}
"""Length of a hash -> the format of the objects."""

SILENCE = 60.0
"""Seconds that git may leave us waiting for the next of its output."""

MAX_OUTPUT = 256 * 2**20
"""Bytes of an answer that is read as a whole: the commits of a line, the files of a tree."""

CHUNK = 2**16

INCOMPLETE = "lacks objects (damaged or partial clone); clone it anew, in full"

REASONS = {
    "ould not read": INCOMPLETE,
    "nable to read": INCOMPLETE,
    "bad object": INCOMPLETE,
    "missing": INCOMPLETE,
}
"""What git says on standard error -> our reason."""


class Git:
    """Read-only git commands on the objects of one clone; `tip` is the commit at its end."""

    def __init__(self, clone: Path) -> None:
        """Raises SourceError when `clone` is no repository, is shallow or empty, or git is missing."""
        found = repository(clone)
        self.clone = clone
        self.objects = found.objects
        if found.shallow:
            raise SourceError(clone, "is a shallow clone; run `git fetch --unshallow` in it")
        if found.tip is None:
            raise SourceError(clone, "has no commit yet; fetch the branch dev of models.dev")
        self.tip = found.tip
        self._program = _program(os.environ.get("PATH", os.defpath))
        if self._program is None:
            raise SourceError(clone, "a git clone is read with git; install git")
        self._folder = tempfile.TemporaryDirectory(prefix="llmcat-git-")
        _make_folder(Path(self._folder.name), FORMATS[len(self.tip)])
        self._environment = _environment(self._folder.name, found.objects)

    def close(self) -> None:
        """Remove the folder that git worked in."""
        self._folder.cleanup()

    def output(self, *arguments: str) -> bytes:
        """What the command prints. Raises SourceError when it fails, or prints too much."""
        with self.stream(*arguments, lines=()) as stream:
            return b"".join(stream.chunks())

    @contextmanager
    def stream(self, *arguments: str, lines: Iterable[str]) -> Iterator[Output]:
        """The standard output of a command that reads `lines`; leave it early and the command ends.

        The lines go through a file: with two pipes, both sides could wait for each other.
        """
        with tempfile.TemporaryFile() as questions, tempfile.TemporaryFile() as complaints:
            questions.write("".join(f"{line}\n" for line in lines).encode())
            questions.seek(0)
            with self._start(arguments, questions, complaints) as process:
                output = Output(self.clone, process)
                try:
                    yield output
                except BaseException:
                    process.kill()
                    raise
                finally:
                    output.end()
            if output.hung:
                reason = (
                    f"git is silent for more than {SILENCE:.0f} seconds; clone it anew, in full"
                )
                raise SourceError(self.clone, reason)
            if process.returncode:
                raise self._failure(_text(complaints))

    def _start(
        self, arguments: tuple[str, ...], stdin: IO[bytes], stderr: IO[bytes]
    ) -> subprocess.Popen[bytes]:
        assert self._program
        try:
            return subprocess.Popen(
                [self._program, *OPTIONS, *arguments],
                cwd=self._folder.name,
                env=self._environment,
                stdin=stdin,
                stdout=subprocess.PIPE,
                stderr=stderr,
                bufsize=2**18,
            )
        except OSError as error:
            raise SourceError(self.clone, f"git does not start ({error.strerror})") from None

    def _failure(self, text: str) -> SourceError:
        for words, reason in REASONS.items():
            if words in text:
                return SourceError(self.clone, reason)
        line = text.strip().partition("\n")[0].removeprefix("fatal: ")[:200]
        line = line.removeprefix("error: ") or "no reason given"
        return SourceError(self.clone, f"git cannot read it ({line}); clone it anew, in full")


class Output:
    """What a command prints, as a stream; the command is killed where it is waited for too long."""

    def __init__(self, clone: Path, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self.hung = False
        self._clone = clone
        self._process = process
        self._stream = process.stdout
        self._since = 0.0
        self._over = threading.Event()
        threading.Thread(target=self._watch, name="llmcat git", daemon=True).start()

    def read(self, size: int) -> bytes:
        """The next `size` bytes, or fewer at the end."""
        self._since = time.monotonic()
        chunk = self._stream.read(size)
        self._since = 0.0
        return chunk

    def chunks(self) -> Iterator[bytes]:
        """All of it, piece by piece. Raises SourceError behind MAX_OUTPUT bytes."""
        left = MAX_OUTPUT
        while chunk := self.read(CHUNK):
            left -= len(chunk)
            if left < 0:
                limit = f"{MAX_OUTPUT / 2**20:,.0f} MiB"
                raise SourceError(self._clone, f"git lists more than {limit} of it, the limit")
            yield chunk

    def readline(self) -> bytes:
        """The next line."""
        self._since = time.monotonic()
        line = self._stream.readline()
        self._since = 0.0
        return line

    def end(self) -> None:
        """Nothing more is read: wait for the command, as long as for any of its output."""
        self._since = time.monotonic()
        self._stream.close()
        self._process.wait()
        self._over.set()

    def _watch(self) -> None:
        while not self._over.wait(min(1.0, SILENCE / 4)):
            if self._since and time.monotonic() - self._since > SILENCE:
                self.hung = True
                self._process.kill()
                return


@lru_cache(maxsize=1)
def _program(path: str) -> str | None:
    """The git of the user: one that lies in the current folder, or in the clone, is somebody else's."""
    for folder in path.split(os.pathsep):
        if os.path.isabs(folder) and (found := shutil.which(os.path.join(folder, "git"))):
            return found
    return None


def _make_folder(folder: Path, object_format: str) -> None:
    """A repository without anything in it but how its objects are named."""
    (folder / "refs").mkdir()
    (folder / "HEAD").write_text("ref: refs/heads/none\n", encoding="ascii")
    (folder / "config").write_text(CONFIG.format(object_format), encoding="ascii")


def _environment(folder: str, objects: Path) -> dict[str, str]:
    theirs = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    ours = {"GIT_DIR": folder, "GIT_OBJECT_DIRECTORY": os.path.abspath(objects)}
    return {**theirs, **ENVIRONMENT, **ours}


def _text(complaints: IO[bytes]) -> str:
    complaints.seek(0)
    return complaints.read(10_000).decode("utf-8", "replace")
