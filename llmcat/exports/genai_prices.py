"""genai-prices' list of providers: what UpdatePrices(url=…) fetches. Prices carry the day since when they hold.

It replaces all that genai-prices knows. With `base`, genai-prices' own data, its providers keep the rules that
read usages from responses, and its models that are not known here stay.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmcat.exports.export import Dated, Export, Tier, as_json, dated_prices, read_base, served

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.records import Model, Provider

UNITS = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cache_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
    "reasoning": "output_reasoning_mtok",
    "input_audio": "input_audio_mtok",
    "output_audio": "output_audio_mtok",
    "cache_read_audio": "cache_audio_read_mtok",
    "input_image": "input_image_mtok",
    "output_image": "output_image_mtok",
}
"""Meter -> genai-prices' unit. Its price of requests is by the thousand."""

NAMES = {
    "amazon-bedrock": "aws",
    "fireworks-ai": "fireworks",
    "togetherai": "together",
    "xai": "x-ai",
    "novita-ai": "novita",
}
"""Our provider -> genai-prices'; others have the same name."""

JOINED = {
    "cache_audio_read_mtok": ("cache_read_mtok", "input_audio_mtok"),
    "cache_image_read_mtok": ("cache_read_mtok", "input_image_mtok"),
    "cache_audio_write_mtok": ("cache_write_mtok", "input_audio_mtok"),
    "cache_image_write_mtok": ("cache_write_mtok", "input_image_mtok"),
    "cache_audio_write_1h_mtok": ("cache_write_1h_mtok", "input_audio_mtok"),
    "cache_image_write_1h_mtok": ("cache_write_1h_mtok", "input_image_mtok"),
    "output_audio_reasoning_mtok": ("output_audio_mtok", "output_reasoning_mtok"),
    "output_image_reasoning_mtok": ("output_image_mtok", "output_reasoning_mtok"),
}
"""A unit that genai-prices demands where the two others have a price; it costs what the first does."""


def export(catalog: Catalog, base: Path | None = None) -> Export:
    """All providers; a price that changed is a list of prices with the days since when each holds.

    Raises SourceError when `base` cannot be read.
    """
    dated = dated_prices(catalog)
    document = {p["id"]: p for p in read_base(base, list)} if base else {}
    models: dict[str, list[dict[str, Any]]] = defaultdict(list)
    count, left_out = 0, Counter[str]()
    for model in served(catalog):
        if prices := _prices(dated.get(model.spec, [])):
            models[model.provider].append(_model(model, prices))
            count += 1
        else:
            left_out["no price per token is known"] += 1
    for provider in catalog.providers():
        if own := models.get(provider.id):
            id_ = NAMES.get(provider.id, provider.id)
            ours = {model["id"] for model in own}
            there = document.get(id_) or _provider(provider, id_)
            others = [model for model in there.get("models", []) if model["id"] not in ours]
            document[id_] = {**there, "models": own + others}  # the first that matches counts
    return as_json(list(document.values()), count, left_out)


def _provider(provider: Provider, id_: str) -> dict[str, Any]:
    pattern = re.escape(provider.api) if provider.api else f"^{re.escape(id_)}$"
    return {
        "id": id_,
        "name": provider.name or id_,
        "api_pattern": pattern,
        "provider_match": {"equals": id_},
    }


def _model(model: Model, prices: Any) -> dict[str, Any]:
    names = sorted({model.id.lower(), *(alias.lower() for alias in model.aliases)})
    clauses = [{"equals": name} for name in names]
    document: dict[str, Any] = {
        "id": model.id,
        "match": clauses[0] if len(clauses) == 1 else {"or": clauses},
        "prices": prices,
    }
    if model.name:
        document["name"] = model.name
    if model.limit_context is not None:
        document["context_window"] = model.limit_context
    if model.status == "deprecated":
        document["deprecated"] = True
    return document


def _prices(dated: list[Dated]) -> Any:
    """The prices since each change, without a day for the first; nothing where none is by the token."""
    found: list[dict[str, Any]] = []
    for since, tiers in dated:
        prices = _held(tiers)
        if not prices or (found and found[-1]["prices"] == prices):
            continue
        day = {"start_date": since[:10]}
        if (
            found and found[-1].get("constraint") == day
        ):  # the last price of a day is that of the day
            found.pop()
        found.append({"constraint": day, "prices": prices} if found else {"prices": prices})
    if len(found) <= 1:
        return found[0]["prices"] if found else None
    return found


def _held(tiers: list[Tier]) -> dict[str, Any]:
    """The prices of one time; what has tiers as a base and where each begins."""
    held: dict[str, Any] = {}
    for min_context, prices in tiers:
        for meter, usd in prices.items():
            if (unit := UNITS.get(meter)) is None:
                continue
            if not min_context:
                held[unit] = usd
            elif isinstance(held.get(unit), dict):
                held[unit]["tiers"].append({"start": min_context, "price": usd})
            elif unit in held:
                held[unit] = {"base": held[unit], "tiers": [{"start": min_context, "price": usd}]}
    for unit, both in JOINED.items():
        if unit not in held and held.keys() >= {*both}:
            held[unit] = held[both[0]]
    return held
