"""Made-up models, and each option of find as a plain filter over all of them."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Collection, Mapping
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from llmcat.capabilities import COLUMNS, canonical
from llmcat.choosing.measured import SUFFICES
from llmcat.choosing.options import OPTIONS
from llmcat.meters import COLUMN_METERS
from llmcat.records import Model

TODAY = "2026-05-21"

PROVIDERS: dict[str, dict[str, Any]] = {
    "openai": {"env": ["OPENAI_API_KEY"]},
    "anthropic": {"env": ["ANTHROPIC_API_KEY"], "local": False},
    "google": {"env": ["GOOGLE_API_KEY", "GEMINI_API_KEY"]},
    "amazon-bedrock": {"env": ["AWS_ACCESS_KEY_ID", "AWS_REGION", "AWS_BEARER_TOKEN_BEDROCK"]},
    "azure": {"env": ["AZURE_RESOURCE_NAME", "AZURE_API_KEY"]},
    "ollama": {"env": ["OLLAMA_HOST"], "local": True},
    "bumblebee": {"local": True},
    "corner-shop": {},
}
ALIASES = {"gemini": "google", "bedrock": "amazon-bedrock"}
WORDS = ["gpt", "claude", "sonnet", "gemini", "flash", "mini", "llama", "vision", "embed", "70b"]
DATES = [None, "2023", "2024-05", "2024-05-13", "2025-01", "2025-01-01", "2025-06-15", "2026-04"]
DAYS = [None, None, None, "2025-10-01", "2026-05-21", "2026-05-22", "2027-01-14"]
PRICES = [None, 0, 0.05, 0.1, 0.4, 1.25, 2.5, 10, 15]
LIMITS = [None, 0, 4096, 8192, 128_000, 200_000, 1_000_000]
CAPABILITIES = ["tools", "vision", "reasoning", "json_mode", "embeddings", "grounding", "juggling"]
MODALITIES = [["text"], ["text", "image"], ["audio", "text"], ["image", "pdf", "text"], []]


def some_model(choose: random.Random, number: int) -> dict[str, Any]:
    """A model as sources tell of them: much is missing."""
    record: dict[str, Any] = {
        "provider": choose.choice(list(PROVIDERS)),
        "id": "-".join(choose.sample(WORDS, 2)) + f"-{number}",
        "cost": {meter: choose.choice(PRICES) for meter in COLUMN_METERS},
        "limit": {kind: choose.choice(LIMITS) for kind in ("context", "input", "output")},
        "capabilities": {
            name: choose.choice([True, False]) for name in CAPABILITIES if choose.random() < 0.6
        },
        "release_date": choose.choice(DATES),
        "last_updated": choose.choice(DATES),
        "knowledge": choose.choice(DATES),
        "deprecated_on": choose.choice(DAYS),
        "retires_on": choose.choice(DAYS),
        "status": choose.choice([None, None, "beta", "active", "deprecated", "retired"]),
        "family": choose.choice([None, "gpt", "claude-sonnet", "gemini"]),
        "base_model": choose.choice([None, "openai/gpt-5", "google/gemini"]),
        "task": choose.choice([None, "chat", "embedding"]),
        "quality_tier": choose.choice([None, "best", "balanced", "cheap"]),
        "open_weights": choose.choice([None, True, False]),
        "tags": choose.sample(["fast", "eu", "house's", 'say "hi"'], choose.randint(0, 3)),
        "description": choose.choice([None, "Écrit en français", "for: (code) AND OR NOT*"]),
    }
    if choose.random() < 0.3:
        efforts = choose.sample(["low", "medium", "high"], 2)
        least, most = choose.choice([(None, None), (1024, None), (1024, 32_000)])
        budget = {"type": "budget_tokens", "min": least, "max": most}
        budget = {key: value for key, value in budget.items() if value is not None}
        record["capabilities"]["reasoning"] = choose.choice(
            [
                {"supported": True, "options": [{"type": "effort", "values": efforts}, budget]},
                {"supported": True, "effort_levels": efforts},
            ]
        )
    if choose.random() < 0.5:
        parameters = choose.sample(["temperature", "seed", "top_p"], choose.randint(0, 3))
        record["serving"] = {"known_params": parameters}
    if choose.random() < 0.5:
        record["task_complexity_score"] = {"simple": 4, "complex": choose.choice([1.5, 3, 4.5])}
        record["tokens_per_second"] = choose.choice([20, 80, 200])
    if choose.random() < 0.8:
        gives = choose.choice(MODALITIES)
        record["modalities"] = {"input": choose.choice(MODALITIES), "output": gives}
    return record


Test = Callable[[Model, Any], bool]


def earliest(day: str) -> str:
    return (day + "-01-01")[:10] if len(day) < 10 else day


def at_least(column: str) -> Test:
    return lambda m, v: getattr(m, column) is not None and getattr(m, column) >= v


def at_most(column: str) -> Test:
    return lambda m, v: getattr(m, column) is not None and getattr(m, column) <= v


def since(column: str) -> Test:
    return lambda m, v: (
        getattr(m, column) is not None and earliest(getattr(m, column)) >= earliest(v)
    )


def among(column: str) -> Test:
    return lambda m, v: getattr(m, column) in ([v] if isinstance(v, str) else v)


def holds(column: str) -> Test:
    return lambda m, v: set([v] if isinstance(v, str) else v) <= set(getattr(m, column))


def same(column: str) -> Test:
    return lambda m, v: getattr(m, column) is v


BUILT_STATUS: dict[str, str | None] = {}
"""Spec -> the column status, which is that of the day of the build."""


def status_of(m: Model) -> str:
    """The status on TODAY: the last day decides where it is known."""
    built = BUILT_STATUS[m.spec]
    if m.retires_on <= TODAY if m.retires_on else built == "retired":
        return "retired"
    if built in ("deprecated", "retired") or (m.deprecated_on and m.deprecated_on <= TODAY):
        return "deprecated"
    return built or "active"


def able(m: Model, name: str) -> bool | None:
    """True, False or unknown; a capability without a column is known only where it is there."""
    column = COLUMNS.get(canonical(name))
    if column is None:
        return True if canonical(name) in m.capabilities else None
    known: bool | None = getattr(m, column)
    return known


def blend_of(m: Model, weights: Mapping[str, float]) -> float | None:
    prices: list[float | None] = [getattr(m, f"cost_{meter}") for meter in weights]
    if None in prices:
        return None
    parts = [w * price for w, price in zip(weights.values(), prices) if price is not None]
    return round(sum(parts) / sum(weights.values()), 9)


def served(m: Model, names: Any) -> bool:
    said = [names] if isinstance(names, str) else names
    folded = [name.strip().lower().replace("_", "-") for name in said]
    return m.provider in [ALIASES.get(name, name) for name in folded]


def usable(m: Model, environment: Mapping[str, str]) -> bool:
    places = () if PROVIDERS[m.provider].get("local") else ("AWS_REGION", "AZURE_RESOURCE_NAME")
    keys = [key for key in PROVIDERS[m.provider].get("env", []) if key not in places]
    return any(environment.get(key) for key in keys)


def matches(m: Model, text: str) -> bool:
    """Every word begins a word of the row; letters that run on (gpt4o) may be two words there."""
    row = " ".join([m.id, m.name or "", m.provider, m.family or "", m.description or ""]).lower()
    words = "".join(c if c.isalnum() else " " for c in row).split()
    begun = [*words, *map("".join, pairwise(words))]
    return all(any(w.startswith(word) for w in begun) for word in text.lower().split())


def reasoning_options(model: Model) -> list[Any]:
    """What is said of how a model reasons, in the words of models.dev."""
    said = model.details.capabilities.get("reasoning")
    if not isinstance(said, dict):
        return []
    efforts = said.get("effort_levels", [])
    return [*said.get("options", []), {"type": "effort", "values": efforts}]


def takes_effort(model: Model, effort: str) -> bool:
    return any(effort in option.get("values", []) for option in reasoning_options(model))


def takes_budget(model: Model, tokens: float) -> bool:
    return any(
        option.get("min", 0) <= tokens <= option.get("max", math.inf)
        for option in reasoning_options(model)
        if option["type"] == "budget_tokens"
    )


def takes_parameter(model: Model, parameter: str) -> bool:
    return parameter in model.details.serving.get("known_params", [])


def does(model: Model, wanted: Mapping[str, float]) -> bool:
    scores = model.details.task_complexity_score or {}
    return all(scores.get(complexity, -1) >= least for complexity, least in wanted.items())


def is_fast(model: Model, least: float) -> bool:
    return bool(model.details.extra.get("tokens_per_second", -1) >= least)


BRUTE: dict[str, Test] = {
    "status": lambda m, v: status_of(m) in ([v] if isinstance(v, str) else v),
    "provider": served,
    "available": usable,
    "local": lambda m, v: (PROVIDERS[m.provider].get("local") is True) is v,
    "family": among("family"),
    "base_model": among("base_model"),
    "task": among("task"),
    "quality_tier": among("quality_tier"),
    "open_weights": same("open_weights"),
    "first_party": same("first_party"),
    "require": lambda m, v: all(able(m, name) is True for name in v),
    "forbid": lambda m, v: not any(able(m, name) is True for name in v),
    "modalities_input": holds("modalities_input"),
    "modalities_output": holds("modalities_output"),
    "tags": holds("tags"),
    "effort": lambda m, v: all(takes_effort(m, effort) for effort in v),
    "reasoning_budget": takes_budget,
    "min_score": does,
    "task_complexity": lambda m, v: does(m, {v: SUFFICES}),
    "min_speed": is_fast,
    "parameters": lambda m, v: all(takes_parameter(m, parameter) for parameter in v),
    "text": matches,
    "billing": lambda m, v: (m.billing or "unknown") in ([v] if isinstance(v, str) else v),
    "free": lambda m, v: m.billing not in (None, "unknown") and (m.billing == "free") is v,
    "min_context": at_least("limit_context"),
    "max_context": at_most("limit_context"),
    "min_input_limit": lambda m, v: (m.limit_input or m.limit_context or -1) >= v,
    "min_output": at_least("limit_output"),
    "max_output": at_most("limit_output"),
    "released_after": since("release_date"),
    "released_before": lambda m, v: (
        m.release_date is not None and earliest(m.release_date) < earliest(v)
    ),
    "updated_after": since("last_updated"),
    "knowledge_after": since("knowledge"),
    **{f"min_cost_{meter}": at_least(f"cost_{meter}") for meter in COLUMN_METERS},
    **{f"max_cost_{meter}": at_most(f"cost_{meter}") for meter in COLUMN_METERS},
}
"""Option -> whether a model fits, in plain Python."""

SETTINGS = [name for name, option in OPTIONS.items() if option.operator == "setting"]


def brute(
    models: list[Model], options: Mapping[str, Any], outliers: Collection[tuple[str, str]] = ()
) -> list[str]:
    """Specs of the models that fit, in the order that is asked for; the `outliers` (spec, column) of the
    column that it begins with come last."""
    said = options.get("status", [])
    named = [said] if isinstance(said, str) else said
    weights = options.get("blend", {"input": 3, "output": 1})
    out = []
    for m in models:
        if status_of(m) == "retired" and not (options.get("include_retired") or "retired" in named):
            continue
        if status_of(m) == "deprecated" and not (
            options.get("include_deprecated") or "deprecated" in named
        ):
            continue
        blend = blend_of(m, weights)
        if "max_blend" in options and (blend is None or blend > options["max_blend"]):
            continue
        if all(BRUTE[name](m, value) for name, value in options.items() if name in BRUTE):
            out.append(m)
    out.sort(key=lambda m: m.spec)
    for column in reversed(options.get("order_by", [])):
        out = ordered(out, column, weights)
    first = (options.get("order_by") or [""])[0]
    if first.startswith(("-", "cost_", "blend")):
        name = first.removeprefix("-")
        columns = [f"cost_{meter}" for meter in weights] if name == "blend" else [name]
        out.sort(key=lambda m: any((m.spec, column) in outliers for column in columns))
    start = options.get("offset", 0)
    end = None if options.get("limit") is None else start + options["limit"]
    return [m.spec for m in out[start:end]]


def ordered(models: list[Model], column: str, weights: Mapping[str, float]) -> list[Model]:
    """Sorted by one column, stable, unknown last."""

    def value(m: Model) -> Any:
        name = column.removeprefix("-")
        return blend_of(m, weights) if name == "blend" else getattr(m, name)

    known = sorted(
        (m for m in models if value(m) is not None), key=value, reverse=column.startswith("-")
    )
    if column.startswith("-"):  # reversed sorts keep the order of equals: spec stays ascending
        assert all(value(a) >= value(b) for a, b in itertools.pairwise(known))
    return [*known, *(m for m in models if value(m) is None)]


def subsets(of: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(of), max_size=3, unique=True)


date_ = st.sampled_from(["2023", "2024-05", "2024-05-13", "2024-05-14", "2025", "2025-01-01"])
price = st.sampled_from([0, 0.05, 0.1, 0.175, 1, 2.5, 10, 100])
tokens = st.sampled_from([0, 1, 4096, 128_000, 1_000_000, 1e6])
switch = st.booleans()
able_names = ["tools", "tool_call", "Vision", "json-mode", "embed", "grounding", "juggling", "cot"]
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "include_deprecated": switch,
    "include_retired": switch,
    "status": st.sampled_from(["retired", "deprecated", "active", ["beta", "retired"], ["alpha"]]),
    "provider": st.sampled_from(
        ["openai", "Gemini", ["bedrock", "amazon_bedrock", "azure"], "corner_shop", []]
    ),
    "available": st.sampled_from(
        [
            {},
            {"OPENAI_API_KEY": "x", "AWS_REGION": "us"},
            {"GEMINI_API_KEY": "x", "ANTHROPIC_API_KEY": "", "AZURE_RESOURCE_NAME": "here"},
            {"AWS_BEARER_TOKEN_BEDROCK": "x", "AZURE_API_KEY": "y"},
        ]
    ),
    "local": switch,
    "family": st.sampled_from(["gpt", ["gpt", "gemini"], "nope' OR 1=1 --"]),
    "base_model": st.sampled_from(["openai/gpt-5", ["google/gemini", "x"]]),
    "task": st.sampled_from(["chat", ["embedding"]]),
    "quality_tier": st.sampled_from(["best", ["balanced", "cheap"]]),
    "open_weights": switch,
    "first_party": switch,
    "require": subsets(able_names),
    "forbid": subsets(able_names),
    "modalities_input": subsets(["text", "image", "audio", "pdf"]),
    "modalities_output": subsets(["text", "image", "audio"]),
    "tags": subsets(["fast", "eu", "house's", 'say "hi"']),
    "effort": subsets(["low", "high", "xhigh"]),
    "reasoning_budget": st.sampled_from([0, 1024, 4096, 64_000]),
    "min_score": st.sampled_from([{"complex": 3}, {"simple": 2, "complex": 4}, {"medium": 0}]),
    "task_complexity": st.sampled_from(["simple", "complex", "medium"]),
    "min_speed": st.sampled_from([1, 80, 100]),
    "parameters": subsets(["temperature", "seed", "top_k"]),
    "billing": st.sampled_from(["token", "free", ["unit", "subscription"], ["unknown", "free"]]),
    "free": switch,
    "text": st.sampled_from(["gpt", "claude sonnet", "Gemini", "FLASH mini", "français", "70b"]),
    **{f"{bound}_context": tokens for bound in ("min", "max")},
    **{f"{bound}_output": tokens for bound in ("min", "max")},
    "min_input_limit": tokens,
    **{f"{key}_after": date_ for key in ("released", "updated", "knowledge")},
    "released_before": date_,
    **{f"{bound}_cost_{meter}": price for bound in ("min", "max") for meter in COLUMN_METERS},
    "max_blend": price,
    "blend": st.sampled_from(
        [{"input": 3, "output": 1}, {"input": 1, "output": 2, "cache_read": 7}, {"output": 1.5}]
    ),
    "today": st.just(TODAY),
    "order_by": st.lists(
        st.sampled_from(
            ["cost_input", "-cost_input", "blend", "-blend", "family", "-release_date", "-tools"]
        ),
        max_size=2,
    ),
    "limit": st.integers(0, 40),
    "offset": st.integers(0, 10),
}
