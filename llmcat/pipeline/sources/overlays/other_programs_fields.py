"""Words of other programs in a model of an overlay, and how llmcat says the same.

A price under LiteLLM's input_cost_per_token is a million times smaller than one of llmcat's, and a
meter of that name would bill nobody. So what is meant is recognised, never guessed into a price: the
build rejects the field with the words to write, `llmcat validate` warns of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from llmcat.capabilities import canonical
from llmcat.display import shown
from llmcat.meters import meter_of
from llmcat.pipeline.entries import Facts, Unreadable
from llmcat.pipeline.storable_values import FieldPath

MILLION = 1_000_000

LEAST_PRICE = 0.001
"""USD per 1M tokens: nobody lists less, and no price per token is as high (600 per 1M is 0.0006)."""

LITELLM = "LiteLLM"
GENAI_PRICES = "genai-prices"
OPENROUTER = "OpenRouter"
MODELS_DEV = "models.dev"

LITELLM_METERS = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_write",
    "output_cost_per_reasoning_token": "reasoning",
    "input_cost_per_audio_token": "input_audio",
    "output_cost_per_audio_token": "output_audio",
    "input_cost_per_image": "image",
}
LITELLM_PRICE = re.compile(r"^\w*(?:_cost_per_|_token_cost|_cost$)\w*$")
ABOVE = re.compile(r"_above_(\d+)k_tokens")
SERVICE_TIERS = {"_batches": "batch", "_flex": "flex", "_priority": "priority"}
"""How LiteLLM's names of prices end -> the mode here."""

GENAI_METER = re.compile(r"^\w+_(mtok|kcount)$")

OPENROUTER_METERS = {
    "prompt": "input",
    "completion": "output",
    "input_cache_read": "cache_read",
    "input_cache_write": "cache_write",
    "internal_reasoning": "reasoning",
}

RENAMED = {
    "context_length": (OPENROUTER, "context_window"),
    "max_completion_tokens": (OPENROUTER, "max_output_tokens"),
    "max_tokens": (LITELLM, "max_output_tokens"),
    "tool_call": (MODELS_DEV, "capabilities: [function_calling]"),
}
"""Words for limits -> whose they are, and the word here."""

READ_ANYWAY = frozenset(("tool_call",))
"""Words that are read as they are meant: only validate mentions them."""


class ForeignWord(NamedTuple):
    """A field in another program's words: where, what to write instead, and its value."""

    path: FieldPath
    advice: str
    value: Any

    @property
    def field(self) -> str:
        """The path as people write it."""
        return ".".join(map(str, self.path))


def without_foreign_words(record: Mapping[str, Any]) -> tuple[dict[str, Any], Facts]:
    """The record without such fields, and these as Unreadable facts for validate to reject."""
    unreadable: Facts = {}
    result = dict(record)
    for word in foreign_words(record):
        if word.path[0] in READ_ANYWAY:
            continue
        _remove(result, word.path)
        # no fact has such a name, so that nothing else can stand there
        unreadable[f"{word.field}?"] = Unreadable(word.field, word.advice, word.value)
    return result, unreadable


def foreign_words(record: Mapping[str, Any]) -> Iterator[ForeignWord]:
    """Every field of an overlay's model that is in another program's words."""
    for key, value in record.items():
        if key in RENAMED:
            program, ours = RENAMED[key]
            shown = ours if ":" in ours else f"{ours}: {_text(value)}"
            yield ForeignWord((key,), _advice(program, shown), value)
        elif LITELLM_PRICE.match(key):
            yield ForeignWord(
                (key,), _advice(LITELLM, _litellm_price(key, value), per_token=True), value
            )
        elif key.startswith("supports_") and isinstance(value, bool):
            yield ForeignWord((key,), _advice(LITELLM, _flag(key, value)), value)
    prices = record.get("prices")
    if isinstance(prices, Mapping) and any(map(GENAI_METER.match, map(str, prices))):
        yield ForeignWord(("prices",), _advice(GENAI_PRICES, _genai_prices(prices)), prices)
    modes = record.get("experimental")
    if isinstance(modes, Mapping) and "modes" in modes:
        advice = _advice(MODELS_DEV, f"modes: {_models_dev_modes(modes['modes'])}")
        yield ForeignWord(("experimental", "modes"), advice, modes["modes"])
    for table in ("pricing", "cost"):
        if isinstance(prices := record.get(table), Mapping):
            yield from _in_prices(table, prices)


def _in_prices(table: str, prices: Mapping[str, Any]) -> Iterator[ForeignWord]:
    """Foreign words among the meters, and prices that can only be per token."""
    for key, value in prices.items():
        if key in OPENROUTER_METERS:
            meter = OPENROUTER_METERS[key]
            ours = f"{table}: {{{meter}: {_per_million(value)}}}"
            yield ForeignWord((table, key), _advice(OPENROUTER, ours, per_token=True), value)
        elif LITELLM_PRICE.match(key):
            advice = _advice(LITELLM, _litellm_price(key, value, table), per_token=True)
            yield ForeignWord((table, key), advice, value)
        elif GENAI_METER.match(key):
            ours = _genai_prices({key: value}, table)
            yield ForeignWord((table, key), _advice(GENAI_PRICES, ours), value)
        elif key == "context_over_200k":
            ours = f"tiers: [{{min_context: 200000, {_inside(value)}}}]"
            yield ForeignWord((table, key), _advice(MODELS_DEV, ours), value)
        elif key == "tiers" and isinstance(value, list):
            if any(isinstance(tier, Mapping) and "tier" in tier for tier in value):
                advice = _advice(MODELS_DEV, f"tiers: [{_models_dev_tiers(value)}]")
                yield ForeignWord((table, key), advice, value)
        elif _is_per_token(value) and meter_of(key).unit == "token":
            yield ForeignWord((table, key), _advice_of_unit(key, value), value)


