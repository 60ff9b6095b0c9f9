"""The JSON that llm-prices.com reads, current-v1.json: the prices of today."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from llmcat.exports.export import Export, as_json, served

if TYPE_CHECKING:
    from llmcat.catalog import Catalog


def export(catalog: Catalog) -> Export:
    """Every model whose input and output have a price."""
    prices, left_out = [], Counter[str]()
    for model in served(catalog):
        if model.cost_input is None or model.cost_output is None:
            left_out["its price of input or output is not known"] += 1
            continue
        entry: dict[str, Any] = {
            "id": model.id,
            "vendor": model.provider,
            "name": model.name or model.id,
            "input": model.cost_input,
            "output": model.cost_output,
            "input_cached": model.cost_cache_read,
        }
        prices.append(entry)
    updated = str(catalog.info()["built_at"])[:10]
    return as_json({"updated_at": updated, "prices": prices}, len(prices), left_out)
