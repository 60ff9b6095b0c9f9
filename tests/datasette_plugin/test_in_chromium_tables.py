"""Stories of people at the tables of `llmcat serve`, in a real browser: facets, orders, queries, phones."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from llmcat import Catalog
from tests.datasette_plugin.chromium import PHONE, Profiles, opened
from tests.datasette_plugin.walking import (
    count,
    exact_prices,
    follow,
    heading,
    tab_until,
    until_counted,
)

if TYPE_CHECKING:
    from playwright.sync_api import Page

SEEING = """
SELECT provider, count(*) AS models FROM models WHERE vision = 1
GROUP BY provider ORDER BY models DESC"""


def test_the_models_answer_in_two_clicks(profiles: Profiles) -> None:
    """Which model sees and calls functions for less than a dollar, the cheapest first: on a phone, too."""
    page = profiles.page(PHONE, has_touch=True)
    opened(page, "/")
    follow(page.get_by_role("link", name="Models", exact=True), touch=True)
    follow(page.get_by_role("link", name="vision and tools under $1"), touch=True)
    assert page.get_by_label("vision", exact=True).is_checked()
    assert page.get_by_label("tools", exact=True).is_checked()
    assert page.get_by_label("Input up to").input_value() == "1"
    rows = page.locator(".llmcat-folded tbody tr")
    assert rows.count() == 50
    assert "vision" in rows.first.inner_text()
    page.get_by_label("Context of at least").fill("200k")
    page.get_by_label("Offered by").select_option("labs")
    follow(page.get_by_role("button", name="Show"), touch=True)
    cheapest = rows.first.get_by_role("rowheader").get_by_role("link")
    name = cheapest.inner_text()
    follow(cheapest, touch=True)
    assert heading(page) == name


def test_the_models_by_keyboard(page: Page) -> None:
    """Boxes are ticked and sent by keys alone, and a heading sorts."""
    opened(page, "/catalog/-/models")
    tab_until(page, 'e.value === "reasoning"')
    page.keyboard.press("Space")
    tab_until(page, 'e.name === "min_context"')
    page.keyboard.type("500k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/models?require=reasoning*min_context=500k*")
    follow(page.get_by_role("columnheader", name="Context").get_by_role("link"))
    header = page.get_by_role("columnheader", name="Context")
    assert header.get_attribute("aria-sort") == "descending"
    assert page.get_by_label("reasoning", exact=True).is_checked()


def test_facets_narrow_the_models_and_let_go_again(page: Page, shipped_catalog: Catalog) -> None:
    """Two clicks leave one provider's models that see; a third lets the provider go."""
    seeing = shipped_catalog.sql(SEEING).to_dicts()
    opened(page, "/catalog/models?_size=20")
    facets = page.get_by_role("complementary", name="Facets")
    until_counted(page)
    follow(facets.get_by_role("link", name="vision", exact=True))
    assert count(page) == sum(row["models"] for row in seeing)
    provider = facets.get_by_role("region", name="provider").get_by_role("listitem").first
    until_counted(page)
    assert provider.get_by_role("link").inner_text() == seeing[0]["provider"]
    follow(provider.get_by_role("link"))
    assert count(page) == seeing[0]["models"]
    shown = page.locator('td[data-label="Provider"]').all_inner_texts()
    assert set(shown) == {seeing[0]["provider"]}
    until_counted(page)
    follow(facets.get_by_role("link", name="any provider"))
    assert count(page) == sum(row["models"] for row in seeing)


def test_models_sort_by_price(page: Page) -> None:
    """The header sorts, the smallest known price first, then the largest; it tells how."""
    opened(page, "/catalog/models?provider=openai&_size=100")
    header = page.get_by_role("columnheader", name="Input")
    follow(header.get_by_role("link"))
    up = exact_prices(page, "Input")
    assert up == sorted(up)
    assert len(up) == min(count(page), 100) > 10
    assert header.get_attribute("aria-sort") == "ascending"
    follow(header.get_by_role("link"))
    down = exact_prices(page, "Input")
    assert down == sorted(down, reverse=True)
    assert down[-1] < down[0]
    assert header.get_attribute("aria-sort") == "descending"


