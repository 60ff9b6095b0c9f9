"""A git clone of models.dev as a source: a step for each commit that changed what is published."""

from __future__ import annotations

import marshal
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any

import llmcat
from llmcat.errors import SourceError
from llmcat.pipeline.entries import Moment, Step
from llmcat.pipeline.sources.models_dev.git.published import PublishedStep

Count = Callable[[int, int], None]

COMMIT = re.compile(r"^[0-9a-f]{40,64}$")
START = """
import sys
sys.path += dict.fromkeys(sys.argv[1:3])
from llmcat.pipeline.sources.models_dev.git.process import main
main(*sys.argv[3:])
"""
"""The program of the walker; the standard library comes first, so that nothing can pose as it."""


class Clone:
    """The published line of a clone, walked once.

    With `begun`, the walk from the first commit starts at once, and runs while its caller is still
    getting ready.
    """

    def __init__(self, path: Path, begun: bool = False) -> None:
        """Raises SourceError when there is no such folder."""
        if not path.is_dir():  # before anything is said of the catalogue that is to go on
            raise SourceError(path, "no such folder")
        self._path = path
        self._begun = _walker(path, "") if begun else None

    def steps(
        self, after: Moment | None, count: Count = lambda done, total: None
    ) -> Iterator[Step]:
        """Every commit that changed something, from the one after `after` on; `count` is told how
        many commits of how many are done.

        Raises SourceError when the folder is no full clone of models.dev, `after` is not on its line,
        or git is missing.
        """
        if after and not COMMIT.match(after.revision):
            raise SourceError(
                self._path,
                "the catalogue that is there knows its past from snapshots, which this clone cannot"
                " go on with: name another file with -o",
            )
        if after and self._begun:
            with self._begun as needless:
                needless.terminate()
            self._begun = None
        walker = self._begun or _walker(self._path, after.revision if after else "")
        walk = walked(self._path, walker)
        # here, and not above: the walk runs while this is loaded
        from llmcat.pipeline.sources.models_dev.steps import to_step

        read = False
        for done, total, step in walk:
            count(done, total)
            # the first one behind `after` holds all that was known
            yield to_step(step, known=after is not None and not read)
            read = True
        if not read:
            raise SourceError(self._path, "publishes no model; is it a clone of models.dev?")


def walk_of(path: Path) -> Iterator[tuple[int, int, PublishedStep]]:
    """The steps of a clone as upstream published them; before each the number of commits done and of
    all. Raises SourceError as Clone does."""
    return walked(path, _walker(path, ""))


def _walker(path: Path, after: str) -> subprocess.Popen[bytes]:
    """The walk as a process of its own, which uses the other processor.

    It imports from the standard library, and from the two folders that it is given, alone: neither
    from the current folder, which may be the clone, nor from where $PYTHONPATH leads.
    """
    command = [sys.executable, "-I", "-S", "-c", START, *_import_folders()]
    clone = os.path.abspath(path)
    return subprocess.Popen([*command, clone, after], stdout=subprocess.PIPE, cwd=sys.prefix)


def _import_folders() -> tuple[str, str]:
    """Where llmcat lies, and where its TOML parser does, as this process found them."""
    parser = find_spec("tomli")
    places = (parser.submodule_search_locations if parser else None) or []
    ours = os.path.dirname(os.path.dirname(os.path.abspath(llmcat.__file__)))
    return ours, os.path.dirname(os.path.abspath(places[0])) if places else ours


def walked(path: Path, walker: subprocess.Popen[bytes]) -> Iterator[tuple[int, int, PublishedStep]]:
    """The steps that a walker sends; before each the number of commits done and of all.

    marshal is safe here: what it reads was written by this very Python.
    """
    with walker as process:
        assert process.stdout
        try:
            while isinstance(message := _receive(process.stdout), tuple):
                done, total, step = message
                yield done, total, PublishedStep(*step)
        except (EOFError, ValueError, TypeError):
            raise SourceError(path, "the walk of its history broke off") from None
        finally:
            process.terminate()
    if message is not None:
        raise SourceError(path, message)


def _receive(stream: IO[bytes]) -> Any:
    length = int.from_bytes(stream.read(4), "big")
    return marshal.loads(stream.read(length))
