"""`llmcat export FORMAT`: each file says of models what the catalogue says, in the words of its reader."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from llmcat import Catalog
from llmcat.exports.formats import FORMATS
from tests.cli.running import llmcat
from tests.pipeline.building import build_from, model

PRICES = {"input": 2.5, "output": 15, "cache_read": 0.25}
LARGE = {"min_context": 272_000, "input": 5, "output": 22.5, "cache_read": 0.5}
GPT: dict[str, Any] = {
    "name": "GPT-5.4",
    "family": "gpt",
    "release_date": "2026-03-05",
    "last_updated": "2026-03-05",
    "limit": {"context": 1_050_000, "output": 128_000},
    "modalities": {"input": ["text", "image"], "output": ["text"]},
    "capabilities": {"function_calling": True, "reasoning": True, "vision": True},
    "cost": {**PRICES, "tiers": [LARGE]},
    "modes": {"fast": {"cost": {"input": 5, "output": 30}, "body": {"service_tier": "priority"}}},
    "aliases": ["gpt-5.4-latest"],
}
UNKNOWN: dict[str, Any] = {"name": "New", "release_date": "2026-04-01"}
SOURCE = {
    "openai": {
        "name": "OpenAI",
        "npm": "@ai-sdk/openai",
        "env": ["OPENAI_API_KEY"],
        "models": {"gpt-5.4": GPT, "new": UNKNOWN},
    }
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A catalogue of a model of which much is known, and one of which nothing is."""
    return build_from(tmp_path / "catalog.db", ("mapping", SOURCE))


def exported(path: Path, format_: str, *options: str) -> str:
    """What the command prints."""
    done = llmcat("export", format_, "--db", str(path), *options)
    assert done.status == 0, done.err
    return done.out


def test_models_dev_is_read_back_as_it_was(path: Path, tmp_path: Path) -> None:
    """A build from api.json gives the model again, tiers and modes too; what is not known is left out."""
    done = llmcat("export", "models.dev", "--db", str(path))
    assert "left out: 1 models: its context window is not known" in done.err
    api = done.json
    assert list(api["openai"]["models"]) == ["gpt-5.4"]
    assert (api["openai"]["npm"], api["openai"]["env"]) == ("@ai-sdk/openai", ["OPENAI_API_KEY"])
    (tmp_path / "api.json").write_text(done.out)
    back = build_from(tmp_path / "back.db", ("models.dev", tmp_path / "api.json"))
    with Catalog(path) as before, Catalog(back) as after:
        old, new = before.model("openai:gpt-5.4"), after.model("openai:gpt-5.4")
        same = ("limit_context", "limit_output", "tools", "vision", "reasoning", "modalities_input")
        assert [getattr(new, n) for n in same] == [getattr(old, n) for n in same]
        for counts in ({"input_tokens": 1000}, {"input_tokens": 300_000, "mode": "fast"}):
            both = [c.cost("openai:gpt-5.4", output_tokens=7, **counts) for c in (before, after)]
            assert both[0].total == both[1].total


def test_litellm_keeps_what_its_user_has(path: Path, tmp_path: Path) -> None:
    """Over a base: other entries, other keys and other modes stay, standard prices are ours, tiers too."""
    base = tmp_path / "base.json"
    there = {
        "input_cost_per_token": 9e-06,
        "input_cost_per_token_above_200k_tokens": 18e-06,
        "input_cost_per_token_batches": 1.25e-06,
        "supports_system_messages": True,
    }
    base.write_text(json.dumps({"gpt-5.4": there, "mine": {"input_cost_per_token": 1}}))
    said = json.loads(exported(path, "litellm", "--base", str(base)))
    entry = said["gpt-5.4"]
    assert said["mine"] == {"input_cost_per_token": 1}
    assert entry["input_cost_per_token"] == 2.5e-06
    assert entry["input_cost_per_token_above_272k_tokens"] == 5e-06
    assert "input_cost_per_token_above_200k_tokens" not in entry
    assert (entry["input_cost_per_token_batches"], entry["supports_system_messages"]) == (
        1.25e-06,
        True,
    )
    assert entry["cache_creation_input_token_cost"] == 2.5e-06, "not free, which LiteLLM would take"
    assert entry["max_input_tokens"] == 1_050_000
    assert set(said) == {"gpt-5.4", "mine"}
    base.write_text("[]")
    done = llmcat("export", "litellm", "--db", str(path), "--base", str(base))
    assert (done.status, done.err.count("\n")) == (1, 1)


