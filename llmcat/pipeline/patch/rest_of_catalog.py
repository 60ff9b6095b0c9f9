"""What a catalogue knows beside the models that a patch builds anew: read as far as it bears on these.

The rest stays as it is. What follows of a model from others (its family, its tier, what it is called for)
follows from all of them, as in a build of the whole.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, cached_property
from typing import Any

from llmcat.pipeline.derived.quality import bearing, quality_tiers
from llmcat.pipeline.derived.rest import Rest
from llmcat.pipeline.derived.tasks import bare_id
from llmcat.pipeline.entries import EVERYTHING_ELSE, Facts, Merged, ModelKey, Records
from llmcat.pipeline.history.state import DERIVED, follows
from llmcat.pipeline.stages.enrich import base_lab, beginnings

CLAIMED = (
    *("family", "base_model", "task"),
    *("status", "deprecated_on", "retires_on", "replacement"),
)
"""Columns that tell something of other models where a source says them."""

NAMESAKES = f"""
SELECT spec, d.provenance, modalities_output, aliases, d.capabilities, d.serving, {", ".join(CLAIMED)}
FROM models JOIN model_details AS d USING (spec)
WHERE spec IN (SELECT value FROM json_each(?))"""
SAYS_FAMILY = """
SELECT spec FROM models JOIN model_details AS d USING (spec)
WHERE family = ? AND d.provenance NOT LIKE '%"family":"derived%'"""
HAVE_ALIAS = """
SELECT spec FROM models, json_each(models.aliases) AS alias
WHERE provider IN (SELECT value FROM json_each(?1))
    AND provider || ':' || alias.value IN (SELECT value FROM json_each(?2))"""
MEASURES = """
SELECT spec, cost_input, cost_output, release_date, last_updated, modalities_input, modalities_output,
    first_party, quality_tier
