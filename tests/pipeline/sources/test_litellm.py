"""LiteLLM's price map: names, prices in every unit, modes, regions, hours; nothing is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from llmcat import Catalog
from llmcat.errors import SourceError
from llmcat.pipeline.entries import Document, Entry, Reject
from llmcat.pipeline.sources.litellm.map import LiteLLM
from llmcat.pipeline.sources.litellm.names import Name, name_of
from llmcat.pipeline.sources.litellm.prices import BASES
from tests.cli.running import llmcat
from tests.examples import examples
from tests.pipeline.building import build_from, details, model, reasons, write_json
from tests.pipeline.kept import not_held

CHAT = {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1.25e-07}


def facts_of(**entries: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Id -> facts of what a map with these entries says."""
    read = LiteLLM().translate(Document("map.json", entries, ""))
    return {entry.facts["id"]: entry.facts for entry in read if isinstance(entry, Entry)}


@pytest.mark.parametrize(
    ("key", "provider", "name"),
    [
        ("gpt-4o", "openai", Name("openai", "gpt-4o")),
        ("azure/eu/gpt-4o", "azure", Name("azure", "gpt-4o", "eu")),
        ("azure/global-standard/gpt-4o", "azure", Name("azure", "gpt-4o")),
        ("bedrock/us-gov-west-1/xai.grok-4", "bedrock", Name("bedrock", "xai.grok-4", "us-gov-west-1")),
        ("us.amazon.nova-lite-v1:0", "bedrock_converse", Name("bedrock", "us.amazon.nova-lite-v1:0")),
        ("low/1024-x-1024/gpt-image-1", "openai", Name("openai", "gpt-image-1", "", "low_1024_x_1024")),
        ("gemini/gemini-2.5-pro", "gemini", Name("gemini", "gemini-2.5-pro")),
        ("openrouter/openai/gpt-5", "openrouter", Name("openrouter", "openai/gpt-5")),
        ("perplexity/perplexity/sonar", "perplexity", Name("perplexity", "perplexity/sonar")),
        ("together-ai-4.1b-8b", "together_ai", None),
    ],
)  # fmt: skip
def test_names(key: str, provider: str, name: Name | None) -> None:
    """Routes, regions and image sizes are no part of an id; an id of its own stays one."""
    assert name_of(key, provider) == name


def test_prices_go_through_the_decimal_text() -> None:
    """1.25e-07 per token is 0.125 per 1M tokens, not 0.12499999999999999."""
    assert facts_of(a=CHAT)["a"]["cost"] == {"input": 0.125}


def test_what_gives_no_token_is_called_chat_by_mistake() -> None:
    """Embeddings of a gateway: their mode is a filler, and others say what they are."""
    filler = {**CHAT, "max_output_tokens": 0, "max_input_tokens": 0}
    found = facts_of(embed=filler, chat={**CHAT, "max_output_tokens": 8})
    assert ("task" in found["embed"], found["chat"]["task"]) == (False, "chat")


def test_suffixes_are_tiers_modes_and_meters() -> None:
    """Above so many tokens, for an hour, in a batch, with priority; and two of them together."""
    entry = {
        **CHAT,
        "input_cost_per_token_above_272k_tokens": 2.5e-07,
        "input_cost_per_token_above_272k_tokens_priority": 5e-07,
        "input_cost_per_token_batches": 6e-08,
        "cache_creation_input_token_cost_above_1hr": 4e-07,
    }
    assert facts_of(a=entry)["a"]["cost"] == {
        "input": 0.125,
        "cache_write_1h": 0.4,
        "tiers": [{"min_context": 272_000, "input": 0.25}],
    }
    assert facts_of(a=entry)["a"]["modes"] == {
        "batch": {"cost": {"input": 0.06}},
        "priority": {"cost": {"tiers": [{"min_context": 272_000, "input": 0.5}]}},
    }


