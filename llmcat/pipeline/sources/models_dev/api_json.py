"""models.dev: api.json, catalog.json (either may be .gz), or a folder of dated snapshots, which may have
a packed past beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from llmcat.pipeline.entries import Document, Entry, Moment, Reject, Step
from llmcat.pipeline.sources.models_dev.claims import Claims
from llmcat.pipeline.sources.models_dev.git.clone import Clone
from llmcat.pipeline.sources.models_dev.series import read_snapshot, series_steps, snapshots

Count = Callable[[int, int], None]
Location = Path | Sequence[Path]
"""A file or folder, or a folder and files that follow."""


class ModelsDev:
    """The kind `models.dev`. A location is a file, a folder of snapshots or several, or a clone."""

    canonical_ids = True

    def steps(
        self, location: Location | Clone, after: Moment | None, count: Count
    ) -> Iterator[Step]:
        """What changed from snapshot to snapshot (a packed past comes before them), or from commit to
        commit; nothing of a single file."""
        if isinstance(location, Clone):
            yield from location.steps(after, count)
        elif isinstance(location, Path) and is_clone(location):
            yield from Clone(location).steps(after, count)
        elif not isinstance(location, Path) or location.is_dir():
            yield from series_steps(location, after)

    def read(self, location: Location) -> Iterator[Document]:
        """One document: the file, or the newest of several."""
        yield read_snapshot(snapshots(location)[-1])

    def translate(self, document: Document) -> Iterator[Entry | Reject]:
        """Providers and models of api.json or catalog.json."""
        claims = Claims(document.name, document.data)
        claims.require_models()
        for key in claims.records:
            place = key if isinstance(key, str) else f"{key[0]}.models.{key[1]}"
            yield claims.entry(key, f"{document.name}: {place}")
        yield from claims.rejects(document.name)


def is_clone(path: Path) -> bool:
    """Whether a folder is a git repository, with a work tree or bare."""
    return (path / ".git").exists() or ((path / "HEAD").is_file() and (path / "objects").is_dir())
