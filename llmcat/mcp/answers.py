"""Answers for agents: what the catalogue hands out, in the shapes of shapes.py."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmcat.capabilities import COLUMNS
from llmcat.choosing.tier_prices import prices_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from llmcat.catalog import Catalog
    from llmcat.choosing.compare import Comparison
    from llmcat.history.changes import Change, PriceInterval
    from llmcat.lookup.resolve import Resolution
    from llmcat.mcp.shapes import (
        ComparedModels,
        EndingModel,
        FoundModel,
        HowToCall,
        ListedPrice,
        Meant,
        ModelCost,
        ReadAt,
        RecentChange,
        UnknownName,
        WholeModel,
    )
    from llmcat.pricing.cost_result import CallCost
    from llmcat.records import Model, Provider

LONGEST_TEXT = 2_000
"""Characters of a text out of the catalogue that an agent is given."""


def meant(found: Resolution) -> Meant:
    """Which model was understood."""
    return {"name": found.name, "spec": found.spec, "rule": found.rule}


def found_model(model: Model) -> FoundModel:
    """A model in short."""
    return {
        "spec": model.spec,
        "name": model.name,
        "provider": model.provider,
        "family": model.family,
        "status": model.status,
        "release_date": model.release_date,
        "context_tokens": model.limit_context,
        "output_tokens": model.limit_output,
        "cost_input": model.cost_input,
        "cost_output": model.cost_output,
        "cost_cache_read": model.cost_cache_read,
        "capabilities": list(model.capabilities),
        "open_weights": model.open_weights,
    }


def found_models(
    cat: Catalog, models: Sequence[Model], min_context: int | None
) -> list[FoundModel]:
    """Models in short, with the prices of a tier that an input of `min_context` tokens reaches into."""
    at_context = prices_at(cat.connection, [model.spec for model in models], min_context or 0)
    found = []
    for model in models:
        answer = found_model(model)
        if prices := at_context.get(model.spec):
            answer["cost_at_min_context"] = prices
        found.append(answer)
    return found


def whole_model(
    found: Resolution,
    model: Model,
    provider: Provider,
    prices: Iterable[PriceInterval],
    replacement: str | None,
    read_at: ReadAt,
) -> WholeModel:
    """A model with all that is known of it; `replacement` is what to use in its place today."""
    return {
        **found_model(model),
        "meant": meant(found),
        "id": model.provider_model_id or model.id,
        "description": model.description and model.description[:LONGEST_TEXT],
        "base_model": model.base_model,
        "first_party": model.first_party,
        "license": model.license,
        "quality_tier": model.quality_tier,
        "knowledge": model.knowledge,
        "deprecated_on": model.deprecated_on,
        "retires_on": model.retires_on,
        "replacement": replacement,
        "input_tokens": model.limit_input,
        "modalities_input": list(model.modalities_input),
        "modalities_output": list(model.modalities_output),
        "lacks": [name for name, column in COLUMNS.items() if getattr(model, column) is False],
        "aliases": list(model.aliases),
        "prices": [listed_price(price) for price in prices if price.valid_to is None],
        "call": how_to_call(provider),
        "sources": dict(model.details.provenance),
        **read_at,
    }


def how_to_call(provider: Provider) -> HowToCall:
    """What a program needs to call models of the provider."""
    return {
        "name": provider.name,
        "base_url": provider.api,
        "key_variables": list(provider.env),
        "npm": provider.npm,
        "documentation": provider.doc,
    }


def listed_price(price: PriceInterval) -> ListedPrice:
    """One price and the time in which it was listed."""
    return {
        "mode": price.mode,
        "region": price.region,
        "min_context": price.min_context,
        "hours": price.hours,
        "meter": price.meter,
        "usd": price.usd,
        "per": price.per,
        "unit": price.unit,
        "valid_from": price.valid_from,
        "valid_to": price.valid_to,
        "effective_from": price.effective_from,
        "suspect": price.suspect,
        "source": price.source,
        "corroborated_by": list(price.corroborated_by),
    }


def model_cost(
    found: Resolution,
    cost: CallCost,
    calls: int,
    assumed: Sequence[str],
    lifecycle: str | None,
    read_at: ReadAt,
) -> ModelCost:
    """What a call costs; the exact amounts as the nearest numbers that JSON has. `assumed` is said
    beside what the cost itself assumes, `lifecycle` of a model that ends or ended."""
    answer: ModelCost = {
        "meant": meant(found),
        "total_usd": float(cost.total),
        "charged_usd": None if cost.charged is None else float(cost.charged),
        "mode": cost.mode,
        "region": cost.region or None,
        "context_tier": cost.tier,
        "breakdown": [
            {
                "meter": line.meter,
                "quantity": _json_number(line.quantity),
                "unit": line.unit,
                "price_usd": float(line.price),
                "usd": float(line.usd),
            }
            for line in cost.breakdown
        ],
        "assumed": [*cost.assumed, *assumed],
        "unbilled": [{"key": key, "quantity": _json_number(count)} for key, count in cost.unbilled],
        "lifecycle": lifecycle,
        "as_of": read_at["as_of"],
        "age_days": read_at["age_days"],
    }
    if calls > 1:
        answer["calls_usd"] = float(cost.total * calls)
    return answer


def _json_number(count: int | Decimal) -> float:
    return count if isinstance(count, int) else float(count)


def compared_models(
    found: Iterable[Resolution], comparison: Comparison, unknown: list[UnknownName], read_at: ReadAt
) -> ComparedModels:
    """Models side by side."""
    specs = [model.spec for model in comparison.models]
    fields = [
        (field.name, dict(zip(specs, map(_listed, field.values))))
        for field in comparison.fields
        if field.differs
    ]
    return {
        "models": list(map(found_model, comparison.models)),
        "meant": list(map(meant, found)),
        "unknown": unknown,
        "differences": [
            {"field": name, "values": values}
            for name, values in (*fields, *_differing(comparison.support))
        ],
        "cheapest": comparison.cheapest,
        "largest": comparison.largest,
        **read_at,
    }


def _differing(support: Mapping[str, dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return [(name, able) for name, able in support.items() if len(set(able.values())) > 1]


def recent_change(change: Change) -> RecentChange:
    """One change; values too long to be read are cut."""
    return {
        "at": change.at,
        "spec": change.spec,
        "kind": change.kind,
        "field": change.field,
        "old": _cut(change.old),
        "new": _cut(change.new),
    }


def ending_model(model: Model, replacement: str | None) -> EndingModel:
    """A model that will be gone; `replacement` is what to use in its place today."""
    return {
        "spec": model.spec,
        "name": model.name,
        "status": model.status,
        "deprecated_on": model.deprecated_on,
        "retires_on": model.retires_on,
        "replacement": replacement,
    }


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _cut(value: Any) -> Any:
    return value[:LONGEST_TEXT] if isinstance(value, str) else value
