"""models.dev's api.json: what opencode and every other client of models.dev reads."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from llmcat.exports.export import Export, Tier, as_json, current_prices
from llmcat.meters import COLUMN_METERS

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.records import Details, Model, Provider

FLAGS = {
    "attachment": "attachment",
    "reasoning": "reasoning",
    "tool_call": "tools",
    "open_weights": "open_weights",
}
"""Key that every model has -> our field."""

MAY_LACK = {"structured_output": "structured_output", "temperature": "temperature"}

TEXTS = ("description", "family", "knowledge", "status")

METERS = tuple(meter for meter in COLUMN_METERS if not meter.startswith(("image", "second")))


def export(catalog: Catalog) -> Export:
    """All providers with their models. A model without the values that every client expects is left out."""
    providers: dict[str, Any] = {
        provider.id: {**_provider(provider), "models": {}} for provider in catalog.providers()
    }
    prices = current_prices(catalog)
    count, left_out = 0, Counter[str]()
    for model in catalog.models():
        if missing := _missing(model):
            left_out[f"its {missing} is not known"] += 1
            continue
        count += 1
        entry = _model(model, model.details, prices.get(model.spec, []))
        providers[model.provider]["models"][model.id] = entry
    kept = {id_: provider for id_, provider in providers.items() if provider["models"]}
    return as_json(kept, count, left_out, indent=None)


def _missing(model: Model) -> str | None:
    """What clients expect and is not known."""
    needed = {
        "context window": model.limit_context,
        "longest output": model.limit_output,
        "release date": model.release_date,
        "way to call tools": model.tools,
    }
    return next((name for name, value in needed.items() if value is None), None)


def _provider(provider: Provider) -> dict[str, Any]:
    document = {
        "id": provider.id,
        "env": list(provider.env),
        "npm": provider.npm or ("@ai-sdk/openai-compatible" if provider.api else None),
        "api": provider.api,
        "name": provider.name or provider.id,
        "doc": provider.doc,
    }
    return {key: value for key, value in document.items() if value is not None}


def _model(model: Model, details: Details, tiers: list[Tier]) -> dict[str, Any]:
    document: dict[str, Any] = {
        "id": model.id,
        "name": model.name or model.id,
        # the format knows no unknown: it has what is known to be there
        **{key: getattr(model, field) is True for key, field in FLAGS.items()},
        "release_date": model.release_date,
        "last_updated": model.last_updated or model.release_date,
        "modalities": {
            "input": list(model.modalities_input) or ["text"],
            "output": list(model.modalities_output) or ["text"],
        },
        "limit": _limit(model),
    }
    document.update({k: getattr(model, k) for k in TEXTS if getattr(model, k) is not None})
    document.update({k: v for k, f in MAY_LACK.items() if (v := getattr(model, f)) is not None})
    reasoning = details.capabilities.get("reasoning")
    if isinstance(reasoning, dict) and "options" in reasoning:
        document["reasoning_options"] = reasoning["options"]
    if "interleaved" in details.capabilities:
        document["interleaved"] = details.capabilities["interleaved"]
    if details.serving:
        document["provider"] = dict(details.serving)
    if model.base_model:
        document["canonical_model_id"] = model.base_model
    if cost := _cost(tiers):
        document["cost"] = cost
    if modes := {name: _mode(mode) for name, mode in details.modes.items()}:
        document["experimental"] = {"modes": modes}
    return document


def _limit(model: Model) -> dict[str, int | None]:
    document = {
        "context": model.limit_context,
        "input": model.limit_input,
        "output": model.limit_output,
    }
    return {key: value for key, value in document.items() if value is not None}


def _cost(tiers: list[Tier]) -> dict[str, Any]:
    """The plain prices with the tiers above them; nothing where input or output is not known."""
    if not tiers or not {"input", "output"} <= tiers[0].prices.keys() or tiers[0].min_context:
        return {}
    document: dict[str, Any] = {m: tiers[0].prices[m] for m in METERS if m in tiers[0].prices}
    above = [
        {**{m: tier.prices[m] for m in METERS if m in tier.prices}, "tier": _bound(tier)}
        for tier in tiers[1:]
        if {"input", "output"} <= tier.prices.keys()
    ]
    if above:
        document["tiers"] = above
        document["context_over_200k"] = {k: v for k, v in above[0].items() if k != "tier"}
    return document


def _bound(tier: Tier) -> dict[str, Any]:
    return {"type": "context", "size": tier.min_context}


def _mode(mode: Any) -> dict[str, Any]:
    """Prices of another way to be served, and what to send for it."""
    document: dict[str, Any] = {}
    cost = {k: v for k, v in mode.get("cost", {}).items() if k in METERS}
    if cost:
        document["cost"] = cost
    if request := {key: mode[key] for key in ("body", "headers") if key in mode}:
        document["provider"] = request
    return document
