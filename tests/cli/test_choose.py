"""models, providers, find, select, search, compare, resolve: choosing on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.running import error_of, llmcat, process
from tests.conftest import MakeCatalog

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
    """Exit status 1 and a line on standard error; `--json` still is JSON."""
    words = ("find", "--min-context", 10**9, "--db", db)
    said = llmcat(*words)
    assert (said.status, said.out) == (1, "")
    assert said.err.startswith("no model fits; `llmcat select --explain`")
    for command in (words, ("select", *words[1:]), ("search", "xyzzyx", "--db", db)):
        said = llmcat(*command, "--json")
        assert (said.status, said.json) == (1, [])
        said = llmcat(*command, "--nl")
        assert (said.status, said.nl) == (1, [])


def test_unknown_names_are_errors_with_suggestions(db: Path) -> None:
    """A misspelled capability, column or provider never matches nothing in silence."""
    for words, near in (
        (("find", "--require", "visoin"), "vision"),
        (("find", "--order-by", "cost_inptu"), "cost_input"),
        (("find", "--provider", "acmee"), "acme"),
        (("select", "--scope", "acmee"), "acme"),
        (("models", "acmee"), "acme"),
        (("providers", "acmee"), "acme"),
        (("resolve", "acme:model-033"), "acme:model-"),
    ):
        assert f"did you mean {near}" in error_of(llmcat(*words, "--db", db))


def test_wrong_usage_is_one_line_and_status_2(db: Path) -> None:
    """An unknown option, a value of the wrong type, a missing argument, no such command."""
    for words, said in (
        (("find", "--requires", "vision"), "No such option"),
        (("find", "--min-context", "many"), "'many' is not a valid integer"),
        (("search", "--limit", "0", "x"), "0 is not in the range x>=1"),
        (("show",), "Missing argument 'SPEC'"),
        (("history", "show"), "Missing argument 'SPEC'"),
        (("changes", "--kind", "moved"), "'moved' is not one of"),
    ):
        line = error_of(llmcat(*words), status=2)
        assert said in line
        assert f"see `llmcat {words[0]}" in line
    assert "No such command 'fnid'" in error_of(process("fnid"), status=2)
    assert "see `llmcat --help`" in error_of(process("--nope"), status=2)
    assert "see `llmcat find --help`" in error_of(process("find", "--nope"), status=2)


def test_select_takes_the_best_and_explains(db: Path) -> None:
    """The cheapest that fits; --explain says how many models each requirement left."""
    words = ("select", "--require", "vision", "--min-context", 100_000, "--db", db)
    assert specs(*words[:-2], db=db) == ["acme:model-10"]
    said = llmcat(*words, "--explain")
    counts = [line.split(maxsplit=1) for line in said.lines[:-2]]
    assert counts[0] == ["61", "models"]
    assert counts[-1] == ["25", "context window of 100,000 tokens or more"]
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
    assert (said.status, said.err) == (1, "no model 'no:such' in the catalogue\n")
    assert said.json["unknown"] == ["no:such"]


def test_resolve_says_which_model_and_by_which_rule(shipped: Path) -> None:
    """What a gateway writes; an ambiguous name lists its candidates in one line."""
    name = "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    said = process("resolve", name, LLMCAT_DB=str(shipped))
    spec = "amazon-bedrock:us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    assert said.lines == [f"{spec}  (prefix)"]
    found = llmcat("resolve", "gpt-4o", "--db", shipped, "--json").json
    assert (found["spec"], found["asked"]) == ("openai:gpt-4o", "gpt-4o")
    line = error_of(llmcat("resolve", "gpt-4o", "--strict", "--db", shipped))
    assert line.startswith("'gpt-4o' is ambiguous: ")
    found = llmcat("resolve", "gpt-4o", "--strict", "--scope", "openai", "--db", shipped, "--json")
    assert found.json["spec"] == "openai:gpt-4o"


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
    said = llmcat("providers", "--feature", "teleport", "--db", db)
    assert (said.status, said.err) == (1, "no provider supports all of these\n")
    said = process("providers", "openai", LLMCAT_DB=str(shipped))
    assert "  env              OPENAI_API_KEY" in said.lines
    assert llmcat("providers", "gemini", "--json", "--db", shipped).json["id"] == "google"
