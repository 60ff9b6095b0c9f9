"""Agents: a real MCP client asks `llmcat serve --mcp` over HTTP."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog, __version__
from llmcat.records import Model
from tests import fences
from tests.conftest import MakeCatalog

pytest.importorskip(
    "datasette_mcp", reason="NO TEST OF MCP: datasette-mcp (Python 3.11) is missing"
)
mcp = pytest.importorskip("mcp", reason="NO TEST OF MCP: the client, mcp, is missing")

ROOT = Path(__file__).parents[2]

TOOLS = {
    *("find", "select", "model", "offers", "search"),
    *("cost", "compare", "prices", "changes", "deprecations"),
}
OVER_200K = 200_001
LEAST = 1e-9
CHEAPEST = """
select spec from models
where vision = 1 and limit_context > 200000 and cost_input > 0
  and coalesce(status, '') not in ('deprecated', 'retired')
  and coalesce(retires_on, '9999') > date('now') and coalesce(deprecated_on, '9999') > date('now')
order by spec in (select spec from outliers where field = 'cost_input' and coalesce(value < usual, 1)), cost_input,
  cost_output nulls last, spec limit 20"""
"""What an agent would write that has read the schema."""


@contextmanager
def serving(catalogue: Path, *options: str) -> Iterator[str]:
    """`llmcat serve` in a process of its own, on a free port; gives its address."""
    command = [sys.executable, "-m", "llmcat", "serve", str(catalogue), "--port", "0", *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().partition(" at ")[2].split()[0]
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def served(shipped: Path) -> Iterator[str]:
    """The MCP endpoint of the shipped catalogue."""
    with serving(shipped, "--mcp") as address:
        yield f"{address}-/mcp"


def ask(url: Any, tool: str, **arguments: Any) -> Any:
    """What the tool answers; for an error its text."""

    async def call() -> Any:
        async with mcp.Client(url) as client:
            return await client.call_tool(tool, arguments)

    answer = asyncio.run(call())
    return answer.content[0].text if answer.is_error else answer.structured_content


def test_the_program_in_the_docs_runs(served: str) -> None:
    """Pasted from the page, it prints what the comment beside it says."""
    page = (ROOT / "docs" / "agents.md").read_text(encoding="utf-8")
    [program] = [block.lines for block in fences.blocks(page) if block.language == "python"]
    text = "\n".join(program)
    assert "http://127.0.0.1:8001/-/mcp" in text
    here = text.replace("http://127.0.0.1:8001/-/mcp", served)
    printed = subprocess.run(
        [sys.executable, "-c", here], capture_output=True, text=True, check=True
    ).stdout
    assert printed.split() == re.findall(r"print\(.*\)  # (.+)", text)


def specs(rows: list[dict[str, Any]]) -> list[str]:
    """The specs of the rows of an answer."""
    return [row["spec"] for row in rows]


def run(url: str, query: str, **parameters: Any) -> Any:
    """The answer of a canned query."""
    return ask(url, "execute_canned_query", database="catalog", query=query, parameters=parameters)


def cheapest(catalog: Catalog, **options: Any) -> list[Model]:
    """The twenty cheapest models with vision over 200k, by the library."""
    options = {"require": "vision", "min_context": OVER_200K, "max_cost_input": 1e9, **options}
    return catalog.find(**options, order_by=["cost_input", "cost_output"], limit=20)


def test_an_agent_is_not_told_of_1970(make_catalog: MakeCatalog) -> None:
    """Where no source tells its time, `as_of` is null: unknown."""
    with serving(make_catalog({"acme": {"models": [{"id": "small"}]}}), "--mcp") as address:
        url = f"{address}-/mcp"
        assert ask(url, "find")["as_of"] is None
        assert ask(url, "model", spec="acme:small")["as_of"] is None
        assert ask(url, "changes")["changes"] is not None


def test_an_agent_sees_tools_that_only_read(served: str) -> None:
    """All tools, Datasette's too but for the one of queries that write, say that they only read."""

    async def tools() -> Any:
        async with mcp.Client(served, mode="legacy") as client:  # the handshake of old clients
            assert (client.server_info.name, client.server_info.version) == ("llmcat", __version__)
            return (await client.list_tools()).tools

    offered = {tool.name: tool for tool in asyncio.run(tools())}
    assert offered.keys() > TOOLS | {"execute_sql", "execute_canned_query"}
    for name in offered.keys() - {"execute_writable_canned_query"}:
        assert offered[name].annotations.read_only_hint, name
    own = [offered[name].model_dump_json(by_alias=True, exclude_none=True) for name in TOOLS]
    assert sum(map(len, own)) < 12 * 1024
    for name in TOOLS:
        assert offered[name].description
        assert "ctx" not in offered[name].input_schema["properties"]


