"""Configuration files of other programs: named for what they are, with the way to say it here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.errors import LlmcatError
from tests.cli.running import llmcat
from tests.pipeline.building import build_from, write_text

LITELLM: dict[str, Any] = {
    "max_input_tokens": 131072,
    "max_output_tokens": 8192,
    "input_cost_per_token": 5e-07,
    "output_cost_per_token": 1.5e-06,
    "litellm_provider": "acme",
}
PRICED = "pricing: {input: 0.5, output: 1.5}"

FILES: list[tuple[str, Any, str]] = [
    ("price map of LiteLLM", {"acme/m": LITELLM}, PRICED),
    (
        "LiteLLM's config.yaml",
        {
            "model_list": [
                {
                    "model_name": "mine",
                    "litellm_params": {"model": "acme/m"},
                    "model_info": LITELLM,
                }
            ]
        },
        "aliases: [mine]",
    ),
    (
        "Continue's config.yaml",
        {
            "name": "A",
            "version": "1.0.0",
            "models": [
                {
                    "name": "M",
                    "provider": "acme",
                    "model": "m",
                    "defaultCompletionOptions": {"contextLength": 131072},
                }
            ],
        },
        "context_window: 131072",
    ),
    (
        "opencode's configuration",
        {"provider": {"acme": {"models": {"m": {"tool_call": True, "cost": {"input": 0.5}}}}}},
        "capabilities: [function_calling]",
    ),
    (
        "model of Langfuse",
        {
            "modelName": "m",
            "matchPattern": "^m$",
            "prices": {"input": 5e-07, "output": 1.5e-06},
        },
        PRICED,
    ),
    (
        "price list of llm-prices",
        {
            "vendor": "acme",
            "models": [{"id": "m", "price_history": [{"input": 0.5, "output": 1.5}]}],
        },
        PRICED,
    ),
    (
        "provider of genai-prices",
        {
            "id": "acme",
            "api_pattern": "x",
            "models": [
                {
                    "id": "m",
                    "match": {"equals": "m"},
                    "prices": {"input_mtok": {"base": 0.5}, "output_mtok": 1.5},
                }
            ],
        },
        PRICED,
    ),
    (
        "OpenRouter's list",
        {"data": [{"id": "acme/m", "pricing": {"prompt": "0.0000005", "completion": "0.0000015"}}]},
        PRICED,
    ),
]


@pytest.mark.parametrize(("name", "data", "ours"), FILES)
def test_a_file_of_another_program_is_named(
    name: str, data: Any, ours: str, tmp_path: Path
) -> None:
    """By validate, by a build of any kind, and by Python; what to write instead stands there."""
    file = write_text(tmp_path / "their.json", json.dumps(data))
    for said in (
        llmcat("validate", file),
        llmcat("build", "-o", tmp_path / "c.db", "--source", f"yaml={file}"),
        llmcat("build", "-o", tmp_path / "c.db", "--source", f"models.dev={file}"),
    ):
        assert said.status == 1
        assert name in said.err
        assert ours in said.err
    with pytest.raises(LlmcatError, match=name):
        Catalog.from_sources(data)


def test_what_is_no_file_of_theirs_is_read(tmp_path: Path) -> None:
    """An overlay in YAML or JSON whose words are alike is still an overlay."""
    text = "provider: acme\nname: Acme\nmodels: {m: {name: M, metadata: {version: 1}}}\n"
    db = build_from(tmp_path / "c.db", ("yaml", write_text(tmp_path / "acme.yml", text)))
    assert Catalog(db).model("acme:m").name == "M"
