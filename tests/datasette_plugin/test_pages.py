"""The plugin's pages in Datasette, 0.65 or 1.0: what they say, as HTML, JSON and Atom."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytest.importorskip("datasette", reason="the browse extra is not installed")

from llmcat import Catalog, display
from tests.conftest import MakeCatalog
from tests.datasette_plugin.plain_site import Site, browsed

pytestmark = pytest.mark.filterwarnings("ignore")  # Datasette's own

ATOM = "{http://www.w3.org/2005/Atom}"
OPENAI = "/catalog/-/model/openai:gpt-4o"


@pytest.fixture(scope="module")
def small_site(three_labs: Path) -> Iterator[Site]:
    """Three labs of it."""
    with browsed(three_labs) as opened:
        yield opened


def test_other_spellings_are_understood(site: Site) -> None:
    """A comparison takes ids as gateways write them, and says what it does not know."""
    url = (
        "/catalog/-/compare.json?m=openrouter/anthropic/claude-sonnet-4.5&m=nope-9&m=openai:gpt-4o"
    )
    facts = site.get(url).json()
    assert [m["spec"] for m in facts["models"]] == [
        "openrouter:anthropic/claude-sonnet-4.5",
        "openai:gpt-4o",
    ]
    assert facts["unknown"] == ["nope-9"]
    page = site.get(url.replace(".json", "")).text
    assert "nope-9" in page
    mistyped = html.unescape(site.get("/catalog/-/compare?m=openai:gpt-4oo&m=openai:o3").text)
    assert (
        '<a href="/catalog/-/compare?m=openai%3Agpt-4o&m=openai%3Ao3">openai:gpt-4o</a>' in mistyped
    )
    assert "llmcat-differs" in page


def test_more_than_six_are_not_compared(site: Site) -> None:
    """Six fit a screen; what was left out is counted."""
    names = ("gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano", "o3", "o4-mini")
    asked = "&".join(f"m=openai:{name}" for name in names)
    assert "Six at most; left out: openai:o4-mini." in site.get(f"/catalog/-/compare?{asked}").text
    assert site.get(f"/catalog/-/compare.json?{asked}").json()["left_out"] == ["openai:o4-mini"]


def test_every_tier_and_mode_is_compared(site: Site, shipped_catalog: Catalog) -> None:
    """Each price of today of each model stands in the table, whatever way it holds for."""
    specs = ("openai:gpt-5", "google:gemini-2.5-pro", "anthropic:claude-sonnet-4-5")
    page = site.get(f"/catalog/-/compare?m={'&m='.join(specs)}").text
    cells = set(re.findall(r'llmcat-value-text">([^<]+)<', page))
    modes, tiers = set(), set()
    for spec in specs:
        for price in shipped_catalog.prices(spec):
            if price.valid_to is None:
                assert display.price(price.usd) in cells, price
                modes.add(price.mode)
                tiers.add(price.min_context)
    assert len(modes) > 3
    assert max(tiers) == 200_000
    assert "input over 200K" in page
    for mode in modes - {"standard"}:
        assert re.search(rf">prices {mode}", page), mode


def test_boxes_of_a_comparison_complete_the_models_of_labs(site: Site) -> None:
    """By a list that the browser knows without a script."""
    page = site.get("/catalog/-/compare").text
    assert re.search(r'<input[^>]+list="offered"', page)
    offered = re.findall(r'<option value="([^"]+)"', page.partition("<datalist")[2])
    assert 100 < len(offered) <= 200
    assert all(":" in spec for spec in offered)


def test_search_finds_and_corrects(site: Site) -> None:
    """The lab's own model first; a typo is mended and said."""
    assert (
        site.get("/catalog/-/search.json?q=gpt-4o").json()["models"][0]["spec"] == "openai:gpt-4o"
    )
    assert site.get("/catalog/-/search.json?q=claud+sonet").json()["corrected"] == "claud sonnet"
    assert "claud sonnet" in site.get("/catalog/-/search?q=claud+sonet").text
    assert site.get("/catalog/-/search.json?q=").json()["models"] == []


