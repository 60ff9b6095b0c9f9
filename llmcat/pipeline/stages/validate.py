"""Validate: each record of a layer against the shapes of facts.py, alone and as sparse as it is.

A record that fails goes to the layer's rejects with the reason; its neighbours are untouched.
"""

from __future__ import annotations

import functools
from typing import Any

from pydantic import TypeAdapter, ValidationError

from llmcat.display import shown
from llmcat.pipeline.facts import ModelFacts, ProviderFacts
from llmcat.pipeline.layer import BadRecord, Entry, Facts, Layer, spec_of


@functools.cache
def adapter(kind: str) -> TypeAdapter[Any]:
    """The checker of models or providers, made on first use."""
    return TypeAdapter(ModelFacts if kind == "model" else ProviderFacts)


def validate(layer: Layer) -> Layer:
    """The layer with the entries that hold; the others are among its rejects."""
    valid: list[Entry] = []
    for entry in layer.entries:
        try:
            valid.append(entry._replace(facts=valid_facts(entry.kind, entry.facts)))
        except BadRecord as bad:
            layer.reject(entry, str(bad))
    layer.entries = _without_twins(valid, layer)
    return layer


def valid_facts(kind: str, facts: Facts) -> Facts:
    """The facts of one record, if they hold. Raises BadRecord with the reason if not."""
    try:
        valid: Facts = adapter(kind).validate_python(facts)
    except ValidationError as error:
        raise BadRecord(reason_of(error)) from None
    return valid


def reason_of(error: ValidationError) -> str:
    """The first failure in one line: field, what is wrong, what was found."""
    first = error.errors(include_url=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    found = "" if isinstance(first["input"], (dict, list)) else f", not {shown(first['input'])}"
    return f"{field}: {message[0].lower()}{message[1:]}{found}"


def _without_twins(entries: list[Entry], layer: Layer) -> list[Entry]:
    """Of two records of one file that are the same thing once spelled alike, the later one stays."""
    last: dict[tuple[str, str | None, str], int] = {}
    for number, entry in enumerate(entries):
        last[_key(entry)] = number
    if len(last) == len(entries):
        return entries
    kept = []
    for number, entry in enumerate(entries):
        winner = last[_key(entry)]
        if winner == number:
            kept.append(entry)
        else:
            layer.reject(entry, f"said again at {entries[winner].place}, and the later one is kept")
    return kept


def _key(entry: Entry) -> tuple[str, str | None, str]:
    return entry.kind, spec_of(entry.facts), entry.origin