def test_what_is_not_priced_by_the_token() -> None:
    """Images, seconds, pages, searches by their context; a 0 beside them stands for nothing."""
    image = {
        "litellm_provider": "fal_ai",
        "mode": "image_generation",
        "input_cost_per_token": 0.0,
        "output_cost_per_image": 0.04,
        "search_context_cost_per_query": {
            "search_context_size_low": 0.03,
            "search_context_size_medium": 0.035,
        },
        "ocr_cost_per_page": 0.001,
    }
    facts = facts_of(a=image)["a"]
    assert facts["cost"] == {
        "image": 0.04,
        "page": 0.001,
        "web_search": 0.035,
        "web_search_low": 0.03,
    }
    assert facts["extra"] == {"litellm": {"input_cost_per_token": 0.0}}


def test_a_price_that_cannot_mean_what_its_key_says() -> None:
    """A model that makes songs is paid by the song; one that makes text has no price of an image; and an
    embedding of $100 per million was meant per thousand. What has no place stays in extra."""
    song = {"supported_output_modalities": ["audio"], "output_cost_per_image": 0.08}
    text = {**CHAT, "supported_output_modalities": ["text"], "output_cost_per_image": 0.00012}
    embedding = {"mode": "embedding", "input_cost_per_token": 0.0001}
    entries = {"song": song, "text": text, "embedding": embedding}
    facts = facts_of(**{name: {"litellm_provider": "g", **e} for name, e in entries.items()})
    assert facts["song"]["cost"] == {"request": 0.08}
    assert "image" not in facts["text"]["cost"]
    assert facts["text"]["extra"]["litellm"]["output_cost_per_image"] == 0.00012
    assert "cost" not in facts["embedding"]
    assert facts["embedding"]["extra"]["litellm"]["input_cost_per_token"] == 0.0001


def test_regions_and_multipliers_are_prices_of_the_model() -> None:
    """azure/eu/… is the model in the EU; an uplift of 10% is calculated in decimals."""
    entries = {
        "gpt-4o": {**CHAT, "regional_processing_uplift_multiplier_us": 1.1},
        "eu/gpt-4o": {**CHAT, "input_cost_per_token": 1.3e-07},
    }
    assert facts_of(**entries)["gpt-4o"]["regions"] == {
        "us": {"cost": {"input": 0.1375}},
        "eu": {"cost": {"input": 0.13}},
    }


def test_cheaper_hours() -> None:
    """cost holds the dearer hours' price, the others stand with their hours in UTC."""
    off_peak = {
        "input_cost_per_token": 6.25e-08,
        "windows": [{"weekdays": [1, 2, 3, 4, 5], "hours_utc": "16:30-00:30"}],
    }
    facts = facts_of(a={**CHAT, "off_peak_pricing": off_peak})["a"]
    assert facts["hours"] == {"Mon-Fri 16:30-00:30": {"cost": {"input": 0.0625}}}


def test_lifecycle_and_aliases(tmp_path: Path) -> None:
    """A date with its source is a fact, one without stays in extra; an alias is no model."""
    entries = {
        "a": {**CHAT, "deprecation_date": "2026-12-01", "deprecation_source": "https://x"},
        "b": {**CHAT, "deprecation_date": "2026-12-01", "successor_model": "openai/a"},
        "a-latest": {"alias_of": "a"},
    }
    db = build_from(tmp_path / "c.db", ("litellm", write_json(tmp_path / "map.json", entries)))
    assert reasons(db) == []
    assert (model(db, "openai:a")["retires_on"], model(db, "openai:a")["aliases"]) == (
        "2026-12-01",
        ["a-latest"],
    )
    assert (model(db, "openai:b")["retires_on"], model(db, "openai:b")["replacement"]) == (
        None,
        "a",
    )
    assert details(db, "openai:b")["extra"]["litellm"] == {"deprecation_date": "2026-12-01"}


