"""A git clone of models.dev as a source: its past as steps, its present as an api.json."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from llmcat.errors import SourceError
from llmcat.pipeline.layer import Document, Moment, Step
from llmcat.pipeline.upstream_git.walk import walk

Progress = Callable[[int, int], None]


class Clone:
    """The published line of a clone, walked once: steps() first, then document()."""

    def __init__(self, path: Path, progress: Progress | None = None) -> None:
        self._path = path
        self._progress = progress
        self._providers: dict[str, dict[str, Any]] = {}
        self._models: dict[tuple[str, str], dict[str, Any]] = {}
        self._last: Moment | None = None

    def steps(self, after: Moment | None) -> Iterator[Step]:
        """Every commit that changed something, from the one after `after` on."""
        known = after.revision if after else None
        steps = walk(
            self._path, after=known, state_first=known is not None, progress=self._progress
        )
        for number, step in enumerate(steps):
            self._last = Moment(step.at, step.revision)
            _apply(step.providers, self._providers)
            _apply(step.models, self._models)
            if known is None or number:
                yield step

    def document(self) -> Document:
        """What api.json would say at the last commit. Raises SourceError for an empty line."""
        if self._last is None:
            raise SourceError(self._path, "publishes no model; is it a clone of models.dev?")
        data = {id_: {**provider, "models": {}} for id_, provider in self._providers.items()}
        for (provider, model), record in self._models.items():
            if provider in data:
                data[provider]["models"][model] = record
        revision = self._last.revision
        return Document(revision, data, revision, retrieved_at=self._last.at, licence="MIT")


def _apply(changed: dict[Any, dict[str, Any] | None], state: dict[Any, dict[str, Any]]) -> None:
    for key, record in changed.items():
        if record is None:
            state.pop(key, None)
        else:
            state[key] = record
