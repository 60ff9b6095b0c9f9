"""Witnesses fill, confirm and override; history shows when; users see who says what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from llmcat.pipeline.build import build
from llmcat.pipeline.recipe import Recipe, SourceSpec
from tests.cli.running import llmcat
from tests.pipeline.building import column, details, model, rows
from tests.pipeline.series import FEBRUARY, JANUARY, api, write_series
from tests.pipeline.series import model as offer

LITELLM = {
    "gpt-5": {
        "litellm_provider": "openai",
        "mode": "chat",
        "input_cost_per_token": 1.25e-06,
        "output_cost_per_token": 1e-05,
        "cache_read_input_token_cost": 1.25e-07,
        "max_input_tokens": 272000,
        "supports_parallel_function_calling": True,
        "source": "https://openai.com/pricing",
    },
    "text-embedding-3-small": {
        "litellm_provider": "openai",
        "mode": "embedding",
        "input_cost_per_token": 2e-08,
        "output_cost_per_token": 0.0,
        "output_vector_size": 1536,
    },
}
GENAI = [
    {
        "id": "openai",
        "name": "OpenAI",
        "api_pattern": "https://api\\.openai\\.com",
        "models": [
            {
                "id": "gpt-5",
                "match": {"or": [{"equals": "gpt-5"}, {"starts_with": "gpt-5-2025"}]},
                "prices": {"input_mtok": 1.25, "output_mtok": 10, "web_searches_kcount": 10},
            },
            {"id": "o9", "match": {"equals": "o9"}, "prices": {"input_mtok": 7}},
        ],
    }
]
NOVEMBER_9, NOVEMBER_20 = "2026-11-09T000000Z.json", "2026-11-20T000000Z.json"


def catalogue(
    tmp_path: Path,
    cost: Mapping[str, float],
    *,
    litellm: Mapping[str, Any] | None = LITELLM,
    genai: Any = GENAI,
    ours: Mapping[str, Any] | None = None,
    accuracy: Mapping[str, Mapping[str, float]] = {},
) -> Path:
    """A catalogue in which models.dev says since January what openai:gpt-5 costs, and witnesses speak."""
    states = {at: api(openai={"gpt-5": offer(cost=cost)}) for at in (JANUARY, FEBRUARY)}
    paths = write_series(tmp_path / "series", states)
    sources = [SourceSpec("models.dev", "models.dev", paths, "series")]
    for kind, name, said in (
        ("litellm", NOVEMBER_20, litellm),
        ("genai-prices", NOVEMBER_9, genai),
    ):
        if said is not None:
            path = tmp_path / kind / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(said))
            sources.append(SourceSpec(kind, kind, path, name))
    if ours:
        models = {"openai": {"models": [{"id": "gpt-5", **ours}]}}
        sources.append(SourceSpec("mapping", "ours", models, "ours"))
    output = tmp_path / "catalog.db"
    build(Recipe(tuple(sources), accuracy=accuracy), output)
    return output


def disagreements(db: Path) -> list[tuple[Any, ...]]:
    sql = "SELECT field, winner, value, other, other_value, rule, contested FROM disagreements"
    return [tuple(row.values()) for row in rows(db, f"{sql} ORDER BY field, other")]


def test_gaps_are_filled_from_witnesses_in_order(tmp_path: Path) -> None:
    """LiteLLM knows the cache's price, genai-prices that of a search; each says so itself."""
    db = catalogue(tmp_path, {"input": 1.25, "output": 10})
    found = model(db, "openai:gpt-5")
    assert (found["cost_cache_read"], found["parallel_tools"]) == (0.125, 1)
    known = details(db, "openai:gpt-5")
    assert known["cost"]["web_search"] == 0.01
    assert known["provenance"]["cost.cache_read"] == "litellm"
    assert known["provenance"]["cost.web_search"] == "genai-prices"
    assert known["links"] == {"pricing": "https://openai.com/pricing"}


