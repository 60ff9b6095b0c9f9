"""Enrich: what follows from the merged facts without guessing.

What is added says so, so that nobody takes it for a thing that a source said: it carries "derived" in
the record's provenance. Capabilities that follow from the modalities, the task or the provider's
features stand in `follows`, apart from those that were said.
"""

from __future__ import annotations

import functools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from llmcat.pipeline.derived.billing import (
    NO_PRICE,
    billing,
    billing_finder,
    is_paid,
    without_zeros,
)
from llmcat.pipeline.derived.provider_defaults import default_model, is_local
from llmcat.pipeline.derived.rest import NO_REST, Rest
from llmcat.pipeline.derived.tasks import KnownTasks, bare_id, evidence, follows_from_task, names_of
from llmcat.pipeline.entries import EVERYTHING_ELSE, Facts, Merged, Records
from llmcat.pipeline.facts import follows_from_modalities
from llmcat.pipeline.globs import compile_globs
from llmcat.pipeline.history.state import BORROWED, DERIVED, follows

FROM_OFFERS = f"{BORROWED} other offers"
"""The provenance of what is known of the same model at another provider."""
FROM_END = f"{BORROWED} the provider's end"
"""The provenance of the last day of a model whose provider is switched off."""
FROM_ALIAS = f"{BORROWED} the model that has it as an alias"
"""The provenance of the end of a snapshot that is an alias of another model."""
FROM_FEATURES = f"{BORROWED} the provider's features"
"""The provenance of what a model can do because its provider says it of all."""

ENDED = ("deprecated", "retired")


