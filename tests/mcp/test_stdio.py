"""Agents that start their servers themselves: a real MCP client asks `llmcat mcp`."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog, __version__
from tests.conftest import MakeCatalog

mcp = pytest.importorskip("mcp", reason="NO TEST OF MCP: the client, mcp, is missing")

MOST = 12_000
"""Characters of all definitions, the framing of the library included."""


def talk(catalogue: Path, *calls: tuple[str, dict[str, Any]]) -> tuple[Any, list[Any]]:
    """What `llmcat mcp` says of itself and its tools, and its answers; for an error the text."""

    async def session() -> tuple[Any, list[Any]]:
        server = mcp.StdioServerParameters(
            command=sys.executable, args=["-m", "llmcat", "mcp", "--db", str(catalogue)]
        )
        async with mcp.Client(server) as client:
            tools = (await client.list_tools()).tools
            answers = [await client.call_tool(name, arguments) for name, arguments in calls]
            return (client.server_info, tools), answers

    of_itself, answers = asyncio.run(session())
    return of_itself, [
        answer.content[0].text if answer.is_error else answer.structured_content
        for answer in answers
    ]


def test_an_agent_is_offered_the_calls_of_the_catalogue(make_catalog: MakeCatalog) -> None:
    """By name and version, each a call of Catalog, none that writes, in less than 12 KB."""
    (server, tools), _ = talk(make_catalog({"acme": {"models": [{"id": "small"}]}}))

    assert (server.name, server.version) == ("llmcat", __version__)
    assert all(callable(getattr(Catalog, tool.name)) for tool in tools)
    assert all(tool.annotations.read_only_hint for tool in tools)
    assert sum(len(tool.model_dump_json(by_alias=True, exclude_none=True)) for tool in tools) < MOST
    assert {tool.output_schema for tool in tools} == {None}


def test_an_agent_answers_five_questions(shipped: Path, shipped_catalog: Catalog) -> None:
    """Through the tools alone: which is the cheapest, which to take, what a call costs, who serves it for
    less, what ends soon."""
    cat = shipped_catalog
    usage = {"input_tokens": 12, "cache_read_input_tokens": 9_000, "output_tokens": 400}
    _, (cheapest, taken, cost, offers, ending) = talk(
        shipped,
        ("find", {"require": "vision", "min_context": "200k", "free": False, "limit": 3}),
        ("select", {"require": ["vision", "tools"], "prefer": ["anthropic"]}),
        ("cost", {"spec": "claude-sonnet-4-5", "usage": usage}),
        ("offers", {"name": "deepseek-v3.2", "limit": 2}),
        ("deprecations", {"days": 365, "provider": "openai"}),
    )

    order = ["cost_input", "cost_output"]
    known = cat.find(vision=True, min_context=200_000, free=False, order_by=order, limit=3)
    assert [model["spec"] for model in cheapest["models"]] == [model.spec for model in known]
    assert cheapest["age_days"] >= 0
    assert taken["model"]["provider"] == "anthropic"
    assert taken["steps"][-1]["left"] > 0
    assert cost["total_usd"] == float(cat.cost_of("anthropic:claude-sonnet-4-5", usage))
    assert [offer["spec"] for offer in offers["offers"]] == [
        offer.model.spec for offer in cat.offers("deepseek-v3.2")[:2]
    ]
    ends = [model.spec for model in cat.deprecations(365) if model.provider == "openai"]
    assert [model["spec"] for model in ending["models"]] == ends[:50]


def test_a_slip_gets_one_line_that_says_the_way_out(make_catalog: MakeCatalog) -> None:
    """A misspelt argument is refused; an unknown model beside a known one is told, and not lost."""
    made = make_catalog({"acme": {"models": [{"id": "small"}, {"id": "large"}]}})
    _, (misspelt, database, compared, unmet) = talk(
        made,
        ("find", {"min_contxt": 3}),
        ("find", {"database": "catalog"}),
        ("compare", {"specs": ["acme:small", "acme:lrge"]}),
        ("select", {"require": "vision"}),
    )

    assert misspelt.endswith("no argument 'min_contxt'; did you mean min_context?")
    assert "no argument 'database'" in database
    assert [model["spec"] for model in compared["models"]] == ["acme:small"]
    assert compared["unknown"][0]["name"] == "acme:lrge"
    assert "did you mean acme:large?" in compared["unknown"][0]["why"]
    assert unmet["model"] is None
    assert "has the capability vision" in unmet["unmet"]


def test_the_server_ends_with_its_input(make_catalog: MakeCatalog) -> None:
    """With status 0, and nothing but the protocol on its output."""
    made = make_catalog({"acme": {"models": [{"id": "small"}]}})
    command = [sys.executable, "-m", "llmcat", "mcp", "--db", str(made)]
    done = subprocess.run(command, input="", capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
