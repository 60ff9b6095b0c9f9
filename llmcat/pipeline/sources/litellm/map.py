"""The kind `litellm`: LiteLLM's price map, a JSON file or .gz of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llmcat.errors import SourceError
from llmcat.lookup.variants import without
from llmcat.pipeline.entries import BadRecord, Document, Entry, Facts, ModelKey, Reject, Role
from llmcat.pipeline.sources.combine import combined
from llmcat.pipeline.sources.files import MAX_JSON, parse_json, read_bytes, sha256
from llmcat.pipeline.sources.litellm.facts import other_facts
from llmcat.pipeline.sources.litellm.names import Name, name_of
from llmcat.pipeline.sources.litellm.prices import price_facts
from llmcat.pipeline.sources.models_dev.series import snapshot_time

SAMPLE = "sample_spec"
"""The entry that explains the others."""


PRICES = ("cost", "modes", "regions", "hours", "dated_prices", "billing")
"""The facts that hold prices."""


class LiteLLM:
    """LiteLLM's names become providers and ids; regions and image sizes become prices of the model.

    It lists most models of OpenAI and Anthropic twice: by name, and by the name of the dated snapshot.
    Where both have the same prices, the second is one more name of the first.
    """

    role: Role = "witness"
    family = "litellm"

    def read(self, location: Path) -> Iterator[Document]:
        """The file. Raises SourceError when it is no price map."""
        data = parse_json(location, read_bytes(location, MAX_JSON))
        if not isinstance(data, dict) or not any(_is_entry(entry) for entry in data.values()):
            raise SourceError(
                location, "is no price map of LiteLLM: no entry names a litellm_provider"
            )
        at, digest = snapshot_time(location.name), sha256(location.read_bytes())
        yield Document(location.name, data, digest, retrieved_at=at, licence="MIT")

    def translate(self, document: Document) -> Iterator[Entry | Reject]:
        """An entry a model: the plain key first, its regions, image sizes and aliases after it."""
        named: list[tuple[str, Name, dict[str, Any]]] = []
        models: dict[tuple[str, str], tuple[str, Facts, dict[str, Any]]] = {}
        for key, entry in document.data.items():
            if key == SAMPLE:
                continue
            try:
                named.append((key, *_named(document, key, entry)))
            except BadRecord as bad:
                yield Reject("", f"{document.name}: {key}", "model", key, str(bad), entry)
        for key, name, entry in sorted(named, key=lambda item: _comes_late(*item[1:])):
            model = name.provider, name.id
            place, facts, raw = models.get(model, (f"{document.name}: {key}", {}, {}))
            alone = not raw
            if _is_variant(name) and not alone:
                more = _variant(key, name, dict(entry), next(iter(raw.values())))
            else:
                more = _facts(name, entry)
            whole = combined(facts, more)
            if not alone and _overruled(whole, more):
                whole = combined(whole, {"extra": {"litellm": {"variants": {key: entry}}}})
            models[model] = place, whole, {**raw, key: entry}
        snapshots = _snapshots({model: facts for model, (_, facts, _) in models.items()})
        for (provider, id_), (place, facts, raw) in models.items():
            facts["provider"], facts["id"] = provider, id_
            if names := [key[1] for key, family in snapshots.items() if family == (provider, id_)]:
                facts["aliases"] = [*facts.get("aliases", ()), *names]
            known = (provider, id_) in snapshots
            yield Entry("model", place, facts, raw, only_of_known=known)


def _snapshots(models: dict[ModelKey, Facts]) -> dict[ModelKey, ModelKey]:
    """Dated snapshot -> the model that it is one of, where both have the same prices."""
    found = {}
    for (provider, id_), facts in models.items():
        for _, name in without("snapshot", id_):
            family = models.get((provider, name))
            if family is not None and all(family.get(key) == facts.get(key) for key in PRICES):
                found[provider, id_] = provider, name
                break
    return found


def _named(document: Document, key: str, entry: Any) -> tuple[Name, dict[str, Any]]:
    """What a key names, and its facts. Raises BadRecord where it names no model."""
    alias = isinstance(entry, dict) and entry.get("alias_of")
    if alias:
        target = document.data.get(alias, {}) if isinstance(alias, str) else {}
        if not _is_entry(target):
            raise BadRecord(f"is an alias of {alias!r:.60}, which is no entry")
        provider = target["litellm_provider"]
        name, other = name_of(alias, provider), name_of(key, provider)
        if name is None or other is None:
            raise BadRecord("is an alias of a price class")
        return name, {"aliases": [other.id]}
    if not _is_entry(entry):
        raise BadRecord("names no litellm_provider")
    name = name_of(key, entry["litellm_provider"])
    if name is None:
        raise BadRecord("is a price class for models without an entry")
    return name, entry


def _overruled(whole: Facts, part: Facts) -> bool:
    """Whether a value of `part` is not what stands in `whole`: another entry said otherwise before."""
    return any(
        _overruled(whole[key], value)
        if isinstance(value, dict) and isinstance(whole[key], dict)
        else key != "aliases" and whole[key] != value
        for key, value in part.items()
    )


def _is_entry(entry: Any) -> bool:
    return isinstance(entry, dict) and isinstance(entry.get("litellm_provider"), str)


def _comes_late(name: Name, entry: dict[str, Any]) -> bool:
    """Whether an entry adds to its model what the model's own entry does not say first."""
    return _is_variant(name) or "aliases" in entry


def _is_variant(name: Name) -> bool:
    """Whether a key speaks of a model in one region, one image size, or with reserved capacity."""
    return bool(name.region or name.size or name.commitment)


def _facts(name: Name, entry: dict[str, Any]) -> Facts:
    """The facts of an entry, what has no place in them under `extra`. A variant that is all that is
    known of its model says all of it."""
    rest = dict(entry)
    if "aliases" in rest:
        return rest
    if name.commitment:
        return _variant("", name, rest, {})
    prices = _placed(name, price_facts(rest, name.size), rest)
    facts = {**other_facts(rest), **prices}
    if rest["litellm_provider"] == name.provider:
        del rest["litellm_provider"]
    return {**facts, "extra": {"litellm": rest}} if rest else facts


def _variant(key: str, name: Name, rest: dict[str, Any], model: dict[str, Any]) -> Facts:
    """What a variant adds to its model: prices, and under `extra` what it says otherwise than `model`,
    the model's own entry."""
    if name.commitment:
        where = f"{name.region or 'any region'}, {name.commitment}"
        return {"extra": {"litellm": {"commitments": {where: rest}}}}
    prices = _placed(name, price_facts(rest, name.size), rest)
    rest = {k: v for k, v in rest.items() if k not in model or model[k] != v}
    return {**prices, "extra": {"litellm": {"variants": {key: rest}}}} if rest else prices


def _placed(name: Name, prices: Facts, rest: dict[str, Any]) -> Facts:
    """The prices of an entry where they belong: those of a region under its name."""
    if not name.region or not prices:
        return prices
    region = {key: prices.pop(key) for key in ("cost", "modes") if key in prices}
    if prices:  # hours, or regions within the region: nobody has a place for them
        rest["prices"] = prices
    return {"regions": {name.region: region}} if region else {}
