"""Normalize: one spelling for ids, provider names, modalities, capabilities and dates.

Works on one source alone, before validation: what has the wrong type is left as it is for validate
to name. Ids are kept as the source spells them, but for blanks around them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from llmcat.capabilities import CANONICAL, canonical, canonical_task
from llmcat.pipeline.dates import TIMESTAMP, date_text, is_unreal
from llmcat.pipeline.entries import Entry, Facts, Key, Reject, Step
from llmcat.pipeline.provider_names import Rename
from llmcat.spec import fold_provider

MODALITIES = {
    "images": "image",
    "texts": "text",
    "document": "pdf",
    "documents": "pdf",
    "speech": "audio",
    "videos": "video",
    "embeddings": "embedding",
}
"""Other spellings of modalities; a name that is not listed passes through in lower case."""

DATES = ("release_date", "last_updated", "knowledge")
DAYS = ("deprecated_on", "retires_on")
PRICED = frozenset({"modes", "regions", "hours"})
"""Tables of what has a cost of its own."""
TRIMMED = ("name", "family", "description", "replacement", "provider_model_id", "base_model")


def normalize(step: Step, rename: Rename) -> Step:
    """The step with everything in llmcat's spelling; `rename` gives the id for a provider's name.
    Entries are new, the input is untouched."""
    if step.layer is None:
        return step
    if step.layer.canonical_ids:
        rename = fold_id
    source = step.layer.name
    return step._replace(
        entries=[
            Entry(
                kind,
                place,
                normalize_model(facts, rename)
                if kind == "model"
                else normalize_provider(facts, rename),
                raw,
                origin or source,
                provenance,
                matches,
                only_of_known,
            )
            for kind, place, facts, raw, origin, provenance, matches, only_of_known in step.entries
        ],
        gone=[_renamed(key, rename) for key in step.gone],
        rejects=[_with_spec(reject, rename) for reject in step.rejects],
    )


def fold_id(text: Any) -> Any:
    """The id of a provider whose names are those of models.dev."""
    return fold_provider(text) if isinstance(text, str) else text


def _renamed(key: Key, rename: Rename) -> Key:
    return rename(key) if isinstance(key, str) else (rename(key[0]), key[1].strip())


def _with_spec(reject: Reject, rename: Rename) -> Reject:
    """The reject with the spec that the record would have had."""
    key = reject.key
    if key is None:
        return reject
    renamed = _renamed(key, rename)
    return reject._replace(spec=renamed if isinstance(renamed, str) else ":".join(renamed))


def normalize_provider(facts: Facts, rename: Rename) -> Facts:
    """A provider's facts: its id, and lists without duplicates."""
    result = {key: value for key, value in facts.items() if value is not None}
    result["id"] = rename(facts.get("id"))
    for key in ("env", "endpoints", "authentication", "features"):
        if key in result:
            result[key] = _unique(result[key])
    if "retires_on" in result:
        result["retires_on"] = date_text(result["retires_on"])
    if "features" in result and isinstance(result["features"], list):
        result["features"] = _unique([_word(word) for word in result["features"]])
    if "limitations" in result and isinstance(result["limitations"], Mapping):
        result["limitations"] = {k: v for k, v in result["limitations"].items() if v is not None}
    return result


def normalize_model(facts: Facts, rename: Rename) -> Facts:
    """A model's facts in canonical spelling, without nulls: null is silence."""
    result = {key: value for key, value in facts.items() if value is not None}
    result["provider"] = rename(facts.get("provider"))
    result["id"] = _trimmed(facts.get("id"))
    for key in DAYS:
        if key in result:
            _keep_time_of_day(key, result)
    for key, value in result.items():
        if tidy := TIDY.get(key):
            result[key] = tidy(value)
    for key in DATES:
        if isinstance(day := result.get(key), str) and is_unreal(day):
            # upstream has its 31st of February: it is kept, but it is no date
            result["extra"] = {**result.get("extra", {}), key: result.pop(key)}
    result = _with_tidy_prices(result)
    if isinstance(result.get("replacement"), str):
        result["replacement"] = result["replacement"].removeprefix(f"{result['provider']}:")
    return result


