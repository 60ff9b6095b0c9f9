"""Code that calls a model: in the words of its kind, and whatever a source wrote stays a text in it."""

from __future__ import annotations

import ast
import json
import shlex
from typing import Any

import pytest

pytest.importorskip("datasette", reason="the browse extra is not installed")

from llmcat import Catalog
from llmcat.datasette_plugin.pages.how_to_call import how
from tests.conftest import MakeCatalog


def samples(catalog: Catalog, spec: str) -> dict[str, str]:
    """Language -> code."""
    model = catalog.model(spec)
    called = how(model, model.details, catalog.provider(model.provider))
    return {sample["language"]: sample["code"] for sample in called["samples"]}


def body(curl: str) -> Any:
    """What a command of curl sends."""
    words = shlex.split(curl)
    return json.loads(words[words.index("-d") + 1])


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("openai:gpt-4o", {"Python": "chat.completions", "AI SDK": "generateText"}),
        ("openai:text-embedding-3-small", {"Python": "embeddings.create", "AI SDK": "embed("}),
        ("openai:gpt-image-1", {"Python": "images.generate", "curl": "/images/generations"}),
        ("openai:whisper-1", {"Python": "transcriptions.create", "curl": "file=@"}),
        ("openai:tts-1", {"Python": "speech", "curl": "--output"}),
        ("anthropic:claude-sonnet-4-6", {"Python": "messages.create", "curl": "anthropic-version"}),
        ("google:gemini-2.5-flash", {"Python": "generate_content", "curl": ":generateContent"}),
        ("google:gemini-embedding-001", {"Python": "embed_content", "LiteLLM": "gemini/"}),
        ("groq:llama-3.3-70b-versatile", {"AI SDK": "groq(", "LiteLLM": "groq/llama"}),
        ("moonshotai:kimi-k2.5", {"LiteLLM": "moonshot/kimi", "curl": "api.moonshot"}),
    ],
)
def test_the_words_are_those_of_its_kind(
    shipped_catalog: Catalog, spec: str, words: dict[str, str]
) -> None:
    """In the languages that its provider speaks; what gives no text is not asked to say hello."""
    found = samples(shipped_catalog, spec)
    for language, word in words.items():
        assert word in found[language], (language, found)
    if "embed" in spec:
        assert not any("messages" in code or "chat" in code for code in found.values())


def test_python_is_python_and_curl_sends_json(shipped_catalog: Catalog) -> None:
    """Of every fortieth model of the catalogue."""
    seen: dict[str, int] = {}
    for model in shipped_catalog.models()[::40]:
        for language, code in samples(shipped_catalog, model.spec).items():
            seen[language] = seen.get(language, 0) + 1
            if language in ("Python", "LiteLLM"):
                ast.parse(code)
            elif language == "curl" and "-d" in shlex.split(code):
                assert body(code)
    assert min(seen.values()) > 20
    assert {"Python", "curl", "AI SDK", "LiteLLM"} == seen.keys()


@pytest.mark.parametrize("id", ["it's", 'say "$(reboot)" `reboot`', "x'; reboot #"])
def test_a_hostile_id_is_a_text(make_catalog: MakeCatalog, id: str) -> None:
    """It is quoted as each language wants, so that pasted code sends it and runs nothing else."""
    provider = {"npm": "@ai-sdk/openai-compatible", "api": "https://x.test/v1'$(id)"}
    mapping = {"x": {**provider, "env": ["X_KEY"], "models": {id: {"name": "a"}}}}
    catalog = Catalog(make_catalog(mapping))
    [model] = catalog.models()
    found = samples(catalog, model.spec)
    assert body(found["curl"])["model"] == model.id
    assert shlex.split(found["curl"])[1] == "https://x.test/v1'$(id)/chat/completions"
    texts = [
        node.value
        for node in ast.walk(ast.parse(found["Python"]))
        if isinstance(node, ast.Constant)
    ]
    assert model.id in texts


def test_a_key_that_is_no_variable_is_in_no_code(make_catalog: MakeCatalog) -> None:
    """Shells would run it."""
    provider = {"npm": "@ai-sdk/openai-compatible", "api": "https://x.test/v1"}
    for key in ("X$(reboot)", "X KEY", "'"):
        mapping = {"x": {**provider, "env": [key], "models": {"a": {"name": "a"}}}}
        assert samples(Catalog(make_catalog(mapping)), "x:a") == {}


def test_nothing_is_made_up(shipped_catalog: Catalog) -> None:
    """Where neither language nor kind is known there is no code."""
    unknown = (
        "SELECT spec FROM models WHERE provider IN (SELECT id FROM providers WHERE npm IS NULL)"
    )
    specs = [row["spec"] for row in shipped_catalog.sql(f"{unknown} LIMIT 40").to_dicts()]
    for spec in specs:
        assert {"Python", "curl", "AI SDK"}.isdisjoint(samples(shipped_catalog, spec))