def test_the_cheapest_model_with_vision_over_200k(served: str, shipped_catalog: Catalog) -> None:
    """Our tool, SQL and the canned query give the answer that Catalog.find gives; free offers and
    those that are part of a subscription are left out by a lowest price."""
    known = cheapest(shipped_catalog, min_cost_input=LEAST)
    found = ask(
        served,
        "find",
        require=["image_input"],
        min_context=OVER_200K,
        min_cost_input=LEAST,
        limit=20,
    )
    queried = ask(served, "execute_sql", database="catalog", sql=CHEAPEST)
    canned = run(served, "cheapest_vision", min_context=OVER_200K)
    expected = [model.spec for model in known]
    assert specs(found["models"]) == expected
    assert specs(queried["rows"]) == expected
    assert specs(canned["rows"])[:20] == expected
    assert found["models"][0]["cost_input"] == known[0].cost_input
    assert found["more"]


def test_the_cheapest_may_be_free(served: str, shipped_catalog: Catalog) -> None:
    """Unless left out, what costs nothing comes first, by the canned query, too."""
    expected = [model.spec for model in cheapest(shipped_catalog)]
    found = ask(served, "find", require=["vision"], min_context=OVER_200K, limit=20)
    canned = run(served, "cheapest_vision", min_context=OVER_200K, free=1)
    assert specs(found["models"]) == expected
    assert specs(canned["rows"])[:20] == expected
    assert found["models"][0]["cost_input"] == 0


@pytest.mark.parametrize(
    "sql",
    [
        "delete from models",
        "attach database '/tmp/other.db' as other",
        "pragma journal_mode = delete",
        "select hex(zeroblob(4e8))",
        "select load_extension('x')",
    ],
)
def test_sql_that_writes_or_swells_is_refused(served: str, sql: str) -> None:
    """Refused with a word, and the server goes on answering."""
    refusal = ask(served, "execute_sql", database="catalog", sql=sql)
    assert isinstance(refusal, str)
    assert ask(served, "model", spec="openai:gpt-4o")["spec"] == "openai:gpt-4o"


def test_whatever_gateways_write_is_understood(served: str) -> None:
    """A wild id is resolved, and the answer says how; the whole model comes with it."""
    model = ask(served, "model", spec="models/gemini-2.5-pro")
    assert model["meant"] == {
        "name": "models/gemini-2.5-pro",
        "spec": "google:gemini-2.5-pro",
        "rule": "resource-path",
    }
    assert {price["min_context"] for price in model["prices"]} == {0, 200_000}
    assert "image_generation" in model["lacks"]
    assert "GEMINI_API_KEY" in model["call"]["key_variables"]


@pytest.mark.parametrize(
    ("tool", "arguments", "way_out"),
    [
        ("model", {"spec": "openai:gtp-4o"}, "did you mean openai:gpt-4o"),
        ("find", {"vision": True}, "did you mean require: ['vision']"),
        ("select", {"prefr": ["openai"]}, "did you mean prefer"),
        ("find", {"require": ["visoin"]}, "did you mean vision"),
        ("find", {"provider": ["opnai"]}, "did you mean openai"),
        ("find", {"min_contxt": 200_000}, "did you mean min_context"),
        ("find", {"database": "nope"}, "there are catalog"),
        ("changes", {"since": "soon"}, "YYYY-MM-DD"),
        ("cost", {"spec": "gpt-4o", "input_tokens": 1, "mode": "flying"}, "prices for"),
        ("search", {"query": "gpt"}, "search takes text, provider, limit, database"),
        ("search", {"txt": "gpt"}, "did you mean text"),
        ("search", {}, "text is missing; search takes text, provider"),
        ("find", {"min_context": "many"}, "min_context: input should be a valid integer"),
        ("find", {"min_context": "200x"}, "min_context"),
        ("find", {"require": {"vision": True}}, "require: input should be a valid list"),
        ("find", {"require": ["vision", 1]}, "require.1: input should be a valid string"),
        ("changes", {"kind": "new"}, "input should be 'added', 'removed' or 'changed'"),
        ("model", {"spec": "x" * 201}, "spec: string should have at most 200 characters"),
        ("model", {"spec": "a\nb"}, "no model"),
        ("find", {"limit": 51}, "limit: input should be less than or equal to 50, not 51"),
        ("find", {"max_cost_input": -1, "limit": 0}, "or equal to 1, not 0; max_cost_input: input"),
        ("find", {"database": 1}, "database: input should be a valid string, not 1"),
        ("compare", {"specs": ["openai:gpt-4o"] * 7}, "specs: list should have at most 6"),
    ],
)
def test_errors_are_one_line_and_say_the_way_out(
    served: str, tool: str, arguments: dict[str, Any], way_out: str
) -> None:
    """An agent that misspells is told what was probably meant, and nothing is guessed."""
    error = ask(served, tool, **arguments)
    assert way_out in error
    assert "\n" not in error


