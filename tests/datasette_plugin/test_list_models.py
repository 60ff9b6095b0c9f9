"""The page of models: what fits, cheapest first, a row a model."""

from __future__ import annotations

import re

import pytest

pytest.importorskip("datasette", reason="the browse extra is not installed")

from llmcat import Catalog
from tests.datasette_plugin.plain_site import Site

pytestmark = pytest.mark.filterwarnings("ignore")  # Datasette's own

MODELS = "/catalog/-/models"


def test_vision_and_tools_under_a_dollar_the_cheapest_first(
    site: Site, shipped_catalog: Catalog
) -> None:
    """The question that most people come with is an address, and a link on the page."""
    page = site.get(MODELS).text
    link = re.search(r'href="([^"]+)">vision and tools under \$1', page)
    assert link
    facts = site.get(link[1].replace("&amp;", "&").replace("models?", "models.json?")).json()
    fitting = shipped_catalog.find(require=["vision", "tools"], max_cost_input=1, task="chat")
    assert facts["offers_count"] == len(fitting) > facts["count"] > 100
    prices = [row["price"] for row in facts["models"]]
    assert prices == sorted(prices)
    assert max(row["input"] for row in facts["models"]) <= 1
    assert all(row["offer"]["vision"] and row["offer"]["tools"] for row in facts["models"])


def test_who_merely_looks_sees_the_present_models_of_the_labs(site: Site) -> None:
    """Those that several offer, the newest first; who narrows, the cheapest first."""
    facts = site.get(f"{MODELS}.json").json()
    assert facts["sort"] == "notable"
    first = facts["models"][:20]
    assert all(row["own"] and row["offers"] >= 5 for row in first)
    days = [row["released"] for row in first]
    assert days == sorted(days, reverse=True)
    assert site.get(f"{MODELS}.json?require=vision").json()["sort"] == "price"


def test_boxes_take_what_people_write(site: Site) -> None:
    """200k, $0.5 and <1 are what they mean; what is nothing is named, with a way out."""
    facts = site.get(f"{MODELS}.json?min_context=200k&max_input=%3C1&max_output=$2.5").json()
    assert (facts["min_context"], facts["max_input"], facts["max_output"]) == (200_000, 1, 2.5)
    assert all(row["context"] >= 200_000 for row in facts["models"])
    for wrong in ("max_input=cheap", "min_context=many", "sort=colour", "require=flying"):
        answer = site.get(f"{MODELS}?{wrong}")
        assert answer.status_code == 400
        assert wrong.partition("=")[2] in answer.text


@pytest.mark.parametrize("sort", ["price", "-context", "name", "notable"])
def test_all_pages_have_every_model_once(site: Site, sort: str) -> None:
    """More leads to the end, and nothing comes twice."""
    asked = f"{MODELS}.json?require=vision&sellers=labs&kind=any&sort={sort}"
    found: list[str] = []
    offset = 0
    while offset is not None:
        facts = site.get(f"{asked}&offset={offset}").json()
        found += [row["base"] for row in facts["models"]]
        offset = facts["next_offset"]
    assert len(found) == len(set(found)) == facts["count"] > 50


def test_prices_of_a_column_are_aligned_at_their_point(site: Site) -> None:
    """Each has room for as many digits as the longest."""
    page = site.get(f"{MODELS}?require=vision&max_input=1").text
    cells = re.findall(r'<td data-label="Input"[^>]*>(.*?)</td>', page, re.DOTALL)
    plain = [re.sub(r"<[^>]+>", "", cell).strip() for cell in cells]
    digits = {len(price.partition(".")[2]) for price in plain if price.startswith("$")}
    assert len(cells) == 50
    assert len(digits) == 1


def test_a_price_that_stands_out_is_marked_in_plain_tables(
    site: Site, shipped_catalog: Catalog
) -> None:
    """With what the others ask, in the table of the models and in queries."""
    row = shipped_catalog.sql(
        "SELECT * FROM outliers WHERE field = 'cost_output' LIMIT 1"
    ).to_dicts()
    spec, value = row[0]["spec"], row[0]["value"]
    for address in (
        f"/catalog/models?spec={spec}",
        f"/catalog/models?spec={spec}&_columns=all",
        f"/catalog?sql=select+spec,cost_output+from+models+where+spec='{spec}'",
    ):
        page = site.get(address).text
        mark = re.search(rf'title="{value} USD.*?stands out', page, re.DOTALL)
        assert mark, address
    usual = shipped_catalog.sql(
        "SELECT spec FROM models WHERE spec NOT IN (SELECT spec FROM outliers) LIMIT 1"
    ).to_dicts()
    assert "stands out" not in site.get(f"/catalog/models?spec={usual[0]['spec']}").text
