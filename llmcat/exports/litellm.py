"""LiteLLM's map of prices and context windows, laid over the one that LiteLLM has.

Its LITELLM_MODEL_COST_MAP_URL replaces the whole map, so `base`, LiteLLM's own file, is kept and only what
is known better here changes. Without it the map is one for litellm.register_model(), which adds field by field.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from llmcat.exports.export import (
    Export,
    Tier,
    as_json,
    current_prices,
    per_token,
    read_base,
    served,
)

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.records import Model

PROVIDERS = {
    "amazon-bedrock": "bedrock",
    "cohere": "cohere_chat",
    "fireworks-ai": "fireworks_ai",
    "google": "gemini",
    "google-vertex": "vertex_ai",
    "moonshotai": "moonshot",
    "togetherai": "together_ai",
}
"""Our provider -> LiteLLM's; others have the same name, with _ for -."""

KNOWN = {
    "ai21", "amazon-bedrock", "anthropic", "azure", "baseten", "cerebras", "cohere", "databricks",
    "deepgram", "deepinfra", "deepseek", "elevenlabs", "fal-ai", "featherless-ai", "fireworks-ai",
    "github-copilot", "google", "google-vertex", "groq", "heroku", "hyperbolic", "jina-ai", "lambda-ai",
    "minimax", "mistral", "moonshotai", "morph", "nebius", "nlp-cloud", "nscale", "oci", "ollama", "openai",
    "openrouter", "ovhcloud", "perplexity", "publicai", "recraft", "replicate", "sagemaker", "sambanova",
    "sarvam", "stability", "togetherai", "v0", "volcengine", "voyage", "wandb", "watsonx", "xai", "zai",
}  # fmt: skip
"""Our providers that LiteLLM can call. It finds nothing under any other name, and says so for each."""

BARE = {"openai", "anthropic", "cohere_chat"}
"""Providers whose models LiteLLM lists by their id alone."""

KEYS = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cache_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
    "cache_write_1h": "cache_creation_input_token_cost_above_1hr",
    "reasoning": "output_cost_per_reasoning_token",
    "input_audio": "input_cost_per_audio_token",
    "output_audio": "output_cost_per_audio_token",
}
"""Meter -> the key of its price per token."""

SUPPORTS = {
    "tools": "supports_function_calling",
    "parallel_tools": "supports_parallel_function_calling",
    "tool_choice": "supports_tool_choice",
    "structured_output": "supports_response_schema",
    "reasoning": "supports_reasoning",
    "vision": "supports_vision",
    "audio_input": "supports_audio_input",
    "audio_output": "supports_audio_output",
    "pdf_input": "supports_pdf_input",
    "prompt_caching": "supports_prompt_caching",
    "web_search": "supports_web_search",
    "computer_use": "supports_computer_use",
}

TASKS = {
    "chat", "completion", "embedding", "image_generation", "audio_transcription", "audio_speech",
    "moderation", "rerank",
}  # fmt: skip

REPLACED = ("_above_", "_per_token", "_token_cost")
"""Parts of the keys of prices per token: where an entry gets new ones, all old ones of the standard mode go."""


def export(catalog: Catalog, base: Path | None = None) -> Export:
    """The map; with `base` every entry of it stays that is not known here, and its other keys too.

    Raises SourceError when `base` cannot be read.
    """
    document: dict[str, Any] = read_base(base, dict) if base else {}
    count, left_out = 0, Counter[str]()
    prices = current_prices(catalog)
    for model in served(catalog):
        if model.provider not in KNOWN:
            left_out["LiteLLM does not know its provider"] += 1
            continue
        plain = token_prices(prices.get(model.spec, []))
        if not {"input_cost_per_token", "output_cost_per_token"} <= plain.keys():
            left_out["its price of input or output tokens is not known"] += 1
            continue
        count += 1
        provider = litellm_provider(model.provider)
        keys = (
            [f"{provider}/{model.id}", model.id] if provider in BARE else [f"{provider}/{model.id}"]
        )
        known = [key for key in keys if isinstance(document.get(key), dict)]
        if provider in BARE and not known:
            known = [model.id]
        for key in known or keys:
            document[key] = _entry(document.get(key, {}), model, provider, plain)
    return as_json(document, count, left_out)


def litellm_provider(provider: str) -> str:
    """What LiteLLM calls a provider."""
    return PROVIDERS.get(provider, provider.replace("-", "_"))


def token_prices(tiers: list[Tier]) -> dict[str, float]:
    """The prices per token by LiteLLM's keys, tiers with their suffix."""
    found = {}
    for tier in tiers:
        suffix = f"_above_{tier.min_context // 1000}k_tokens" if tier.min_context else ""
        for meter, key in KEYS.items():
            if meter in tier.prices:
                found[f"{key}{suffix}"] = per_token(tier.prices[meter])
    return found


def fill_caches(document: dict[str, Any], prices: dict[str, float]) -> None:
    """Give a cache of which no price is known that of the input, tier by tier: LiteLLM takes it for free."""
    for cache in (KEYS["cache_read"], KEYS["cache_write"]):
        if cache not in document:
            for key, usd in prices.items():
                if _is_standard(key, KEYS["input"]):
                    document.setdefault(cache + key.removeprefix(KEYS["input"]), usd)


def _is_standard(key: str, name: str) -> bool:
    """Whether a key is the price of this name, plain or of a tier, and of no other mode."""
    rest = key.removeprefix(name)
    return rest != key and (not rest or (rest.startswith("_above_") and rest.endswith("k_tokens")))


def _entry(
    before: dict[str, Any], model: Model, provider: str, prices: dict[str, float]
) -> dict[str, Any]:
    """An entry over the one before, of which no standard price of the same meters may outlive a change."""
    meters = [name for name in KEYS.values() if name in prices]
    document: dict[str, Any] = {
        key: value
        for key, value in before.items()
        if not any(_is_standard(key, name) for name in meters)
    }
    document.update({"litellm_provider": provider, "mode": _task(model), **prices})
    fill_caches(document, prices)
    if model.limit_context is not None:
        document["max_input_tokens"] = model.limit_input or model.limit_context
    if model.limit_output is not None:
        document["max_output_tokens"] = document["max_tokens"] = model.limit_output
    if model.dimensions is not None:
        document["output_vector_size"] = model.dimensions
    document.update(
        {key: v for name, key in SUPPORTS.items() if (v := getattr(model, name)) is not None}
    )
    return document


def _task(model: Model) -> str:
    if model.task in TASKS:
        return str(model.task)
    return "embedding" if model.embeddings else "chat"