def posted(served: str, params: dict[str, Any]) -> str:
    """The text that a call gets that a client of its own wrote: tools/call with these params."""
    import httpx

    request = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    answer = httpx.post(
        served,
        json=request,
        headers={"accept": "application/json, text/event-stream"},
        timeout=30,
    ).text
    line = next((line for line in answer.splitlines() if line.startswith("data: ")), answer)
    found = json.loads(line.removeprefix("data: "))
    content: list[dict[str, str]] = found.get("result", {}).get("content", [])
    return content[0]["text"] if content else json.dumps(found["error"])


def test_a_misspelt_word_beside_the_arguments_is_refused(served: str) -> None:
    """`argments` would be a call without any, which answers what nobody asked."""
    asked = {"min_context": 200_000, "limit": 1}
    for word in ("argments", "args", "params", "parameters"):
        text = posted(served, {"name": "find", word: asked})
        assert f"no parameter '{word}' of a call; there are name and arguments" in text
    assert "spec" in posted(served, {"name": "find", "arguments": asked})


def test_two_hundred_k_are_200_000_or_an_error(served: str) -> None:
    """Never 200, which every model has."""
    for written in ("200k", "200K", "0.2M", "200_000", "200000", 200_000.0):
        asked = {"min_context": written, "order_by": "limit_context"}
        text = posted(served, {"name": "find", "arguments": asked})
        if text.startswith("{"):
            assert json.loads(text)["models"][0]["context_tokens"] >= 200_000
        else:
            assert text.startswith("min_context: ")
            assert "\n" not in text


def test_what_is_required_and_what_is_limited_is_said_before(served: str) -> None:
    """Arguments are checked by the tool, but the schema that a client sees tells of it all."""

    async def tools() -> Any:
        async with mcp.Client(served) as client:
            return (await client.list_tools()).tools

    schemas = {tool.name: tool.input_schema for tool in asyncio.run(tools())}
    assert schemas["model"]["required"] == ["spec"]
    assert schemas["compare"]["required"] == ["specs"]
    assert "required" not in schemas["find"]
    limit = schemas["find"]["properties"]["limit"]
    assert (limit["minimum"], limit["maximum"], limit["default"]) == (1, 50, 20)
    assert schemas["compare"]["properties"]["specs"]["maxItems"] == 6


def test_one_name_stands_for_a_list_of_one(served: str) -> None:
    """As in Python: what is required need not stand in brackets."""
    asked = {"provider": "openai", "order_by": "-release_date", "limit": 5}
    listed = {"provider": ["openai"], "order_by": ["-release_date"], "limit": 5}
    assert ask(served, "find", require="vision", **asked) == ask(
        served, "find", require=["vision"], **listed
    )
    [model] = ask(served, "compare", specs="openai:gpt-4o")["models"]
    assert model["spec"] == "openai:gpt-4o"


def test_long_inputs_are_told_at_their_price(served: str) -> None:
    """Where min_context reaches into a dearer tier its prices stand beside the plain ones."""
    wanted = {"provider": ["google"], "task": "chat", "free": False}
    long_ = ask(served, "find", **wanted, min_context=300_000)
    dearer = [model for model in long_["models"] if "cost_at_min_context" in model]
    assert dearer
    for model in dearer:
        assert model["cost_at_min_context"]["cost_input"] > model["cost_input"]
    short = ask(served, "find", **wanted, min_context=2_000)
    assert not any("cost_at_min_context" in model for model in short["models"])
    many = ask(served, "cost", spec="google:gemini-2.5-pro", input_tokens=1_000_000, calls=30)
    assert (many["total_usd"], many["calls_usd"]) == (2.5, 75)


def test_a_call_costs_what_the_catalogue_says(served: str, shipped_catalog: Catalog) -> None:
    """The same total, lines and tier; a long prompt is billed by the larger tier."""
    cost = shipped_catalog.cost("google:gemini-2.5-pro", 300_000, 1_000, cache_read_tokens=100_000)
    told = ask(
        served,
        "cost",
        spec="google:gemini-2.5-pro",
        input_tokens=300_000,
        output_tokens=1_000,
        cache_read_tokens=100_000,
    )
    assert told["total_usd"] == float(cost.total)
    assert "calls_usd" not in told
    assert told["context_tier"] == cost.tier == 200_000
    assert [line["meter"] for line in told["breakdown"]] == ["input", "cache_read", "output"]


