"""What services write down of calls: results of batches, LiteLLM's spend logs, Langfuse's exports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from llmcat.pricing.logs.call import Call, UnreadCall, mapping_of, tags_of, text_of, whole

BATCH = "batch"


def openai_batch(record: Mapping[str, Any]) -> Iterator[Call]:
    """A line of a batch's output file: {custom_id, response: {status_code, body}, error}."""
    response = mapping_of(record.get("response"))
    body = mapping_of(response.get("body"))
    if record.get("error") or not body or "error" in body:
        return  # what failed is not billed
    usage = body.get("usage")
    model = text_of(body.get("model"))
    if model is None:
        raise UnreadCall("no model", "an answer without `response.body.model`")
    if not isinstance(usage, Mapping):
        raise UnreadCall("no usage", "an answer without `response.body.usage`", model)
    at = body.get("created") or body.get("created_at")
    yield Call(model, usage, at, mode=BATCH, id=text_of(record.get("custom_id")))


def anthropic_batch(record: Mapping[str, Any]) -> Iterator[Call]:
    """A line of a message batch's results: {custom_id, result: {type, message}}. It has no time."""
    result = mapping_of(record.get("result"))
    message = mapping_of(result.get("message"))
    if result.get("type") != "succeeded":
        return  # errored, canceled or expired: not billed
    model, usage = text_of(message.get("model")), message.get("usage")
    if model is None:
        raise UnreadCall("no model", "a result without `message.model`")
    if not isinstance(usage, Mapping):
        raise UnreadCall("no usage", "a result without `message.usage`", model)
    yield Call(model, usage, None, "anthropic", mode=BATCH, id=text_of(record.get("custom_id")))


def litellm_spend(record: Mapping[str, Any]) -> Iterator[Call]:
    """A row of LiteLLM_SpendLogs. The whole usage stands in metadata.usage_object, since 2025; before
    it, what the three columns lack stands in metadata.additional_usage_values."""
    metadata = mapping_of(record.get("metadata"))
    failed = "failure" in (record.get("status"), metadata.get("status"))
    if failed or str(record.get("cache_hit")).lower() == "true":
        return  # no model answered
    usage = mapping_of(metadata.get("usage_object")) or {
        **mapping_of(metadata.get("additional_usage_values")),
        "prompt_tokens": whole(record.get("prompt_tokens")),
        "completion_tokens": whole(record.get("completion_tokens")),
        "total_tokens": whole(record.get("total_tokens")),
    }
    model = text_of(record.get("model"))
    if model is None:
        raise UnreadCall("no model", "a row without `model`")
    yield Call(
        model,
        usage,
        record.get("startTime", record.get("start_time")),
        text_of(record.get("custom_llm_provider")),
        user=text_of(record.get("end_user")) or text_of(record.get("user")),
        tags=tags_of(record.get("request_tags")),
        id=text_of(record.get("request_id")),
        charged=record.get("spend"),
    )


def langfuse(record: Mapping[str, Any]) -> Iterator[Call]:
    """An observation: only generations and embeddings have a usage. camelCase from the API and the
    pages, snake_case from exports to blob storage."""

    def get(*names: str) -> Any:
        return next((record[name] for name in names if record.get(name) is not None), None)

    details = mapping_of(get("usageDetails", "usage_details")) or mapping_of(get("usage"))
    model = text_of(get("model", "providedModelName", "provided_model_name"))
    if not details and not model:
        return
    if model is None:
        raise UnreadCall("no model", "an observation without `model` or `providedModelName`")
    if not details:
        raise UnreadCall("no usage", "an observation without `usageDetails`", model)
    costs = mapping_of(get("costDetails", "cost_details"))
    yield Call(
        model,
        details,
        get("startTime", "start_time"),
        user=text_of(get("userId", "user_id")),
        tags=tags_of(get("traceTags", "tags")),
        id=text_of(record.get("id")),
        charged=costs.get("total", get("totalCost", "total_cost")),
    )
