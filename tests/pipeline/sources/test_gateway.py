"""The lists of gateways: OpenRouter's, Vercel's, Hugging Face's; their own word for their own prices."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmcat.errors import SourceError
from llmcat.pipeline.entries import Document, Entry
from llmcat.pipeline.sources import source_kind
from tests.cli.running import llmcat
from tests.pipeline.building import build_from, details, model, write_json
from tests.pipeline.kept import not_held

OPENROUTER = {
    "id": "lab/model-x",
    "canonical_slug": "lab/model-x-20260801",
    "name": "Lab: X",
    "created": 1785858831,
    "context_length": 262144,
    "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
    "pricing": {
        "prompt": "0.0000002",
        "completion": "0.0000009",
        "input_cache_read": "0.00000002",
        "web_search": "0.01",
        "overrides": [
            {"min_prompt_tokens": 272000, "prompt": "0.0000004"},
            {"utc_start": 100, "utc_end": 400, "utc_days": ["mon"], "prompt": "0.0000004"},
        ],
    },
    "top_provider": {"context_length": 262144, "max_completion_tokens": 65536},
    "supported_parameters": ["tools", "structured_outputs", "top_k"],
    "expiration_date": "2098-12-31",
    "reasoning": {"mandatory": False, "supported_efforts": ["high", "low"]},
}
VERCEL = {
    "id": "lab/model-x",
    "released": 1779000000,
    "context_window": 0,
    "max_tokens": 8192,
    "type": "language",
    "tags": ["tool-use", "vision"],
    "pricing": {
        "input": "0.0000012",
        "output": "0.000006",
        "input_tiers": [
            {"cost": "0.0000012", "min": 0, "max": 32001},
            {"cost": "0.0000024", "min": 32001},
        ],
    },
}
HUGGING_FACE = {
    "id": "Lab/Model-X",
    "owned_by": "Lab",
    "providers": [
        {
            "provider": "novita",
            "context_length": 131072,
            "pricing": {"input": 0.3, "output": 0.9},
            "supports_tools": True,
        }
    ],
}


def entries(kind: str, *rows: dict[str, Any]) -> list[Entry]:
    read = source_kind(kind).translate(Document("list.json", {"data": list(rows)}, ""))
    return [entry for entry in read if isinstance(entry, Entry)]


def test_openrouter() -> None:
    """Prices per token as text, tiers, known parameters, what they show; 2098 is never."""
    [entry] = entries("openrouter", OPENROUTER)
    assert entry.facts["cost"] == {
        "input": 0.2,
        "output": 0.9,
        "cache_read": 0.02,
        "web_search": 0.01,
        "tiers": [{"min_context": 272_000, "input": 0.4}],
    }
    assert entry.facts["limit"] == {"context": 262_144, "output": 65_536}
    assert entry.facts["serving"] == {"known_params": ["tools", "structured_outputs", "top_k"]}
    assert entry.facts["capabilities"] == {
        "function_calling": True,
        "structured_outputs": True,
        "reasoning": {"supported": True, "effort_levels": ["high", "low"]},
    }
    assert "retires_on" not in entry.facts


def test_what_is_no_price() -> None:
    """-1 varies, 0/0 is paid in another unit; only an id that says free is."""
    rows = [
        {"id": "auto", "pricing": {"prompt": "-1", "completion": "-1"}},
        {"id": "video", "pricing": {"prompt": "0", "completion": "0"}},
        {"id": "x:free", "pricing": {"prompt": "0", "completion": "0"}},
    ]
    auto, video, free = (entry.facts for entry in entries("openrouter", *rows))
    assert ("cost" in auto, "cost" in video) == (False, False)
    assert auto["extra"]["openrouter"]["pricing"] == {"prompt": "-1", "completion": "-1"}
    assert free["cost"] == {"input": 0.0, "output": 0.0}


def test_a_row_that_redirects_is_an_alias() -> None:
    """~lab/model-latest is no model of its own."""
    row = {**OPENROUTER, "id": "~lab/latest", "alias_target": {"slug": "lab/model-x"}}
    [entry] = entries("openrouter", row, OPENROUTER)
    assert (entry.facts["id"], entry.facts["aliases"]) == ("lab/model-x", ["~lab/latest"])
    assert entry.facts["name"] == "Lab: X"
    assert list(not_held("openrouter", entry)) == []


def test_vercel_and_hugging_face() -> None:
    """Other keys, the same facts."""
    [vercel], [hugging_face] = (
        entries("vercel-gateway", VERCEL),
        entries("huggingface-router", HUGGING_FACE),
    )
    tier = {"min_context": 32_001, "input": 2.4}
    assert vercel.facts["cost"] == {"input": 1.2, "output": 6.0, "tiers": [tier]}
    assert (vercel.facts["provider"], vercel.facts["limit"]) == ("vercel", {"output": 8192})
    assert hugging_face.facts["cost"] == {"input": 0.3, "output": 0.9}
    assert hugging_face.facts["capabilities"] == {"function_calling": True}


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("openrouter", OPENROUTER),
        ("vercel-gateway", VERCEL),
        ("huggingface-router", HUGGING_FACE),
        ("openrouter", {"id": "x", "pricing": {"prompt": "0", "image": "0.002", "odd": "7"}}),
    ],
)
def test_every_scalar_is_found_again(kind: str, row: dict[str, Any]) -> None:
    """In the facts, in llmcat's unit or as it is."""
    assert [list(not_held(kind, entry)) for entry in entries(kind, row)] == [[]]


def test_a_gateway_is_right_about_itself_alone(tmp_path: Path) -> None:
    """Its list overrides what a base says of its own models."""
    said = {"id": "lab/model-x", "cost": {"input": 0.5, "output": 0.9}}
    api = {"openrouter": {"id": "openrouter", "models": {"lab/model-x": said}}}
    base = write_json(tmp_path / "api.json", api)
    own = write_json(tmp_path / "list.json", {"data": [OPENROUTER]})
    db = build_from(tmp_path / "c.db", ("models.dev", base), ("openrouter", own))
    assert model(db, "openrouter:lab/model-x")["cost_input"] == 0.2
    assert details(db, "openrouter:lab/model-x")["provenance"]["cost.input"] == "openrouter"
    rules = llmcat("sql", "SELECT rule FROM disagreements", "--db", db, "--json").json
    assert rules == [{"rule": "authoritative"}]


def test_a_file_that_is_none(tmp_path: Path) -> None:
    """One line that says so."""
    path = tmp_path / "list.json"
    path.write_text(json.dumps({"models": []}))
    with pytest.raises(SourceError, match="is no list of openrouter"):
        list(source_kind("openrouter").read(path))
