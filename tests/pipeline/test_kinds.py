"""What kind of model it is, and how it is paid for: said, or following without guessing."""

from __future__ import annotations

import json
from typing import Any

from llmcat import Catalog
from llmcat.pipeline.derived.billing import billing, billing_finder, without_zeros
from llmcat.pipeline.derived.provider_defaults import WIDELY, default_model, is_local
from llmcat.pipeline.derived.tasks import evidence

TEXT = {"input": ["text"], "output": ["text"]}


def test_a_task_belongs_to_the_model() -> None:
    """What one source names holds wherever the same id or base model is served, and says so."""
    cat = Catalog.from_sources(
        {
            "lab": {"models": [{"id": "embed-1", "task": "embeddings"}]},
            "gate": {"models": [{"id": "lab/Embed-1"}, {"id": "embed-10"}]},
            "shop": {"models": [{"id": "vectors", "base_model": "lab/embed-1"}]},
        }
    )
    assert [m.task for m in cat.models()] == [None, "embedding", "embedding", None]
    found = cat.model("gate:lab/Embed-1")
    assert (found.task, found.embeddings, found.chat) == ("embedding", True, False)
    assert found.details.provenance["task"] == "derived from other offers"
    assert [m.id for m in cat.find(task="text-embedding")] == ["lab/Embed-1", "embed-1"]


def test_what_calls_functions_takes_a_conversation() -> None:
    """And what is called at other ends of an API does not."""
    tools = {"capabilities": {"function_calling": {"supported": True}}}
    assert evidence(tools) == (None, "chat")
    assert evidence({"serving": {"endpoints": ["/v1/audio/speech"]}}).named == "speech"
    assert (
        evidence({"serving": {"endpoints": ["/v1/completions", "/v1/chat/completions"]}}).named
        == "chat"
    )
    assert evidence({"modalities": {"output": ["video"]}}).shown == "video"
    assert evidence({"modalities": TEXT}) == (None, None)


def test_a_chat_model_streams_where_its_provider_does() -> None:
    """The provider's feature is the provenance; a model that is not for chat says nothing."""
    models = [{"id": "talk", "task": "chat"}, {"id": "vectors", "task": "embedding"}]
    cat = Catalog.from_sources({"acme": {"features": ["streaming"], "models": models}})
    talk = cat.model("acme:talk")
    assert (talk.streaming, cat.model("acme:vectors").streaming) == (True, None)
    assert talk.details.provenance["capabilities.streaming"].startswith("derived from the provider")


def test_a_zero_that_a_subscription_pays_is_no_price() -> None:
    """Nor is one that nobody knows of; what was listed stays beside it."""
    zeros: dict[str, Any] = {"cost": {"input": 0.0, "output": 0.0}, "modalities": TEXT}
    at_zero = billing_finder({"subscription": ["*-coding-plan"]})
    assert billing(zeros, at_zero("zai-coding-plan")) == "subscription"
    assert billing(zeros, at_zero("zai")) == "free"
    assert billing({**zeros, "modalities": {"output": ["image"]}}, None) == "unknown"
    assert billing({"cost": {"input": 0.0, "output": 2.0}}, None) == "token"
    assert billing({"cost": {"input": 0.0, "output": 0.0, "image": 0.04}}, None) == "unit"
    assert billing({"cost": {"input": 0.0}}, None) is None
    assert without_zeros(zeros)["cost"] == {}
    assert without_zeros(zeros)["extra"] == {"listed_at_zero": {"input": 0.0, "output": 0.0}}


def test_free_means_free() -> None:
    """A 0 of a subscription is not found, in either direction."""
    models = [
        {"id": "plan", "billing": "subscription", "cost": {"input": 0, "output": 0}},
        {"id": "gift", "cost": {"input": 0, "output": 0}},
        {"id": "paid", "cost": {"input": 1, "output": 2}},
        {"id": "who-knows"},
    ]
    cat = Catalog.from_sources({"acme": {"models": models}})
    assert [m.id for m in cat.find(free=True)] == ["gift"]
    assert [m.id for m in cat.find(free=False)] == ["paid", "plan"]
    assert [m.id for m in cat.find(billing="unknown")] == ["who-knows"]
    assert (cat.model("acme:plan").cost_input, cat.model("acme:gift").cost_input) == (None, 0)


def test_a_provider_that_is_switched_off_takes_its_models_along() -> None:
    """Its day is theirs, unless they end before."""
    models = [{"id": "one"}, {"id": "two", "retires_on": "2026-01-01"}]
    cat = Catalog.from_sources({"acme": {"retires_on": "2026-07-30", "models": models}})
    assert [m.retires_on for m in cat.models()] == ["2026-07-30", "2026-01-01"]
    assert [m.status for m in cat.find(today="2026-07-29")] == [None]
    assert cat.find(today="2026-07-30") == []


def test_a_provider_with_a_base_url_elsewhere_is_a_service() -> None:
    """One at localhost is not; of one that names neither URL nor key nothing is known."""
    assert is_local({"api": "http://127.0.0.1:1234/v1"}) is True
    assert is_local({"api": "https://api.acme.com/v1"}) is False
    assert is_local({"env": ["ACME_API_KEY"]}) is False
    assert is_local({"name": "Acme"}) is None


def test_the_keys_of_other_catalogues_can_be_required() -> None:
    """LLMModels' twelve keys, by their own names, in require and in forbid."""
    keys = (
        *("chat", "embeddings", "reasoning", "tools", "tools_streaming", "tools_strict"),
        *("tools_parallel", "json_native", "json_schema", "json_strict", "streaming_text"),
        "streaming_tool_calls",
    )
    able = {
        "chat": True,
        "embeddings": True,
        "reasoning": {"enabled": True},
        "tools": {"enabled": True, "streaming": True, "strict": True, "parallel": True},
        "json": {"native": True, "schema": True, "strict": True},
        "streaming": {"text": True, "tool_calls": True},
    }
    models = [{"id": "all", "capabilities": able}, {"id": "none"}]
    cat = Catalog.from_sources({"acme": {"models": json.loads(json.dumps(models))}})
    for key in keys:
        assert [m.id for m in cat.find(require=[key])] == ["all"], key
        assert [m.id for m in cat.find(forbid=[key])] == ["none"], key
    assert [m.id for m in cat.find(require=["supports_tools"])] == ["all"]


def test_who_charges_is_a_service() -> None:
    """Though nobody names its address or its key."""
    assert is_local({"id": "acme"}, [{"billing": "free"}, {"billing": "unit"}]) is False
    assert is_local({"id": "acme"}, [{"billing": "free"}, {}]) is None


def test_the_default_is_the_labs_own_or_what_many_offer() -> None:
    """A speciality that one reseller has is newer, and not what anybody expects."""
    chats = {"follows": {"chat": True}, "quality_tier": "balanced"}
    own = {"id": "own-2", "first_party": True, "release_date": "2025-01-01", **chats}
    wide = {"id": "wide-1", "release_date": "2026-01-01", **chats}
    odd = {"id": "odd-9", "release_date": "2026-06-01", **chats}
    offered = {"own-2": 1, "wide-1": WIDELY, "odd-9": 1}
    assert default_model([odd, wide, own], lambda facts: offered[facts["id"]]) == "own-2"
    assert default_model([odd, wide], lambda facts: offered[facts["id"]]) == "wide-1"
    assert default_model([odd, wide]) == "odd-9"
