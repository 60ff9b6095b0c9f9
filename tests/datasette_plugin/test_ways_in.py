"""Ways in: addresses that people make up, boxes of queries, and a search that is narrowed and sorted."""

from __future__ import annotations

import re

import pytest

from llmcat import Catalog
from tests.datasette_plugin.in_process import Server, Shared

LEADS = {
    "/models": "/catalog/-/models",
    "/models/": "/catalog/-/models",
    "/pricing": "/catalog/-/models",
    "/compare": "/catalog/-/compare",
    "/news": "/catalog/-/new",
    "/queries": "/catalog",
    "/prices": "/catalog/prices",
    "/openai": "/catalog/-/models?provider=openai&kind=any&sort=-released",
    "/gpt-4o": "/catalog/-/model/openai:gpt-4o",
    "/openai/gpt-4o": "/catalog/-/model/openai:gpt-4o",
    "/models/gpt-4o": "/catalog/-/model/openai:gpt-4o",
    "/anthropic/claude-sonnet-4.6": "/catalog/-/model/anthropic:claude-sonnet-4-6",
}


def test_addresses_that_people_make_up_lead_somewhere(shared: Shared) -> None:
    """Words for pages, providers, and models as people write them."""

    async def story(server: Server) -> None:
        for address, page in LEADS.items():
            answer = await server.get(address)
            assert (answer.status, answer.headers.get("location")) == (302, page), address
            assert (await server.get(page)).status == 200
        await nothing_is_there(server)

    shared.run(story)


async def nothing_is_there(server: Server) -> None:
    """What is nothing stays a 404, with a search, or what may have been meant; JSON for programs."""
    lost = await server.get("/nowhere")
    assert lost.status == 404
    assert 'role="search"' in lost.text
    near = await server.get("/gpt-4oo")
    assert near.status == 404
    assert "/catalog/-/model/" in near.text
    assert (await server.get("/nowhere.json")).json["status"] == 404
    for address in (
        "/catalog.json",
        "/api.json",
        "/robots.txt",
        "/favicon.ico",
        "/-/static/app.css",
    ):
        assert (await server.get(address)).status == 200, address


def test_boxes_of_queries_hold_their_defaults_and_take_200k(shared: Shared) -> None:
    """What a query takes where nothing is given can be read and changed; tokens may be short."""

    async def story(server: Server) -> None:
        page = (await server.get("/catalog/cheapest_vision")).text
        assert re.search(r'name="min_context" value="128000"', page)
        short = await server.get("/catalog/cheapest_vision.json?min_context=200k&_shape=array")
        full = await server.get("/catalog/cheapest_vision.json?min_context=200000&_shape=array")
        assert short.json == full.json != []
        shown = (await server.get("/catalog/cheapest_vision?min_context=1.5M")).text
        assert re.search(r'name="min_context" value="1500000"', shown)
        wrong = await server.get("/catalog/cheapest_vision?min_context=manyk")
        assert wrong.status == 400
        assert "whole number" in wrong.text

    shared.run(story)


def test_help_of_queries_is_not_cut(shared: Shared) -> None:
    """The list of queries has each description in full."""

    async def story(server: Server) -> None:
        css = (await server.get("/-/static-plugins/llmcat/site.css")).text
        assert "line-clamp" not in css

    shared.run(story)


@pytest.mark.parametrize("sort", ["blend", "-release_date"])
def test_a_search_tells_how_many_and_can_be_narrowed_and_sorted(
    shared: Shared, shipped_catalog: Catalog, sort: str
) -> None:
    """The number of all that match, of those that fit, and these in the order that is asked for."""

    async def story(server: Server) -> None:
        plain = (await server.get("/catalog/-/search.json?q=claude+sonnet")).json
        every = shipped_catalog.search("claude sonnet", limit=2_000)
        assert plain["count"] == plain["matching"] == len(every)
        asked = f"q=claude+sonnet&require=vision&sellers=labs&in_service=1&sort={sort}"
        found = (await server.get(f"/catalog/-/search.json?{asked}")).json
        fitting = {
            model.spec
            for model in shipped_catalog.find(require=["vision"], first_party=True)
            if model in every
        }
        specs = [model["spec"] for model in found["models"]]
        assert set(specs) == fitting
        assert found["count"] == len(fitting) < found["matching"]
        column = "cost_input" if sort == "blend" else "release_date"
        values = [model[column] for model in found["models"] if model[column] is not None]
        assert values == sorted(values, reverse=sort.startswith("-"))
        page = (await server.get(f"/catalog/-/search?{asked}")).text
        assert f"{found['count']} models" in page
        assert f"of {found['matching']} that match" in page

    shared.run(story)
