"""models, providers, find, select, search, compare, resolve: choosing on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import error_of, llmcat, process, written
from tests.conftest import MakeCatalog
from tests.pipeline.building import build_from

SHOP = {
    "acme": {
        "env": ["ACME_API_KEY"],
        "endpoints": ["chat"],
        "models": [
            {
                "id": f"model-{n:02}",
                "cost": {"input": n, "output": 2 * n},
                "limits": {"context": n * 10_000},
                "capabilities": {"vision": n % 2 == 0, "tools": True},
            }
            for n in range(60)
        ],
    },
    "zeta": {"endpoints": ["embeddings"], "models": [{"id": "model-05", "cost": {"input": 1}}]},
}


@pytest.fixture
def db(make_catalog: MakeCatalog) -> Path:
    """A catalogue of two providers and 61 models."""
    return make_catalog(SHOP)


def specs(*words: object, db: Path) -> list[str]:
    """The specs that a command gives, in its order."""
    said = llmcat(*words, "--nl", "--db", db)
    assert said.status == 0
    return [row["spec"] for row in said.nl]


def test_find_fits_all_options(db: Path) -> None:
    """Required, forbidden, limits and prices together, in the order asked for."""
    words = ("find", "--require", "vision", "--min-context", 100_000, "--max-cost-input", 20)
    found = specs(*words, "--order-by", "-cost_input", "--limit", 3, db=db)
    assert found == ["acme:model-20", "acme:model-18", "acme:model-16"]
    assert len(specs("find", "--forbid", "vision", "--require", "tools", db=db)) == 30


def test_find_says_what_long_inputs_cost(make_catalog: MakeCatalog) -> None:
    """To programs, beside the plain price, where --min-context reaches into a dearer tier."""
    cost = {"input": 1, "output": 2, "tiers": [{"min_context": 200_000, "input": 3}]}
    limits = {"context": 1_000_000}
    db = make_catalog({"acme": {"models": [{"id": "long", "cost": cost, "limits": limits}]}})
    [long_] = llmcat("find", "--min-context", "300k", "--json", "--db", db).json
    assert (long_["cost_input"], long_["cost_at_min_context"]) == (1, {"cost_input": 3})
    [short] = llmcat("find", "--min-context", "200k", "--json", "--db", db).json
    assert short["cost_at_min_context"] is None


def test_find_takes_an_option_several_times(db: Path) -> None:
    """`--provider a --provider b`: models of either; `--require` again: both."""
    assert len(specs("find", "--provider", "acme", "--provider", "zeta", db=db)) == 61
    assert len(specs("find", "--require", "vision", "--require", "tools", db=db)) == 30


def test_find_tells_people_that_there_are_more(db: Path) -> None:
    """A table ends after fifty, and says how to see the rest; programs get all."""
    said = llmcat("find", "--db", db)
    assert len(said.lines) == 51
    assert said.err == "… and 11 more; --limit N shows more\n"
    assert len(llmcat("find", "--db", db, "--limit", 100).lines) == 62
    assert len(llmcat("find", "--db", db, "--csv").csv) == 61


def test_find_on_the_shipped_catalogue(shipped: Path) -> None:
    """The README's question, in a process of its own."""
    words = ("find", "--require", "vision", "--require", "tools", "--min-context", 200_000)
    said = process(*words, "--max-cost-input", 3, "--limit", 5, "--db", shipped)
    assert (said.status, len(said.lines)) == (0, 6)
    assert said.lines[0].split()[:2] == ["spec", "name"]


def test_no_match_is_said_to_people_and_empty_to_programs(db: Path) -> None:
    """Exit status 1 and a line on standard error, with what no model has; `--json` still is JSON."""
    said = llmcat("find", "--max-cost-input", 3, "--min-context", 500_000, "--db", db)
    assert (said.status, said.out) == (1, "")
    assert said.err.startswith("no model fits; `llmcat select --explain`")
    words = ("find", "--min-context", 10**9, "--db", db)
    said = llmcat(*words)
    assert (said.status, said.out) == (1, "")
    assert said.err == (
        "no model of this catalogue: context window of 1,000,000,000 tokens or more\n"
    )
    for command in (words, ("select", *words[1:]), ("search", "xyzzyx", "--db", db)):
        said = llmcat(*command, "--json")
        assert (said.status, said.json) == (1, [])
        said = llmcat(*command, "--nl")
        assert (said.status, said.nl) == (1, [])


