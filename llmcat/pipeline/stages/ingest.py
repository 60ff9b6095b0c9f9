"""Ingest: open every source of the recipe and collect what it says, a layer each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from llmcat.errors import SourceError
from llmcat.pipeline.layer import Document, Layer, Moment, Reject, Step
from llmcat.pipeline.recipe import SourceSpec
from llmcat.pipeline.sources import SeriesKind, source_kind
from llmcat.pipeline.sources.files import sha256

Progress = Callable[[str], None]
Replay = Callable[[Layer, Iterable[Step]], None]


def ingest(
    sources: Sequence[SourceSpec],
    recorded: Mapping[str, Moment] = MappingProxyType({}),
    replay: Replay = Layer.keep_steps,
    progress: Progress = lambda step: None,
) -> Iterator[Layer]:
    """A layer a source, in the order given: lowest precedence first.

    `recorded` is the last moment of each source, by name, that need not be given again; `replay` is
    handed each layer that knows its past, and the steps.
    Raises SourceError for a source that cannot be read, unless the recipe calls it optional.
    """
    for spec in sources:
        spec = replace(spec, name=storable(spec.name), shown=storable(spec.shown))
        progress(f"reading {spec.name}")
        try:
            yield read_layer(spec, recorded.get(spec.name), replay, progress)
        except SourceError as error:
            if not spec.optional:
                raise
            layer = Layer(spec.name, spec.kind, spec.shown)
            place = _relative(error.location, spec.location)
            layer.rejects.append(Reject(spec.name, place, "file", None, error.reason, None))
            yield layer


def read_layer(
    spec: SourceSpec,
    recorded: Moment | None = None,
    replay: Replay = Layer.keep_steps,
    progress: Progress = lambda step: None,
) -> Layer:
    """Everything one source says. Raises SourceError when it cannot be read."""
    try:
        return _read_layer(spec, recorded, replay, progress)
    except OSError as error:  # a folder on the way that may not be searched, a loop of links
        raise SourceError(spec.location, f"cannot be read ({error.strerror or error})") from None


def _read_layer(
    spec: SourceSpec, recorded: Moment | None, replay: Replay, progress: Progress
) -> Layer:
    kind = source_kind(spec.kind)
    layer = Layer(spec.name, spec.kind, spec.shown)
    layer.canonical_ids = getattr(kind, "canonical_ids", False)
    if isinstance(kind, SeriesKind):
        layer.series = kind
        replay(layer, kind.steps(spec.location, recorded, counter(spec.name, progress)))
    digests: list[str] = []
    for document in kind.read(spec.location):
        if isinstance(document, Reject):
            place = _relative(document.place, spec.location)
            layer.rejects.append(document._replace(source=spec.name, place=place))
            continue
        digests.append(document.sha256)
        _note(layer, document, spec)
        if document.as_told and layer.told:
            layer.take_told()
            continue
        several = _is_folder(spec) and not document.retrieved_at
        origin = f"{spec.name}/{storable(document.name)}" if several else spec.name
        for entry in kind.translate(document):
            if isinstance(entry, Reject):
                layer.rejects.append(entry._replace(source=spec.name))
            else:
                layer.entries.append(entry._replace(origin=origin))
    layer.sha256 = digests[0] if len(digests) == 1 else sha256("".join(digests).encode())
    return layer


def counter(name: str, progress: Progress) -> Callable[[int, int], None]:
    """What a series tells how far it is: done, of how many, how fast, how long it will take."""
    started = time.monotonic()

    def count(done: int, total: int) -> None:
        rate = done / max(time.monotonic() - started, 1e-3)
        left = (total - done) / rate if rate else 0.0
        progress(f"reading {name}: {done:,} of {total:,}, {rate:,.0f}/s, {left:.0f} s left")

    return count


def _note(layer: Layer, document: Document, spec: SourceSpec) -> None:
    """Take over what the document knows of itself."""
    if document.retrieved_at:
        layer.revision = document.name.partition(".")[0]
        layer.retrieved_at = max(layer.retrieved_at or "", document.retrieved_at)
        if _is_folder(spec) or not isinstance(spec.location, Path):
            layer.location = f"{spec.shown}/{storable(document.name)}"
    layer.licence = layer.licence or document.licence
    layer.content_digest = layer.content_digest or document.content_digest


def storable(name: str) -> str:
    """The name of a file, which need not be UTF-8, as text that is."""
    return name.encode("utf-8", "backslashreplace").decode()


def _is_folder(spec: SourceSpec) -> bool:
    return isinstance(spec.location, Path) and spec.location.is_dir()


def _relative(place: str, location: Any) -> str:
    """A place without the folders of this machine: a shipped catalogue must not tell them."""
    if isinstance(location, Path):
        folder = location if location.is_dir() else location.parent
        for prefix in (f"{folder}/", f"{folder.resolve()}/"):
            place = place.removeprefix(prefix)
    return place