def _with_tidy_prices(priced: Facts) -> Facts:
    """The same with the tiers of its cost in order and days as text, those of its modes, regions and
    hours too."""
    if isinstance(cost := _without_nulls(priced.get("cost")), dict):
        if cost is not priced["cost"]:
            priced = {**priced, "cost": cost}
        if "tiers" in cost:
            priced = {**priced, "cost": _in_order_of_size(cost)}
        if "effective_from" in cost:
            priced = {**priced, "cost": _with_days(priced["cost"], ("effective_from",))}
    for key in PRICED.intersection(priced):
        if isinstance(table := priced[key], dict):
            tidy = {
                k: _with_tidy_prices(_without_nulls(v))
                for k, v in table.items()
                if isinstance(v, dict)
            }
            priced = {**priced, key: {**table, **tidy}}
    if isinstance(dated := priced.get("dated_prices"), list):
        tidy_list = [
            _with_days(_with_tidy_prices(_without_nulls(v)), ("from", "until"))
            if isinstance(v, dict)
            else v
            for v in dated
        ]
        priced = {**priced, "dated_prices": tidy_list}
    return priced


def _without_nulls(table: Any) -> Any:
    """A table without what it is silent of; itself where there is no null, as most often."""
    if isinstance(table, dict) and None in table.values():
        return {key: value for key, value in table.items() if value is not None}
    return table


def _with_days(table: Facts, names: tuple[str, ...]) -> Facts:
    return {**table, **{name: date_text(table[name]) for name in names if name in table}}


def _in_order_of_size(cost: Facts) -> Facts:
    """Tiers with the smallest first, each size once; one without a price says nothing, and what holds
    above 0 tokens is the plain price."""
    tiers = cost["tiers"]
    if not isinstance(tiers, list):
        return cost
    tiers = [_without_nulls(tier) for tier in tiers]
    by_size: dict[float, Facts] = {}
    unreadable = [tier for tier in tiers if not _is_tier(tier)]  # for validate to name
    for tier in filter(_is_tier, tiers):
        size = tier["min_context"]
        by_size[size] = {**by_size.get(size, {}), **tier}
    plain = {meter: price for meter, price in cost.items() if meter != "tiers"}
    plain.update((k, v) for k, v in by_size.pop(0, {}).items() if k != "min_context")
    ordered = [tier for _, tier in sorted(by_size.items()) if len(tier) > 1] + unreadable
    return {**plain, "tiers": ordered} if ordered else plain


def _is_tier(tier: Any) -> bool:
    size = tier.get("min_context") if isinstance(tier, dict) else None
    return isinstance(size, (int, float)) and not isinstance(size, bool)


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _word(value: Any) -> Any:
    return canonical(value) if isinstance(value, str) else value


def _unique(values: Any) -> Any:
    if not isinstance(values, (list, tuple)):
        return values
    trimmed = [_trimmed(value) for value in values]
    if all(type(value) is str for value in trimmed):
        return list(dict.fromkeys(trimmed))
    return trimmed  # validate names the one that is no text


def _keep_time_of_day(key: str, facts: Facts) -> None:
    """A day holds no hour: where one was said, the whole timestamp stays in extra."""
    value = facts[key]
    if isinstance(value, str) and TIMESTAMP.match(value.strip()):
        facts["extra"] = {**facts.get("extra", {}), key: value}


def _modalities(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    return {side: _names(names) for side, names in value.items() if names is not None}


def _names(names: Any) -> Any:
    if not isinstance(names, list):
        return names
    try:
        return list(_modality_names(tuple(names)))
    except (AttributeError, TypeError):  # validate names the one that is no text
        return names


@functools.lru_cache(maxsize=4096)
def _modality_names(names: tuple[str, ...]) -> list[str]:
    """The few dozen different lists of a catalogue are worked out once each."""
    folded = [name.strip().lower() for name in names]
    return list(dict.fromkeys([MODALITIES.get(name, name) for name in folded]))


def _task(value: Any) -> Any:
    return canonical_task(value) if isinstance(value, str) else value


def _status(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value


def _capabilities(claimed: Any) -> Any:
    """Every capability as a table with `supported`, so that sparse layers merge fact by fact."""
    if not isinstance(claimed, dict):
        return claimed
    result: Facts = {}
    for name, value in claimed.items():
        if value is None:
            continue
        if type(value) is bool and name in CANONICAL:
            word = CANONICAL[name]
            if word not in result:
                result[word] = {"supported": value}
                continue
        facts = dict(value) if isinstance(value, Mapping) else {"supported": value}
        if "field" in facts:  # models.dev's interleaved = {field: …} means yes, and where
            facts.setdefault("supported", True)
        result.setdefault(_word(name), {}).update(facts)
    return result


TIDY: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(TRIMMED, _trimmed),
    **dict.fromkeys((*DATES, *DAYS), date_text),
    **dict.fromkeys(("aliases", "tags"), _unique),
    "limit": _without_nulls,
    "task": _task,
    "status": _status,
    "modalities": _modalities,
    "capabilities": _capabilities,
}
"""Key of a model's facts -> how its value is spelled; what has the wrong type stays as it is."""
