"""From models.dev's words to facts: one provider object, one model object of api.json.

What has no place in the facts goes to `extra`, so that a key of tomorrow is kept and rejects nothing.
"""

from __future__ import annotations

from typing import Any

from llmcat.display import shown
from llmcat.meters import COLUMN_METERS
from llmcat.pipeline.entries import BadRecord, Entry, Facts, Reject, Unreadable
from llmcat.pipeline.facts import STATUSES

SAME_NAME = (
    "name",
    "family",
    "base_model",
    "description",
    "status",
    "release_date",
    "last_updated",
    "knowledge",
    "open_weights",
    "license",
    "links",
    "weights",
    "benchmarks",
)
"""Keys of a model that mean the same in llmcat."""

CAPABILITY_FLAGS = {
    "attachment": "attachment",
    "reasoning": "reasoning",
    "tool_call": "function_calling",
    "structured_output": "structured_outputs",
    "temperature": "temperature",
}
"""Boolean keys of a model -> canonical capability."""

KNOWN_KEYS = {"modalities": ("input", "output"), "limit": ("context", "input", "output")}
"""Table of a model -> the keys that mean the same in llmcat."""

NO_OBJECT = "is no object"

PROVIDER_KEYS = ("name", "api", "npm", "doc", "env")


def provider_entry(place: str, id_: str, provider: dict[str, Any]) -> Entry:
    """The entry of one provider object, its models aside."""
    facts = translate_provider(provider)
    if provider.get("id", id_) != id_:
        facts["extra"] = {**facts.get("extra", {}), "id": provider["id"]}
    facts["id"] = id_
    raw = {key: value for key, value in provider.items() if key != "models"}
    return Entry("provider", place, facts, raw)


def model_entry(
    place: str, provider: str, id_: str, model: Any, facts: Facts | None = None
) -> Entry | Reject:
    """The entry of one model object, of which `facts` may be known; a reject if it cannot be one."""
    try:
        facts = translate_model(model) if facts is None else facts
    except BadRecord as bad:
        return Reject("", place, "model", f"{provider}:{id_}", str(bad), model)
    if model.get("id", id_) != id_:
        facts["extra"] = {**facts.get("extra", {}), "id": model["id"]}
    facts["provider"], facts["id"] = provider, id_
    return Entry("model", place, facts, model)


def translate_provider(provider: dict[str, Any]) -> Facts:
    """The facts of one provider object of models.dev, without id and models."""
    facts: Facts = {key: provider[key] for key in PROVIDER_KEYS if key in provider}
    unknown = {
        key: value
        for key, value in provider.items()
        if key not in PROVIDER_KEYS and key not in ("id", "models")
    }
    if unknown:
        facts["extra"] = unknown
    return facts


def translate_model(model: Any) -> Facts:
    """The facts of one model object of models.dev, without provider and id."""
    if not isinstance(model, dict):
        raise BadRecord(NO_OBJECT)
    rest = dict(model)
    rest.pop("id", None)
    if "canonical_model_id" in rest:
        base_model = rest.pop("canonical_model_id")
        rest.setdefault("base_model", base_model)
    facts: Facts = {key: rest.pop(key) for key in SAME_NAME if key in rest}
    capabilities: Facts = {
        name: rest.pop(key) for key, name in CAPABILITY_FLAGS.items() if key in rest
    }
    if "interleaved" in rest:
        capabilities["interleaved"] = rest.pop("interleaved")
    if "reasoning_options" in rest:
        claimed = capabilities.get("reasoning")
        capabilities["reasoning"] = {
            **({} if claimed is None else {"supported": claimed}),
            "options": rest.pop("reasoning_options"),
        }
    if capabilities:
        facts["capabilities"] = capabilities
    if "provider" in rest:
        facts["serving"] = rest.pop("provider")
    extra: Facts = {}
    if isinstance(status := facts.get("status"), str) and status.strip().lower() not in STATUSES:
        extra["status"] = facts.pop("status")  # a word of tomorrow costs the model nothing
    for name, keys in KNOWN_KEYS.items():
        if name in rest:
            facts[name] = _known(rest.pop(name), name, keys, extra)
    if "cost" in rest:
        facts["cost"] = translate_cost(rest.pop("cost"), extra)
    if "experimental" in rest:
        _translate_experimental(rest.pop("experimental"), facts, extra)
    extra.update(rest)
    if extra:
        facts["extra"] = extra
    return facts


