"""A source that is read once, though a patch asks twice: of whom it speaks, and then what it says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from llmcat.pipeline.entries import Document, Entry, Reject, Step
from llmcat.pipeline.recipe import SourceSpec
from llmcat.pipeline.sources import SeriesKind, SourceKind, source_kind


def read_once(spec: SourceSpec) -> SourceSpec:
    """The same source, which gives the next who asks what it gave the first."""
    return replace(spec, reader=_ReadOnce(spec.reader or source_kind(spec.kind)))


class _ReadOnce:
    def __init__(self, kind: SourceKind) -> None:
        self._kind = kind
        self._documents: list[Document | Reject] | None = None
        self._entries: dict[int, list[Entry | Reject]] = {}
        self._dated: list[Step] | None = None
        if isinstance(kind, SeriesKind):
            self.steps = self._steps

    def __getattr__(self, name: str) -> Any:
        return getattr(self._kind, name)  # role, family and what else a kind says of itself

    def read(self, location: Any) -> list[Document | Reject]:
        if self._documents is None:
            self._documents = [*self._kind.read(location)]
        return self._documents

    def translate(self, document: Document) -> list[Entry | Reject]:
        if id(document) not in self._entries:
            self._entries[id(document)] = [*self._kind.translate(document)]
        return self._entries[id(document)]

    def _steps(self, location: Any, after: Any, count: Any) -> list[Step]:
        if self._dated is None and isinstance(self._kind, SeriesKind):
            self._dated = [*self._kind.steps(location, after, count)]
        return self._dated or []
