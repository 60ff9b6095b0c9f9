"""Whole responses of APIs, SDKs and logs: model, provider, usage, time and tier are found in each."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.errors import ModelNotFound, UsageError
from llmcat.pricing.response import moment, read_response, usage_with_tier
from llmcat.pricing.usage import Usage, read_usage
from llmcat.pricing.usage.reading import read

CHAT = {"prompt_tokens": 1_000, "completion_tokens": 500, "total_tokens": 1_500}
MESSAGE = {"input_tokens": 1_000, "output_tokens": 500, "cache_read_input_tokens": 0}
AT, CREATED = "2026-09-21T14:13:20Z", 1_790_000_000

RESPONSES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "responses.json").read_text("utf-8")
)


@pytest.mark.parametrize("row", RESPONSES, ids=lambda row: row["kind"])
def test_the_parts_of_a_response_are_found(row: dict[str, Any]) -> None:
    """Model, provider, time and tier, as far as it says them; made by the SDK that `origin` names, or
    recorded. Its usage is read, with nothing left over."""
    for response in (row["response"], to_object(row["response"])):
        found = read_response(response)
        assert found is not None
        assert [found.model, found.provider, found.at, found.tier] == row["found"]
        assert read(usage_with_tier(found)).unbilled == {}


def to_object(value: Any) -> Any:
    """A mapping as an SDK's object; names that no attribute can have stay in mappings."""
    if isinstance(value, dict) and all(map(str.isidentifier, value)):
        return SimpleNamespace(**{key: to_object(item) for key, item in value.items()})
    return [to_object(item) for item in value] if isinstance(value, list) else value


def test_what_an_sdk_leaves_unset_is_not_there() -> None:
    """Mistral's SDK marks what was not given by an object of its own, which is false."""

    class Unset:
        def __bool__(self) -> bool:
            return False

    usage = SimpleNamespace(prompt_tokens=7, completion_tokens=2, prompt_audio_seconds=Unset())
    found = read_response(SimpleNamespace(model="mistral-large-2512", usage=usage, created=Unset()))
    assert found is not None
    assert found.at is None
    assert read_usage(found.usage) == Usage(7, 2)


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