def test_two_newer_families_override_the_base(tmp_path: Path) -> None:
    """The row says that the base says otherwise, and why it does not stand."""
    db = catalogue(tmp_path, {"input": 2.5, "output": 10})
    assert model(db, "openai:gpt-5")["cost_input"] == 1.25
    assert ("cost.input", "litellm", "1.25", "models.dev", "2.5", "newer majority", 0) in (
        disagreements(db)
    )
    [found] = rows(db, "SELECT * FROM disagreements WHERE field = 'cost.input'")
    assert (found["date"], found["other_date"]) == ("2026-11-20T00:00:00Z", JANUARY)
    assert (found["family"], found["other_family"]) == ("litellm", "models.dev")


def test_one_witness_alone_contests(tmp_path: Path) -> None:
    """The value stays and is marked; where accuracy was measured, the better family's stands."""
    db = catalogue(tmp_path, {"input": 2.5, "output": 10}, genai=None)
    assert model(db, "openai:gpt-5")["cost_input"] == 2.5
    assert disagreements(db)[0][1:] == ("models.dev", "2.5", "litellm", "1.25", "undecided", 1)
    (tmp_path / "b").mkdir()
    accuracy = {"openai": {"litellm": 0.94, "models.dev": 0.91}}
    better = catalogue(tmp_path / "b", {"input": 2.5, "output": 10}, genai=None, accuracy=accuracy)
    assert model(better, "openai:gpt-5")["cost_input"] == 1.25
    assert disagreements(better)[0][1:] == (
        *("litellm", "1.25", "models.dev", "2.5"),
        *("more accurate", 1),
    )


def test_half_a_price_list_does_not_go_with_half_of_another(tmp_path: Path) -> None:
    """Of a witness whose plain prices differ no price fills a gap."""
    db = catalogue(tmp_path, {"input": 2.5, "output": 10}, genai=None)
    assert model(db, "openai:gpt-5")["cost_cache_read"] is None


def test_a_price_that_repeats_another_follows_it(tmp_path: Path) -> None:
    """Reasoning costs what the output costs, in the base; once the output is overridden, so it does still."""
    db = catalogue(tmp_path, {"input": 1.25, "output": 14, "reasoning": 14, "cache_read": 0.2})
    found = model(db, "openai:gpt-5")
    assert (found["cost_output"], found["cost_reasoning"], found["cost_cache_read"]) == (
        10,
        10,
        0.2,
    )
    assert details(db, "openai:gpt-5")["provenance"]["cost.reasoning"] == "litellm"
    (tmp_path / "b").mkdir()
    apart = catalogue(tmp_path / "b", {"input": 1.25, "output": 14, "reasoning": 20})
    assert model(apart, "openai:gpt-5")["cost_reasoning"] == 20


def test_each_price_of_a_tier_is_weighed_by_itself(tmp_path: Path) -> None:
    """That one price of a tier is overridden makes no witness of who said the others."""
    above = {
        "input_cost_per_token_above_200k_tokens": 2.5e-06,
        "output_cost_per_token_above_200k_tokens": 1.5e-05,
    }
    base: Any = {"input": 1.25, "output": 10}
    base["tiers"] = [{"input": 3, "output": 20, "tier": {"type": "context", "size": 200_000}}]
    db = catalogue(
        tmp_path,
        base,
        litellm={"gpt-5": {**LITELLM["gpt-5"], **above}},
        genai=None,
        accuracy={"openai": {"litellm": 0.94, "models.dev": 0.91}},
    )
    [tier] = details(db, "openai:gpt-5")["cost"]["tiers"]
    assert (tier["input"], tier["output"]) == (2.5, 15)


