"""Which models of a catalogue a patch builds anew: those that its sources speak of, by themselves or by a rule."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from llmcat.pipeline.entries import Entry, Layer, of_base_model
from llmcat.pipeline.provider_names import provider_renamer
from llmcat.pipeline.recipe import SourceSpec
from llmcat.pipeline.stages.ingest import ingest
from llmcat.pipeline.stages.normalize import normalize

OF_ALL_MODELS = ("features", "retires_on", "exclude_models")
"""Facts of a provider from which something follows for each of its models."""

NAMED_BY_ALIASES = """
SELECT provider || ':' || alias.value FROM models, json_each(models.aliases) AS alias
WHERE spec IN (SELECT value FROM json_each(?))"""


class Touched(NamedTuple):
    """The specs of the models that are built anew, new ones among them, and the ids of providers of which
    something is said."""

    models: set[str]
    providers: set[str]


def touched_models(
    sources: Sequence[SourceSpec],
    aliases: Mapping[str, str],
    known: Collection[str],
    connection: sqlite3.Connection,
) -> Touched:
    """What the sources speak of; `known` are the specs of the catalogue behind `connection`, `aliases`
    its names of providers."""
    rename = provider_renamer(aliases)
    layers: list[Layer] = []
    touched = Touched(set(), set())
    named: set[str] = set()
    for step in ingest(sources, layers, {}, None, lambda step: None):
        for entry in normalize(step, rename).entries if step.layer else ():
            provider = entry.facts.get("provider" if entry.kind == "model" else "id")
            if not isinstance(provider, str):
                continue
            if entry.kind == "provider":
                touched.providers.add(provider)
                if any(name in entry.facts for name in OF_ALL_MODELS):
                    touched.models.update(s for s in known if s.startswith(f"{provider}:"))
            elif entry.matches is None:
                if isinstance(entry.facts.get("id"), str):
                    touched.models.add(f"{provider}:{entry.facts['id']}")
                named.update(f"{provider}:{alias}" for alias in _aliases(entry))
            else:
                touched.models.update(_ruled(entry, provider, known, connection))
    specs = json.dumps(sorted(touched.models))
    named.update(spec for (spec,) in connection.execute(NAMED_BY_ALIASES, (specs,)))
    touched.models.update(named.intersection(known))  # such a model ends with the one that names it
    return touched


def _aliases(entry: Entry) -> list[str]:
    aliases = entry.facts.get("aliases")
    return [name for name in aliases if isinstance(name, str)] if isinstance(aliases, list) else []


def _ruled(
    rule: Entry, provider: str, known: Collection[str], connection: sqlite3.Connection
) -> Iterator[str]:
    """The models of which a rule speaks."""
    if rule.matches is of_base_model:
        base = rule.facts["base_model"]
        query = "SELECT spec FROM models WHERE base_model = ?"
        yield from (spec for (spec,) in connection.execute(query, (base,)))
        if (spec := base.replace("/", ":", 1)) in known:  # the lab's own
            yield spec
    elif rule.matches is not None:
        for spec in known:
            of, _, id_ = spec.partition(":")
            if of == provider and rule.matches(id_.lower()):
                yield spec
