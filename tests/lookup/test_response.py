"""Whole responses of APIs, SDKs and logs: model, provider, usage, time and tier are found in each."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.errors import ModelNotFound, UsageError
from llmcat.lookup.response import moment, read_response

CHAT = {"prompt_tokens": 1_000, "completion_tokens": 500, "total_tokens": 1_500}
MESSAGE = {"input_tokens": 1_000, "output_tokens": 500, "cache_read_input_tokens": 0}
AT, CREATED = "2026-09-21T14:13:20Z", 1_790_000_000

RESPONSES: dict[str, tuple[Any, tuple[str | None, str | None, str | None, str | None]]] = {
    "OpenAI chat": (
        {"model": "gpt-4o-2024-08-06", "created": CREATED, "usage": CHAT, "service_tier": "flex"},
        ("gpt-4o-2024-08-06", None, AT, "flex"),
    ),
    "the last chunk of a stream, as an SDK's object": (
        SimpleNamespace(model="gpt-4o", created=CREATED, usage=SimpleNamespace(**CHAT), choices=[]),
        ("gpt-4o", None, AT, None),
    ),
    "the last event of a Responses stream": (
        {
            "type": "response.completed",
            "sequence_number": 9,
            "response": {"model": "gpt-4o", "created_at": float(CREATED), "usage": MESSAGE},
        },
        ("gpt-4o", None, AT, None),
    ),
    "Anthropic": (
        {"type": "message", "model": "claude-sonnet-4-5", "usage": MESSAGE},
        ("claude-sonnet-4-5", None, None, None),
    ),
    "Claude Code": (
        {"timestamp": "2026-09-21T14:13:20.123Z", "message": {"model": "opus-5", "usage": MESSAGE}},
        ("opus-5", None, AT, None),
    ),
    "Gemini": (
        {"modelVersion": "gemini-2.5-pro", "usageMetadata": {"promptTokenCount": 5}},
        ("gemini-2.5-pro", None, None, None),
    ),
    "OpenRouter": (
        {"provider": "Azure", "model": "openai/gpt-4o", "created": CREATED, "usage": CHAT},
        ("openai/gpt-4o", "openrouter", AT, None),
    ),
    "Azure": (
        {"prompt_filter_results": [], "model": "gpt-4o", "created": 0, "usage": CHAT},
        ("gpt-4o", "azure", None, None),
    ),
    "Bedrock Converse, which names no model": (
        {
            "usage": {"inputTokens": 5},
            "metrics": {"latencyMs": 7},
            "ResponseMetadata": {"HTTPHeaders": {"date": "Mon, 21 Sep 2026 14:13:20 GMT"}},
        },
        (None, "amazon-bedrock", AT, None),
    ),
    "LangChain": (
        {
            "usage_metadata": {"input_tokens": 5},
            "response_metadata": {"model_name": "gpt-4o", "model_provider": "openai"},
        },
        ("gpt-4o", "openai", None, None),
    ),
    "LiteLLM": (
        {
            "_hidden_params": {"custom_llm_provider": "groq"},
            "model": "llama-3.3-70b-versatile",
            "created": CREATED,
            "usage": CHAT,
        },
        ("llama-3.3-70b-versatile", "groq", AT, None),
    ),
    "OpenTelemetry": (
        {
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.system": "openai",
            "gen_ai.usage.input_tokens": 5,
        },
        ("gpt-4o", "openai", None, None),
    ),
}


@pytest.mark.parametrize("kind", RESPONSES)
def test_the_parts_of_a_response_are_found(kind: str) -> None:
    """Model, provider, time and tier, as far as it says them."""
    response, parts = RESPONSES[kind]
    found = read_response(response)
    assert found is not None
    assert found.usage is not None
    assert (found.model, found.provider, found.at, found.tier) == parts


def test_a_batch_result_is_billed_as_a_batch() -> None:
    """The body is the response, and the line around it says that it came out of a batch."""
    openai = {
        "custom_id": "a",
        "response": {"status_code": 200, "body": {"model": "m", "usage": CHAT}},
    }
    anthropic = {
        "custom_id": "a",
        "result": {"type": "x", "message": {"model": "m", "usage": CHAT}},
    }
    for line in (openai, anthropic):
        found = read_response(line)
        assert found is not None
        assert (found.batch, found.model) == (True, "m")


@pytest.mark.parametrize("usage", [CHAT, MESSAGE, {}, {"promptTokenCount": 5}, "text", None])
def test_a_usage_alone_is_no_response(usage: Any) -> None:
    """cost_of(spec, usage) reads it as it is."""
    assert read_response(usage) is None


@pytest.mark.parametrize("value", [None, 0, 1, True, "", "soon", float("nan"), {}, -5])
def test_what_is_no_time_is_none(value: Any) -> None:
    """Servers that keep no clock write 0; it is not 1970."""
    assert moment(value) is None


def test_times_are_read_in_every_form() -> None:
    """Seconds, milliseconds, ISO 8601 and HTTP dates."""
    for value in (CREATED, CREATED * 1000, AT, "Mon, 21 Sep 2026 14:13:20 GMT"):
        assert moment(value) == AT


MODELS = {
    "openai": {"models": [{"id": "gpt-4o", "cost": {"input": 2.5, "output": 10}}]},
    "azure": {"models": [{"id": "gpt-4o", "cost": {"input": 3, "output": 11}}]},
    "amazon-bedrock": {
        "models": [{"id": "amazon.nova-pro-v1:0", "cost": {"input": 1, "output": 4}}]
    },
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    """Two offers of one model, and one of Bedrock."""
    return Catalog.from_sources(MODELS)


def test_a_whole_response_is_billed_in_one_call(catalog: Catalog) -> None:
    """Its model, at the provider that it names, by its usage."""
    at_azure = {"prompt_filter_results": [], "model": "gpt-4o", "usage": CHAT}
    assert str(catalog.cost_of(at_azure).total) == "0.0085"
    converse = {"usage": {"prompt_tokens": 1_000, "completion_tokens": 0}, "metrics": {}}
    assert str(catalog.cost_of("amazon-bedrock:amazon.nova-pro-v1:0", converse).total) == "0.001"


def test_a_time_before_the_first_price_takes_that_and_says_so(catalog: Catalog) -> None:
    """The catalogue begins when its sources were read; an explicit `at` is never moved."""
    response = {"model": "azure:gpt-4o", "created": 1_600_000_000, "usage": CHAT}
    found = catalog.cost_of(response)
    assert str(found.total) == "0.0085"
    assert (
        any("no price of 2020-09-13T12:26:40Z is known" in sentence for sentence in found.assumed)
        or catalog.prices("azure:gpt-4o")[0].valid_from < "2020"
    )


def test_what_a_response_lacks_is_said(catalog: Catalog) -> None:
    """No model: name it; no usage: this is no response; an unknown model: never a sibling's price."""
    with pytest.raises(UsageError, match=r"names no model; name it: cost_of\(spec, response\)"):
        catalog.cost_of({"usage": CHAT})
    with pytest.raises(UsageError, match="no response of a known shape"):
        catalog.cost_of("openai:gpt-4o")
    with pytest.raises(ModelNotFound):
        catalog.cost_of({"model": "gpt-4o-hd", "usage": CHAT})
