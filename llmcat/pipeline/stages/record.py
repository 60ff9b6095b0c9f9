"""Replay: the past that the sources know, told to the recorder instant by instant.

The steps of a series are translated, normalized and validated record by record, as the present is; a
record that fails leaves the last good one. Where several sources know their past, every step is merged
with what the others said at that instant. Overlays have no past of their own: they count from the
moment at which they were first built in.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import Any

from llmcat.pipeline.history.recorder import Recorder
from llmcat.pipeline.history.state import State, state_of
from llmcat.pipeline.layer import BadRecord, Entry, Facts, Kind, Layer, Reject, Step
from llmcat.pipeline.stages.keep_last_good import last_of, with_last_good
from llmcat.pipeline.stages.merge import Merged, Records, merge_entry
from llmcat.pipeline.stages.normalize import Rename, normalize_model, normalize_provider
from llmcat.pipeline.stages.validate import Fault, valid_facts
from llmcat.spec import fold_provider

Enrich = Callable[[Merged, str], Merged]
Wanted = Callable[[str, str], bool]

Said = dict[Any, list[Entry]]
"""What one layer says: (provider, id) of a model, or id of a provider -> its entries."""


class Replay:
    """Tells `recorder` what happened; `enrich` adds to a model what follows from it on a day, `wanted`
    says by provider and id which models the recipe lets in.

    With `alone`, no other source knows a past: a first build then tells steps while they are read.
    """

    def __init__(
        self, recorder: Recorder, enrich: Enrich, rename: Rename, wanted: Wanted, alone: bool
    ) -> None:
        self.recorder = recorder
        self._enrich = enrich
        self._rename = rename
        self._wanted = wanted
        self._goes_on = recorder.last is not None
        self._at_once = alone and not self._goes_on
        self._standing: dict[Any, Reject] = {}
        self._standing_fields: dict[Any, list[Reject]] = {}
        self._known = {source for _, source in recorder.moments}

    def steps(self, layer: Layer, steps: Iterable[Step]) -> None:
        """Replay a layer's steps while they are read; or keep them for `kept`, where other layers,
        not read yet, have a say in them."""
        if not self._at_once:
            layer.keep_steps(steps)
            return
        said: Said = {}
        for step in steps:
            self._step(layer, step, said, [said])
        # where the last record is bad, what the one before said is no record of the present
        good = (entries for key, entries in said.items() if key not in self._standing)
        layer.told = [entry for entries in good for entry in entries]
        layer.standing = list(self._standing.values())
        layer.standing += chain.from_iterable(self._standing_fields.values())

    def kept(self, layers: list[Layer]) -> None:
        """Replay the steps that were kept, those of all layers in the order of time."""
        said = [self._says_all_along(layer) for layer in layers]
        waiting = [_with_layer(layer, own) for layer, own in zip(layers, said) if layer.steps]
        for step, layer, own in heapq.merge(*waiting, key=lambda item: item[0].at):
            self._step(layer, step, own, said)

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

    def _says_all_along(self, layer: Layer) -> Said:
        """What a layer without steps says of each provider and model: it lay there when the past was
        last built. In a first build it counts from now on."""
        said: Said = {}
        for entry in layer.entries if self._goes_on and not layer.steps else ():
            facts = entry.facts
            key = (facts["provider"], facts["id"]) if entry.kind == "model" else facts["id"]
            said.setdefault(key, []).append(entry)
        return said

    def _step(self, layer: Layer, step: Step, own: Said, said: list[Said]) -> None:
        """Take a step of `layer` into `own`, what it says, and tell what `said`, of all layers, makes
        of it."""
        recorder, at = self.recorder, step.at
        # a past is told forwards: what is recorded stands, whoever knows more of it
        tells = not recorder.last or at >= recorder.last
        if not tells and recorder.moments.get((at, layer.name)) != step.revision:
            layer.untold.append(step.revision)
        news = tells and not recorder.moment(at, layer.name, step.revision)
        news = news and (self._goes_on or layer.name in self._known)
        self._known.add(layer.name)
        for path, spec, reason in step.broken if tells else ():
            if reason is not None:
                place = f"{step.revision}: {path}"
                layer.past_rejects.append(Reject(layer.name, place, "file", spec, reason, None))
        rename = self._rename_of(layer)
        for id_, record in step.providers.items():
            key = rename(id_)
            if self._say(own, layer, step, key, record) and tells:
                recorder.put_provider(at, key, _merged(said, key), news)
        for (provider, id_), record in step.models.items():
            provider = rename(provider)
            model = provider, id_
            if not self._say(own, layer, step, model, record) or not tells:
                continue
            merged = _merged(said, model) if self._wanted(provider, id_) else None
            spec = f"{provider}:{id_}"
            state = merged and state_of(spec, self._enrich(merged, at[:10]))
            recorder.put(at, spec, state, news)

    def _say(self, own: Said, layer: Layer, step: Step, key: Any, record: Any) -> bool:
        """Let `own` hold what a step says under `key`; False for a record that cannot be taken."""
        self._standing.pop(key, None)
        self._standing_fields.pop(key, None)
        if record is None:
            own.pop(key, None)
            return True
        kind: Kind = "provider" if isinstance(key, str) else "model"
        spec = key if kind == "provider" else ":".join(key)
        place = f"{step.revision}: {spec}"
        is_new = not self.recorder.last or step.at >= self.recorder.last
        try:
            facts, faults = _facts(layer, kind, key, record, self._rename_of(layer))
        except BadRecord as bad:
            reject = Reject(layer.name, place, kind, spec, str(bad), record)
            self._standing[key] = reject
            if is_new:
                layer.past_rejects.append(reject)
            return False
        if faults:
            rejects = [
                Reject(layer.name, place, kind, spec, fault.reason, fault.value, fault.field)
                for fault in faults
            ]
            self._standing_fields[key] = rejects
            if is_new:
                layer.past_rejects += rejects
            for fault in faults:
                facts = with_last_good(facts, fault.path, self._before(own, key))
        own[key] = [Entry(kind, "", facts, None, layer.name)]
        return True

    def _before(self, own: Said, key: Any) -> Facts:
        """The facts that stood under `key` before."""
        if key in own:
            return own[key][-1].facts
        last = last_of("provider" if isinstance(key, str) else "model", key, self.recorder)
        return {} if last is None else last.facts

    def _rename_of(self, layer: Layer) -> Rename:
        return fold_provider if layer.canonical_ids else self._rename


def _with_layer(layer: Layer, own: Said) -> Iterator[tuple[Step, Layer, Said]]:
    return ((step, layer, own) for step in layer.take_steps())


def _merged(said: list[Said], key: Any) -> Merged | None:
    merged = None
    for says in said:
        for entry in says.get(key, ()):
            merged = merge_entry(merged, entry)
    return merged


def _facts(
    layer: Layer, kind: Kind, key: Any, record: Any, rename: Rename
) -> tuple[Facts, list[Fault]]:
    facts: Facts
    if kind == "provider":
        facts = {**layer.series.provider_facts(record), "id": key}
        return valid_facts(kind, normalize_provider(facts, rename))
    facts = layer.series.model_facts(record)
    facts["provider"], facts["id"] = key
    return valid_facts(kind, normalize_model(facts, rename))