def test_the_price_of_all_hours_gives_way_to_those_of_each(tmp_path: Path) -> None:
    """models.dev knows the price of the night alone: who knows both hours of the day is more exact, and
    of two who know them the first is taken whole."""
    night = {"input_cost_per_token": 1.25e-06, "output_cost_per_token": 1e-05}
    dear = {**LITELLM["gpt-5"], "input_cost_per_token": 2.5e-06, "output_cost_per_token": 2e-05}
    dear["off_peak_pricing"] = {
        **night,
        "windows": [{"weekdays": [1, 2, 3, 4, 5], "hours_utc": "16:30-00:30"}],
    }
    day = {
        "constraint": {"start_time": "00:30:00Z", "end_time": "16:30:00Z"},
        "prices": {"input_mtok": 2.5, "output_mtok": 20},
    }
    plain = {"prices": {"input_mtok": 1.25, "output_mtok": 10}}
    gpt = {"id": "gpt-5", "match": {"equals": "gpt-5"}, "prices": [plain, day]}
    genai = [{**GENAI[0], "models": [gpt]}]
    db = catalogue(tmp_path, {"input": 1.25, "output": 10}, litellm={"gpt-5": dear}, genai=genai)
    assert model(db, "openai:gpt-5")["cost_input"] == 2.5
    hours = details(db, "openai:gpt-5")["hours"]
    assert {when: table["cost"]["output"] for when, table in hours.items()} == {
        "Mon-Fri 16:30-00:30": 10
    }
    assert ("cost.input", "litellm", "2.5", "models.dev", "1.25", "more exact", 0) in disagreements(
        db
    )


def test_one_fee_under_two_names_is_one(tmp_path: Path) -> None:
    """LiteLLM has it by the search and its size, genai-prices by the request, at the dearest size."""
    search = {"search_context_cost_per_query": {"search_context_size_high": 0.012}}
    fee = {"input_mtok": 1.25, "output_mtok": 10, "requests_kcount": 12}
    db = catalogue(
        tmp_path,
        {"input": 1.25, "output": 10},
        litellm={"gpt-5": {**LITELLM["gpt-5"], **search}},
        genai=[{**GENAI[0], "models": [{**GENAI[0]["models"][0], "prices": fee}]}],  # type: ignore[dict-item]
    )
    cost = details(db, "openai:gpt-5")["cost"]
    assert (cost["web_search"], "request" in cost) == (0.012, False)


def test_accuracy_of_prices_says_nothing_of_limits(tmp_path: Path) -> None:
    """LiteLLM's longest input is no context window, however right its prices are."""
    accuracy = {"openai": {"litellm": 0.94, "models.dev": 0.91}}
    db = catalogue(tmp_path, {"input": 1.25, "output": 10}, genai=None, accuracy=accuracy)
    assert model(db, "openai:gpt-5")["limit_context"] == offer()["limit"]["context"]
    assert "limit.context" in {row[0] for row in disagreements(db)}


def test_a_correction_stands(tmp_path: Path) -> None:
    """What the user's own file says is not for witnesses to override."""
    db = catalogue(tmp_path, {"input": 1.25, "output": 10}, ours={"cost": {"input": 0.5}})
    assert model(db, "openai:gpt-5")["cost_input"] == 0.5
    assert {(f[1], f[5], f[6]) for f in disagreements(db) if f[0] == "cost.input"} == {
        ("ours", "correction", 0),
        ("ours", "precedence", 0),
    }


def test_what_a_witness_alone_knows_becomes_a_model(tmp_path: Path) -> None:
    """With its own source; the rules of genai-prices make none, and one row of rejects
    names those that match nothing."""
    db = catalogue(tmp_path, {"input": 1.25, "output": 10})
    embedding = model(db, "openai:text-embedding-3-small")
    assert (embedding["source"], embedding["task"]) == ("litellm", "embedding")
    assert (embedding["cost_input"], embedding["cost_output"]) == (0.02, None)
    assert column(db, "SELECT count(*) FROM models WHERE id = 'o9'") == [0]
    [reject] = rows(db, "SELECT source, place, reason, record FROM rejects")
    assert reject["reason"] == "1 of 2 rules match no id that another source names"
    assert json.loads(reject["record"]) == ["openai:o9"]
    assert (reject["source"], reject["place"]) == ("genai-prices", "2026-11-09T000000Z.json")


def test_the_past_is_what_was_said_then(tmp_path: Path) -> None:
    """Witnesses of November change nothing before; what they bring is no news."""
    db = catalogue(tmp_path, {"input": 2.5, "output": 10})
    past = rows(
        db,
        "SELECT cost_input, parallel_tools, valid_from, valid_to FROM model_versions"
        " WHERE spec = 'openai:gpt-5' ORDER BY valid_from",
    )
    assert [(row["cost_input"], row["parallel_tools"], row["valid_from"]) for row in past] == [
        (2.5, None, JANUARY),
        (1.25, 1, "2026-11-20T00:00:00Z"),
    ]
    assert column(db, "SELECT kind FROM changes") == []


