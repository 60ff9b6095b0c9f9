"""Merge: what the layers say of one provider or model becomes one record.

Layers come lowest precedence first. The last one that speaks wins, field by field: tables merge
deeply, aliases and tags unite, other lists are replaced, silence overrides nothing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence

from llmcat.pipeline.entries import EVERYTHING_ELSE, Entry, Facts, Key, Layer, Merged, Records, Step

UNITED = ("aliases", "tags")


def merge(layers: Sequence[Layer], step: Step) -> Records:
    """One record for each provider and model that `step` touches; of the present, which has no layer
    of its own, for everything that any layer speaks of. Of what has no instant nothing is merged yet:
    its layer holds it from then on."""
    if step.layer is not None:
        step.layer.take(step)
    records = Records(step.at or "", present=step.layer is None)
    for key in _touched(layers, step):
        merged: Merged | None = None
        for entry in _claims(layers, key, records.present):
            merged = merge_entry(merged, entry)
        if merged is None:
            records.gone.append(key)
        elif isinstance(key, str):
            records.providers[key] = merged
        else:
            records.models[key] = merged
    return records


def _touched(layers: Sequence[Layer], step: Step) -> Iterable[Key]:
    if step.layer is None:
        return dict.fromkeys(
            key for layer in layers for held in (layer.entries, layer.last_good) for key in held
        )
    if step.at is None or step.known:
        return ()
    touched = [entry.key for entry in step.entries if entry.matches is None]
    return dict.fromkeys([*step.gone, *touched, *_ruled(layers, step.layer)])


def _ruled(layers: Sequence[Layer], layer: Layer) -> Iterator[Key]:
    """The models of which the rules of a layer may speak: all that there are of its providers."""
    if layer.rules:
        for other in layers:
            for key in other.entries:
                if isinstance(key, tuple) and key[0] in layer.rules:
                    yield key


def _claims(layers: Sequence[Layer], key: Key, present: bool) -> Iterator[Entry]:
    """What all layers say of a provider or model, witnesses apart. At present a last good version,
    which history knows as it was merged then, lies beneath what is claimed now. What a source removed
    and an overlay speaks of still keeps the last facts that it gave."""
    layers = [layer for layer in layers if layer.role != "witness"]
    for layer in layers:
        if present:
            yield from layer.last_good.get(key, ())
    spoken_of = any(key in layer.entries for layer in layers if not layer.keeps_last_good)
    for layer in layers:
        now = layer.entries.get(key, ())
        if not now and spoken_of and key in layer.removed:
            yield layer.removed[key]
        yield from now if now or present else layer.last_good.get(key, ())


def merge_entry(base: Merged | None, entry: Entry) -> Merged:
    """`base` overlaid with what `entry` says; neither is changed."""
    if base is None:
        return Merged(entry.facts, entry.provenance or {EVERYTHING_ELSE: entry.origin})
    overlay = _Overlay(base.provenance, entry)
    return Merged(overlay.lay(base.facts, entry.facts), overlay.provenance)


class _Overlay:
    """One entry that is laid over a record; `provenance` is who says what then.

    Paths are looked up in sorted lists: a record may have a hundred thousand of them.
    """

    def __init__(self, provenance: Mapping[str, str], entry: Entry) -> None:
        self.provenance = dict(provenance)
        self._entry = entry
        self._before = sorted(provenance)
        self._own = sorted(entry.provenance or ())

    def lay(self, base: Facts, over: Facts, prefix: str = "") -> Facts:
        """`base` with what `over` says; `prefix` is their path in the record."""
        result = dict(base)
        for key, value in over.items():
            path = prefix + key
            if value is None or path in ("id", "provider"):
                continue
            old = result.get(key)
            if isinstance(old, dict) and isinstance(value, dict):
                result[key] = self.lay(old, value, f"{path}.")
                continue
            if path in UNITED and old:
                value = list(dict.fromkeys([*old, *value]))
                if value == old:
                    continue
            result[key] = value
            self._take_over(path)
        return result

    def _take_over(self, path: str) -> None:
        """The entry says what stands at `path`, and all within."""
        for inner in _within(self._before, path):
            self.provenance.pop(inner, None)
        self.provenance[path] = _source_of(self._entry, path)
        for inner in _within(self._own, path):
            self.provenance[inner] = (self._entry.provenance or {})[inner]


def _within(paths: list[str], path: str) -> Iterator[str]:
    """Those of the sorted paths that lie within `path`."""
    prefix = f"{path}."
    for at in range(bisect_left(paths, prefix), len(paths)):
        if not paths[at].startswith(prefix):
            return
        yield paths[at]


def _source_of(entry: Entry, path: str) -> str:
    """Who said `path` in this entry: the nearest path that the entry's own provenance names."""
    if entry.provenance:
        parts = path.split(".")
        for end in range(len(parts), 0, -1):
            if source := entry.provenance.get(".".join(parts[:end])):
                return source
        return entry.provenance.get(EVERYTHING_ELSE, entry.origin)
    return entry.origin