class Enricher:
    """What is known of all models together, applied to one after the other.

    `labs` names the globs of the model ids that a provider makes itself, `at_zero` for what the zeros of
    which providers stand (see billing.py), `rest` knows the models beside the records. Families, quality
    tiers and what other records tell are known once the present passed.
    """

    def __init__(
        self,
        labs: Mapping[str, Sequence[str]],
        at_zero: Mapping[str, Sequence[str]] = {},
        rest: Rest = NO_REST,
    ) -> None:
        self._rest = rest
        self._lab_of = lab_finder(labs)
        self._billing_at_zero = billing_finder(at_zero)
        self._families: Mapping[str, str] = {}
        self._family_of: dict[str, str | None] = {}
        self._tiers: Mapping[tuple[str, str], str] = {}
        self._tasks: KnownTasks | None = None
        self._streaming: frozenset[str] = frozenset()
        self._ends: Mapping[str, str] = {}
        self._named: Mapping[tuple[str, str], Facts] = {}
        self._lab_named: Mapping[str, str] = {}

    def enrich(self, records: Records) -> Records:
        """The records with what follows from them at their instant; at present with families, quality
        tiers and a provider for every model as well."""
        day = records.at[: len("YYYY-MM-DD")]
        if records.present:
            known = self._rest.beside(records)
            self._families, self._family_of = known_families(known), {}
            self._tasks = KnownTasks(known)
            self._streaming = streaming_providers(records)
            self._lab_named = labs_of_base_models(known, self._lab_of)
            self._ends = {
                id_: merged.facts["retires_on"]
                for id_, merged in records.providers.items()
                if "retires_on" in merged.facts
            }
            self._named = {
                (provider_id, alias): merged.facts
                for (provider_id, _), merged in known.models.items()
                for alias in merged.facts.get("aliases", ())
            }
        models = {key: self.model(merged, day) for key, merged in records.models.items()}
        if not records.present:
            return replace(records, models=models)
        self._tiers = self._rest.tiers({key: merged.facts for key, merged in models.items()})
        models = {key: self._with_tier(key, merged) for key, merged in models.items()}
        providers = {
            **{id_: Merged({"id": id_}, {EVERYTHING_ELSE: DERIVED}) for id_, _ in models},
            **records.providers,
        }
        served = {id_: list(self._rest.served(id_)) for id_ in providers}
        for (id_, _), merged in models.items():
            served[id_].append(merged.facts)
        offered = Counter(names_of(merged.facts)[0] for merged in models.values())

        def offers(facts: Facts) -> int:
            name = names_of(facts)[0]
            return offered[name] + self._rest.offers(name)

        providers = {
            id_: provider(merged, served[id_], offers) for id_, merged in providers.items()
        }
        return replace(records, models=models, providers=providers)

    def model(self, merged: Merged, today: str) -> Merged:
        """One model with what follows from its own facts, and its family if that is known by now."""
        facts = dict(merged.facts)
        derived: dict[str, str] = {}
        if "family" not in facts and (family := self.family(facts["id"])):
            facts["family"] = family
            derived["family"] = DERIVED
        facts.setdefault("provider_model_id", facts["id"])
        self._add_lifecycle(facts, derived)
        end = self._ends.get(facts["provider"])
        if end is not None and end < facts.get("retires_on", "9999"):
            facts["retires_on"] = end
            derived["retires_on"] = FROM_END
        if (status := status_by_date(facts, today)) != facts.get("status"):
            if facts.get("status") != "retired":  # too early, but said: it stays its source's word
                derived["status"] = derived.get("retires_on", DERIVED)
            facts["status"] = status
        if lab := self._lab_of(bare_id(facts["id"])) or self._lab_named.get(base_lab(facts)):
            facts["first_party"] = lab == facts["provider"]
        self._add_task(facts, derived)
        self._add_follows(facts, derived)
        facts = self._with_billing(facts, derived, merged.provenance)
        return Merged(facts, {**merged.provenance, **derived} if derived else merged.provenance)

    def _add_lifecycle(self, facts: Facts, derived: dict[str, str]) -> None:
        """Add the end dates of the model that has this one's id as an alias (a dated snapshot
        that a witness lists on its own), where no source gives this one's status."""
        whole = self._named.get((facts["provider"], facts["id"]))
        if whole is None or "status" in facts or "deprecated_on" in facts:
            return
        for name in ("status", "deprecated_on", "retires_on", "replacement"):
            if name in whole and name not in facts:
                facts[name] = whole[name]
                derived[name] = FROM_ALIAS

    def _with_billing(
        self, facts: Facts, derived: dict[str, str], merged_by: Mapping[str, str]
    ) -> Facts:
        """The facts with how the model is paid for, and without zeros that are no prices."""
        how = facts.get("billing")
        if how in NO_PRICE and follows(merged_by.get("billing")) and is_paid(facts):
            how = None  # derived in a catalogue that is built upon, before this price was known
        if how is None:
            how = billing(facts, self._billing_at_zero(facts["provider"]))
            if how is None:
                return facts
            facts["billing"] = how
            derived["billing"] = DERIVED
        if how in NO_PRICE and 0 in facts.get("cost", {}).values():
            return without_zeros(facts)
        return facts

    def _add_task(self, facts: Facts, derived: dict[str, str]) -> None:
        """Add what the model is called for where no source says it: as its own facts tell and, once
        the present passed, those of other offers of the same model."""
        if "task" in facts:
            return
        own = evidence(facts)
        task = self._tasks.task(facts, own) if self._tasks else own.named or own.shown
        if task is not None:
            facts["task"] = task
            derived["task"] = DERIVED if task in own else FROM_OFFERS

    def _add_follows(self, facts: Facts, derived: dict[str, str]) -> None:
        """Add the capabilities that no source speaks of and that follow all the same."""
        able = facts.get("capabilities", {})
        from_task = follows_from_task(facts)
        source = derived.get("task", DERIVED)
        derived.update((f"capabilities.{name}", source) for name in from_task)
        follows = {**follows_from_modalities(facts.get("modalities", {}), able), **from_task}
        chats = able.get("chat", {}).get("supported", follows.get("chat"))
        if chats and facts["provider"] in self._streaming and "streaming" not in able:
            follows["streaming"] = True
            derived["capabilities.streaming"] = FROM_FEATURES
        facts["follows"] = follows
        dimensions = able.get("embeddings", {}).get("default_dimensions")
        if "dimensions" not in facts and type(dimensions) is int and dimensions > 0:
            facts["dimensions"] = dimensions
            derived["dimensions"] = DERIVED

    def family(self, id_: str) -> str | None:
        """The family that the models of the present give to an id."""
        if not self._families:
            return None
        if id_ not in self._family_of:
            self._family_of[id_] = family_of(id_, self._families)
        return self._family_of[id_]

    def tier(self, provider: str, id_: str) -> str | None:
        """The quality tier of a model at present; None where it has none, or is gone."""
        return self._tiers.get((provider, id_))

    def _with_tier(self, key: tuple[str, str], merged: Merged) -> Merged:
        tier = self._tiers.get(key)
        if tier is None or "quality_tier" in merged.facts:
            return merged
        facts, provenance = merged
        return Merged({**facts, "quality_tier": tier}, {**provenance, "quality_tier": DERIVED})