def test_users_see_who_says_what(tmp_path: Path) -> None:
    """On the command line: who confirms a price, who disputes it, and what is contested."""
    db = catalogue(tmp_path, {"input": 2.5, "output": 10})
    lines = llmcat("show", "openai:gpt-5", "--sources", "--db", db, "--json").json
    by_price = {line["price"]: line for line in lines}
    assert by_price["input"]["confirmed_by"] == "genai-prices"
    assert by_price["output"]["confirmed_by"] == "genai-prices, litellm"
    disputed = by_price["cost.input"]
    assert (disputed["disputed_by"], disputed["rule"]) == ("models.dev", "newer majority")
    contested = llmcat("disagreements", "--contested", "--db", db, "--json").json
    assert {row["field"] for row in contested} == {"limit.context"}
    assert model(db, "openai:gpt-5")["contested"] == 1


def test_a_build_that_goes_on_keeps_what_was_decided(tmp_path: Path) -> None:
    """The base's value is as old as it was, though a witness's stands in its place by now."""
    db = catalogue(tmp_path, {"input": 2.5, "output": 10})
    before = db.read_bytes()
    catalogue(tmp_path, {"input": 2.5, "output": 10})
    assert db.read_bytes() == before
    assert column(db, "SELECT other_date FROM disagreements WHERE field = 'cost.input'") == [
        JANUARY
    ]


def test_without_witnesses_a_build_is_what_it_was(tmp_path: Path) -> None:
    """Nothing is confirmed, nothing contested, nothing missing."""
    db = catalogue(tmp_path, {"input": 2.5, "output": 10}, litellm=None, genai=None)
    assert model(db, "openai:gpt-5")["cost_input"] == 2.5
    assert disagreements(db) == []


def test_two_builds_are_equal_to_the_byte(tmp_path: Path) -> None:
    """Same inputs, same bytes."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        catalogue(tmp_path / name, {"input": 2.5, "output": 10})
    assert (tmp_path / "a/catalog.db").read_bytes() == (tmp_path / "b/catalog.db").read_bytes()


def test_what_is_disputed_stays_so_in_a_catalogue_built_upon_it(tmp_path: Path) -> None:
    """With who says otherwise, until somebody says another value; a price that an overlay adds is how
    the model is paid for."""
    cost = {"input": 2.5, "output": 10}
    db = catalogue(tmp_path, cost, genai=None)
    disputed = disagreements(db)
    assert {row[0] for row in disputed} >= {"cost.input", "limit.context"}

    def upon(**ours: Any) -> Path:
        models = {"openai": {"models": [{"id": "gpt-5", **ours}]}}
        base = SourceSpec("catalog", "catalog", db, "catalog.db")
        output = tmp_path / "upon.db"
        output.unlink(missing_ok=True)
        build(Recipe((base, SourceSpec("mapping", "ours", models, "ours"))), output)
        return output

    assert disagreements(upon(family="gpt")) == disputed
    of_price = [row for row in disagreements(upon(cost={"input": 9})) if row[0] == "cost.input"]
    assert [(row[1], row[2], row[5]) for row in of_price] == [("ours", "9.0", "precedence")]


def test_a_price_that_an_overlay_adds_is_how_a_model_is_paid_for(tmp_path: Path) -> None:
    """Upon a catalogue in which zeros stood for a subscription."""
    said = {"copilot": {"models": [{"id": "m", "cost": {"input": 0, "output": 0}}]}}
    db, upon = tmp_path / "c.db", tmp_path / "upon.db"
    source = SourceSpec("mapping", "listed", said, "listed")
    build(Recipe((source,), billing={"subscription": ["copilot"]}), db)
    assert model(db, "copilot:m")["billing"] == "subscription"
    ours = {"copilot": {"models": [{"id": "m", "cost": {"input": 2, "output": 4}}]}}
    base = SourceSpec("catalog", "catalog", db, "catalog.db")
    build(Recipe((base, SourceSpec("mapping", "ours", ours, "ours"))), upon)
    found = model(upon, "copilot:m")
    assert (found["billing"], found["cost_input"]) == ("token", 2)
