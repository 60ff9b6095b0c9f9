"""Validate: each record of a step against the shapes of facts.py, alone and as sparse as it is.

A field that fails costs only itself: the record stays without it, and the field goes to the step's
rejects with its reason. A record whose provider or id fails is rejected whole; its neighbours are
untouched.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from llmcat.display import shown
from llmcat.pipeline.entries import BadRecord, Entry, Facts, Reject, Step, Unreadable, spec_of
from llmcat.pipeline.facts import ModelFacts, ProviderFacts
from llmcat.pipeline.storable_values import MAX_FAULTS, FieldPath, Misplaced

ROUNDS = 4
"""Wrong types show in the first round, what the right types hold, such as names of meters, in the
next."""

IDENTITY = frozenset(("provider", "id"))
"""Without these nobody knows what a record speaks of."""

WHOLE = frozenset(("modalities",))
"""Tables whose lists count as a whole: what is missing from one is known not to be there."""


class Fault(NamedTuple):
    """A field that cannot be taken: where in the facts, its name, why, and what stood there."""

    path: FieldPath
    field: str
    reason: str
    value: Any


@functools.cache
def adapter(kind: str) -> TypeAdapter[Any]:
    """The checker of models or providers, made on first use."""
    return TypeAdapter(ModelFacts if kind == "model" else ProviderFacts)


def validate(step: Step) -> Step:
    """The step with what holds of its entries, without the records as they were read; the rest is
    among its rejects."""
    source = "" if step.layer is None else step.layer.name
    rejects = list(step.rejects)
    valid: dict[int, Entry] = {}
    for number, entry in enumerate(step.entries):
        try:
            facts, faults = valid_facts(entry.kind, entry.facts)
        except BadRecord as bad:
            rejects.append(_reject(source, entry, str(bad)))
            continue
        kind, place, _, _, origin, provenance, matches, only_of_known = entry
        valid[number] = Entry(kind, place, facts, None, origin, provenance, matches, only_of_known)
        for fault in faults:
            reject = _reject(source, entry, fault.reason)
            rejects.append(reject._replace(record=fault.value, field=fault.field))
    for number, later in _twins(valid):
        reason = f"said again at {later.place}, and the later one is kept"
        rejects.append(_reject(source, step.entries[number], reason))
        del valid[number]
    return step._replace(entries=list(valid.values()), rejects=rejects)


def _reject(source: str, entry: Entry, reason: str) -> Reject:
    return Reject(source, entry.place, entry.kind, spec_of(entry.facts), reason, entry.raw)


def valid_facts(kind: str, facts: Facts) -> tuple[Facts, list[Fault]]:
    """What holds of the facts of one record, and the fields that do not.

    Raises BadRecord with the reason where what is left would be no record.
    """
    faults: list[Fault] = []
    for _ in range(ROUNDS):
        try:
            return adapter(kind).validate_python(facts), faults
        except ValidationError as error:
            found = _faults(error, facts)
        faults += found
        for fault in found:
            if not fault.path or (len(fault.path) == 1 and fault.path[0] in IDENTITY):
                raise BadRecord(fault.reason)
        if len(faults) > MAX_FAULTS:
            break
        facts = _without(facts, [fault.path for fault in found])
    raise BadRecord(f"{faults[0].reason}; and so are {len(faults) - 1:,} fields more")


def _faults(error: ValidationError, facts: Facts) -> list[Fault]:
    """Every field that failed, in the order of the record, each once."""
    faults: dict[FieldPath, Fault] = {}
    for failure in error.errors(include_url=False):
        misplaced = failure.get("ctx", {}).get("error")
        parts = misplaced.parts if isinstance(misplaced, Misplaced) else {(): failure["msg"]}
        for below, message in parts.items():
            location = (*failure["loc"], *below)
            path, value = _found(facts, location)
            if path not in faults:
                quoted = value if below else failure["input"]
                faults[path] = _fault(path, location, message, quoted, value)
    return list(faults.values())


def _fault(path: FieldPath, location: FieldPath, message: str, quoted: Any, value: Any) -> Fault:
    if isinstance(value, Unreadable):
        return Fault(path, value.field, f"{value.field}: {value.reason}", value.value)
    return Fault(path, _dotted(path), _reason(location, message, quoted), value)


def _dotted(path: FieldPath) -> str:
    """A path as people write it: cost.tiers.0.input."""
    text = ".".join(map(str, path))
    return text if text.isprintable() else text.encode("unicode_escape").decode()


def _found(facts: Facts, location: FieldPath) -> tuple[FieldPath, Any]:
    """How much of a location is there, and what stands there. What is missing from a table costs the
    table, and a list that counts as a whole goes as one."""
    value: Any = facts
    for depth, part in enumerate(location):
        if depth == 2 and location[0] in WHOLE:
            return location[:depth], value
        inside = isinstance(value, Mapping) and part in value
        if not inside and not (isinstance(value, (list, tuple)) and isinstance(part, int)):
            return location[:depth], value
        value = value[part]
    return location, value


def _reason(location: FieldPath, message: str, value: Any) -> str:
    """One line: field, what is wrong, what was found."""
    message = message.removeprefix("Value error, ")
    found = "" if isinstance(value, (dict, list)) else f", not {shown(value)}"
    return f"{_dotted(location)}: {message[0].lower()}{message[1:]}{found}"


def _without(value: Any, paths: Iterable[FieldPath]) -> Any:
    """`value` without what stands at `paths`, and without the tables and lists that this empties."""
    below: dict[Any, list[FieldPath]] = defaultdict(list)
    for path in paths:
        below[path[0]].append(path[1:])
    kept = []
    for key, item in value.items() if isinstance(value, Mapping) else enumerate(value):
        if key in below:
            item = None if () in below[key] else _without(item, below[key])
            if not item:
                continue
        kept.append((key, item))
    return dict(kept) if isinstance(value, Mapping) else [item for _, item in kept]


def _twins(entries: Mapping[int, Entry]) -> Iterator[tuple[int, Entry]]:
    """The numbers of the records that one file repeats once they are spelled alike, each with the last
    one, which stays."""
    last = {(entry.origin, entry.key): number for number, entry in entries.items()}
    if len(last) < len(entries):
        for number, entry in list(entries.items()):
            if (winner := last[entry.origin, entry.key]) != number:
                yield number, entries[winner]
