"""From an overlay's words to facts: the translation that YAML, TOML and mappings share.

The vocabulary is that of overlay_format.py. What has no place in the facts goes to `extra`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from typing import Any

from llmcat.display import shown
from llmcat.pipeline.layer import BadRecord, Facts

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
    "serving",
    "links",
    "weights",
    "benchmarks",
    "notes",
    "task_complexity_score",
    "metadata",
)

TASK_CAPABILITIES = {
    "chat": "chat",
    "embedding": "embeddings",
    "image_generation": "image_generation",
    "audio_transcription": "speech_recognition",
    "audio_speech": "speech_synthesis",
    "rerank": "rerank",
    "moderation": "moderation",
}
"""What a model is called for -> the capability that this implies."""

SPLIT_CAPABILITIES = {
    ("json", "native"): "json_mode",
    ("json", "schema"): "structured_outputs",
    ("tools", "parallel"): "parallel_function_calling",
    ("tools", "forced_choice"): "tool_choice",
    ("streaming", "text"): "streaming",
}
"""LLMModels' flags inside a capability table that are capabilities of their own."""

MOVED_FACTS = {("json", "strict"): ("structured_outputs", "strict")}
MOVED_FACTS[("streaming", "tool_calls")] = ("function_calling", "streaming")

LIFTED_FROM_EXTRA = ("description", "family", "open_weights")
LIFTED_CAPABILITIES = (
    "attachment",
    "interleaved",
    "reasoning",
    "structured_output",
    "temperature",
    "tool_call",
)
"""LLMModels has no field for these of models.dev's keys and files them under [extra]."""

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
    "exclude_models",
)

AUTHENTICATION = {"bearer": "bearer_token", "x_api_key": "api_key", "header": "api_key"}
"""LLMModels' runtime.auth.type -> the word that llmcat uses."""


def table(value: Any, name: str) -> dict[str, Any]:
    """`value` as a dict of its own. Raises BadRecord when it is no table."""
    if not isinstance(value, Mapping):
        raise BadRecord(f"{name} must be a table, not {shown(value)}")
    return dict(value)


def translate_model(record: Mapping[str, Any]) -> Facts:
    """The facts of one model record of an overlay. Raises BadRecord when a table is none."""
    rest = dict(record)
    facts: Facts = {}
    extra = table(rest.pop("extra", {}), "extra")
    capabilities = _translate_capabilities(rest.pop("capabilities", {}))
    for key in LIFTED_FROM_EXTRA:
        if key in extra and key not in rest:
            facts[key] = extra.pop(key)
    for key in LIFTED_CAPABILITIES:
        if key in extra:
            capabilities.setdefault(key, extra.pop(key))
    for key in SAME_NAME:
        if key in rest:
            facts[key] = rest.pop(key)
    if isinstance(said := facts.get("modalities"), Mapping):
        facts["modalities"] = {side: names for side, names in said.items() if side in SIDES}
        _keep("modalities", {key: item for key, item in said.items() if key not in SIDES}, extra)
    for key, target in RENAMED.items():
        if key in rest:
            _put(facts, target, rest.pop(key))
    if isinstance(facts.get("task"), str) and facts["task"] in TASK_CAPABILITIES:
        capabilities.setdefault(TASK_CAPABILITIES[facts["task"]], True)
    elif "task" in facts and not isinstance(facts["task"], str):
        extra["mode"] = facts.pop("task")
    for name in ("limits", "limit"):
        if name in rest:
            said = table(rest.pop(name), name)
            for key in LIMITS:
                if key in said:
                    _put(facts, f"limit.{key}", said.pop(key))
            _keep("limits", said, extra)
    _translate_lifecycle(rest, facts, extra)
    _translate_prices(rest, facts, extra)
    if capabilities:
        facts["capabilities"] = capabilities
    if rest or extra:
        facts["extra"] = {**rest, **extra}
    return facts


def _put(facts: Facts, path: str, value: Any) -> None:
    head, _, tail = path.partition(".")
    if tail:
        inner = facts.setdefault(head, {})
        if not isinstance(inner, dict):
            raise BadRecord(f"{head} must be a table")
        inner.setdefault(tail, value)
    else:
        facts.setdefault(head, value)


def _keep(name: str, unknown: Facts, extra: Facts) -> None:
    """Keep what a table says beyond its known keys in `extra`, under the table's name."""
    if unknown:
        extra[name] = {**table(extra.get(name, {}), f"extra.{name}"), **unknown}


def _translate_capabilities(said: Any) -> Facts:
    if isinstance(said, (list, tuple)):
        if bad := [name for name in said if not isinstance(name, str)]:
            raise BadRecord(f"capabilities: {shown(bad[0])} is no text; put it in quotes")
        return dict.fromkeys(said, True)
    capabilities: Facts = {}
    for name, value in table(said, "capabilities").items():
        if not isinstance(value, Mapping):
            in_facts = isinstance(capabilities.get(name), dict)
            capabilities[name] = (
                _with(capabilities, name, "supported", value) if in_facts else value
            )
            continue
        rest = dict(value)
        for (of, flag), capability in SPLIT_CAPABILITIES.items():
            if of == name and flag in rest:
                capabilities[capability] = _with(
                    capabilities, capability, "supported", rest.pop(flag)
                )
        for (of, flag), (capability, fact) in MOVED_FACTS.items():
            if of == name and flag in rest:
                capabilities[capability] = _with(capabilities, capability, fact, rest.pop(flag))
        if "enabled" in rest:
            rest["supported"] = rest.pop("enabled")
        elif name == "embeddings":
            rest.setdefault("supported", True)  # {default_dimensions = 1536} says that it embeds
        if rest:
            capability = "function_calling" if name == "tools" else name
            for fact, item in rest.items():
                capabilities[capability] = _with(capabilities, capability, fact, item)
    return capabilities


def _with(capabilities: Facts, name: str, fact: str, value: Any) -> Any:
    said = capabilities.get(name, {})
    facts = dict(said) if isinstance(said, dict) else {"supported": said}
    return {**facts, fact: value}


def _translate_lifecycle(rest: Facts, facts: Facts, extra: Facts) -> None:
    if isinstance(rest.get("deprecated"), bool):
        facts.setdefault("status", "deprecated" if rest.pop("deprecated") else "active")
    lifecycle = table(rest.pop("lifecycle", {}), "lifecycle")
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


def _translate_prices(rest: Facts, facts: Facts, extra: Facts) -> None:
    cost: Facts = {}
    if "pricing" in rest:
        pricing = table(rest.pop("pricing"), "pricing")
        if pricing.pop("currency", "USD") != "USD":
            raise BadRecord("pricing.currency: only USD is understood")
        if "merge" in pricing:
            extra["pricing"] = {"merge": pricing.pop("merge")}
        cost.update(pricing)
    if "cost" in rest:
        cost.update(table(rest.pop("cost"), "cost"))
    if cost:
        facts["cost"] = cost


def translate_provider(record: Mapping[str, Any]) -> Facts:
    """The facts of one provider record of an overlay, models aside."""
    rest = dict(record)
    extra = table(rest.pop("extra", {}), "extra")
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
    facts = {key: rest.pop(key) for key in PROVIDER_FIELDS if key in rest}
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