def test_unknown_names_are_errors_with_suggestions(db: Path) -> None:
    """A misspelled capability, column or provider never matches nothing in silence."""
    for words, near in (
        (("find", "--provider", "acmee"), "acme"),
        (("select", "--scope", "acmee"), "acme"),
        (("models", "acmee"), "acme"),
        (("providers", "acmee"), "acme"),
        (("resolve", "acme:model-033"), "acme:model-"),
    ):
        assert f"did you mean {near}" in error_of(llmcat(*words, "--db", db))
    for words, near in (
        (("find", "--require", "visoin"), "vision"),
        (("find", "--order-by", "cost_inptu"), "cost_input"),
    ):
        assert f"did you mean {near}" in error_of(llmcat(*words, "--db", db), status=2)


@pytest.mark.parametrize(
    "words",
    [
        ("find", "--min-context", -5),
        ("find", "--blend", "foo"),
        ("find", "--limit", 0),
        ("find", "--limit", -1),
        ("find", "--released-after", "soon"),
        ("find", "--as-of", "someday"),
        ("select", "--quality-tier", "dear"),
        ("resolve", "acme:"),
    ],
)
def test_options_that_cannot_be_are_wrong_usage(words: tuple[object, ...], db: Path) -> None:
    """Status 2 whatever the catalogue holds; 1 is for what it does not have."""
    error_of(llmcat(*words, "--db", db), status=2)


def test_nothing_behind_an_offset_is_no_riddle(db: Path) -> None:
    """The models that fit were passed over, which no --explain would say."""
    said = llmcat("find", "--offset", 1_000, "--db", db)
    assert (said.status, said.err) == (1, "no model fits behind the first 1,000\n")


def test_too_early_names_the_way_out_that_there_is(shipped: Path) -> None:
    """The command line takes the first instant by its name."""
    line = error_of(llmcat("find", "--as-of", "2020", "--db", shipped))
    assert line.endswith("ask for that instant or later")


def test_tables_tell_the_status_of_the_day(make_catalog: MakeCatalog) -> None:
    """Today's, or that of --today, as find does; for people and for programs."""
    gone = {"id": "old", "task": "chat", "status": "deprecated", "retires_on": "2026-10-23"}
    db = make_catalog({"acme": {"models": [{**gone, "cost": {"input": 1}}]}})
    words = ("find", "--include-deprecated", "--include-retired", "--db", db)
    for command in (("models",), ("search", "old"), words[:3], ("select", *words[1:3])):
        assert "retired" in llmcat(*command, "--db", db).lines[1].split()
        assert llmcat(*command, "--db", db, "--json").json[0]["status"] == "retired"
    assert "deprecated" in llmcat(*words, "--today", "2026-10").lines[1].split()
    status = next(s for s in llmcat("compare", "acme:old", "--db", db).lines if "status" in s)
    assert status.split() == ["status", "retired"]


def test_wrong_usage_is_one_line_and_status_2(db: Path) -> None:
    """An unknown option, a value of the wrong type, a missing argument, no such command."""
    for words, said in (
        (("find", "--requires", "vision"), "No such option"),
        (
            ("find", "--min-context", "many"),
            "'many' is no number of tokens, such as 200000, 200k or 1M",
        ),
        (("search", "--limit", "0", "x"), "0 is not in the range x>=1"),
        (("show",), "Missing argument 'SPEC'"),
        (("history", "show"), "Missing argument 'SPEC'"),
        (("changes", "--kind", "moved"), "'moved' is not one of"),
    ):
        line = error_of(llmcat(*words), status=2)
        assert said in line
        assert f"see `llmcat {words[0]}" in line
    assert "did you mean `llmcat find`?" in error_of(process("fnid"), status=2)
    assert "see `llmcat --help`" in error_of(process("--nope"), status=2)
    assert "see `llmcat find --help`" in error_of(process("find", "--nope"), status=2)


def test_select_takes_the_best_and_explains(db: Path) -> None:
    """The cheapest that fits; --explain says how many models each requirement left."""
    words = ("select", "--require", "vision", "--min-context", 100_000, "--db", db)
    assert specs(*words[:-2], db=db) == ["acme:model-10"]
    said = llmcat(*words, "--explain")
    counts = [line.split(maxsplit=1) for line in said.lines[:-2]]
    assert counts[0] == ["61", "models"]
    assert ["25", "context window of 100,000 tokens or more"] in counts
    assert counts[-1][0] == "25"
    assert said.lines[-1].startswith("acme:model-10")


