"""Replay: the past that the sources know, told to the recorder instant by instant.

The steps of a series are translated, normalized and validated record by record, as the present is.
Overlays have no past of their own: they count from the moment at which they were first built in.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from llmcat.pipeline.history import Recorder, State, state_of
from llmcat.pipeline.layer import BadRecord, Entry, Facts, Layer, Reject, Step
from llmcat.pipeline.merge import Merged, Records, merge_entry
from llmcat.pipeline.normalize import Rename, normalize_model, normalize_provider
from llmcat.pipeline.validate import valid_facts

Past = Callable[[Merged, str], Merged]
Key = tuple[str, str]


def record(
    recorder: Recorder,
    layers: list[Layer],
    records: Records,
    past: Past,
    rename: Rename,
    at: str,
) -> None:
    """Tell `recorder` the steps of all layers before `at`, then the present at `at`.

    `past` enriches a model as it was on a day.
    """
    overlays = _overlays(layers) if recorder.last else {}
    for step, layer in heapq.merge(*(_with_layer(layer) for layer in layers), key=_time):
        if step.at < at:
            news = not recorder.moment(step.at, layer.name, step.revision)
            _replay(recorder, layer, step, overlays, past, rename, news)
    _present(recorder, layers, records, at)


def _with_layer(layer: Layer) -> Iterator[tuple[Step, Layer]]:
    return ((step, layer) for step in layer.take_steps())


def _time(item: tuple[Step, Layer]) -> str:
    return item[0].at


def _overlays(layers: list[Layer]) -> dict[Key, list[Entry]]:
    """What layers without a past say of each model: it lay on top when the past was last built."""
    found: dict[Key, list[Entry]] = {}
    for layer in layers:
        for entry in layer.entries if not layer.steps else ():
            if entry.kind == "model":
                key = entry.facts["provider"], entry.facts["id"]
                found.setdefault(key, []).append(entry)
    return found


def _replay(
    recorder: Recorder,
    layer: Layer,
    step: Step,
    overlays: Mapping[Key, list[Entry]],
    past: Past,
    rename: Rename,
    news: bool,
) -> None:
    today = step.at[:10]
    for id_, record_ in step.providers.items():
        facts = None if record_ is None else _provider(layer, step, id_, record_, rename)
        if facts is not None or record_ is None:
            merged = None if facts is None else Merged(facts, {"*": layer.name})
            recorder.put_provider(step.at, rename(id_), merged, news)
    for (provider, id_), record_ in step.models.items():
        key = rename(provider), id_
        spec = f"{key[0]}:{id_}"
        if record_ is None:
            recorder.put(step.at, spec, None)
            continue
        facts = _model(layer, step, key, record_, rename)
        if facts is not None:  # else the last good version stays, as it does upstream
            merged = Merged(facts, {"*": layer.name})
            for entry in overlays.get(key, ()):
                merged = merge_entry(merged, entry)
            recorder.put(step.at, spec, state_of(spec, past(merged, today)), news)


def _model(layer: Layer, step: Step, key: Key, record_: Any, rename: Rename) -> Facts | None:
    try:
        facts = layer.series.model_facts(record_)
        facts["provider"], facts["id"] = key
        return valid_facts("model", normalize_model(facts, rename))
    except BadRecord as bad:
        _reject(layer, step, "model", f"{key[0]}:{key[1]}", str(bad), record_)
        return None


def _provider(layer: Layer, step: Step, id_: str, record_: Any, rename: Rename) -> Facts | None:
    try:
        facts = {**layer.series.provider_facts(record_), "id": id_}
        return valid_facts("provider", normalize_provider(facts, rename))
    except BadRecord as bad:
        _reject(layer, step, "provider", id_, str(bad), record_)
        return None


def _reject(layer: Layer, step: Step, kind: str, spec: str, reason: str, record_: Any) -> None:
    place = f"{step.revision}: {spec}"
    layer.past_rejects.append(Reject(layer.name, place, kind, spec, reason, record_))


def _present(recorder: Recorder, layers: list[Layer], records: Records, at: str) -> None:
    first = [
        recorder.moment(layer.retrieved_at, layer.name, layer.revision or layer.location)
        for layer in layers
        if layer.retrieved_at and layer.retrieved_at == at
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