def _known(table: Any, name: str, keys: tuple[str, ...], extra: Facts) -> Any:
    """The known keys of a table; the others go to `extra` under the table's name."""
    if not isinstance(table, dict):
        return table
    if unknown := {key: value for key, value in table.items() if key not in keys}:
        extra[name] = unknown
        return {key: value for key, value in table.items() if key in keys}
    return table


def translate_cost(cost: Any, extra: Facts) -> Any:
    """Prices by meter, tiers in one form. What is no price goes to `extra`.

    `tiers` wins over the older `context_over_200k`, which upstream publishes as a copy whatever the
    tier's size is. Unknown meters are kept as long as they are prices.
    """
    if not isinstance(cost, dict):
        return cost
    facts: Facts = {}
    for key, value in cost.items():
        if key == "tiers":
            if value:
                facts["tiers"] = _tiers(value, extra)
        elif key == "context_over_200k":
            if value and not cost.get("tiers"):
                facts["tiers"] = (
                    [{"min_context": 200_000, **value}]
                    if isinstance(value, dict)
                    else Unreadable(f"cost.{key}", NO_OBJECT, value)
                )
        elif key not in COLUMN_METERS and isinstance(value, (dict, list, str, bool)):
            extra.setdefault("cost", {})[key] = value
        else:
            facts[key] = value
    return facts


def _tiers(tiers: Any, extra: Facts) -> Any:
    if not isinstance(tiers, list):
        return tiers
    result: list[Any] = []
    for tier in tiers:
        if not isinstance(tier, dict) or not isinstance(bound := tier.get("tier"), dict):
            reason = "is no object that names its tier {size}"
            result.append(Unreadable("cost.tiers", reason, tier))
            continue
        prices = {key: value for key, value in tier.items() if key != "tier"}
        if bound.get("type", "context") != "context":
            reason = f"a tier of type {shown(bound['type'])} is unknown"
            result.append(Unreadable("cost.tiers", reason, tier))
            continue
        if bound.keys() - {"type", "size"}:
            extra.setdefault("cost", {})["tiers"] = tiers
        result.append({"min_context": bound.get("size"), **prices})
    return result


def _translate_experimental(experimental: Any, facts: Facts, extra: Facts) -> None:
    if not isinstance(experimental, dict):
        extra["experimental"] = experimental
        return
    unknown = {key: value for key, value in experimental.items() if key != "modes"}
    if unknown:
        extra["experimental"] = unknown
    if "modes" not in experimental:
        return
    modes = experimental["modes"]
    if isinstance(modes, dict):
        facts["modes"] = {name: _translate_mode(name, mode) for name, mode in modes.items()}
    else:
        facts["modes"] = Unreadable("experimental.modes", NO_OBJECT, modes)


def _translate_mode(name: str, mode: Any) -> Facts | Unreadable:
    field = f"experimental.modes.{name}"
    if not isinstance(mode, dict):
        return Unreadable(field, NO_OBJECT, mode)
    rest = dict(mode)
    request = rest.pop("provider", {})
    facts: Facts = {}
    if "cost" in rest:
        facts["cost"] = translate_cost(rest.pop("cost"), rest)
    if not isinstance(request, dict):
        facts["body"] = Unreadable(f"{field}.provider", NO_OBJECT, request)
        request = {}
    for key, value in request.items():
        if key in ("body", "headers"):
            facts[key] = value
        else:
            rest.setdefault("provider", {})[key] = value
    if rest:
        facts["extra"] = rest
    return facts