FROM models"""
MAY_BE_MEASURED = """
cost_input > 0 AND cost_output > 0 AND release_date IS NOT NULL AND modalities_output = '["text"]'"""
WITHOUT_BASE = """
SELECT count(*) FROM models
WHERE +base_model IS NULL AND spec IN (SELECT value FROM json_each(?))"""
OFFERS_OF_BASES = """
SELECT base_model, count(*) FROM models WHERE base_model IS NOT NULL GROUP BY base_model"""
BASES_OF = """
SELECT base_model FROM models
WHERE base_model IS NOT NULL AND spec IN (SELECT value FROM json_each(?))"""
SERVED = """
SELECT spec, base_model, status, billing, quality_tier, release_date, first_party, chat
FROM models WHERE provider = ?"""

NOBODY = {EVERYTHING_ELSE: DERIVED}


class RestOfCatalog(Rest):
    """The models behind `connection` but for those that are `touched`; `known` are the specs of all."""

    def __init__(
        self, connection: sqlite3.Connection, known: Collection[str], touched: Collection[str]
    ) -> None:
        self._connection = connection
        self._known = known
        self._touched = touched

    def __len__(self) -> int:
        return len(self._known) - sum(spec in self._known for spec in self._touched)

    def beside(self, records: Records) -> Records:
        """The records with the others that share a name, a base model or a lab with them, and all
        providers by their ids."""
        facts = [merged.facts for merged in records.models.values()]
        of_lab = self._offers_of({base_lab(one) for one in facts} - {""})
        bases = {one["base_model"].lower() for one in facts if one.get("base_model")}
        namesakes = {spec for spec, base in of_lab.items() if base.lower() in bases}
        names = {bare_id(one["id"]) for one in facts}
        names |= {name for bare in names for name in beginnings(bare)}
        for name in names:
            namesakes.update(self._by_bare_id.get(name, ()))
            namesakes.update(self._one_of_family(name))
        specs = [":".join(key) for key in records.models]
        providers = sorted({provider for provider, _ in records.models})
        having = self._connection.execute(HAVE_ALIAS, (json.dumps(providers), json.dumps(specs)))
        namesakes.update(spec for (spec,) in having)
        others = {_key(spec): _merged(spec, base_model=base) for spec, base in of_lab.items()}
        others.update((_key(spec), merged) for spec, merged in self._namesakes(namesakes))
        ids = self._connection.execute("SELECT id FROM providers")
        return replace(
            records,
            models={**others, **records.models},
            providers={**{id_: Merged({"id": id_}, NOBODY) for (id_,) in ids}, **records.providers},
        )

    @cached_property
    def _by_bare_id(self) -> Mapping[str, Collection[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for spec in self._known:
            if spec not in self._touched:  # as bare_id() does, which would take half as long again
                found[spec.partition(":")[2].rpartition("/")[2].lower()].append(spec)
        return found

    def namesakes(self, ids: Iterable[str]) -> set[str]:
        """The specs of the others that have the bare id of one of these."""
        return {spec for id_ in ids for spec in self._by_bare_id.get(bare_id(id_), ())}

    def _offers_of(self, labs: Collection[str]) -> dict[str, str]:
        """Spec -> base model, of all whose base model is of one of these labs."""
        if not labs:
            return {}
        distinct = self._connection.execute(
            "SELECT DISTINCT base_model FROM models WHERE base_model IS NOT NULL"
        )
        bases = [base for (base,) in distinct if base_lab({"base_model": base}) in labs]
        query = "SELECT spec, base_model FROM models WHERE base_model IN (SELECT value FROM json_each(?))"
        found = self._connection.execute(query, (json.dumps(bases),))
        return {spec: base for spec, base in found if spec not in self._touched}

    def _one_of_family(self, name: str) -> Iterator[str]:
        """A model of which a source says that it is of this family: one is as good as all."""
        for (spec,) in self._connection.execute(SAYS_FAMILY, (name,)):
            if spec not in self._touched:
                yield spec
                return

    def _namesakes(self, specs: Collection[str]) -> Iterator[tuple[str, Merged]]:
        """What sources say of these models that tells something of others."""
        wanted = json.dumps(sorted(spec for spec in specs if spec not in self._touched))
        for spec, sources, gives, aliases, able, serving, *values in self._connection.execute(
            NAMESAKES, (wanted,)
        ):
            provenance = json.loads(sources)
            facts: Facts = {
                column: value
                for column, value in zip(CLAIMED, values)
                if value is not None and not follows(provenance.get(column))
            }
            if gives:
                facts["modalities"] = {"output": json.loads(gives)}
            if aliases:
                facts["aliases"] = json.loads(aliases)
            if serving:
                facts["serving"] = json.loads(serving)
            claimed = json.loads(able) if able else {}
            facts["capabilities"] = {
                name: says if isinstance(says, dict) else {"supported": says}
                for name, says in claimed.items()
            }
            yield spec, _merged(spec, **facts)

    def tiers(self, models: Mapping[ModelKey, Facts]) -> Mapping[ModelKey, str]:
        """The quality tiers of models, measured against all there are; those that stand, where the patch
        changes nothing that they depend on."""
        touched = json.dumps(sorted(self._touched))
        query = f"{MEASURES} WHERE spec IN (SELECT value FROM json_each(?))"
        before = {_key(row[0]): row for row in self._connection.execute(query, (touched,))}
        was = {key: bears for key, row in before.items() if any(bears := bearing(_measured(row)))}
        now = {key: bears for key, facts in models.items() if any(bears := bearing(facts))}
        if was == now:
            return {
                key: row[-1]
                for key, row in before.items()
                if row[-1] and key in models and "quality_tier" not in models[key]
            }
        rows = self._connection.execute(f"{MEASURES} WHERE {MAY_BE_MEASURED}")
        others = {_key(row[0]): _measured(row) for row in rows if row[0] not in self._touched}
        return quality_tiers({**others, **models})

    def served(self, provider: str) -> Iterable[Facts]:
        """What decides on the defaults of a provider, of each other model that it serves."""
        for spec, *values, chats in self._connection.execute(SERVED, (provider,)):
            if spec not in self._touched:
                names = ("base_model", "status", "billing", "quality_tier", "release_date")
                columns = zip((*names, "first_party"), values)
                facts = {name: value for name, value in columns if value is not None}
                facts["first_party"] = facts.get("first_party") == 1
                facts["follows"] = {"chat": chats == 1}
                yield {"id": _key(spec)[1], **facts}

    def offers(self, name: tuple[str, str]) -> int:
        """How many others serve the model of this name."""
        kind, text = name
        if kind == "base_model":
            return self._offers_of_base[text]
        namesakes = json.dumps(self._by_bare_id.get(text, ()))
        (count,) = self._connection.execute(WITHOUT_BASE, (namesakes,)).fetchone()
        return int(count)

    @cached_property
    def _offers_of_base(self) -> Counter[str]:
        counts: Counter[str] = Counter()
        for base, count in self._connection.execute(OFFERS_OF_BASES):
            counts[base.lower()] += count
        for (base,) in self._connection.execute(BASES_OF, (json.dumps(list(self._touched)),)):
            counts[base.lower()] -= 1
        return counts


def _key(spec: str) -> ModelKey:
    provider, _, id_ = spec.partition(":")
    return provider, id_


def _merged(spec: str, **facts: Any) -> Merged:
    provider, id_ = _key(spec)
    return Merged({"provider": provider, "id": id_, **facts}, NOBODY)


@cache
def _array(text: str) -> list[str]:
    names: list[str] = json.loads(text)
    return names


def _measured(row: tuple[Any, ...]) -> Facts:
    """The facts of a row of MEASURES that tiers depend on."""
    spec, input_price, output_price, released, updated, takes, gives, first_party, _ = row
    sides = {"input": takes, "output": gives}
    return {
        "id": _key(spec)[1],
        "cost": {"input": input_price, "output": output_price},
        "release_date": released or "",
        "last_updated": updated or "",
        "modalities": {side: _array(text) for side, text in sides.items() if text},
        "first_party": first_party == 1,
    }