def test_select_explains_what_left_none(db: Path) -> None:
    """The requirement that emptied the list is named; JSON stays on standard output alone."""
    said = llmcat("select", "--min-context", 10**9, "--explain", "--db", db, "--json")
    assert (said.status, said.json) == (1, [])
    assert "        0  context window of 1,000,000,000 tokens or more" in said.err.splitlines()


def test_select_prefers_and_stays(db: Path) -> None:
    """--prefer orders providers, --scope restricts to them."""
    assert specs("select", "--min-cost-input", 1, db=db) == ["acme:model-01"]
    assert specs("select", "--prefer", "zeta", db=db) == ["zeta:model-05"]
    assert specs("select", "--scope", "zeta", db=db) == ["zeta:model-05"]


def test_search_forgives_a_typo_and_says_so(shipped: Path) -> None:
    """Results for the corrected words, the correction on standard error."""
    said = process("search", "claud", "sonet", "--limit", 3, "--nl", LLMCAT_DB=str(shipped))
    assert said.status == 0
    assert all("sonnet" in row["spec"] for row in said.nl)
    assert "showing results for" in said.err


def test_search_stays_with_a_provider(shipped: Path) -> None:
    """--provider and --limit."""
    found = specs("search", "gpt", "--provider", "openai", "--limit", 4, db=shipped)
    assert len(found) == 4
    assert all(spec.startswith("openai:") for spec in found)


def test_compare_puts_models_side_by_side(shipped: Path) -> None:
    """A column a model in the order asked; what does not exist is reported, with status 1."""
    said = process(
        "compare", "openai:gpt-4o", "anthropic:claude-sonnet-4-5", LLMCAT_DB=str(shipped)
    )
    assert said.status == 0
    assert said.lines[0].split() == ["field", "openai:gpt-4o", "anthropic:claude-sonnet-4-5"]
    assert any(line.startswith("cost_input") for line in said.lines)
    said = llmcat("compare", "openai:gpt-4o", "no:such", "--db", shipped, "--json")
    assert said.status == 1
    assert said.err.startswith("Error: unknown provider 'no' in 'no:such'")
    assert said.json["unknown"] == ["no:such"]


def test_compare_explains_its_stars(shipped: Path) -> None:
    """Prices over a tier have their rows; no star, no word of it."""
    words = ("compare", "google:gemini-2.5-pro", "openai:gpt-4.1", "--db", shipped)
    said = llmcat(*words)
    assert said.lines[-1] == "* the cheapest price or the largest limit of its row"
    [over] = [line for line in said.lines if line.startswith("cost_input over 200K")]
    assert over.split()[3:] == ["$2.50", "$2.00", "*"]
    assert "*" not in llmcat("compare", "openai:gpt-4.1", "--db", shipped).out


def test_compare_as_csv_is_the_table(shipped: Path) -> None:
    """A row a field, a column a model, values as in the catalogue."""
    specs = ["google:gemini-2.5-pro", "openai:gpt-4o"]
    lines = llmcat("compare", *specs, "--db", shipped, "--csv").csv
    assert list(lines[0]) == ["field", *specs]
    found = {line["field"]: [line[spec] for spec in specs] for line in lines}
    assert found["limit_context"] == ["1048576", "128000"]
    assert found["cost_input"] == ["1.25", "2.5"]
    assert found["cost_input over 200K"] == ["2.5", ""]
    assert found["reasoning"] == ["1", "0"]


def test_resolve_says_which_model_and_by_which_rule(shipped: Path) -> None:
    """What a gateway writes, and what a scope does."""
    name = "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    said = process("resolve", name, LLMCAT_DB=str(shipped))
    spec = "amazon-bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    assert said.lines == [f"{spec}  (prefix)"]
    found = llmcat("resolve", "gpt-4o", "--db", shipped, "--json").json
    assert (found["spec"], found["name"]) == ("openai:gpt-4o", "gpt-4o")
    found = llmcat("resolve", "gpt-4o", "--strict", "--scope", "openai", "--db", shipped, "--json")
    assert found.json["spec"] == "openai:gpt-4o"