def test_the_form_sorts_by_price_like_the_header(profiles: Profiles) -> None:
    """A phone shows the form in place of the headers: there, too, the unknown is not the cheapest."""
    page = profiles.page(PHONE)
    opened(page, "/catalog/models?provider=deepinfra&_size=100")
    page.get_by_label("Sort by").select_option("cost_input")
    page.get_by_label("largest first").uncheck()
    follow(page.get_by_role("button", name="Apply"))
    up = exact_prices(page, "Input")
    assert up == sorted(up)
    assert len(up) == min(count(page), 100) > 10
    assert "cost_input__notnull=1" in page.url
    page.get_by_label("largest first").check()
    follow(page.get_by_role("button", name="Apply"))
    down = exact_prices(page, "Input")
    assert down == sorted(down, reverse=True)
    assert down[-1] < down[0]


def test_a_canned_query_takes_another_parameter(page: Page) -> None:
    """Half a million tokens instead of the default: every row has them."""
    opened(page, "/")
    follow(page.get_by_role("link", name="Queries", exact=True))
    follow(page.get_by_role("link", name="Cheapest models that see"))
    assert heading(page) == "Cheapest models that see"
    page.get_by_label("min context").fill("500000")
    follow(page.get_by_role("button", name="Run"))
    assert count(page) > 5
    titles = page.locator("td.col-limit_context span").evaluate_all("f => f.map(e => e.title)")
    assert min(int(title.split()[0].replace(",", "")) for title in titles) >= 500_000
    follow(page.get_by_role("link", name="JSON"))
    assert len(json.loads(page.locator("pre").inner_text())["rows"]) == len(titles)


def test_a_query_on_a_phone_shows_what_it_is_about(profiles: Profiles) -> None:
    """Rows become cards: the cost stands in the window, and days are in one piece."""
    page = profiles.page(PHONE)
    opened(page, "/catalog/job_cost?input_tokens=1&output_tokens=1")
    cost = page.locator('td[data-label="usd"]').first
    box = cost.bounding_box()
    assert box
    assert box["x"] + box["width"] <= PHONE[0]
    assert cost.inner_text().partition("$")[1] == "$"
    opened(page, "/catalog/deprecations_due?from_day=2026-06-01")
    day = page.locator('td[data-label="day"] time').first.bounding_box()
    assert day
    assert day["height"] < 30
    empty = page.locator('td[data-label="replacement"].type-none')
    assert not [cell for cell in empty.all() if cell.is_visible()]


def test_yes_and_no_stand_where_the_unknown_stands(page: Page) -> None:
    """Columns of capabilities are words, whatever the first row knows."""
    opened(page, "/catalog/capability_matrix")
    assert page.locator("td.right").count() == 0
    opened(page, "/catalog/cheapest_vision")
    assert page.locator("td.col-cost_input.right").count() > 0


def test_a_row_of_a_model_is_its_page(page: Page) -> None:
    """Datasette's address of the row leads on to the page, its JSON stays."""
    answer = opened(page, "/catalog/models/openai~3Agpt-4o")
    assert page.url.endswith("/catalog/-/model/openai:gpt-4o")
    assert answer.status == 200
    assert heading(page) == "GPT-4o"
    row = page.context.request.get("/catalog/models/openai~3Agpt-4o.json?_shape=objects")
    assert row.json()["rows"][0]["spec"] == "openai:gpt-4o"


@pytest.mark.parametrize("address", ["/", "/catalog/-/models", "/catalog/-/explorer", "/catalog"])
def test_nothing_is_scripted(address: str, page: Page) -> None:
    """These pages bring no script at all."""
    opened(page, address)
    assert page.locator("script").count() == 0