def status_by_date(facts: Facts, today: str) -> str | None:
    """The status that the dates give: past its last day a model is retired whatever was said, and
    before it is not: what was learned later does not make it so on `today`."""
    claimed: str | None = facts.get("status")
    if retires := facts.get("retires_on"):
        if retires <= today:
            return "retired"
        if claimed == "retired":
            return "deprecated"
    if (deprecated := facts.get("deprecated_on")) and deprecated <= today and claimed not in ENDED:
        return "deprecated"
    return claimed


def lab_finder(labs: Mapping[str, Sequence[str]]) -> Callable[[str], str | None]:
    """A function from a bare model id to the provider that made the model, where the table tells."""
    matchers = [(lab, compile_globs(globs)) for lab, globs in labs.items()]

    @functools.cache
    def lab_of(id_: str) -> str | None:
        return next((lab for lab, matches in matchers if matches(id_)), None)

    return lab_of


def base_lab(facts: Facts) -> str:
    """The lab before the slash of a base model, as upstream calls it; empty: unknown."""
    return str(facts.get("base_model") or "").partition("/")[0].lower()


def labs_of_base_models(records: Records, lab_of: Callable[[str], str | None]) -> Mapping[str, str]:
    """Name of a lab in base models -> the provider that is its own API: the one that has that name,
    else the one that made most of the models so called whose maker the table of labs knows."""
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for merged in records.models.values():
        lab = lab_of(bare_id(merged.facts["id"]))
        if lab and (name := base_lab(merged.facts)):
            votes[name][lab] += 1
    voted = {name: min(of, key=lambda lab: (-of[lab], lab)) for name, of in votes.items()}
    providers = {*records.providers, *(provider for provider, _ in records.models)}
    named = {name: name for name in map(base_lab, _facts(records)) if name in providers}
    return {**named, **voted}


def _facts(records: Records) -> Iterator[Facts]:
    return (merged.facts for merged in records.models.values())


def provider(merged: Merged, models: Sequence[Facts], offers: Callable[[Facts], int]) -> Merged:
    """A provider with what follows of it, its `models` being those of the present; `offers` says how
    many providers offer one."""
    facts, provenance = merged
    found: Facts = {}
    if "local" not in facts and (local := is_local(facts, models)) is not None:
        found["local"] = local
    if "default_model" not in facts and facts.get("env") and (id_ := default_model(models, offers)):
        found["default_model"] = id_
    if not found:
        return merged
    return Merged({**facts, **found}, {**provenance, **dict.fromkeys(found, DERIVED)})


def streaming_providers(records: Records) -> frozenset[str]:
    """The providers whose features say that their API streams."""
    return frozenset(
        id_
        for id_, merged in records.providers.items()
        if "streaming" in merged.facts.get("features", ())
    )


def known_families(records: Records) -> dict[str, str]:
    """Bare ids and family names -> family, where all sources that speak of one agree."""
    claimed: dict[str, set[str]] = defaultdict(set)
    for merged in records.models.values():
        if family := merged.facts.get("family"):
            claimed[bare_id(merged.facts["id"])].add(family)
            claimed[family].add(family)
    return {name: next(iter(families)) for name, families in claimed.items() if len(families) == 1}


def family_of(id_: str, families: Mapping[str, str]) -> str | None:
    """The family of the same id at other providers, else the longest family name that the id begins
    with, up to a dash, dot or colon."""
    bare = bare_id(id_)
    if bare in families:
        return families[bare]
    return next((name for name in beginnings(bare) if families.get(name) == name), None)


def beginnings(bare: str) -> list[str]:
    """What a bare id begins with, up to a dash, dot or colon, the longest first."""
    return [bare[: match.start()] for match in re.finditer(r"[-.:@_]", bare)][::-1]
