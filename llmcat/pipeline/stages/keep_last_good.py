"""Last good: what upstream said of a model before a record came that cannot be taken.

A slip upstream is no end of a model, and one in a field no end of that field. The catalogue that is built upon, or the step before, knows the
last version that held: it stays until upstream says something that holds, or nothing more. The bad
record stands in `rejects`. Overlays are the user's own to mend, and are not kept so.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from llmcat.pipeline.history.recorder import Recorder
from llmcat.pipeline.history.state import DERIVED, REST_FACTS, State
from llmcat.pipeline.layer import Facts, Layer, Reject
from llmcat.pipeline.stages.enrich import follows_from_modalities
from llmcat.pipeline.stages.merge import EVERYTHING_ELSE, Merged, Records, merge_entry
from llmcat.pipeline.stages.normalize import Rename
from llmcat.pipeline.tables.flatten import (
    CAPABILITY_OF_COLUMN,
    MODEL_COLUMNS,
    PROVIDER_COLUMNS,
    SCALAR_COLUMNS,
    Row,
)

NO_FACTS = ("release_month", "source", "valid_from")
ARRAYS = ("env", "endpoints", "authentication", "features", "limitations", "extra")


def keep_last_good(
    layers: list[Layer], records: Records, recorder: Recorder, rename: Rename
) -> int:
    """Put what `recorder` knows into `records` where a series' own record was rejected, under what
    the other layers say now. How many models stay so."""
    kept = 0
    for layer in layers:
        if layer.series is None or not layer.rejects:
            continue
        spoken = {_key(entry.kind, entry.facts) for entry in layer.entries}
        for kind, key in _rejected(layer, recorder, rename):
            base = last_of(kind, key, recorder)
            if base is None or key in spoken:
                continue
            for entry in (entry for beside in layers for entry in beside.entries):
                if entry.kind == kind and _key(kind, entry.facts) == key:
                    base = merge_entry(base, entry)
            (records.models if kind == "model" else records.providers)[key] = base
            kept += kind == "model"
        _keep_fields(layer, records, recorder, rename)
    return kept


def _keep_fields(layer: Layer, records: Records, recorder: Recorder, rename: Rename) -> None:
    """The same for single fields, where no other layer speaks of them."""
    for reject in layer.rejects:
        if reject.spec is None or reject.field is None:
            continue
        provider, _, id_ = reject.spec.partition(":")
        is_model = reject.kind == "model"
        key: Any = (rename(provider), id_) if is_model else rename(provider)
        among: dict[Any, Merged] = records.models if is_model else records.providers
        merged, last = among.get(key), last_of(reject.kind, key, recorder)
        if merged is None or last is None:
            continue
        facts = with_last_good(merged.facts, reject.field.split("."), last.facts)
        if facts is not merged.facts:
            source = last.said_by.get(reject.field, last.said_by.get(EVERYTHING_ELSE, layer.name))
            said_by = merged.said_by
            if said_by.get(EVERYTHING_ELSE) != source:
                said_by = {**said_by, reject.field: source}
            among[key] = Merged(facts, said_by)


def with_last_good(facts: Facts, path: Sequence[Any], before: Facts) -> Facts:
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


def _key(kind: str, facts: Facts) -> Any:
    return (facts["provider"], facts["id"]) if kind == "model" else facts["id"]


def _rejected(layer: Layer, recorder: Recorder, rename: Rename) -> Iterator[tuple[str, Any]]:
    for reject in layer.rejects:
        if reject.spec is None or reject.field or reject.kind not in ("model", "provider"):
            continue
        provider, _, id_ = reject.spec.partition(":")
        provider = rename(provider)
        if reject.kind == "model":
            yield "model", (provider, id_)
            continue
        yield "provider", provider
        if _models_unread(reject):
            for spec in recorder.open:
                if spec.startswith(f"{provider}:"):
                    yield "model", (provider, spec[len(provider) + 1 :])


def _models_unread(reject: Reject) -> bool:
    """Whether a provider, or its table of models, was no object at all."""
    return not isinstance(reject.record, dict)


def last_of(kind: str, key: Any, recorder: Recorder) -> Merged | None:
    """What was recorded last of a provider or model that is there still."""
    if kind == "model":
        held = recorder.open.get(":".join(key))
        return None if held is None else Merged(facts_of(held.state), dict(held.state.said_by))
    known = recorder.open_providers.get(key)
    return None if known is None else Merged(provider_facts_of(known.row), dict(known.said_by))


def facts_of(state: State) -> Facts:
    """The facts that state_of made a state from, but for what was derived."""
    row = dict(zip(MODEL_COLUMNS, state.row))
    rest: Facts = json.loads(state.rest) if state.rest else {}
    facts: Facts = {
        column: row[column]
        for column in SCALAR_COLUMNS
        if column not in NO_FACTS
        and row[column] is not None
        and state.said_by.get(column) != DERIVED
    }
    facts.update((key, rest[key]) for key in REST_FACTS if key in rest)
    limits = {name: row[f"limit_{name}"] for name in ("context", "input", "output")}
    facts["limit"] = rest.get("limits") or {k: v for k, v in limits.items() if v is not None}
    sides = {side: row[f"modalities_{side}"] for side in ("input", "output")}
    facts["modalities"] = {side: json.loads(text) for side, text in sides.items() if text}
    for column in ("tags", "aliases"):
        if row[column] is not None:
            facts[column] = json.loads(row[column])
    if row["open_weights"] is not None:
        facts["open_weights"] = bool(row["open_weights"])
    facts["capabilities"] = _capabilities(row, rest, facts["modalities"])
    facts["cost"] = {**_cost(state, "standard"), **rest.get("cost", {})}
    facts["modes"] = _modes(state, rest)
    return facts


def _capabilities(row: dict[str, Any], rest: Facts, modalities: Facts) -> Facts:
    follows = follows_from_modalities(modalities, {})
    said: Facts = {name: dict(facts) for name, facts in rest.get("capabilities", {}).items()}
    for column, name in CAPABILITY_OF_COLUMN.items():
        if row[column] is not None and follows.get(name) is not bool(row[column]):
            said[name] = {"supported": bool(row[column]), **said.get(name, {})}
    return said


def _cost(state: State, mode: str) -> Facts:
    cost: Facts = {}
    tiers: dict[int, Facts] = {}
    for (of, size, meter), price in sorted(state.prices.items()):
        if of == mode:
            (tiers.setdefault(size, {"min_context": size}) if size else cost)[meter] = price
    return {**cost, "tiers": list(tiers.values())} if tiers else cost


def _modes(state: State, rest: Facts) -> Facts:
    modes: Facts = {name: dict(said) for name, said in rest.get("modes", {}).items()}
    for mode in sorted({mode for mode, _, _ in state.prices} - {"standard"}):
        modes.setdefault(mode, {})["cost"] = _cost(state, mode)
    return modes


def provider_facts_of(row: Row) -> Facts:
    """The facts of a provider from its row, provenance apart."""
    facts: Facts = {k: v for k, v in zip(PROVIDER_COLUMNS, row) if v is not None}
    for column in ARRAYS:
        if column in facts:
            facts[column] = json.loads(facts[column])
    if "local" in facts:
        facts["local"] = bool(facts["local"])
    if "exclude_models" in facts.get("extra", {}):
        facts["exclude_models"] = facts["extra"].pop("exclude_models")
    return facts