def test_genai_prices_has_tiers_and_days(tmp_path: Path) -> None:
    """A price that changed holds until the day of the next; other models of the base stay."""
    old = {"openai": {"models": {"gpt-5.4": {**GPT, "cost": {"input": 3, "output": 15}}}}}
    path = tmp_path / "catalog.db"
    for source, day in ((old, "2026-03-05"), (SOURCE, "2026-05-01")):
        dated = json.loads(json.dumps(source))
        dated["openai"]["models"]["gpt-5.4"]["last_updated"] = day
        build_from(path, ("mapping", dated))
    base = tmp_path / "base.json"
    other = {"id": "gpt-3", "match": {"equals": "gpt-3"}, "prices": {"input_mtok": 1}}
    provider = {
        "id": "openai",
        "name": "O",
        "api_pattern": "x",
        "extractors": [],
        "models": [other],
    }
    base.write_text(json.dumps([provider]))
    [openai] = json.loads(exported(path, "genai-prices", "--base", str(base)))
    assert (openai["api_pattern"], openai["extractors"]) == ("x", [])
    ours, theirs = openai["models"]
    assert theirs == other
    assert ours["match"] == {"or": [{"equals": "gpt-5.4"}, {"equals": "gpt-5.4-latest"}]}
    before, now = ours["prices"]
    assert (before["prices"]["input_mtok"], "constraint" in before) == (3.0, False)
    assert now["constraint"] == {"start_date": "2026-05-01"}
    assert now["prices"]["input_mtok"] == {"base": 2.5, "tiers": [{"start": 272_000, "price": 5.0}]}


def test_the_smaller_formats(path: Path) -> None:
    """llm-prices and aider."""
    [price] = json.loads(exported(path, "llm-prices"))["prices"]
    assert price == {
        "id": "gpt-5.4",
        "vendor": "openai",
        "name": "GPT-5.4",
        "input": 2.5,
        "output": 15.0,
        "input_cached": 0.25,
    }
    said = json.loads(exported(path, "aider"))
    assert said["openai/gpt-5.4"]["max_input_tokens"] == 1_050_000
    assert said["openai/gpt-5.4"]["input_cost_per_token"] == 2.5e-06


def test_langfuse_prices_calls_of_every_size_and_name(tmp_path: Path) -> None:
    """A default and its tiers, in which nothing is free because another meter stands in for it; a bare name is
    the lab's own offer, and of a model that only one provider has."""
    resold = {"gpt-5.4": {**GPT, "base_model": "openai/gpt-5.4"}, "own": {"cost": {"input": 1}}}
    source = {**SOURCE, "azure": {"models": resold}}
    path = build_from(tmp_path / "catalog.db", ("mapping", source))
    azure, alone, openai = json.loads(exported(path, "langfuse"))
    assert openai["matchPattern"] == r"(?i)^(openai[/:])?(gpt\-5\.4|gpt\-5\.4\-latest)$"
    assert azure["matchPattern"] == r"(?i)^azure[/:](gpt\-5\.4|gpt\-5\.4\-latest)$"
    assert alone["matchPattern"] == r"(?i)^(azure[/:])?own$"
    assert (openai["modelName"], openai["unit"]) == ("openai:gpt-5.4", "TOKENS")
    plain, large = openai["pricingTiers"]
    assert (plain["isDefault"], plain["priority"], plain["conditions"]) == (True, 0, [])
    assert plain["prices"]["cache_read_input_tokens"] == 2.5e-07
    assert plain["prices"]["input_cache_creation"] == plain["prices"]["input"] == 2.5e-06
    assert (large["isDefault"], large["priority"]) == (False, 1)
    [condition] = large["conditions"]
    assert (condition["operator"], condition["value"]) == ("gt", 272_000)
    assert large["prices"]["output_reasoning_tokens"] == large["prices"]["output"] == 2.25e-05


def test_a_price_that_ended_is_exported_no_longer(tmp_path: Path) -> None:
    """A cache price and a tier that a provider took back hold for the days on which they did."""
    path = tmp_path / "catalog.db"
    for day, cost in (("2026-03-05", GPT["cost"]), ("2026-05-01", {"input": 2.5, "output": 15})):
        models = {"gpt-5.4": {**GPT, "cost": cost, "last_updated": day}}
        build_from(path, ("mapping", {"openai": {"models": models}}))
    [openai] = json.loads(exported(path, "genai-prices"))
    before, now = openai["models"][0]["prices"]
    assert before["prices"]["cache_read_mtok"] == {
        "base": 0.25,
        "tiers": [{"start": 272_000, "price": 0.5}],
    }
    assert now["prices"] == {"input_mtok": 2.5, "output_mtok": 15}
    earlier, later = json.loads(exported(path, "langfuse"))
    assert "startDate" not in earlier
    assert (later["startDate"], len(later["pricingTiers"])) == ("2026-05-01T00:00:00Z", 1)


