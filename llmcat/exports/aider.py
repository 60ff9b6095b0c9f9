"""aider's `.aider.model.metadata.json`: limits and prices of models that aider does not know itself."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from llmcat.exports.export import Export, as_json, current_prices, served
from llmcat.exports.litellm import KEYS, KNOWN, fill_caches, litellm_provider, token_prices

if TYPE_CHECKING:
    from llmcat.catalog import Catalog


def export(catalog: Catalog) -> Export:
    """Every chat model under the name that aider passes on to LiteLLM, which it reads the file for."""
    document: dict[str, Any] = {}
    left_out = Counter[str]()
    prices = current_prices(catalog)
    for model in served(catalog):
        if model.provider not in KNOWN:
            left_out["LiteLLM, by which aider calls, does not know its provider"] += 1
            continue
        if "text" not in model.modalities_output or model.limit_context is None:
            left_out["it gives no text, or its context window is not known"] += 1
            continue
        provider = litellm_provider(model.provider)
        limits = {
            "max_tokens": model.limit_output,
            "max_input_tokens": model.limit_input or model.limit_context,
            "max_output_tokens": model.limit_output,
        }
        plain = token_prices(prices.get(model.spec, [])[:1])
        entry: dict[str, Any] = {k: v for k, v in limits.items() if v is not None}
        entry.update({key: plain[key] for key in KEYS.values() if key in plain})
        fill_caches(entry, plain)
        document[f"{provider}/{model.id}"] = {**entry, "litellm_provider": provider, "mode": "chat"}
    return as_json(document, len(document), left_out)