def test_a_mended_search_has_a_second_page(site: Site) -> None:
    """The same words are mended alike on every page, and a provider stays chosen."""
    first, second = (
        site.get(f"/catalog/-/search.json?q=claud+sonet&offset={offset}").json()
        for offset in (0, 30)
    )
    assert first["next_offset"] == 30
    assert second["corrected"] == first["corrected"]
    assert second["models"]
    assert not {m["spec"] for m in first["models"]} & {m["spec"] for m in second["models"]}
    page = site.get("/catalog/-/search?q=claude&provider=openrouter").text
    assert "Only of <b>openrouter</b>" in page


def test_the_explorer_refuses_what_it_does_not_know(site: Site) -> None:
    """A misspelled requirement is no requirement dropped; other spellings are understood."""
    answer = site.get("/catalog/-/explorer.json?require=visoin")
    assert answer.status_code == 400
    assert "vision" in answer.json()["error"]
    assert site.get("/catalog/-/explorer.json?require=tools").json()["require"] == [
        "function_calling"
    ]
    assert site.get("/catalog/-/explorer.json?min_context=2e5").json()["min_context"] == 200_000


def test_the_explorer_lists_the_cheapest_that_fit(site: Site, shipped_catalog: Catalog) -> None:
    """The same models as find, drawn as points."""
    url = "/catalog/-/explorer{}?require=vision&min_context=200000&sellers=all"
    facts = site.get(url.format(".json")).json()
    found = shipped_catalog.find(require="vision", min_context=200_000, order_by="cost_input")
    assert facts["count"] == len(found)
    paid = [model.spec for model in found if model.cost_input]
    assert [model["spec"] for model in facts["models"]] == paid[: len(facts["models"])]
    assert 'class="llmcat-point' in site.get(url.format("")).text


def test_what_stands_out_is_named_and_classifiers_come_last(
    site: Site, shipped_catalog: Catalog
) -> None:
    """On the chart the cheapest with the most context has its name, and no guard leads the list."""
    page = site.get("/catalog/-/explorer?sellers=all").text
    named = re.findall(r'class="llmcat-name[^"]*"[^>]*>([^<]+)<', page)
    assert 3 <= len(named) <= 18
    assert not any("guard" in name.lower() for name in named)
    facts = site.get("/catalog/-/explorer.json?sellers=all").json()
    assert all(model["cost_input"] > 0 for model in facts["models"])
    assert not any("guard" in model["id"].lower() for model in facts["models"])


def test_scores_and_speed_are_axes_where_they_are_known(
    site: Site, make_catalog: MakeCatalog
) -> None:
    """A catalogue that has neither offers neither, and says what there is."""
    assert "score for complex tasks" not in site.get("/catalog/-/explorer").text
    refused = site.get("/catalog/-/explorer?against=score")
    assert (refused.status_code, "context" in refused.text) == (400, True)
    models = {
        f"m{n}": {
            "cost": {"input": n, "output": n},
            "limit": {"context": 1000},
            "task_complexity_score": {"complex": n},
            "extra": {"tokens_per_second": 50 * n},
        }
        for n in (1, 2, 4)
    }
    with browsed(make_catalog({"x": {"models": models}})) as scored:
        for axis, words in (("score", "score for complex tasks"), ("speed", "tokens a second")):
            page = scored.get(f"/catalog/-/explorer?sellers=all&against={axis}").text
            assert "3 models fit" in page
            assert words in page
            assert page.count('class="llmcat-point ') == 3