def test_a_cache_without_a_price_costs_what_input_costs_in_each_tier(tmp_path: Path) -> None:
    """LiteLLM would take it for free, and above a tier for what it costs below."""
    cost = {"input": 30, "output": 180, "tiers": [{"min_context": 272_000, "input": 60}]}
    models = {"pro": {**GPT, "cost": cost}, "gpt-5.4": GPT}
    path = build_from(tmp_path / "catalog.db", ("mapping", {"openai": {"models": models}}))
    pro = json.loads(exported(path, "litellm"))["pro"]
    assert pro["cache_read_input_token_cost"] == 3e-05
    assert pro["cache_read_input_token_cost_above_272k_tokens"] == 6e-05
    assert pro["cache_creation_input_token_cost_above_272k_tokens"] == 6e-05
    assert json.loads(exported(path, "aider"))["openai/pro"]["cache_read_input_token_cost"] == 3e-05


def test_genai_prices_has_what_two_prices_demand(tmp_path: Path) -> None:
    """Where the cache and audio have a price it wants that of audio from the cache, or prices no call at all."""
    models = {"omni": {"cost": {**PRICES, "input_audio": 40}}}
    path = build_from(tmp_path / "catalog.db", ("mapping", {"openai": {"models": models}}))
    [openai] = json.loads(exported(path, "genai-prices"))
    assert openai["models"][0]["prices"]["cache_audio_read_mtok"] == 0.25


def test_exllm_and_llmmodels_are_read_back(path: Path, tmp_path: Path) -> None:
    """By the sources that read their files, with the same limits, prices and capabilities."""
    [document] = yaml.safe_load_all(exported(path, "exllm"))
    assert document["models"]["gpt-5.4"]["pricing"] == {"input": 2.5, "output": 15.0}
    for format_, kind, file in (
        ("exllm", "yaml", "openai.yml"),
        ("llmmodels", "toml", "openai/gpt-5.4.toml"),
    ):
        folder = tmp_path / format_
        exported(path, format_, "-o", str(folder))
        assert (folder / file).is_file()
        row = model(build_from(tmp_path / f"{kind}.db", (kind, folder)), "openai:gpt-5.4")
        assert (row["cost_input"], row["limit_context"], row["tools"]) == (2.5, 1_050_000, 1)


def test_awkward_names_and_days_are_read_back(tmp_path: Path) -> None:
    """An id that begins with its provider, one that is its provider's, and the days on which a model ends."""
    ends = {"deprecated_on": "2026-05-01", "retires_on": "2026-11-26"}
    models = {"my-lab/large": ends, "my-lab": {}, "provider": {}}
    specs = [f"my-lab:{id_}" for id_ in models]
    path = build_from(tmp_path / "catalog.db", ("mapping", {"my-lab": {"models": models}}))
    for format_, kind in (("exllm", "yaml"), ("llmmodels", "toml")):
        exported(path, format_, "-o", str(tmp_path / format_))
        back = build_from(tmp_path / f"{kind}.db", (kind, tmp_path / format_))
        with Catalog(back) as catalog:
            assert sorted(one.spec for one in catalog.models()) == sorted(specs), format_
            large = catalog.model(specs[0])
        assert (large.deprecated_on, large.retires_on) == ("2026-05-01", "2026-11-26")


def test_tables_tell_unknown_from_empty(path: Path) -> None:
    """The prices have a row for each name of the model; Parquet says the same as CSV."""
    rows = list(csv.DictReader(io.StringIO(exported(path, "prices"))))
    names = {row["name"] for row in rows}
    assert names == {"openai:gpt-5.4", "openai:gpt-5.4-latest"}
    plain = [r for r in rows if r["meter"] == "input" and r["mode"] == "standard"]
    assert {(r["min_context"], r["usd"]) for r in plain} == {("0", "2.5"), ("272000", "5.0")}
    text = exported(path, "csv")
    assert ',"",' not in text.splitlines()[1]
    duckdb = pytest.importorskip("duckdb", reason="Parquet needs the extra warehouse")
    target = path.with_name("prices.parquet")
    exported(path, "prices.parquet", "-o", str(target))
    with duckdb.connect() as connection:
        read = connection.execute(f"SELECT * FROM '{target}'").fetchall()
        nulls = connection.execute(f"SELECT count(*) FROM '{target}' WHERE region IS NULL")
        assert (len(read), nulls.fetchone()) == (len(rows), (0,))


def test_what_cannot_be_exported_is_one_line(path: Path, tmp_path: Path) -> None:
    """Formats that there are not, a base for what has none, folders without a name."""
    for arguments in (("litelm",), ("csv", "--base", "x"), ("llmmodels",)):
        done = llmcat("export", *arguments, "--db", str(path))
        assert (done.status, done.err.count("\n")) == (2, 1)
    done = llmcat("export", "csv", "--db", str(path), "-o", str(path / "x"))
    assert (done.status, done.err.count("\n")) == (1, 1)
    assert all(name in llmcat("export", "--help").out for name in FORMATS)
