"""Ingest: open every source of the recipe and give its steps, those of all sources in the order of time.

A source that knows its past gives a step for each instant; one that does not gives a single step without
an instant. In a first build that one counts from the build on; in a build that goes on it lay there all
along. The last step of all is the present of all sources together.
"""

from __future__ import annotations

import heapq
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from llmcat.errors import SourceError
from llmcat.instants import UNKNOWN_TIME
from llmcat.pipeline.entries import Document, Entry, Layer, Moment, Reject, Step
from llmcat.pipeline.recipe import SourceSpec
from llmcat.pipeline.sources import SeriesKind, SourceKind, source_kind
from llmcat.pipeline.sources.files import sha256
from llmcat.pipeline.sources.size_limits import within_limit

Progress = Callable[[str], None]


def ingest(
    sources: Sequence[SourceSpec],
    layers: list[Layer],
    recorded: Mapping[str, Moment],
    past: str | None,
    progress: Progress,
) -> Iterator[Step]:
    """The steps of all sources, oldest first, and then the present.

    `layers` receives one for each source, in the order given: lowest precedence first. `recorded` is
    the last moment of each source, by name, up to which it need not be given again; `past` is the time
    of the catalogue that the build goes on from, None in a first build.
    Raises SourceError for a source that cannot be read, unless the recipe calls it optional.
    """
    streams = []
    for spec in sources:
        if spec.location is None and spec.reader is None:  # neither pinned nor pulled yet
            continue
        kind = spec.reader or source_kind(spec.kind)
        spec = replace(spec, name=storable(spec.name), shown=storable(spec.shown))
        layer = Layer(
            spec.name,
            spec.kind,
            spec.shown,
            canonical_ids=getattr(kind, "canonical_ids", False),
            keeps_last_good=isinstance(kind, SeriesKind) and not getattr(kind, "own", False),
            role=spec.role or getattr(kind, "role", None) or "base",
            family=spec.family or getattr(kind, "family", None) or spec.name,
            authoritative=spec.authoritative or getattr(kind, "authoritative", frozenset()),
        )
        layers.append(layer)
        streams.append(_steps(kind, spec, layer, recorded.get(spec.name), progress))
    undated = "" if past else "~"  # before all instants, or behind them
    yield from heapq.merge(*streams, key=lambda step: step.at or undated)
    progress("merging")
    yield Step(built_at(layers, past), "", [])


def built_at(layers: list[Layer], past: str | None) -> str:
    """The newest time among the inputs. Where none knows its own, the newest date in the records.

    Raises SourceError when that is before the time of the catalogue that is built upon.
    """
    times = [layer.retrieved_at for layer in layers if layer.retrieved_at]
    at = max(times, default=None) or _newest_date(layers) or past or UNKNOWN_TIME
    if past and at < past and times:
        raise SourceError(
            layers[0].name,
            f"is of {at}, older than the catalogue that is there ({past}), and a past cannot follow a"
            " future: name another file with -o, or remove that one",
        )
    return max(at, past or at)


def _newest_date(layers: list[Layer]) -> str | None:
    dates = (
        entry.facts["last_updated"]
        for layer in layers
        for entries in layer.entries.values()
        for entry in entries
        if len(entry.facts.get("last_updated", "")) == len("YYYY-MM-DD")
    )
    newest = max(dates, default=None)
    return f"{newest}T00:00:00Z" if newest else None


def _steps(
    kind: SourceKind, spec: SourceSpec, layer: Layer, after: Moment | None, progress: Progress
) -> Iterator[Step]:
    """The steps of one source, which may be missing where it is optional."""
    progress(f"reading {spec.name}")
    try:
        yield from _read(kind, spec, layer, after, counter(spec.name, progress))
    except (SourceError, OSError) as error:
        if isinstance(error, OSError):  # a folder that may not be searched, a loop of links
            reason = f"cannot be read ({error.strerror or error})"
            error = SourceError(spec.location, reason)
        if not spec.optional:
            raise error from None
        layer.forget()
        place = _relative(error.location, spec.location)
        layer.rejects.append(Reject(spec.name, place, "file", None, error.reason, None))


def _read(
    kind: SourceKind,
    spec: SourceSpec,
    layer: Layer,
    after: Moment | None,
    count: Callable[[int, int], None],
) -> Iterator[Step]:
    """Its past and its present; or its present alone, where it knows no past."""
    dated = False
    if isinstance(kind, SeriesKind):
        for step in kind.steps(spec.location, after, count):
            dated = True
            if step.document is not None:
                _note(layer, step.document, spec)
                layer.sha256 = step.document.sha256
            rejects = [reject._replace(source=spec.name) for reject in step.rejects]
            yield step._replace(layer=layer, rejects=rejects)
            within_limit(len(layer.entries), spec.shown)
    if not dated:
        yield _dated(_undated(kind, spec, layer), after)


def _dated(step: Step, after: Moment | None) -> Step:
    """The step of a witness at the instant of its file, where that is known: history shows what it
    changed from then on."""
    layer = step.layer
    if layer is None or layer.role != "witness" or layer.retrieved_at is None:
        return step
    known = after is not None and layer.retrieved_at <= after.at
    return step._replace(at=layer.retrieved_at, revision=layer.revision or "", known=known)


def _undated(kind: SourceKind, spec: SourceSpec, layer: Layer) -> Step:
    """All documents of a source that knows no instants, as one step."""
    step = Step(None, "", [], rejects=(rejects := []), layer=layer)
    digests: list[str] = []
    for document in kind.read(spec.location):
        if isinstance(document, Reject):
            place = _relative(document.place, spec.location)
            rejects.append(document._replace(source=spec.name, place=place))
            continue
        digests.append(document.sha256)
        _note(layer, document, spec)
        several = _is_folder(spec) and not document.retrieved_at
        origin = f"{spec.name}/{storable(document.name)}" if several else spec.name
        for entry in kind.translate(document):
            if isinstance(entry, Entry):
                step.entries.append(entry._replace(origin=origin))
            else:
                rejects.append(entry._replace(source=spec.name))
            within_limit(len(step.entries) + len(rejects), document.name)
    layer.sha256 = digests[0] if len(digests) == 1 else sha256("".join(digests).encode())
    return step


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
