"""The shape of api.json: what upstream publishes of a TOML table, older spellings in today's names."""

from __future__ import annotations

from typing import Any, NamedTuple

Table = dict[str, Any]

PARSE_ONLY = ("base_model", "base_model_omit", "extends", "id")
"""Keys of a model's TOML that are not published as they are; the id is that of the path, and base_model
is published as canonical_model_id (by upstream itself since September 2026)."""

RENAMED = {"open": "open_weights"}
MODALITIES = {"input_modalities": "input", "output_modalities": "output"}
STATUS_FLAGS = ("alpha", "beta", "deprecated")

PRICES = frozenset(
    {"input", "output", "reasoning", "cache_read", "cache_write", "input_audio", "output_audio"}
)
RENAMED_PRICES = {"inputCached": "cache_read", "outputCached": "cache_write"}
PROVIDER_KEYS = frozenset({"npm", "api", "shape", "body", "headers"})
MODE_PROVIDER_KEYS = frozenset({"body", "headers"})
TIER_KEYS = frozenset({"type", "size"})
LARGE_TIER = 200_000
"""A tier from this size on is published as context_over_200k too, when it is the only one."""

PLAIN = frozenset(
    {"name", "family", "attachment", "reasoning", "tool_call", "temperature", "structured_output"}
    | {"knowledge", "release_date", "last_updated", "open_weights", "limit", "modalities", "status"}
)
"""Keys that pass as they are; every other one is looked at."""


class PublishedStep(NamedTuple):
    """What models.dev published otherwise from one commit on, in the shape of api.json.

    `revision` is the commit. None in place of a record: it is gone. `broken` are files that cannot be
    read from now on: path, spec, and the reason; None in place of the reason: it is mended, or gone.
    """

    at: str
    revision: str
    providers: dict[str, dict[str, Any] | None]
    models: dict[tuple[str, str], dict[str, Any] | None]
    broken: tuple[tuple[str, str | None, str | None], ...] = ()


def published_model(table: Table, id_: str) -> Table:
    """The object that api.json has for a model's table, inheritance already resolved."""
    model: Table = {"id": id_}
    if isinstance(base_model := table.get("base_model"), str):
        model["canonical_model_id"] = base_model
    odd = []
    for key, value in table.items():
        if key in PLAIN:
            model[key] = value
        elif key not in PARSE_ONLY:
            odd.append(key)
    for key in odd:
        _publish(model, key, table[key])
    return model


def published_provider(table: Table, id_: str) -> Table:
    """The object that api.json has for a provider, without its models."""
    return {**{key: value for key, value in table.items() if key != "models"}, "id": id_}


def _publish(model: Table, key: str, value: Any) -> None:
    if key == "cost":
        model[key] = _published_cost(value)
    elif key == "provider":
        model[key] = _only(value, PROVIDER_KEYS)
    elif key == "experimental":
        if isinstance(value, dict):
            model[key] = _published_experimental(value)
    elif key == "interleaved" and isinstance(value, dict) and "name" in value:
        model[key] = {("field" if k == "name" else k): v for k, v in value.items()}
    elif key in MODALITIES:
        model["modalities"] = {**_object(model.get("modalities")), MODALITIES[key]: value}
    elif key in STATUS_FLAGS:
        if value is True:
            model["status"] = key
    else:
        model[RENAMED.get(key, key)] = value


def _published_cost(cost: Any) -> Any:
    """Known prices, tiers with their type, and the older copy of a large tier."""
    if not isinstance(cost, dict):
        return cost
    result = {key: value for key, value in cost.items() if key in PRICES}
    if len(result) == len(cost):
        return result
    for old, new in RENAMED_PRICES.items():
        if old in cost:
            result.setdefault(new, cost[old])
    if "context_over_200k" in cost:
        result["context_over_200k"] = _only(cost["context_over_200k"], PRICES)
    if "tiers" in cost:
        result["tiers"] = _published_tiers(cost["tiers"])
        _copy_large_tier(result)
    return result


def _published_tiers(tiers: Any) -> Any:
    if not isinstance(tiers, list):
        return tiers
    published = []
    for tier in tiers:
        prices = _only(tier, PRICES)
        if bound := _object(_object(tier).get("tier")):
            prices["tier"] = {"type": "context", **_only(bound, TIER_KEYS)}
        published.append(prices)
    return published


def _copy_large_tier(cost: Table) -> None:
    if not isinstance(cost["tiers"], list):
        return
    large = [tier for tier in cost["tiers"] if _size(tier) >= LARGE_TIER]
    if len(large) == 1:
        cost["context_over_200k"] = _only(large[0], PRICES)


def _size(tier: Any) -> float:
    size: Any = _object(_object(tier).get("tier")).get("size")
    return size if isinstance(size, (int, float)) else 0


def _published_experimental(experimental: Table) -> Table:
    modes = experimental.get("modes")
    if not isinstance(modes, dict):
        return {"modes": modes} if "modes" in experimental else {}
    return {"modes": {name: _published_mode(mode) for name, mode in modes.items()}}


def _published_mode(mode: Any) -> Any:
    if not isinstance(mode, dict):
        return mode
    result = {}
    if "cost" in mode:
        result["cost"] = _only(mode["cost"], PRICES)
    if "provider" in mode:
        result["provider"] = _only(mode["provider"], MODE_PROVIDER_KEYS)
    return result


def _object(value: Any) -> Table:
    return value if isinstance(value, dict) else {}


def _only(table: Any, keys: frozenset[str]) -> Any:
    if not isinstance(table, dict):
        return table
    return {key: value for key, value in table.items() if key in keys}
