"""The formats that llmcat succeeds, without loss: ExLLM's, LLMModels', chuk-llm's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.pipeline.building import build_from, details, model, provider, reasons, write_text

EVOLVING = """
models:
  listed:
    capabilities:
      - streaming: {added_in: "2024-10-22", stable_since: "2024-10-22"}
      - web_search: {added_in: "2025-01-15", status: beta, breaking_changes: ["needs API of 2025"]}
      - vision
      - json_mode:
  tabled:
    capabilities:
      streaming: {version: "1.0", documentation: "https://docs", breaking_changes: []}
      vision: {supported: false, since: "2024"}
"""


def test_capabilities_with_a_past(tmp_path: Path) -> None:
    """A list of one-key tables or a table, without `supported: true`: the dates are kept."""
    db = build_from(tmp_path / "c.db", ("yaml", write_text(tmp_path / "anthropic.yml", EVOLVING)))
    assert reasons(db) == []
    listed = model(db, "anthropic:listed")
    assert listed["capabilities"] == ["json_mode", "streaming", "vision", "web_search"]
    search = details(db, "anthropic:listed")["capabilities"]["web_search"]
    assert search == {
        "supported": True,
        "added_in": "2025-01-15",
        "status": "beta",
        "breaking_changes": ["needs API of 2025"],
    }
    tabled = model(db, "anthropic:tabled")
    assert (tabled["streaming"], tabled["vision"]) == (1, 0)


PRICED = """
models:
  m:
    pricing:
      input: 3
      output: 15
      currency: usd
      effective_date: 2025-01-01
      updated_at: 2025
      batch: {input: 1.5, output: 7.5}
      volume_discounts: [{over: 1000, percent: 5}]
  n:
    name: N
    pricing: {input: 3, currency: EUR}
  o:
    pricing: {input: 3, batch_input: 1.5, batch: 0.5}
"""


def test_what_is_said_about_prices_is_kept(tmp_path: Path) -> None:
    """Dates and discounts are no prices; batch prices are a mode; euros cost the price alone."""
    db = build_from(tmp_path / "c.db", ("yaml", write_text(tmp_path / "acme.yml", PRICED)))
    found = details(db, "acme:m")
    assert found["cost"] == {"input": 3.0, "output": 15.0}
    assert found["modes"] == {"batch": {"cost": {"input": 1.5, "output": 7.5}}}
    assert found["extra"]["pricing"] == {
        "effective_date": "2025-01-01",
        "updated_at": 2025,
        "volume_discounts": [{"over": 1000, "percent": 5}],
    }
    assert (model(db, "acme:n")["name"], model(db, "acme:n")["cost_input"]) == ("N", None)
    assert reasons(db) == ["pricing: the prices are in 'EUR', and only USD is understood"]
    assert details(db, "acme:o")["modes"] == {"batch": {"cost": {"input": 1.5}}}
    assert details(db, "acme:o")["extra"] == {"pricing": {"batch": 0.5}}


SNAPSHOT = {
    "providers": [{"id": "acme_eu", "name": "Acme", "base_url": None, "env": ["KEY"]}],
    "models": [
        {
            "id": "m",
            "provider": "acme_eu",
            "deprecated?": True,
            "aliases": ["n"],
            "tags": None,
            "limits": {"context": 5, "output": None},
            "cost": {"input": 1, "audio": 2, "image": 3, "training": 4},
            "modalities": {"input": ["text", "document"], "output": ["text"]},
            "capabilities": {
                "chat": True,
                "reasoning": {"enabled": False, "token_budget": None},
                "tools": {"enabled": True, "streaming": None, "parallel": True},
            },
            "extra": {"temperature": 1, "attachment": True},
        }
    ],
}


def test_a_snapshot_of_llmmodels(tmp_path: Path) -> None:
    """Lists of providers and models, as its snapshot.json has them; JSON is YAML, too."""
    file = write_text(tmp_path / "snapshot.json", json.dumps(SNAPSHOT))
    db = build_from(tmp_path / "c.db", ("yaml", file))
    assert reasons(db) == []
    found = model(db, "acme-eu:m")
    assert (found["status"], found["limit_context"], found["aliases"]) == ("deprecated", 5, ["n"])
    assert found["modalities_input"] == ["pdf", "text"]
    assert (found["pdf_input"], found["tools"], found["parallel_tools"]) == (1, 1, 1)
    assert (found["reasoning"], found["temperature"], found["attachment"]) == (0, None, 1)
    wide = details(db, "acme-eu:m")
    assert wide["cost"] == {"input": 1.0, "audio": 2.0, "image": 3.0, "training": 4.0}
    assert wide["extra"] == {"temperature": 1}
    assert provider(db, "acme-eu")["env"] == ["KEY"]


@pytest.mark.parametrize("tier", ["balanced", "unknown"])
def test_overrides_of_chuk_llm(tier: str, tmp_path: Path) -> None:
    """A list of models by provider and name; limits and prices stand among the capabilities."""
    text = f"""
models:
  - provider: custom_proxy
    name: llama-3-custom
    capabilities:
      max_context: 100000
      supports_tools: true
      supports_vision: false
      input_cost_per_1m: 0.0
      quality_tier: {tier}
"""
    file = write_text(tmp_path / "model_overrides.yaml", text)
    db = build_from(tmp_path / "c.db", ("yaml", file))
    assert reasons(db) == []
    found = model(db, "custom-proxy:llama-3-custom")
    assert (found["limit_context"], found["cost_input"]) == (100_000, 0.0)
    assert (found["tools"], found["vision"]) == (1, 0)
    assert found["quality_tier"] == (tier if tier != "unknown" else None)
