"""Langfuse's model definitions: the bodies of POST /api/public/models, one for each model and price change.

llmcat export langfuse | jq -c '.[]' | while read -r body; do
    curl -u "$PUBLIC:$SECRET" -H 'content-type: application/json' -d "$body" "$HOST/api/public/models"; done
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from llmcat.exports.export import (
    Export,
    Tier,
    as_json,
    dated_prices,
    per_token,
    served,
    with_stand_ins,
)

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.records import Model

USAGE_TYPES = {
    "input": ("input", "input_tokens"),
    "output": ("output", "output_tokens"),
    "cache_read": ("input_cached_tokens", "input_cache_read", "cache_read_input_tokens"),
    "cache_write": (
        *("input_cache_creation", "cache_creation_input_tokens"),
        "input_cache_creation_5m",
    ),
    "cache_write_1h": ("input_cache_creation_1h",),
    "reasoning": ("output_reasoning_tokens", "output_reasoning"),
    "input_audio": ("input_audio_tokens", "input_audio"),
    "output_audio": ("output_audio_tokens", "output_audio"),
}
"""Meter -> the usage types by which Langfuse's integrations count it; a call has one of them. What has no
price there is free, so those are priced too that something else stands in for."""

TOTAL_INPUT = "input"
"""What the usage types match of which the sum decides the tier: all tokens of the input."""


def export(catalog: Catalog) -> Export:
    """For each model a body a price change, each with all prices of that time; Langfuse takes the newest
    that begins before a call."""
    dated = dated_prices(catalog)
    models = list(served(catalog))
    bodies: list[dict[str, Any]] = []
    count, left_out = 0, Counter[str]()
    own = _own_names(models)
    for model in models:
        states = [one for one in dated.get(model.spec, []) if _priced(one.tiers)]
        if not states:
            left_out["no price per token is known"] += 1
            continue
        count += 1
        pattern = _pattern(model, own)
        for number, (since, tiers) in enumerate(states):
            body: dict[str, Any] = {"modelName": model.spec, "matchPattern": pattern}
            if number:
                body["startDate"] = since
            bodies.append({**body, "unit": "TOKENS", "pricingTiers": _tiers(tiers)})
    return as_json(bodies, count, left_out)


def _priced(tiers: list[Tier]) -> bool:
    """Whether tokens have a price that holds without a tier."""
    return (
        bool(tiers)
        and not tiers[0].min_context
        and not USAGE_TYPES.keys().isdisjoint(tiers[0].prices)
    )


def _names(model: Model) -> list[str]:
    return [model.id, *model.aliases]


def _own_names(models: Iterable[Model]) -> dict[str, str]:
    """Name without a provider -> the spec that it means: the lab's own offer, or the only one of the name."""
    models = list(models)
    labs = {model.base_model for model in models}
    of_labs = {
        name.lower(): model.spec
        for model in models
        if f"{model.provider}/{model.id}" in labs
        for name in _names(model)
    }
    counts = Counter(model.id.lower() for model in models)
    return {m.id.lower(): m.spec for m in models if counts[m.id.lower()] == 1} | of_labs


def _pattern(model: Model, own: dict[str, str]) -> str:
    """Its names behind its provider; without it those that mean this model alone."""
    provider = f"{re.escape(model.provider)}[/:]"
    bare = [name for name in _names(model) if own.get(name.lower()) == model.spec]
    other = [name for name in _names(model) if name not in bare]
    parts = [f"({provider})?{_any_of(bare)}"] if bare else []
    parts += [f"{provider}{_any_of(other)}"] if other else []
    return f"(?i)^{parts[0] if len(parts) == 1 else '(' + '|'.join(parts) + ')'}$"


def _any_of(names: list[str]) -> str:
    escaped = [re.escape(name) for name in names]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def _tiers(tiers: list[Tier]) -> list[dict[str, Any]]:
    """The tiers of a body: the plain prices as the default, then the largest first, for the first that matches
    counts."""
    plain, *above = with_stand_ins(tiers, USAGE_TYPES)
    found = [_tier("Standard", 0, [], plain)]
    for priority, tier in enumerate(reversed(above), 1):
        condition = {
            "usageDetailPattern": TOTAL_INPUT,
            "operator": "gt",
            "value": tier.min_context,
            "caseSensitive": False,
        }
        found.append(_tier(f"Above {tier.min_context:,} input tokens", priority, [condition], tier))
    return found


def _tier(name: str, priority: int, conditions: list[Any], tier: Tier) -> dict[str, Any]:
    return {
        "name": name,
        "isDefault": not priority,
        "priority": priority,
        "conditions": conditions,
        "prices": {
            usage_type: per_token(usd)
            for meter, usd in tier.prices.items()
            for usage_type in USAGE_TYPES[meter]
        },
    }