def test_every_model_that_is_drawn_is_listed(site: Site) -> None:
    """A point is small and has no name: the list reaches them all, by keyboard and by touch."""
    url = "/catalog/-/explorer.json?require=vision&offset={}"
    specs: list[str] = []
    offset: int | None = 0
    while offset is not None:
        facts = site.get(url.format(offset)).json()
        specs += [model["spec"] for model in facts["models"]]
        offset = facts["next_offset"]
    page = site.get("/catalog/-/explorer?require=vision").text
    assert len(specs) == len(set(specs)) > len(facts["models"])
    assert f"1 to 50 of {len(specs)}" in page
    stacked = html.unescape(re.findall(r'href="([^"]+)" title="[^"]+more here"', page)[0])
    assert stacked.endswith("#list")
    assert "require=vision" in stacked
    assert site.get(stacked.removesuffix("#list")).status_code == 200
    beyond = site.get(url.format(10**7))
    assert (beyond.status_code, beyond.json()["models"]) == (200, [])


def test_what_is_new_is_a_page_and_a_feed(site: Site, shipped_catalog: Catalog) -> None:
    """Added, moved, gained, removed; the Atom feed has links that name no host."""
    facts = site.get("/catalog/-/new.json?days=30").json()
    added = {c.spec for c in shipped_catalog.changes(facts["since"], kind="added")}
    assert {model["spec"] for model in facts["added"]} <= added
    assert "Prices that moved" in site.get("/catalog/-/new?days=30").text
    assert facts["capabilities_count"] >= len(facts["capabilities"])
    feed = site.get("/catalog/-/new.atom?days=30")
    assert feed.headers["content-type"].startswith("application/atom+xml")
    root = ElementTree.fromstring(feed.text)
    links = [str(link.get("href")) for link in root.iter(f"{ATOM}link")]
    assert links
    assert all(link.startswith("/catalog/") for link in links)
    stamps = [str(entry.findtext(f"{ATOM}updated")) for entry in root.iter(f"{ATOM}entry")]
    assert stamps == sorted(stamps, reverse=True)


def test_what_is_new_of_one_provider(site: Site) -> None:
    """`?provider=` keeps what is of it, on the page, as JSON and in the feed; an alias is understood,
    and one that nobody knows is an error with suggestions."""
    whole = site.get("/catalog/-/new.json?days=365").json()
    facts = site.get("/catalog/-/new.json?days=365&provider=openrouter").json()
    assert facts["provider"] == "openrouter"
    for kind in ("added", "removed", "price_moves", "capabilities"):
        assert facts[kind], kind
        assert all(fact["spec"].startswith("openrouter:") for fact in facts[kind]), kind
        assert 0 < facts[f"{kind}_count"] < whole[f"{kind}_count"], kind
    assert all(model["provider"] == "openrouter" for model in facts["deprecations"])
    page = site.get("/catalog/-/new?days=365&provider=openrouter").text
    assert set(re.findall(r'/-/model/([^:"/]+):', page)) == {"openrouter"}
    feed = site.get("/catalog/-/new.atom?days=365&provider=openrouter").text
    entries = ElementTree.fromstring(feed).findall(f"{ATOM}entry")
    assert entries
    assert all("openrouter" in str(entry.findtext(f"{ATOM}title")) for entry in entries)
    assert 'href="/catalog/-/new.atom?provider=openrouter"' in feed
    unknown = site.get("/catalog/-/new.json?provider=opnrouter")
    assert (unknown.status_code, "openrouter" in unknown.json()["suggestions"]) == (404, True)


def test_what_is_new_is_short_and_each_section_has_its_own_page(site: Site) -> None:
    """Ten of each with a link to all; filters filter, and stay chosen on the way."""
    page = site.get("/catalog/-/new?days=90").text
    for section in ("deprecations", "price_moves", "added", "capabilities", "removed"):
        assert f'href="#{section}"' in page
        assert f'id="{section}"' in page
    assert page.count("<li>") < 60
    asked = "days=90&sellers=labs&direction=down"
    facts = site.get(f"/catalog/-/new.json?{asked}").json()
    whole = site.get("/catalog/-/new.json?days=90").json()
    assert 0 < facts["price_moves_count"] < whole["price_moves_count"]
    assert 0 < facts["added_count"] < whole["added_count"]
    assert all(event["first_party"] for event in facts["price_moves"])
    assert all(
        any(move["new"] < move["old"] for move in event["moves"]) for event in facts["price_moves"]
    )
    assert all(model["first_party"] for model in facts["added"])
    link = html.unescape(re.findall(r'href="([^"]+section=added[^"]*)"', page)[0])
    alone = site.get(link).text
    assert 'id="added"' in alone
    assert 'id="removed"' not in alone
    assert alone.count('scope="row"') > 10
    assert site.get("/catalog/-/new?direction=sideways").status_code == 400