def test_words_with_typos_find_what_was_meant(served: str) -> None:
    """The answer says what was searched instead."""
    found = ask(served, "search", text="cluade sonet", limit=3)
    assert found["searched"] == "claude sonnet"
    assert all("claude" in spec for spec in specs(found["models"]))


def test_models_stand_side_by_side(served: str) -> None:
    """Only what differs is told, with the winners."""
    told = ask(served, "compare", specs=["gpt-4o", "google:gemini-2.5-pro"])
    differing = {difference["field"]: difference["values"] for difference in told["differences"]}
    assert differing["limit_context"]["openai:gpt-4o"] == 128_000
    assert "task" not in differing
    assert told["largest"]["limit_context"] == ["google:gemini-2.5-pro"]


def test_prices_are_told_with_their_past(served: str, shipped_catalog: Catalog) -> None:
    """All intervals of a model, of one that is gone, too."""
    told = ask(served, "prices", spec="gpt-5")
    assert told["spec"] == "openai:gpt-5"
    known = [(p.meter, p.usd, p.valid_to) for p in shipped_catalog.prices("openai:gpt-5")]
    assert [(p["meter"], p["usd"], p["valid_to"]) for p in told["prices"]] == known


def test_changes_come_newest_first(served: str, shipped_catalog: Catalog) -> None:
    """Price moves of a fifth and more, the last ones recorded."""
    asked = {"field": "cost_input", "min_ratio": 0.2, "since": "2026-01-01"}
    told = ask(served, "changes", **asked, limit=5)
    known = shipped_catalog.changes(
        "2026-01-01", field="cost_input", min_ratio=0.2, backfill=False
    )[::-1]
    assert [(c["at"], c["spec"], c["new"]) for c in told["changes"]] == [
        (c.at, c.spec, c.new) for c in known[:5]
    ]
    assert told["more"] is (len(known) > 5)


def test_the_page_for_agents_is_true(served: str) -> None:
    """docs/agents.md names the tools that there are, and its example says what they answer."""
    page = (ROOT / "docs" / "agents.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `(\w+)`", page, re.MULTILINE)) == TOOLS
    example = page.partition("## An example")[2]
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.+?)```", example, re.DOTALL)]
    find, found, call, cost = blocks
    told = ask(served, "find", **find)
    assert found.keys() == told.keys()  # which is the cheapest changes as models are retired
    assert found["models"][0].keys() == told["models"][0].keys()
    now = {key: cost.pop(key) for key in ("as_of", "age_days")}
    answered = ask(served, "cost", **call)
    assert cost == {key: value for key, value in answered.items() if key not in now}
    slip = ask(served, "model", spec="claude-sonet-4.6").partition(": ")[2]
    assert slip in " ".join(page.split())


def in_process(*catalogues: Path, **metadata: Any) -> Any:
    """Our tools on anybody's Datasette, for a client that nobody knows."""
    from datasette.app import Datasette
    from mcp.server.mcpserver import MCPServer

    from llmcat.datasette_plugin import agents

    server = MCPServer("test")
    agents.register(Datasette([], immutables=map(str, catalogues), metadata=metadata), server)
    return server


def test_only_what_the_actor_may_see_is_told(shipped: Path) -> None:
    """Datasette's permissions hold for the database and for the whole instance."""
    nobody = {"allow": {"id": "root"}}
    private = in_process(shipped, databases={"catalog": nobody})
    for server in (private, in_process(shipped, **nobody)):
        assert "none that you may see" in ask(server, "model", spec="openai:gpt-4o")


def test_several_catalogues_are_told_apart(shipped: Path, make_catalog: MakeCatalog) -> None:
    """`database` names one; without it the first is asked, or the first that may be seen."""
    made = make_catalog({"acme": {"models": [{"id": "rocket"}]}})
    own = made.rename(made.with_name("own.db"))
    server = in_process(own, shipped)
    assert ask(server, "model", spec="rocket")["spec"] == "acme:rocket"
    assert ask(server, "model", spec="gpt-4o", database="catalog")["provider"] == "openai"
    left = in_process(own, shipped, databases={"own": {"allow": False}})
    assert ask(left, "model", spec="gpt-4o")["provider"] == "openai"
    assert ask(left, "model", spec="rocket", database="own").endswith("there are catalog")


def test_a_datasette_without_a_catalogue_says_so() -> None:
    """The tools are there, and tell that there is nothing to ask."""
    assert "no catalogue is served" in ask(in_process(), "search", text="gpt")


def test_without_the_switch_there_is_no_endpoint(shipped: Path) -> None:
    """Plain `llmcat serve` has no /-/mcp, installed or not."""
    import httpx

    with serving(shipped) as address:
        assert httpx.get(address).status_code == 200
        assert httpx.post(f"{address}-/mcp", json={}).status_code == 404