def _is_per_token(value: Any) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return is_number and 0 < value < LEAST_PRICE


def _advice_of_unit(meter: str, price: float) -> str:
    """What to write for a price too small to be per 1M tokens. It is per token, unless it is large
    enough to be one per 1,000 tokens, as OpenAI once listed its embeddings."""
    per_token = f"write `{meter}: {_per_million(price)}`"
    if price * 1_000 < LEAST_PRICE:
        return (
            f"{_text(price)} can only be a price per token, and prices are USD per 1M tokens:"
            f" {per_token}"
        )
    per_thousand = _per_million(Decimal(str(price)) / 1_000)
    return (
        f"{_text(price)} is no price per 1M tokens: if it is per 1,000 tokens,"
        f" write `{meter}: {per_thousand}`; if per token, {per_token}"
    )


def _advice(program: str, ours: str, per_token: bool = False) -> str:
    unit = ", a price per token" if per_token else ""
    return f"is a word of {program}{unit}; write `{ours}`"


def _litellm_price(key: str, value: Any, table: str = "pricing") -> str:
    """What llmcat calls one of LiteLLM's prices, with its value."""
    name, mode = key, ""
    for ending, of_mode in SERVICE_TIERS.items():
        if name.endswith(ending):
            name, mode = name.removesuffix(ending), of_mode
    above = ABOVE.search(name)
    meter = LITELLM_METERS.get(ABOVE.sub("", name))
    if meter is None:
        return f"{table}: {{METER: PRICE}}, USD per 1M tokens"
    price = f"{meter}: {_per_million(value) if meter != 'image' else _text(value)}"
    if above:
        price = f"tiers: [{{min_context: {int(above[1]) * 1000}, {price}}}]"
    return f"modes: {{{mode}: {{cost: {{{price}}}}}}}" if mode else f"{table}: {{{price}}}"


def _flag(key: str, value: bool) -> str:
    name = canonical(key.removeprefix("supports_"))
    return f"capabilities: [{name}]" if value else f"capabilities: {{{name}: false}}"


def _genai_prices(prices: Mapping[str, Any], table: str = "pricing") -> str:
    parts: list[str] = []
    tiers: dict[Any, list[str]] = {}
    for key, value in prices.items():
        meter = key.removesuffix("_mtok")
        if isinstance(value, Mapping):
            for tier in value.get("tiers") or ():
                if isinstance(tier, Mapping):
                    tiers.setdefault(tier.get("start"), []).append(
                        f"{meter}: {_text(tier.get('price'))}"
                    )
            value = value.get("base")
        parts.append(f"{meter}: {_text(value)}")
    if tiers:
        listed = [f"{{min_context: {size}, {', '.join(of)}}}" for size, of in tiers.items()]
        parts.append(f"tiers: [{', '.join(listed)}]")
    return f"{table}: {{{', '.join(parts)}}}"


def _models_dev_tiers(tiers: list[Any]) -> str:
    listed = []
    for tier in tiers:
        if isinstance(tier, Mapping):
            bound = tier.get("tier")
            size = bound.get("size") if isinstance(bound, Mapping) else "…"
            prices = {key: value for key, value in tier.items() if key != "tier"}
            listed.append(f"{{min_context: {size}, {_inside(prices)}}}")
    return ", ".join(listed)


def _models_dev_modes(modes: Any) -> str:
    costs = {
        name: f"{{cost: {{{_inside(mode.get('cost'))}}}}}"
        for name, mode in (modes.items() if isinstance(modes, Mapping) else ())
        if isinstance(mode, Mapping)
    }
    listed = [f"{name}: {cost}" for name, cost in costs.items()]
    return f"{{{', '.join(listed) or 'fast: {cost: {input: …}}'}}}"


def _inside(prices: Any) -> str:
    if not isinstance(prices, Mapping):
        return "input: …"
    return ", ".join(f"{meter}: {_text(price)}" for meter, price in prices.items())


def _per_million(value: Any) -> str:
    """A price per token as one per 1M tokens, through its decimal text so that no noise shows."""
    try:
        price = Decimal(str(value)) * MILLION
    except InvalidOperation:
        return "…"
    return f"{price.normalize():f}" if price.is_finite() else "…"


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{Decimal(str(value)):f}"
    return shown(value).strip("'")


def _remove(record: dict[str, Any], path: FieldPath) -> None:
    """Take out what stands at `path`, of tables that are copied on the way."""
    for part in path[:-1]:
        record[part] = dict(record[part])
        record = record[part]
    del record[path[-1]]
