"""Coming from: every line of the tables in docs/ that say what to call here is run.

A new line of docs/coming-from.md without an entry in EXPECTED fails.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from llmcat import Catalog, Model, Provider
from llmcat.choosing.compare import Comparison
from llmcat.choosing.options import OPTIONS
from llmcat.cli import MODULE_OF
from llmcat.lookup.fallback import fallback, is_fallback
from llmcat.pricing.usage import read_usage
from llmcat.spec import parse_spec
from tests.conftest import MakeCatalog

DOCS = Path(__file__).parent.parent / "docs"
TODAY = "2026-11-21"
OPENAI = "openai:gpt-4o"

Check = Callable[[Any], object]


class Line(NamedTuple):
    """A line of a table: where one comes from, the call there, the call here."""

    origin: str
    there: str
    here: str


def lines() -> Iterator[Line]:
    """All lines of the tables of coming-from.md but their heads."""
    origin = ""
    for line in (DOCS / "coming-from.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            origin = line[3:]
        elif line.startswith("| `"):
            there, here, _ = (cell.strip() for cell in line.strip("|").split("|"))
            yield Line(origin, there.replace("`", ""), here.strip("`"))


def is_model(spec: str) -> Check:
    return lambda answer: isinstance(answer, Model) and answer.spec == spec


def is_(value: object) -> Check:
    return lambda answer: type(answer) is type(value) and answer == value


def models(test: Check = lambda model: True) -> Check:
    """A list of some models, all of which pass the test."""
    return lambda answer: (
        len(answer) > 0 and all(isinstance(model, Model) and test(model) for model in answer)
    )


def one(test: Check = lambda model: True) -> Check:
    return lambda answer: isinstance(answer, Model) and test(answer)


def nobody(answer: Any) -> bool:
    """Known of no shipped model; test_capability_keys_mean_what_they_say has models that can."""
    return answer is None or answer == []


def largest_first(answer: list[Model]) -> bool:
    """Largest first, and then the few that are out of all proportion."""
    sizes = [model.limit_context or 0 for model in answer]
    falling = next((n for n, size in enumerate(sizes[1:], 1) if size > sizes[n - 1]), len(sizes))
    return len(sizes) - falling < 20 and min(sizes) >= 100_000


def cheapest_first(answer: list[Any]) -> bool:
    blends = [round((3 * m.cost_input + m.cost_output) / 4, 9) for m in answer]
    falls = sum(one > other for one, other in pairwise(blends))  # to the outliers, which come last
    return falls <= 1 and all(m.cost_input <= 5 and m.cost_output <= 20 for m in answer)


def all_models(answer: list[Model]) -> bool:
    return len(answer) > 4_000 and any(model.status == "retired" for model in answer)


def of(provider: str) -> Check:
    return models(lambda model: model.provider == provider)


def known_keys(answer: list[Model]) -> bool:
    """The environment of these tests holds the key of OpenAI alone."""
    return {model.provider for model in answer} == {"openai"}


def marked(answer: Model) -> bool:
    return is_fallback(answer) and (answer.limit_context, answer.cost_input) == (4096, 0.0)


def side_by_side(answer: Comparison) -> bool:
    specs = ["anthropic:claude-sonnet-4-5", OPENAI]
    return (
        list(answer.pricing) == list(answer.context_windows) == specs
        and answer.capabilities["vision"] == specs
        and not answer.unknown
    )


def overridden(spec: str) -> Check:
    return lambda answer: type(answer) is Catalog and answer.model(spec).spec == spec


def opened(answer: Catalog) -> bool:
    return answer.model(OPENAI).id == "gpt-4o"


def command(answer: str) -> bool:
    return answer in MODULE_OF


def streams(answer: list[Model]) -> bool:
    return {"openai", "anthropic"} <= {model.provider for model in answer}


def several_providers(answer: list[Provider]) -> bool:
    return {"openai", "google"} <= {provider.id for provider in answer}


COST = Decimal("0.0075")

EXPECTED: dict[str, dict[str, Check]] = {
    "ExLLM": {
        "list_all()": all_models,
        "list_for_provider(:anthropic)": of("anthropic"),
        'get_info(:anthropic, "claude-sonnet-4-5")': is_model("anthropic:claude-sonnet-4-5"),
        "find_by_capabilities([:vision, :function_calling])": models(
            lambda m: m.vision and m.tools
        ),
        "find_by_capabilities([:vision, :streaming])": models(lambda m: m.vision),
        "find_by_min_context(100_000)": largest_first,
        "find_by_cost_range(input: {0, 5.0}, output: {0, 20.0})": cheapest_first,
        'compare(["claude-sonnet-4-5", "gpt-4o"])': side_by_side,
        "Core.Models.get_default(:openai)": is_model("openai:gpt-4o-mini"),
        "ModelConfig.get_default_model(:openai)": is_("gpt-4o-mini"),
        'ModelConfig.get_pricing(:openai, "gpt-4o")': lambda a: (
            (a["input"], a["output"], a["cache_read"]) == (2.5, 10.0, 1.25)
        ),
        'ModelConfig.get_context_window(:openai, "gpt-4o")': is_(128_000),
        'ModelConfig.get_max_output_tokens(:openai, "gpt-4o")': is_(16_384),
        'ModelConfig.get_capabilities(:openai, "gpt-4o")': lambda a: "vision" in a,
        "ModelConfig.get_all_models(:anthropic)": lambda a: (
            a["claude-sonnet-4-5"].provider == "anthropic"
        ),
        'ModelConfig.get_model_config_with_defaults(:ollama, "unknown-model")': marked,
        "ModelConfig.reload_config()": is_(None),
        "ProviderCapabilities.supports?(:openai, :embeddings)": is_(True),
        "ProviderCapabilities.find_providers_with_features([:embeddings, :vision])": (
            several_providers
        ),
        "ProviderInfo.limitations": lambda a: a["max_file_size"] == 512 * 1024 * 1024,
        'OllamaModelRegistry.get_model_details("llama2")': marked,
    },
    "LLMModels": {
        "load()": opened,
        "load(runtime_overrides: …)": overridden("sandbox:fake-model"),
        "load(sources: …)": overridden("sandbox:fake-model"),
        "reload()": is_(None),
        "snapshot()": lambda a: a["models"] > 4_000 and len(a["content_digest"]) == 64,
        "epoch()": is_(1),
        "provider()": lambda a: len(a) > 100 and [p.id for p in a] == sorted(p.id for p in a),
        "provider(:openai)": lambda a: type(a) is Provider and a.id == "openai",
        "model()": all_models,
        "models(:openai)": of("openai"),
        'model("openai:gpt-4o")': is_model(OPENAI),
        'model(:openai, "gpt5")': is_model("openai:gpt-5"),
        'capabilities("openai:gpt-4o")': lambda a: a["function_calling"] is True,
        "select(require: [tools: true], forbid: [embeddings: true], prefer: [:openai, :anthropic])": (
            one(lambda m: m.provider == "openai" and m.tools)
        ),
        "select(require: [tools: true], scope: :openai)": one(lambda m: m.provider == "openai"),
        "require: [chat: true]": one(lambda m: m.chat),
        "require: [embeddings: true]": one(lambda m: m.embeddings),
        "require: [reasoning: true]": one(lambda m: m.reasoning),
        "require: [tools: true]": one(lambda m: m.tools),
        "require: [tools_parallel: true]": one(lambda m: m.parallel_tools),
        "require: [json_native: true]": nobody,
        "require: [json_schema: true]": one(lambda m: m.structured_output),
        "require: [streaming_text: true]": one(lambda m: m.chat and m.streaming),
        "require: [tools_streaming: true]": nobody,
        "require: [streaming_tool_calls: true]": nobody,
        "require: [tools_strict: true]": nobody,
        "require: [json_strict: true]": nobody,
        'allowed?("openai:gpt-4o")': is_(True),
        'parse_provider("google_vertex")': is_("google-vertex"),
        'parse_spec("openai:gpt-4o")': lambda a: tuple(a) == ("openai", "gpt-4o"),
        'resolve("gpt-4o")': lambda a: a.spec == OPENAI,
        'resolve("gpt-4o", scope: :azure)': lambda a: a.spec == "azure:gpt-4o",
        "mix llm_models.pull": command,
    },
    "chuk-llm": {
        "await get_registry()": opened,
        "await registry.get_models()": known_keys,
        "await get_registry(force_refresh=True)": is_(None),
        'await registry.find_model("openai", "gpt-4o-mini")': is_model("openai:gpt-4o-mini"),
        'await registry.find_best(requires_vision=True, min_context=128_000, quality_tier="any")': (
            one(lambda m: m.vision and m.provider == "openai")
        ),
        'await registry.find_best(requires_tools=True, quality_tier="cheap")': one(
            lambda m: m.tools and m.quality_tier == "cheap"
        ),
        'await registry.find_best(requires_tools=True, provider="groq")': one(
            lambda m: m.provider == "groq"
        ),
        "await registry.query(ModelQuery(…))": models(
            lambda m: m.tools and m.cost_input <= 1 and m.quality_tier == "balanced"
        ),
        "ModelQuery(requires_tools=True)": models(lambda m: m.tools),
        "ModelQuery(requires_vision=True)": models(lambda m: m.vision),
        "ModelQuery(requires_json_mode=True)": models(lambda m: m.structured_output),
        "ModelQuery(requires_streaming=True)": streams,
        "ModelQuery(min_context=100_000)": models(lambda m: m.limit_context >= 100_000),
        "ModelQuery(max_cost_per_1m_input=1.00)": models(lambda m: m.cost_input <= 1),
        'ModelQuery(quality_tier="balanced")': models(lambda m: m.quality_tier == "balanced"),
        'ModelQuery(provider="groq")': of("groq"),
        "QualityTier.BEST": is_("best"),
        "model.capabilities.max_context": is_(128_000),
        "model.capabilities.supports_tools": is_(True),
        "model.capabilities.input_cost_per_1m": is_(2.5),
        "model.spec.family": is_("gpt"),
        "model.spec.aliases": lambda a: "gpt-5-2025-08-07" in a,
    },
    "LiteLLM": {
        'litellm.model_cost["gpt-4o"], get_model_info("gpt-4o")': is_model(OPENAI),
        'get_llm_provider("bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0")': is_(
            "amazon-bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0"
        ),
        'get_max_tokens("gpt-4o")': is_(16_384),
        'supports_vision("gpt-4o")': is_(True),
        'supports_function_calling("gpt-4o")': is_(True),
        'cost_per_token("gpt-4o", prompt_tokens=1000, completion_tokens=500)': lambda a: (
            (a.input, a.output, a.total) == (Decimal("0.0025"), Decimal("0.005"), COST)
        ),
        "completion_cost(response)": lambda a: a.total == COST,
        'register_model({"gpt-4o": …})': lambda a: a.model(OPENAI).cost_input == 2.0,
        "get_valid_models()": known_keys,
        'models_by_provider["openai"]': of("openai"),
    },
    "genai-prices": {
        "calc_price(Usage(input_tokens=1000, output_tokens=100), model_ref="
        '"gpt-4o", provider_id="openai").total_price': is_(Decimal("0.0035")),
        "calc_price(…, genai_request_timestamp=…)": is_(Decimal("0.0035")),
        'extract_usage(response_data, provider_id="openai")': lambda a: (
            (a.input_tokens, a.output_tokens) == (1000, 100)
        ),
        "UpdatePrices().start()": opened,
    },
}

ABLE = {
    "chat": True,
    "embeddings": {"default_dimensions": 1536},
    "reasoning": {"enabled": True},
    "tools": {"enabled": True, "streaming": True, "strict": True, "parallel": True},
    "json": {"native": True, "schema": True, "strict": True},
    "streaming": {"text": True, "tool_calls": True},
}
"""The capabilities of LLMModels, all of them true."""


def run(here: str, catalog: Catalog) -> Any:
    """The answer to a call of the table; a command answers with its name."""
    if here.startswith("llmcat "):
        return here.split()[1]
    names = {
        "cat": catalog,
        "Catalog": Catalog,
        "fallback": fallback,
        "parse_spec": parse_spec,
        "read_usage": read_usage,
    }
    return eval(here, names)


@pytest.fixture
def users_environment(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped catalogue, one key, and the day on which the pages were written."""
    for name in list(os.environ):
        if name.endswith(("_KEY", "_TOKEN")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LLMCAT_DB", str(shipped))
    monkeypatch.setenv("OPENAI_API_KEY", "sk-…")
    monkeypatch.setattr("llmcat.instants.today", lambda: TODAY)


@pytest.mark.usefixtures("users_environment")
@pytest.mark.parametrize("line", list(lines()), ids=lambda line: f"{line.origin}: {line.there}")
def test_every_line_gives_the_expected_answer(
    line: Line, shipped: Path, make_catalog: MakeCatalog
) -> None:
    """What the middle column says is run as it stands, against the catalogue that users get; overrides,
    which build a whole catalogue anew (test_docs does that to the shipped one), on a small one."""
    check = EXPECTED[line.origin][line.there]
    small = {"openai": {"models": [{"id": "gpt-4o", "cost": {"input": 2.5, "output": 10}}]}}
    with Catalog(make_catalog(small) if "with_overrides" in line.here else shipped) as catalog:
        answer = run(line.here, catalog)
        assert check(answer), answer


def test_every_expectation_has_its_line() -> None:
    """No line was dropped or reworded while its expectation stayed."""
    told = {(line.origin, line.there) for line in lines()}
    assert told == {(origin, there) for origin, checks in EXPECTED.items() for there in checks}
    assert len(told) == len(list(lines()))


@pytest.mark.parametrize(
    "line", [line for line in lines() if line.there.startswith("require:")], ids=lambda x: x.there
)
def test_capability_keys_mean_what_they_say(line: Line) -> None:
    """Each key of LLMModels finds the one model that has all of them, and not the one that has none."""
    unable = dict.fromkeys(ABLE, False)
    both = [{"id": "able", "capabilities": ABLE}, {"id": "unable", "capabilities": unable}]
    answer = run(line.here, Catalog.from_sources({"gateway": {"models": both}}))
    specs = [row["spec"] for row in answer] if isinstance(answer, list) else [answer.spec]
    assert specs == ["gateway:able"]


def resolve_table() -> Iterator[tuple[str, str, str]]:
    """Written, rule, spec of each example in the table of lookup.md."""
    for line in (DOCS / "lookup.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            written, rule, spec = (cell.strip() for cell in line.strip("|").split("|"))
            for text in re.findall("`([^`]+)`", written):
                yield text, rule, spec.strip("`")


@pytest.mark.parametrize(("written", "rule", "spec"), list(resolve_table()))
def test_what_is_written_in_the_wild_resolves_as_told(
    shipped_catalog: Catalog, written: str, rule: str, spec: str
) -> None:
    """The table of lookup.md holds in the shipped catalogue."""
    found = shipped_catalog.resolve(written)
    assert (found.spec, found.rule) == (spec, rule)


def test_every_option_of_find_is_told() -> None:
    """choosing.md names each option, prices by their pattern."""
    page = (DOCS / "choosing.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`([a-z_]+)`", page))
    prices = {f"{bound}_cost_{meter}" for bound in ("min", "max") for meter in told}
    assert not OPTIONS.keys() - told - prices
