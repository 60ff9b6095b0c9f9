"""From an overlay's words to facts: the translation that YAML, TOML and mappings share.

The vocabulary is that of overlay_format.py. What has no place in the facts goes to `extra`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from llmcat.display import shown
from llmcat.pipeline.entries import Facts, Unreadable
from llmcat.pipeline.sources.overlays.capability_words import translate_capabilities
from llmcat.pipeline.sources.overlays.other_programs_fields import without_foreign_words
from llmcat.pipeline.sources.overlays.prices import translate_prices

RENAMED = {
    "mode": "task",
    "deprecation_date": "deprecated_on",
    "context_window": "limit.context",
    "max_output_tokens": "limit.output",
    "max_input_tokens": "limit.input",
    "supported_modalities": "modalities.input",
    "supported_output_modalities": "modalities.output",
    "supported_endpoints": "serving.endpoints",
}
"""An overlay's key -> where it lives in the facts."""

SAME_NAME = (
    "name",
    "description",
    "family",
    "base_model",
    "provider_model_id",
    "aliases",
    "tags",
    "task",
    "billing",
    "dimensions",
    "status",
    "quality_tier",
    "open_weights",
    "license",
    "release_date",
    "last_updated",
    "knowledge",
    "deprecated_on",
    "retires_on",
    "replacement",
    "modalities",
    "modes",
    "regions",
    "hours",
    "dated_prices",
    "billing",
    "dimensions",
    "serving",
    "links",
    "weights",
    "benchmarks",
    "notes",
    "task_complexity_score",
    "metadata",
)

LIFTED_FROM_EXTRA = ("description", "family", "open_weights")
CAPABILITY_FLAGS = (
    "attachment",
    "interleaved",
    "reasoning",
    "structured_output",
    "temperature",
    "tool_call",
)
"""models.dev's flags; LLMModels has no field for them and files them under [extra]."""
SAY_MORE = ("interleaved", "reasoning")
"""Flags that may be tables; a temperature of 1 is none."""

LIMITS = ("context", "input", "output")
SIDES = ("input", "output")

PROVIDER_FIELDS = (
    "name",
    "api",
    "npm",
    "doc",
    "env",
    "endpoints",
    "authentication",
    "features",
    "limitations",
    "default_model",
    "local",
    "retires_on",
    "exclude_models",
)

AUTHENTICATION = {"bearer": "bearer_token", "x_api_key": "api_key", "header": "api_key"}
"""LLMModels' runtime.auth.type -> the word that llmcat uses."""


def translate_model(record: Mapping[str, Any]) -> Facts:
    """The facts of one model record of an overlay. What cannot be read stands in them as Unreadable."""
    rest, foreign = without_foreign_words(record)
    facts: Facts = {**foreign}
    extra = _table(rest, "extra", facts)
    capabilities = translate_capabilities(rest.pop("capabilities", None), facts)
    for key in LIFTED_FROM_EXTRA:
        if key in extra and key not in rest:
            facts[key] = extra.pop(key)
    for key in CAPABILITY_FLAGS:
        for table in (extra, rest):
            value = table.get(key)
            if isinstance(value, bool) or (key in SAY_MORE and isinstance(value, Mapping)):
                capabilities.setdefault(key, table.pop(key))
    for key in SAME_NAME:
        if key in rest:
            facts[key] = rest.pop(key)
    if isinstance(modalities := facts.get("modalities"), Mapping):
        facts["modalities"] = {side: modalities[side] for side in SIDES if side in modalities}
        _keep("modalities", {k: v for k, v in modalities.items() if k not in SIDES}, extra)
    for key, target in RENAMED.items():
        if key in rest:
            _put(facts, target, key, rest.pop(key))
    if "task" in facts and not isinstance(facts["task"], str):
        extra["mode"] = facts.pop("task")
    for name in ("limits", "limit"):
        limits = _table(rest, name, facts)
        for key in LIMITS:
            if key in limits:
                _put(facts, f"limit.{key}", f"{name}.{key}", limits.pop(key))
        _keep("limits", limits, extra)
    _translate_lifecycle(rest, facts, extra)
    translate_prices(rest, facts, extra)
    if capabilities:
        facts["capabilities"] = capabilities
    if rest or extra:
        facts["extra"] = {**rest, **extra}
    return facts


def _table(record: Facts, name: str, facts: Facts) -> Facts:
    """The table `name` taken out of a record, as a dict of its own; where it is none, `facts` say so."""
    value = record.pop(name, None)
    if value is None:
        return {}
    if isinstance(value, Mapping):
        return dict(value)
    facts[f"{name}?"] = Unreadable(name, f"must be a table, not {shown(value)}", value)
    return {}


def _put(facts: Facts, path: str, name: str, value: Any) -> None:
    """Let `facts` hold at `path` what the overlay calls `name`, unless they say something there."""
    head, _, tail = path.partition(".")
    if not tail:
        facts.setdefault(head, value)
    elif isinstance(inner := facts.setdefault(head, {}), dict):
        inner.setdefault(tail, value)
    else:
        facts[f"{name}?"] = Unreadable(name, f"has no place, since {head} is no table", value)


def _keep(name: str, unknown: Facts, extra: Facts) -> None:
    """Keep what a table says beyond its known keys in `extra`, under the table's name."""
    if unknown:
        kept = extra.get(name)
        extra[name] = {**(kept if isinstance(kept, dict) else {}), **unknown}


def _translate_lifecycle(rest: Facts, facts: Facts, extra: Facts) -> None:
    for key in ("deprecated", "deprecated?"):
        if isinstance(rest.get(key), bool):
            facts.setdefault("status", "deprecated" if rest.pop(key) else "active")
    lifecycle = _table(rest, "lifecycle", facts)
    for key, target in (
        ("status", "status"),
        ("deprecated_at", "deprecated_on"),
        ("retires_at", "retires_on"),
        ("replacement", "replacement"),
    ):
        if key in lifecycle:
            facts[target] = lifecycle.pop(key)
    if lifecycle:
        extra["lifecycle"] = lifecycle


def translate_provider(record: Mapping[str, Any]) -> Facts:
    """The facts of one provider record of an overlay, models aside."""
    rest = dict(record)
    unreadable: Facts = {}
    extra = _table(rest, "extra", unreadable)
    if "base_url" in rest:
        rest.setdefault("api", rest.pop("base_url"))
    runtime = rest.get("runtime")
    if isinstance(runtime, Mapping):
        auth = runtime.get("auth", {})
        for target, value in (
            ("api", runtime.get("base_url")),
            ("doc", runtime.get("doc_url")),
            ("env", auth.get("env") if isinstance(auth, Mapping) else None),
        ):
            if value is not None:
                rest.setdefault(target, value)
        kind = auth.get("type") if isinstance(auth, Mapping) else None
        if isinstance(kind, str) and kind in AUTHENTICATION:
            rest.setdefault("authentication", [AUTHENTICATION[kind]])
    facts = {**unreadable, **{key: rest.pop(key) for key in PROVIDER_FIELDS if key in rest}}
    if rest or extra:
        facts["extra"] = {**rest, **extra}
    return facts


def plain(value: Any) -> Any:
    """`value` as JSON would hold it: dates and times as text, tuples and sets as lists."""
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (set, frozenset)):
        return sorted(plain(item) for item in value)
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, (date, time)) else value
