"""Last good: what upstream said of a model before a record came that cannot be taken.

A slip upstream is no end of a model, and one in a field no end of that field. The step before, or the
catalogue that is built upon, knows the last version that held: it stays until upstream says something
that holds, or nothing more. What is bad stands in `rejects`. Overlays are the user's own to mend, and
are not kept so. What upstream removed and an overlay or a witness speaks of still keeps its last facts,
too (see merge): a build that goes on finds them in the history.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from llmcat.pipeline.entries import REMOVED, Entry, Facts, Key, Layer, Reject, Step
from llmcat.pipeline.history.recorder import Recorder
from llmcat.pipeline.history.state import speaker
from llmcat.pipeline.tables.flatten import PROVIDER_COLUMNS
from llmcat.pipeline.tables.unflatten import facts_of, provider_facts


def keep_last_good(step: Step, layers: Sequence[Layer], history: Recorder) -> Step:
    """The step with the last good value of each field that is bad in it. At present, each layer gets
    the last good version of the records that are bad in it now."""
    if step.layer is None:
        for layer in layers:
            if layer.keeps_last_good:
                if layer.rejects:
                    _keep_records(layer, history)
                _keep_removed(layer, history)
        return step
    bad = [reject for reject in step.rejects if reject.field is not None]
    if not bad or not step.layer.keeps_last_good:
        return step
    entries = {entry.key: entry for entry in step.entries}
    for reject in bad:
        if reject.key in entries:
            entry = entries[reject.key]
            entries[reject.key] = _with_field(entry, reject, step.layer, history)
    return step._replace(entries=list(entries.values()))


def _with_field(entry: Entry, reject: Reject, layer: Layer, history: Recorder) -> Entry:
    """The entry with what the source said last of the field that is bad in it."""
    field = reject.field or ""
    if before := layer.entries.get(entry.key) or layer.last_good.get(entry.key):
        last = before[-1]
    elif (recorded := _recorded(entry.key, layer, history)) is not None:
        last = recorded
        if speaker(last.provenance or {}, field) != layer.name:
            return entry
    else:
        return entry
    return entry._replace(facts=with_last_good(entry.facts, field.split("."), last.facts))


def with_last_good(facts: Facts, path: Sequence[str], before: Facts) -> Facts:
    """`facts` with what `before` says at `path`, where they are silent there and it is not."""
    name, *rest = path
    old = before.get(name)
    if old is None:
        return facts
    if not rest:
        return facts if name in facts else {**facts, name: old}
    table = facts.get(name, {})
    if not isinstance(old, dict) or not isinstance(table, dict):
        return facts
    kept = with_last_good(table, rest, old)
    return facts if kept is table else {**facts, name: kept}


def _keep_records(layer: Layer, history: Recorder) -> None:
    for key in _bad_records(layer.rejects, history.open):
        if key not in layer.entries and (entry := _recorded(key, layer, history)):
            layer.last_good[key] = [entry]


def _keep_removed(layer: Layer, history: Recorder) -> None:
    """Give the layer its last facts of the models that it removed before this build went on."""
    for spec, held in history.open.items():
        if held.state.rest is None or REMOVED not in held.state.rest:
            continue
        provider, _, id_ = spec.partition(":")
        key = (provider, id_)
        if key in layer.entries or key in layer.removed:
            continue
        recorded = _recorded(key, layer, history)
        if recorded and (
            own := _provenance_of(layer.name, recorded.facts, recorded.provenance or {})
        ):
            facts = {**own, "provider": provider, "id": id_}
            layer.removed[key] = recorded._replace(facts=facts, provenance=None)


def _provenance_of(
    name: str, facts: Facts, provenance: Mapping[str, str], prefix: str = ""
) -> Facts:
    """Those of the facts that the source of this name said."""
    own: Facts = {}
    for key, value in facts.items():
        path = f"{prefix}{key}"
        if isinstance(value, dict):
            if inner := _provenance_of(name, value, provenance, f"{path}."):
                own[key] = inner
        elif speaker(provenance, path) == name:
            own[key] = value
    return own


def _bad_records(rejects: Iterable[Reject], specs: Mapping[str, object]) -> Iterator[Key]:
    """Whom the records that were rejected speak of; of a provider that is no object, its models too."""
    for reject in rejects:
        key = reject.key
        if key is None or reject.field is not None:
            continue
        yield key
        if isinstance(key, str) and not isinstance(reject.record, dict):
            for spec in specs:
                if spec.startswith(f"{key}:"):
                    yield key, spec[len(key) + 1 :]


def _recorded(key: Key, layer: Layer, history: Recorder) -> Entry | None:
    """What the history has last of a provider or model that is there still."""
    if isinstance(key, str):
        known = history.open_providers.get(key)
        if known is None:
            return None
        facts, provenance = provider_facts(dict(zip(PROVIDER_COLUMNS, known.row))), known.provenance
        return Entry("provider", "", facts, None, layer.name, dict(provenance))
    held = history.open.get(":".join(key))
    if held is None:
        return None
    return Entry("model", "", facts_of(held.state), None, layer.name, dict(held.state.provenance))