def test_resolve_lists_all_that_a_name_may_mean(shipped: Path) -> None:
    """To people all of them, a line each; to programs as JSON, with status 1 all the same."""
    words = ("resolve", "gpt-oss-120b", "--db", shipped)
    said = llmcat(*words)
    first, *candidates = said.err.splitlines()
    assert (said.status, said.out) == (1, "")
    assert first == "Error: 'gpt-oss-120b' is ambiguous: name one of these, or give a --scope"
    assert len(candidates) > 8
    assert "  cerebras:gpt-oss-120b" in candidates
    told = llmcat(*words, "--json")
    assert (told.status, told.err) == (1, f"{first}\n")
    assert told.json["candidates"] == [line.strip() for line in candidates]


def test_resolve_warns_of_what_is_switched_off(make_catalog: MakeCatalog) -> None:
    """The name is understood all the same, and what to take in its place is said."""
    gone = {"id": "old", "status": "deprecated", "retires_on": "2025-06-01", "replacement": "new"}
    words = ("resolve", "old", "--db", make_catalog({"acme": {"models": [gone]}}))
    said = llmcat(*words, "--json")
    assert (said.status, said.json["spec"]) == (0, "acme:old")
    assert said.err == "acme:old: switched off on 2025-06-01; use new instead\n"
    assert llmcat(*words).err == said.err


def test_models_lists_all_or_those_of_a_provider(db: Path) -> None:
    """The list of a provider, and of all."""
    assert len(specs("models", db=db)) == 61
    assert specs("models", "zeta", db=db) == ["zeta:model-05"]
    assert llmcat("models", "zeta", "--db", db).lines[0].split()[:2] == ["spec", "name"]


def test_providers_lists_them_or_shows_one(db: Path, shipped: Path) -> None:
    """With how many models each has; one alone with its keys."""
    rows = llmcat("providers", "--json", "--db", db).json
    assert [(row["id"], row["models"]) for row in rows] == [("acme", 60), ("zeta", 1)]
    rows = llmcat("providers", "--feature", "embeddings", "--json", "--db", db).json
    assert [row["id"] for row in rows] == ["zeta"]
    said = llmcat("providers", "--feature", "vision", "--db", db)
    assert (said.status, said.err) == (1, "no provider supports all of these\n")
    line = error_of(llmcat("providers", "--feature", "embedings", "--db", db), status=2)
    assert line.startswith("no endpoint or feature 'embedings'; did you mean embeddings")
    said = process("providers", "openai", LLMCAT_DB=str(shipped))
    assert "  env              OPENAI_API_KEY" in said.lines
    limitations = next(line for line in said.lines if line.startswith("  limitations"))
    assert "rate_limits_vary_by_tier yes" in limitations
    assert llmcat("providers", "gemini", "--json", "--db", shipped).json["id"] == "google"


@pytest.mark.parametrize("kind", ["models.dev", "yaml", "toml", "mapping", "openrouter"])
def test_a_bound_finds_prices_that_were_multiplied(tmp_path: Path, kind: str) -> None:
    """0.56999999999999995 was meant to be 0.57, and --max-cost-input 0.57 finds it, whoever says it."""
    noisy = 0.1 * 5.7  # 0.5700000000000001
    per_token = 5.7e-7 * (1 + 2e-16)
    cost = {"input": noisy, "output": 0.56999999999999995}
    models = {"m": {"id": "m", "name": "M", "cost": cost}}
    texts = {
        "models.dev": ("api.json", json.dumps({"p": {"id": "p", "models": models}})),
        "yaml": ("p.yml", f"provider: p\nmodels: {{m: {{pricing: {json.dumps(cost)}}}}}"),
        "toml": ("p/m.toml", f'id = "m"\n[cost]\ninput = {noisy!r}\noutput = {cost["output"]!r}\n'),
        "openrouter": (
            "2026-01-01T000000Z.json",
            json.dumps(
                {
                    "data": [
                        {
                            "id": "lab/m",
                            "name": "M",
                            "pricing": {"prompt": repr(per_token), "completion": repr(per_token)},
                        }
                    ]
                }
            ),
        ),
    }
    place: Any = {"p": {"models": models}}
    if kind in texts:
        place = written(tmp_path / texts[kind][0], texts[kind][1])
    db = build_from(tmp_path / "catalog.db", (kind, place))
    bounds = ("--max-cost-input", "0.57", "--max-cost-output", "0.57")
    found = llmcat("find", "--db", db, *bounds, "--json").json
    assert [(model["cost_input"], model["cost_output"]) for model in found] == [(0.57, 0.57)]
