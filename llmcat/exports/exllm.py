"""ExLLM's YAML: a document a provider, with its models, limits, prices and capabilities.

A stream of YAML documents; `llmcat export exllm -o FOLDER` writes a file a provider instead.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from llmcat.exports.export import Export

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.records import Model, Provider

CAPABILITIES = {
    "streaming": "streaming",
    "tools": "function_calling",
    "parallel_tools": "parallel_function_calling",
    "tool_choice": "tool_choice",
    "structured_output": "structured_output",
    "vision": "vision",
    "audio_input": "audio_input",
    "audio_output": "audio_output",
    "reasoning": "reasoning",
    "prompt_caching": "prompt_caching",
    "web_search": "web_search",
    "computer_use": "computer_use",
    "embeddings": "embeddings",
}
"""Our field -> ExLLM's word."""


def files(catalog: Catalog) -> dict[str, bytes]:
    """File name -> its content, a file a provider that has models."""
    return {f"{document['provider']}.yml": _dump([document]) for document in _documents(catalog)}


def export(catalog: Catalog) -> Export:
    """All providers in one stream."""
    documents = _documents(catalog)
    count = sum(len(document["models"]) for document in documents)
    return Export(_dump(documents), count, Counter())


def _dump(documents: list[dict[str, Any]]) -> bytes:
    import yaml

    text = yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True, width=1000)
    return text.encode()


def _documents(catalog: Catalog) -> list[dict[str, Any]]:
    models: dict[str, dict[str, Any]] = {}
    for model in catalog.models():
        models.setdefault(model.provider, {})[_key(model)] = _model(model)
    return [
        {**_provider(provider), "models": models[provider.id]}
        for provider in catalog.providers()
        if provider.id in models
    ]


def _key(model: Model) -> str:
    """The id as ExLLM writes it: readers take the provider off the front of it, once."""
    own = f"{model.provider}/"
    return own + model.id if model.id.startswith(own) else model.id


def _provider(provider: Provider) -> dict[str, Any]:
    exported: dict[str, Any] = {"provider": provider.id}
    if provider.default_model:
        exported["default_model"] = provider.default_model
    return exported


def _model(model: Model) -> dict[str, Any]:
    exported: dict[str, Any] = {}
    if model.limit_context is not None:
        exported["context_window"] = model.limit_context
    if model.limit_output is not None:
        exported["max_output_tokens"] = model.limit_output
    prices = {"input": model.cost_input, "output": model.cost_output}
    if pricing := {meter: usd for meter, usd in prices.items() if usd is not None}:
        exported["pricing"] = pricing
    if known := [word for name, word in CAPABILITIES.items() if getattr(model, name)]:
        exported["capabilities"] = known
    if model.task:
        exported["mode"] = model.task
    if model.deprecated_on:
        exported["deprecation_date"] = model.deprecated_on
    if model.retires_on:
        exported["retires_on"] = model.retires_on  # ExLLM has no word for it, and passes it over
    return exported
