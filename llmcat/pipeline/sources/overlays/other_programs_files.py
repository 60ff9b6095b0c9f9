"""Configuration files of other programs that people hand to llmcat: which it is, and how to say it here.

Nothing is taken from them: their prices are per token, their ids are routes. But a file that somebody
hands over should come back with its name, and with one of its models as an overlay says it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from llmcat.pipeline.sources.overlays.other_programs_fields import LITELLM_METERS, OPENROUTER_METERS

MILLION = 1_000_000
Model = tuple[Any, Any, dict[str, Any]]
"""Provider, id, and the record as an overlay holds it."""


class Program(NamedTuple):
    """What a file is called, how it is recognised, and its first model in an overlay's words."""

    name: str
    matches: Callable[[Mapping[str, Any]], bool]
    model: Callable[[Mapping[str, Any]], Model]


def name_program(data: Any) -> str | None:
    """What the file is and what to write instead, in one line; None for what no program is known for."""
    if not isinstance(data, Mapping):
        return None
    for program in PROGRAMS:
        if program.matches(data):
            try:
                provider, id_, record = program.model(data)
            except (AttributeError, IndexError, KeyError, StopIteration, TypeError):
                provider, id_, record = None, None, {"context_window": "…"}
            overlay = {"provider": provider or "ID", "models": {id_ or "MODEL": record}}
            return f"is {program.name}, no overlay; an overlay says: {_flow(overlay)[1:-1]}"
    return None


def _litellm_price_map(data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, value in data.items():
        if isinstance(value, Mapping) and any(
            "_cost_per_" in str(word) or word == "litellm_provider" for word in value
        ):
            yield key, value


def _from_litellm(key: str, claimed: Mapping[str, Any]) -> Model:
    provider, _, id_ = key.rpartition("/")
    prices = {
        meter: _per_million(claimed[word])
        for word, meter in LITELLM_METERS.items()
        if word in claimed
    }
    record = {
        "context_window": claimed.get("max_input_tokens"),
        "max_output_tokens": claimed.get("max_output_tokens"),
        "pricing": prices or None,
    }
    return provider or claimed.get("litellm_provider"), id_, record


def _of_litellm_config(data: Mapping[str, Any]) -> Model:
    first = data["model_list"][0]
    route = first["litellm_params"]["model"]
    provider, id_, record = _from_litellm(route, first.get("model_info") or {})
    return provider, id_, {**record, "aliases": [first["model_name"]]}


def _of_continue(data: Mapping[str, Any]) -> Model:
    first = data["models"][0]
    options = first.get("defaultCompletionOptions") or {}
    record = {
        "name": first.get("name"),
        "context_window": options.get("contextLength"),
        "max_output_tokens": options.get("maxTokens"),
    }
    return first["provider"], first["model"], record


def _of_opencode(data: Mapping[str, Any]) -> Model:
    provider, claimed = next(iter(data["provider"].items()))
    id_, first = next(iter(claimed["models"].items()))
    able = {"tool_call": "function_calling", "reasoning": "reasoning", "attachment": "attachment"}
    record = {
        "name": first.get("name"),
        "limits": first.get("limit"),
        "cost": first.get("cost"),
        "capabilities": [name for word, name in able.items() if first.get(word)] or None,
    }
    return provider, id_, record


def _of_langfuse(data: Mapping[str, Any]) -> Model:
    words = {"input": "input", "output": "output", "input_cached_tokens": "cache_read"}
    claimed = data.get("prices") or {
        "input": data.get("inputPrice"),
        "output": data.get("outputPrice"),
    }
    prices = {
        meter: _per_million(claimed[word])
        for word, meter in words.items()
        if claimed.get(word) is not None
    }
    return None, data["modelName"], {"pricing": prices}


def _of_llm_prices(data: Mapping[str, Any]) -> Model:
    models = data.get("models") or data["prices"]
    first = models[0]
    prices = (first.get("price_history") or [first])[-1]
    words = {"input": "input", "output": "output", "input_cached": "cache_read"}
    pricing = {meter: prices[word] for word, meter in words.items() if prices.get(word) is not None}
    vendor = data.get("vendor") or first.get("vendor")
    return vendor, first["id"], {"name": first.get("name"), "pricing": pricing}


def _of_genai_prices(data: Mapping[str, Any]) -> Model:
    first = data["models"][0]
    prices = first["prices"] if isinstance(first["prices"], Mapping) else first["prices"][-1]
    prices = prices.get("prices", prices)
    pricing = {
        word.removesuffix("_mtok"): price.get("base") if isinstance(price, Mapping) else price
        for word, price in prices.items()
    }
    return (
        data.get("id"),
        first["id"],
        {"context_window": first.get("context_window"), "pricing": pricing},
    )


def _of_openrouter(data: Mapping[str, Any]) -> Model:
    first = data["data"][0]
    prices = first.get("pricing") or {}
    pricing = {
        meter: _per_million(prices[word])
        for word, meter in OPENROUTER_METERS.items()
        if word in prices
    }
    record = {
        "name": first.get("name"),
        "context_window": first.get("context_length"),
        "pricing": pricing,
    }
    return "openrouter", first["id"], record


def _lists(key: str, *words: str) -> Callable[[Mapping[str, Any]], bool]:
    """A test for a file whose list `key` holds tables with all of these words."""

    def matches(data: Mapping[str, Any]) -> bool:
        items = data.get(key)
        first = items[0] if isinstance(items, list) and items else None
        return isinstance(first, Mapping) and all(word in first for word in words)

    return matches


def _is_opencode(data: Mapping[str, Any]) -> bool:
    return isinstance(data.get("provider"), Mapping)


PROGRAMS = (
    Program("LiteLLM's config.yaml", _lists("model_list", "litellm_params"), _of_litellm_config),
    Program("opencode's configuration", _is_opencode, _of_opencode),
    Program("Continue's config.yaml", _lists("models", "provider", "model"), _of_continue),
    Program(
        "a model of Langfuse",
        lambda data: "modelName" in data and "matchPattern" in data,
        _of_langfuse,
    ),
    Program("a price list of llm-prices", _lists("models", "id", "price_history"), _of_llm_prices),
    Program("a price list of llm-prices", _lists("prices", "id", "vendor"), _of_llm_prices),
    Program("a provider of genai-prices", _lists("models", "match", "prices"), _of_genai_prices),
    Program("OpenRouter's list of models", _lists("data", "id", "pricing"), _of_openrouter),
    Program(
        "a price map of LiteLLM (aider's .aider.model.metadata.json is one)",
        lambda data: next(_litellm_price_map(data), None) is not None,
        lambda data: _from_litellm(*next(_litellm_price_map(data))),
    ),
)


def _per_million(value: Any) -> Any:
    """A price per token as one per 1M tokens, without noise."""
    try:
        price = Decimal(str(value)) * MILLION
    except InvalidOperation:
        return "…"
    return price if price.is_finite() else "…"


def _flow(value: Any) -> str:
    """A value as YAML writes it in one line; what is None is left out."""
    if isinstance(value, Mapping):
        inner = [f"{key}: {_flow(item)}" for key, item in value.items() if item is not None]
        return f"{{{', '.join(inner)}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return f"{value!s:.60}"
