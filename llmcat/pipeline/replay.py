"""Replay: the past that the sources know, told to the recorder instant by instant.

The steps of a series are translated, normalized and validated record by record, as the present is.
Overlays have no past of their own: they count from the moment at which they were first built in.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from llmcat.pipeline.history import Recorder
from llmcat.pipeline.layer import BadRecord, Entry, Facts, Layer, Reject, Step
from llmcat.pipeline.merge import Merged, Records, merge_entry
from llmcat.pipeline.normalize import Rename, normalize_model, normalize_provider, provider_id
from llmcat.pipeline.state import State, state_of
from llmcat.pipeline.validate import valid_facts

Enrich = Callable[[Merged, str], Merged]
Key = tuple[str, str]
Overlays = Mapping[Key, list[Entry]]
NONE: Overlays = {}


class Replay:
    """Tells `recorder` what happened; `enrich` adds to a model what follows from it on a day."""

    def __init__(self, recorder: Recorder, enrich: Enrich, rename: Rename) -> None:
        self.recorder = recorder
        self._enrich = enrich
        self._rename = rename
        self._goes_on = recorder.last is not None

    def steps(self, layer: Layer, steps: Iterable[Step]) -> None:
        """Replay a layer's steps at once, while they are read; or keep them for `kept`, when there is
        a past that goes on and overlays, not read yet, lie over it."""
        if self._goes_on:
            layer.keep_steps(steps)
            return
        for step in steps:
            self._step(layer, step, NONE)
        self._goes_on = self.recorder.last is not None  # another series has to wait for its turn

    def kept(self, layers: list[Layer]) -> None:
        """Replay the steps that were kept, those of all layers in the order of time."""
        overlays = _overlays(layers)
        waiting = map(_with_layer, layers)
        for step, layer in heapq.merge(*waiting, key=lambda item: item[0].at):
            self._step(layer, step, overlays)

    def present(self, layers: list[Layer], records: Records, at: str) -> None:
        """Tell what is true now."""
        recorder = self.recorder
        first = [
            recorder.moment(at, layer.name, layer.revision or layer.location)
            for layer in layers
            if layer.retrieved_at == at
        ]
        news = not (any(first) or recorder.last is None)
        states: dict[str, State] = {}
        for (provider, id_), merged in records.models.items():
            spec = f"{provider}:{id_}"
            states[spec] = state_of(spec, merged)
        for spec in [spec for spec in recorder.open if spec not in states]:
            recorder.put(at, spec, None)
        for spec, state in states.items():
            recorder.put(at, spec, state, news)
        for id_ in [id_ for id_ in recorder.open_providers if id_ not in records.providers]:
            recorder.put_provider(at, id_, None)
        for id_, merged in records.providers.items():
            recorder.put_provider(at, id_, merged, news)
        recorder.last = at

    def _step(self, layer: Layer, step: Step, overlays: Overlays) -> None:
        recorder, at = self.recorder, step.at
        rename = provider_id if layer.canonical_ids else self._rename
        if recorder.last and at < recorder.last:
            return  # a past is told forwards: what is recorded stands, whoever knows more of it
        news = not recorder.moment(at, layer.name, step.revision)
        for id_, record in step.providers.items():
            facts = None if record is None else _provider(layer, step, id_, record, rename)
            if facts is not None or record is None:
                merged = None if facts is None else Merged(facts, {"*": layer.name})
                recorder.put_provider(at, rename(id_), merged, news)
        for (provider, id_), record in step.models.items():
            key = rename(provider), id_
            spec = f"{key[0]}:{id_}"
            if record is None:
                recorder.put(at, spec, None)
                continue
            facts = _model(layer, step, key, record, rename)
            if facts is not None:  # else the last good version stays, as it does upstream
                merged = Merged(facts, {"*": layer.name})
                for entry in overlays.get(key, ()):
                    merged = merge_entry(merged, entry)
                recorder.put(at, spec, state_of(spec, self._enrich(merged, at[:10])), news)


def _with_layer(layer: Layer) -> Iterator[tuple[Step, Layer]]:
    return ((step, layer) for step in layer.take_steps())


def _overlays(layers: list[Layer]) -> Overlays:
    """What layers without a past say of each model: it lay on top when the past was last built."""
    found: dict[Key, list[Entry]] = {}
    for layer in layers:
        for entry in layer.entries if not layer.steps else ():
            if entry.kind == "model":
                key = entry.facts["provider"], entry.facts["id"]
                found.setdefault(key, []).append(entry)
    return found


def _model(layer: Layer, step: Step, key: Key, record: Any, rename: Rename) -> Facts | None:
    try:
        facts = layer.series.model_facts(record)
        facts["provider"], facts["id"] = key
        return valid_facts("model", normalize_model(facts, rename))
    except BadRecord as bad:
        _reject(layer, step, "model", f"{key[0]}:{key[1]}", str(bad), record)
        return None


def _provider(layer: Layer, step: Step, id_: str, record: Any, rename: Rename) -> Facts | None:
    try:
        facts = {**layer.series.provider_facts(record), "id": id_}
        return valid_facts("provider", normalize_provider(facts, rename))
    except BadRecord as bad:
        _reject(layer, step, "provider", id_, str(bad), record)
        return None


def _reject(layer: Layer, step: Step, kind: str, spec: str, reason: str, record: Any) -> None:
    place = f"{step.revision}: {spec}"
    layer.past_rejects.append(Reject(layer.name, place, kind, spec, reason, record))
