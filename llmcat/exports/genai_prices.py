"""genai-prices' list of providers: what UpdatePrices(url=…) fetches. Prices carry the day since when they hold.

It replaces all that genai-prices knows. With `base`, genai-prices' own data, its providers keep the rules that
read usages from responses, and its models that are not known here stay.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmcat.exports.export import Export, as_json, read_base, served

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

QUERY = """
SELECT spec, valid_from, valid_to, min_context, meter, usd FROM prices
WHERE mode = 'standard' AND region IS NULL AND hours IS NULL AND NOT suspect
    AND coalesce(valid_to, '') <> valid_from
ORDER BY spec, min_context
"""

Interval = tuple[str, "str | None", int, str, float]


def export(catalog: Catalog, base: Path | None = None) -> Export:
    """All providers; a price that changed is a list of prices with the days since when each holds.

    Raises SourceError when `base` cannot be read.
    """
    intervals: dict[str, list[Interval]] = defaultdict(list)
    for spec, *rest in catalog.connection.execute(QUERY):
        intervals[spec].append(tuple(rest))
    document = {p["id"]: p for p in read_base(base, list)} if base else {}
    models: dict[str, list[dict[str, Any]]] = defaultdict(list)
    count, left_out = 0, Counter[str]()
    for model in served(catalog):
        if prices := _prices(intervals[model.spec]):
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


def _prices(intervals: list[Interval]) -> Any:
    """The prices of each time between two changes, without a day for the first; nothing where none is by
    the token."""
    times = sorted({since for since, *_ in intervals})
    found: list[dict[str, Any]] = []
    for at in times:
        held = [one for one in intervals if one[0] <= at and (one[1] is None or at < one[1])]
        if (prices := _held(held)) and (not found or found[-1]["prices"] != prices):
            dated = {"constraint": {"start_date": at[:10]}, "prices": prices}
            found.append(dated if found else {"prices": prices})
    if len(found) <= 1:
        return found[0]["prices"] if found else None
    return found


def _held(intervals: list[Interval]) -> dict[str, Any]:
    """The prices of one time; what has tiers as a base and where each begins."""
    plain: dict[str, float] = {}
    tiers: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for _, _, min_context, meter, usd in intervals:
        if (unit := UNITS.get(meter)) is None:
            continue
        if min_context:
            tiers[unit].append({"start": min_context, "price": usd})
        else:
            plain[unit] = usd
    return {
        unit: {"base": usd, "tiers": tiers[unit]} if unit in tiers else usd
        for unit, usd in plain.items()
    }
