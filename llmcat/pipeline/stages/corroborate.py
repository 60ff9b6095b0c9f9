"""Corroborate: what witnesses say of a merged record fills its gaps, confirms it, or overrides it.

A witness is a source that claims nothing by itself. Where it says otherwise than the record, the rules of
pipeline/evidence.py name the value that stands. What nobody in the record says is taken from the first
witness that says it; a price only from one that agrees with the prices that are known for the same way to
be served. What a witness alone knows becomes a model of its own, unless it knows no ids but only rules, or
says that it is a known one under another name. One that a base listed once takes over its name, dates and
abilities from there.

In a step of the past the witnesses claim what they had claimed up to its instant, so that history shows what was
corroborated when it was, and not before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from llmcat.meters import STAND_INS
from llmcat.pipeline.entries import (
    EVERYTHING_ELSE,
    Disagreement,
    Entry,
    Facts,
    Key,
    Layer,
    Merged,
    ModelKey,
    Records,
)
from llmcat.pipeline.evidence import Accuracy, Claim, Verdict, decide, equal, score
from llmcat.pipeline.history.state import speaker
from llmcat.pipeline.tables.values import (
    STANDARD_SERVED,
    PriceKey,
    Served,
    Value,
    comparable_values,
    cost_tables,
    prices_of,
    with_value,
    without_prices,
)

Since = Callable[[str, PriceKey, float, "frozenset[str]"], "str | None"]
"""Spec, price key, price, sources -> since when one of the sources has listed that price."""

UNMEASURED: Accuracy = {}

PASSING = frozenset({"cost", "modes", "regions", "hours", "dated_prices", "billing", "status"})
"""Facts of a model that its removal ends: who lists it still says them."""


class WitnessEntry(NamedTuple):
    """A witness and what it says of one model."""

    layer: Layer
    entry: Entry


def corroborate(
    records: Records,
    layers: Sequence[Layer],
    accuracy: Mapping[str, Accuracy],
    since: Since,
) -> Records:
    """The records in the light of all witnesses, which come in the order in which they fill gaps.

    `accuracy` has by provider how often each family was right.
    """
    witnesses = [layer for layer in layers if layer.role == "witness" and _speaks(layer)]
    if not witnesses:
        return records
    corroborator = _Corroborator(layers, accuracy, since)
    providers, models = dict(records.providers), dict(records.models)
    gone: list[Key] = []
    for key in [*records.providers, *records.models, *records.gone]:
        entries = [
            WitnessEntry(w, _without_models(claim, records.models))
            for w in witnesses
            if (claim := w.claim(key)) is not None
        ]
        if isinstance(key, str):
            merged = providers.get(key)
            for witness in entries:
                if merged is not None or not witness.layer.rules:
                    merged = _filled(merged, witness.entry)
            if merged is not None:
                providers[key] = merged
            else:
                gone.append(key)
        elif key in models:
            if entries:
                models[key] = corroborator.corroborate(key, models[key], entries)
        elif first := next((h for h in entries if _makes_a_model(h, key)), None):
            rest = [h for h in entries if h is not first]
            models[key] = corroborator.corroborate(key, _filled(None, first.entry), rest)
            if removed := next((b.removed[key] for b in layers if key in b.removed), None):
                models[key] = _filled(models[key], _lasting(removed))
        else:
            gone.append(key)
        if not isinstance(key, str) and key in models:
            for labs in (witness for witness in witnesses if witness.of_base):
                if claimed := labs.claim_of_base(models[key].facts):
                    models[key] = _filled(models[key], claimed)
    return replace(
        records,
        providers=providers,
        models=models,
        gone=gone,
        confirmed=corroborator.confirmed,
        disagreements=corroborator.disagreements,
    )


def _without_models(entry: Entry, models: Mapping[ModelKey, Merged]) -> Entry:
    """The entry without those aliases that are ids of other models of its provider."""
    aliases = entry.facts.get("aliases")
    if not aliases or entry.kind != "model":
        return entry
    provider = entry.facts["provider"]
    names = [name for name in aliases if (provider, name) not in models]
    return entry if names == aliases else entry._replace(facts={**entry.facts, "aliases": names})


def _makes_a_model(witness: WitnessEntry, key: ModelKey) -> bool:
    return key in witness.layer.entries and not witness.entry.only_of_known


def _speaks(layer: Layer) -> bool:
    return bool(layer.entries or layer.rules or layer.of_base)


class _Corroborator:
    """Goes through model after model, and keeps who confirms what and who disagrees."""

    def __init__(
        self, layers: Sequence[Layer], accuracy: Mapping[str, Accuracy], since: Since
    ) -> None:
        self._layers = {layer.name: layer for layer in layers}
        self._bases = frozenset(layer.name for layer in layers if layer.role != "witness")
        self._accuracy, self._since = accuracy, since
        self.confirmed: dict[str, dict[PriceKey, tuple[str, ...]]] = {}
        self.disagreements: list[Disagreement] = []

    def corroborate(self, key: ModelKey, merged: Merged, entries: Sequence[WitnessEntry]) -> Merged:
        """One model with what stands of every value, and its gaps filled."""
        provider = key[0]
        accuracy = self._accuracy.get(provider, UNMEASURED)
        witnessed: dict[Value, list[Claim]] = {}
        for layer, entry in entries:
            right = provider in layer.authoritative
            days, hours = _effective_days(entry.facts), _prices_at_hours(entry.facts)
            for value, says in comparable_values(entry.facts):
                date = (value.price and days.get(value.price.served)) or layer.retrieved_at or ""
                at_hours = hours.get(value.price, ()) if value.price else ()
                claim = Claim(layer.name, layer.family, date, says, right, at_hours=at_hours)
                witnessed.setdefault(value, []).append(claim)
        contested = False
        record, days = merged, _effective_days(merged.facts)
        overridden: dict[PriceKey, Claim] = {}
        for value, stands in comparable_values(record.facts):
            if not (others := witnessed.get(value)):
                continue
            day = value.price and days.get(value.price.served)
            claim = self._claim(key, record, value, stands, day or "")
            # accuracy was measured on prices; it says nothing of who means what by a context window
            verdict = decide(claim, others, accuracy if value.price else UNMEASURED)
            if verdict.claim is not claim:
                merged = with_value(merged, value, verdict.claim.value, verdict.claim.source)
                if value.price:
                    overridden[value.price] = verdict.claim
            contested |= verdict.contested
            self._note(key, value, [claim, *others], verdict, accuracy)
        for value, claim in _following(record.facts, overridden, witnessed):
            merged = with_value(merged, value, claim.value, claim.source)
        for _, entry in entries:
            merged = _filled(merged, _agreeing(merged, entry))
        if entries:
            merged = merged._replace(facts={**merged.facts, "contested": contested})
        return merged

    def _claim(
        self, key: ModelKey, merged: Merged, value: Value, stands: Any, effective: str
    ) -> Claim:
        """The claim of the record: the value, its source and since when; a price that took effect on a
        day, since then at least."""
        source = speaker(merged.provenance, value.provenance)
        layer = self._layers.get(source) or self._layers.get(source.partition("/")[0])
        if layer is None:  # of a catalogue that is built upon: its own sources are not at hand
            return Claim(source, source, "", stands)
        date = None
        if value.price is not None and layer.role != "witness":
            date = self._since(":".join(key), value.price, stands, self._bases)
            date = max(date or "", effective)
        return Claim(
            source,
            layer.family,
            date or layer.retrieved_at or "",
            stands,
            authoritative=key[0] in layer.authoritative,
            correction=layer.role == "correction",
        )

    def _note(
        self,
        key: ModelKey,
        value: Value,
        claims: list[Claim],
        verdict: Verdict,
        accuracy: Accuracy,
    ) -> None:
        """Keep who confirms a price, and every claim that differs from the one that stands."""
        standing, spec = verdict.claim, ":".join(key)
        if value.price is not None:
            agree = {c.family for c in claims if equal(c.value, standing.value)}
            if confirming := sorted(agree - {standing.family}):
                self.confirmed.setdefault(spec, {})[value.price] = tuple(confirming)
        for other in claims:
            if not equal(other.value, standing.value):
                weight = score(standing, other, claims, accuracy)
                self.disagreements.append(
                    Disagreement(
                        spec,
                        value.field,
                        standing,
                        other,
                        verdict.rule,
                        verdict.contested,
                        weight,
                    )
                )


def _effective_days(facts: Facts) -> dict[Served, str]:
    """The days on which prices took effect, by the way to be served, where the facts know them."""
    return {
        served: cost["effective_from"]
        for served, cost in cost_tables(facts)
        if "effective_from" in cost
    }


def _prices_at_hours(facts: Facts) -> dict[PriceKey, tuple[float, ...]]:
    """Plain prices -> those of the same meters at hours that have their own."""
    found: dict[PriceKey, tuple[float, ...]] = {}
    for key, price in prices_of(facts) if "hours" in facts else ():
        if key.hours:
            plain = key._replace(hours="")
            found[plain] = (*found.get(plain, ()), price)
    return found


def _following(
    facts: Facts, overridden: Mapping[PriceKey, Claim], witnessed: Mapping[Value, Any]
) -> Iterator[tuple[Value, Claim]]:
    """The prices that only repeat one that was overridden, such as that of reasoning where it is that of
    the output, with what they are now: unless a witness speaks of them."""
    prices = dict(prices_of(facts)) if overridden else {}
    for key, price in prices.items():
        whole = key._replace(meter=STAND_INS.get(key.meter, key.meter))
        if whole == key or whole not in overridden or prices[whole] != price:
            continue
        if (value := Value(key.path, key)) not in witnessed:
            yield value, overridden[whole]


def _filled(merged: Merged | None, entry: Entry) -> Merged:
    """`merged` with what it is silent on, from `entry`."""
    if merged is None:
        return Merged(entry.facts, entry.provenance or {EVERYTHING_ELSE: entry.origin})
    provenance = dict(merged.provenance)
    facts = _fill(merged.facts, entry.facts, "", entry.origin, provenance)
    return Merged(facts, provenance)


def _lasting(removed: Entry) -> Entry:
    """What a source that removed a model said of it last, without what passes: prices and status."""
    lasting = {key: value for key, value in removed.facts.items() if key not in PASSING}
    return removed._replace(facts=lasting)


def _fill(facts: Facts, more: Facts, prefix: str, origin: str, provenance: dict[str, str]) -> Facts:
    result = dict(facts)
    for key, value in more.items():
        path = prefix + key
        if key not in result:
            result[key] = value
            provenance[path] = origin
        elif path == "hours":
            pass  # hours of one source do not go with those of another
        elif isinstance(value, dict) and isinstance(result[key], dict):
            result[key] = _fill(result[key], value, f"{path}.", origin, provenance)
        elif path in ("aliases", "tags"):
            result[key] = [*result[key], *(item for item in value if item not in result[key])]
    return result


def _without_fee_known(cost: Facts, entry: Entry) -> Entry:
    """The entry without a fee for each request that is the price of a search in the record: the same fee
    under another name, and a call would pay it twice."""
    own = entry.facts.get("cost", {})
    searches = [price for meter, price in cost.items() if meter.startswith("web_search")]
    if "request" not in own or not any(equal(own["request"], price) for price in searches):
        return entry
    rest = {meter: price for meter, price in own.items() if meter != "request"}
    return entry._replace(facts={**entry.facts, "cost": rest})


def _agreeing(merged: Merged, entry: Entry) -> Entry:
    """What `entry` says, without the prices of each way to be served on which the two differ: half a
    price list of one source does not go with half of another's."""
    entry = _without_fee_known(merged.facts.get("cost", {}), entry)
    known = dict(prices_of(merged.facts))
    differ = {
        key.served
        for key, price in prices_of(entry.facts)
        if key in known and not equal(known[key], price)
    }
    if not differ:
        return entry
    if STANDARD_SERVED in differ:  # what is calculated from the plain prices differs as they do
        differ = {served for served, _ in cost_tables(entry.facts)}
    return entry._replace(facts=without_prices(entry.facts, differ))