def test_rows_of_models_lead_to_model_pages(site: Site) -> None:
    """The HTML row is one wide line; its JSON stays Datasette's."""
    row = site.get("/catalog/models/openai~3Agpt-4o")
    assert (row.status_code, row.headers["location"]) == (302, OPENAI)
    assert site.get("/catalog/models/openai~3Agpt-4o.json").status_code == 200


def test_cells_are_readable_and_lead_somewhere(site: Site) -> None:
    """Prices, tokens, chips and links; unknown is said, never 0."""
    url = "/catalog/models?spec=openai:gpt-4o&_col=cost_input&_col=limit_context&_col=capabilities"
    table = site.get(url).text
    assert ">$2.50</span>" in table
    assert 'title="128,000 tokens">128K</span>' in table
    assert "capabilities__arraycontains=vision" in table
    unknown = site.get("/catalog/models?cost_input__isnull=1&_col=cost_input&_size=1").text
    assert 'title="unknown">?</span>' in unknown


@pytest.mark.parametrize(
    "page",
    [
        "model/",
        "models?provider=",
        "models?max_input=",
        "capability/",
        "compare?m=",
        "search?q=",
        "explorer?provider=",
        "new?days=",
    ],
)
@pytest.mark.parametrize(
    "asked",
    ["%3Cscript%3Ealert(1)%3C/script%3E", "';drop", "%F0%9F%90%88", "a" * 3_000, "%00", "../../x"],
)
def test_whatever_is_asked_no_page_breaks(small_site: Site, page: str, asked: str) -> None:
    """No 500, and nothing that was asked becomes markup."""
    answer = small_site.get(f"/catalog/-/{page}{asked}")
    assert answer.status_code in (200, 400, 404)
    assert "<script>alert" not in answer.text


def test_datasettes_menu_leads_to_the_pages(site: Site) -> None:
    """Nobody has to know an address."""
    assert 'href="/catalog/-/explorer"' in site.get("/catalog/sources").text


def test_a_catalogue_of_unknown_age_says_so(make_catalog: MakeCatalog) -> None:
    """Where no source tells its time, the first page and the news do not speak of 1970."""
    theirs = Site(make_catalog({"acme": {"models": [{"id": "small"}]}}), home=True)
    try:
        for page in ("/", "/catalog/-/new"):
            lead = theirs.get(page).text.partition('class="llmcat-lead"')[2].partition("</p>")[0]
            assert "of unknown age: no source tells its time" in lead
            assert "19" not in lead
    finally:
        theirs.close()


def test_other_databases_stay_as_they_are(tmp_path: Path, site: Site) -> None:
    """In a database that is no catalogue a column called spec is a column called spec."""
    import sqlite3

    other = tmp_path / "other.db"
    with sqlite3.connect(other) as connection:
        connection.execute("create table models (spec text primary key, cost_input real)")
        connection.execute("insert into models values ('openai:gpt-4o', 2.5)")
    connection.close()
    theirs = Site(other)
    try:
        page = theirs.get("/other/models").text
        assert "llmcat-" not in page
        assert theirs.get("/other/models/openai~3Agpt-4o").status_code == 200
        assert theirs.get("/other/-/explorer").status_code in (400, 404)
    finally:
        theirs.close()


def test_the_json_is_what_it_says(site: Site) -> None:
    """Every page's JSON parses and says that it is fine."""
    for page in ("model/openai:gpt-4o", "compare", "explorer", "new", "search"):
        answer = site.get(f"/catalog/-/{page}.json")
        assert json.loads(answer.text)["ok"] is True