def test_a_snapshot_at_the_prices_of_its_model_is_a_name_of_it(tmp_path: Path) -> None:
    """One row, not two; a snapshot with prices of its own stays a model, as does one that upstream lists."""
    dear = {**CHAT, "input_cost_per_token": 5e-06}
    map_json = {
        "gpt-4o": CHAT,
        "gpt-4o-2024-05-13": dear,
        "gpt-4o-2024-08-06": CHAT,
        "gpt-4o-2024-11-20": CHAT,
    }
    own = {
        "id": "gpt-4o-2024-11-20",
        "name": "GPT-4o (November)",
        "cost": {"input": 0.125, "output": 1},
    }
    api = {"openai": {"id": "openai", "name": "OpenAI", "models": {"gpt-4o-2024-11-20": own}}}
    db = build_from(
        tmp_path / "c.db",
        ("models.dev", write_json(tmp_path / "api.json", api)),
        ("litellm", write_json(tmp_path / "map.json", map_json)),
    )
    with Catalog(db) as catalog:
        specs = [m.spec for m in catalog.models("openai")]
        assert specs == ["openai:gpt-4o", "openai:gpt-4o-2024-05-13", "openai:gpt-4o-2024-11-20"]
        assert catalog.model("openai:gpt-4o").aliases == ("gpt-4o-2024-08-06",)
        assert catalog.resolve("gpt-4o-2024-08-06").spec == "openai:gpt-4o"
        assert catalog.resolve("gpt-4o-2024-11-20").spec == "openai:gpt-4o-2024-11-20"


def test_what_is_no_model_is_rejected(tmp_path: Path) -> None:
    """With its key and the reason; its neighbours are taken."""
    entries = {"gpt-5": CHAT, "odd": {"mode": "chat"}, "fireworks-ai-default": {**CHAT}}
    db = build_from(tmp_path / "c.db", ("litellm", write_json(tmp_path / "map.json", entries)))
    assert reasons(db) == [
        "is a price class for models without an entry",
        "names no litellm_provider",
    ]


def test_a_file_that_is_no_map(tmp_path: Path) -> None:
    """One line that says so."""
    with pytest.raises(SourceError, match="is no price map of LiteLLM"):
        list(LiteLLM().read(write_json(tmp_path / "map.json", {"a": {"models": {}}})))


def test_from_the_command_line(tmp_path: Path) -> None:
    """A map alone is a catalogue."""
    path = write_json(tmp_path / "map.json", {"gpt-5": CHAT})
    db = tmp_path / "c.db"
    assert llmcat("build", "--source", f"litellm={path}", "-o", db).status == 0
    assert llmcat("show", "openai:gpt-5", "--db", db, "--json").json["cost_input"] == 0.125


numbers = st.floats(1e-9, 1e-3).map(lambda price: float(f"{price:.6g}")) | st.just(0.0)
suffixes = st.sampled_from(
    ["", "_above_200k_tokens", "_batches", "_priority", "_flex", "_above_272k_tokens_priority"]
)
prices = st.dictionaries(
    st.builds(lambda base, suffix: base + suffix, st.sampled_from(sorted(BASES)), suffixes),
    numbers,
    max_size=6,
)
others = st.fixed_dictionaries(
    {
        "litellm_provider": st.sampled_from(
            ["openai", "bedrock_converse", "vertex_ai-language-models"]
        )
    },
    optional={
        "mode": st.sampled_from(["chat", "embedding", "image_generation"]),
        "max_input_tokens": st.integers(1, 2_000_000),
        "max_tokens": st.integers(1, 2_000_000),
        "supported_modalities": st.lists(st.sampled_from(["text", "image"]), min_size=1),
        "supported_endpoints": st.lists(st.sampled_from(["/v1/chat/completions", "/v1/batch"])),
        "rpm": st.integers(1, 10_000),
        "source": st.just("https://example.com/pricing"),
        "something_new": st.text("abc", min_size=1),
        "nested": st.dictionaries(st.text("xyz", min_size=1), st.integers(5, 9), max_size=2),
    },
)
keys = st.sampled_from(["m", "eu/m", "us/m", "1024-x-1024/m", "1-month-commitment/m", "n"])


@settings(max_examples=examples(40), deadline=None)
@given(st.dictionaries(keys, st.builds(lambda a, b: {**a, **b}, others, prices), min_size=1))
def test_every_scalar_is_found_again(entries: dict[str, dict[str, Any]]) -> None:
    """In the facts, in llmcat's unit or as it is; what is rejected is rejected whole."""
    for entry in LiteLLM().translate(Document("map.json", json.loads(json.dumps(entries)), "")):
        if not isinstance(entry, Reject):
            assert list(not_held("litellm", entry)) == []
