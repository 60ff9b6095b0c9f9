"""OpenTelemetry: exports of spans as OTLP JSON, and single spans with their attributes.

The words are those of the semantic conventions for generative AI; input_tokens hold the cached ones.
Spans of agents and workflows repeat what the calls inside them counted, and are no calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from llmcat.pricing.logs.call import Call, UnreadCall, mapping_of, tags_of, text_of, whole
from llmcat.pricing.usage.telemetry import SPANS

CALLS = ("chat", "generate_content", "text_completion", "embeddings", "completion", "embedding")
"""Values of gen_ai.operation.name that are one call of a model."""

USAGE = ("gen_ai.usage.", "llm.usage.", "llm.token_count.", "llm.cost.")
"""How the attributes begin that count what was used, or say what it cost."""
COUNTS = {key for shape in SPANS for key in (*shape.keys, *shape.any_of)}

RESPONSE_MODEL = ("gen_ai.response.model", "llm.model_name")
REQUEST_MODEL = ("gen_ai.request.model",)
PROVIDER = ("gen_ai.provider.name", "gen_ai.system", "llm.provider")
USER = ("user.id", "enduser.id", "langfuse.user.id")
TAGS = ("tags", "tag.tags", "langfuse.trace.tags")
TIER = ("gen_ai.openai.response.service_tier", "openai.response.service_tier")


def read_export(record: Mapping[str, Any]) -> Iterator[Call]:
    """The calls among all spans of an export: {resourceSpans: [{scopeSpans: [{spans: […]}]}]}."""
    for resource in _tables(record, "resourceSpans", "resource_spans"):
        for scope in _tables(resource, "scopeSpans", "scope_spans", "instrumentationLibrarySpans"):
            for span in _tables(scope, "spans"):
                yield from read_span(span)


def read_span(span: Mapping[str, Any]) -> Iterator[Call]:
    """The call that a span is, if it is one."""
    attributes = _attributes(span.get("attributes"))
    operation = attributes.get("gen_ai.operation.name")
    kind = attributes.get("openinference.span.kind")
    if (operation is not None and operation not in CALLS) or kind not in (None, "LLM", "EMBEDDING"):
        return
    model, requested = _first(attributes, RESPONSE_MODEL), _first(attributes, REQUEST_MODEL)
    counted = not COUNTS.isdisjoint(attributes)
    if not counted and not (model or requested):
        return
    if not counted and _failed(span):
        return
    name = text_of(model) or text_of(requested)
    if name is None:
        raise UnreadCall(
            "no model", "a span without gen_ai.response.model and gen_ai.request.model"
        )
    if not counted:
        raise UnreadCall("no usage", "a span without gen_ai.usage.input_tokens", name)
    usage = {key: whole(value) for key, value in attributes.items() if key.startswith(USAGE)}
    tier = _first(attributes, TIER)
    at = _first(span, ("startTimeUnixNano", "start_time_unix_nano", "start_time", "startTime"))
    yield Call(
        name,
        usage,
        at,
        text_of(_first(attributes, PROVIDER)),
        text_of(requested),
        text_of(tier),
        user=text_of(_first(attributes, USER)),
        tags=tags_of(_first(attributes, TAGS)),
        id=text_of(_first(span, ("spanId", "span_id")))
        or text_of(mapping_of(span.get("context")).get("span_id")),
    )


def _failed(span: Mapping[str, Any]) -> bool:
    """Whether the call ended in an error, and so has no usage."""
    status = mapping_of(span.get("status"))
    code = status.get("code") or status.get("status_code")
    return code in (2, "2", "ERROR", "STATUS_CODE_ERROR")


def _tables(record: Mapping[str, Any], *names: str) -> list[Mapping[str, Any]]:
    value = _first(record, names)
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def _attributes(value: Any) -> Mapping[str, Any]:
    """Attributes as one table: OTLP writes a list of {key, value: {intValue: "5"}}."""
    if not isinstance(value, list):
        return mapping_of(value)
    return {
        item["key"]: _value(item.get("value"))
        for item in value
        if isinstance(item, Mapping) and isinstance(item.get("key"), str)
    }


def _value(wrapped: Any) -> Any:
    if not isinstance(wrapped, Mapping) or len(wrapped) != 1:
        return wrapped
    [(kind, value)] = wrapped.items()
    if kind in ("intValue", "int_value") and isinstance(value, str) and value.isdecimal():
        return int(value[:20])
    if kind in ("arrayValue", "array_value"):
        return [_value(item) for item in mapping_of(value).get("values") or ()]
    return value


def _first(table: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    for name in names:
        if (value := table.get(name)) is not None:
            return value
    return None
