"""Stories of people at `llmcat serve`, in a real browser: what they click, and what they then read."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ElementTree
from typing import TYPE_CHECKING

import pytest

from llmcat import Catalog, display
from tests.datasette_plugin.chromium import PHONE, Profiles, opened

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

    from llmcat.history.changes import PriceInterval

ATOM = "{http://www.w3.org/2005/Atom}"
MOST_TABS = 40
RELOADS = 20

MOVED = """
SELECT m.spec FROM price_history AS p JOIN models AS m ON m.spec = p.spec
WHERE m.first_party = 1 GROUP BY m.spec ORDER BY count(*) DESC, m.spec LIMIT 1"""

SEEING = """
SELECT provider, count(*) AS models FROM models WHERE vision = 1
GROUP BY provider ORDER BY models DESC"""


def heading(page: Page) -> str:
    """The page's title as people read it."""
    return page.get_by_role("heading", level=1).inner_text()


def follow(control: Locator, touch: bool = False) -> None:
    """Click or tap a link or a button, and wait for the page that it leads to."""
    with control.page.expect_event("load"):
        if touch:
            control.tap()
        else:
            control.click()


def until_counted(page: Page) -> None:
    """Reload while the page asks for it: a busy server does not count all facets in time."""
    late = page.get_by_text("Not counted in time")
    for _ in range(RELOADS):
        if late.count() == 0:
            return
        page.reload()


def count(page: Page) -> int:
    """The number of rows that a table of Datasette's says it has."""
    said = re.match(r"(?:more than )?([\d,]+) rows?", page.locator("h2.count").inner_text())
    assert said
    return int(said[1].replace(",", ""))


def exact_prices(page: Page, label: str) -> list[float]:
    """The prices of a column of the models table, in USD per 1M tokens."""
    cells = page.locator(f'td[data-label="{label}"] [title$="USD per 1M tokens"]')
    titles = cells.evaluate_all("found => found.map(e => e.title)")
    return [float(title.split()[0]) for title in titles]


def tab_until(page: Page, arrived: str) -> None:
    """Press Tab until `arrived`, a JavaScript condition on the element `e` in focus, holds."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate(f"(e => {arrived})(document.activeElement)"):
            return
    pytest.fail(f"{MOST_TABS} tabs do not lead to {arrived}")


@pytest.fixture
def moved(shipped_catalog: Catalog) -> str:
    """A lab's own model whose price moved."""
    return str(shipped_catalog.sql(MOVED).to_dicts()[0]["spec"])


def test_search_leads_to_a_model(page: Page) -> None:
    """From the first page by words to the page of the model that was looked for."""
    opened(page, "/")
    page.get_by_role("searchbox", name="Search models").fill("claude sonnet")
    follow(page.get_by_role("button", name="Search"))
    assert heading(page) == "Search"
    first = page.get_by_role("row").nth(1)
    name = first.get_by_role("rowheader").get_by_role("link").inner_text()
    follow(first.get_by_role("rowheader").get_by_role("link"))
    assert heading(page) == name
    assert "sonnet" in name.lower()
    assert page.locator(".llmcat-tiles dd").first.inner_text().startswith("$")


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


def test_a_price_chart_can_be_read(page: Page, moved: str, shipped_catalog: Catalog) -> None:
    """It says what it draws, names the prices of now, and its figures are the catalogue's."""
    intervals = shipped_catalog.prices(moved)
    opened(page, f"/catalog/-/model/{moved}")
    chart = page.get_by_role("img", name=f"Listed prices of {moved} over time")
    assert chart.is_visible()
    assert chart.locator("path.llmcat-line").count() == 2
    assert "L" in str(chart.locator("path.llmcat-line").first.get_attribute("d")), "no step"
    legend = page.locator(".llmcat-chart figcaption li").all_inner_texts()
    model = shipped_catalog.model(moved)
    assert legend == [
        f"input tokens {display.price(model.cost_input)}",
        f"output tokens {display.price(model.cost_output)}",
    ]
    page.get_by_text("The figures").click()
    rows = page.get_by_role("region", name="Prices over time").locator("tbody tr")
    assert [row.split("\t") for row in rows.all_inner_texts()] == [
        figures(interval) for interval in intervals
    ]


def figures(interval: PriceInterval) -> list[str]:
    """A row of the table beside a chart."""
    tier = f", input over {display.tokens(interval.min_context)}" if interval.min_context else ""
    return [
        interval.meter.replace("_", " ") + tier,
        interval.mode,
        display.price(interval.usd) + (" (suspect)" if interval.suspect else ""),
        "1M tokens",
        interval.valid_from[:10],
        interval.valid_to[:10] if interval.valid_to else "now",
        interval.source,
    ]


def test_what_is_new_is_narrowed(profiles: Profiles) -> None:
    """By its form, and from a section in short to all of it."""
    page = profiles.page(PHONE, has_touch=True)
    opened(page, "/catalog/-/new?days=90")
    page.locator("select[name=sellers]").select_option("labs")
    page.locator("select[name=direction]").select_option("down")
    follow(page.get_by_role("button", name="Show"), touch=True)
    region = page.get_by_role("region", name="Prices that moved")
    assert region.get_by_role("listitem").count() == 10
    follow(region.get_by_role("link", name="All"), touch=True)
    assert region.get_by_role("listitem").count() > 10
    assert page.get_by_role("region", name="Models added").count() == 0
    assert page.locator("select[name=sellers]").input_value() == "labs"


def test_three_models_fit_a_phone(profiles: Profiles) -> None:
    """The third column is in sight, beside the names of the rows, without scrolling sideways."""
    page = profiles.page(PHONE)
    three = "m=anthropic:claude-sonnet-4-6&m=openai:gpt-4o&m=google:gemini-2.5-pro"
    opened(page, f"/catalog/-/compare?{three}")
    box = page.get_by_role("columnheader", name="Gemini").bounding_box()
    assert box
    assert box["x"] + box["width"] <= PHONE[0]


def test_a_comparison_is_shared_by_its_link(page: Page, profiles: Profiles) -> None:
    """Three ticked models stand side by side; somebody else sees the same table at the link."""
    opened(page, "/catalog/-/search?q=claude")
    ticks = page.get_by_role("checkbox")
    ticked = [str(ticks.nth(row).get_attribute("value")) for row in (0, 2, 4)]
    for row in (0, 2, 4):
        ticks.nth(row).check()
    follow(page.get_by_role("button", name="Compare the ticked ones"))
    table = page.get_by_role("region", name="Comparison")
    assert table.locator("thead code").all_inner_texts() == ticked
    link = str(page.get_by_role("link", name="Link to this comparison").get_attribute("href"))
    stranger = profiles.page()
    opened(stranger, link)
    assert stranger.get_by_role("region", name="Comparison").inner_text() == table.inner_text()
    assert stranger.get_by_role("img", name="Listed price of input tokens").is_visible()


def test_only_what_differs_without_scripts(profiles: Profiles) -> None:
    """A tick hides the rows that are alike, and takes no JavaScript to do so."""
    page = profiles.page(java_script_enabled=False)
    opened(page, "/catalog/-/compare?m=openai:gpt-4o&m=openai:gpt-4o-mini")
    alike, differing = page.locator("tr.llmcat-same"), page.locator("tr.llmcat-differs")
    assert alike.count() > 3
    assert alike.first.is_visible()
    page.get_by_label("only what differs").check()
    assert not any(row.is_visible() for row in alike.all())
    assert all(row.is_visible() for row in differing.all())


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


def test_what_is_new_is_a_page_and_a_feed(page: Page) -> None:
    """A longer look back has more; the feed that the page names is XML and leads to models."""
    opened(page, "/")
    follow(page.get_by_role("navigation", name="Site").get_by_role("link", name="What\u2019s new"))
    assert heading(page) == "What\u2019s new"

    def moves() -> int:
        said = page.get_by_role("heading", name="Prices that moved").inner_text()
        return int(said.split()[-1].replace(",", ""))

    follow(page.get_by_role("link", name="7 days"))
    week = moves()
    follow(page.get_by_role("link", name="365 days"))
    assert moves() >= week > 0
    address = str(page.get_by_role("link", name="Atom feed").get_attribute("href"))
    answer = page.context.request.get(address)
    assert answer.headers["content-type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.body())
    assert feed.tag == f"{ATOM}feed"
    entry = feed.find(f"{ATOM}entry/{ATOM}link")
    assert entry is not None
    discovered = page.locator('link[type="application/atom+xml"]').get_attribute("href")
    assert discovered == "/catalog/-/new.atom"
    assert opened(page, entry.attrib["href"]).status == 200


def test_the_explorer_filters_and_leads_to_a_model(page: Page, shipped_catalog: Catalog) -> None:
    """Fewer models once they must see and take much; a point is a link to what its title says."""
    opened(page, "/catalog/-/explorer")
    points = page.locator("a.llmcat-point")
    every = points.count()
    page.get_by_label("vision").check()
    page.get_by_label("Context of at least").fill("200000")
    follow(page.get_by_role("button", name="Show"))
    assert 0 < points.count() < every
    fitting = shipped_catalog.find(require=["vision"], min_context=200_000, first_party=True)
    assert page.locator("p.llmcat-note").first.inner_text().startswith(f"{len(fitting)} models fit")
    assert page.get_by_label("vision").is_checked()
    alone = page.locator("a.llmcat-point:not([href$='#list'])").last
    title, address = alone.get_attribute("title"), alone.get_attribute("href")
    follow(alone)
    assert page.url.endswith(str(address))
    assert f"{heading(page)} (" in str(title)


def test_a_row_of_a_model_is_its_page(page: Page) -> None:
    """Datasette's address of the row leads on to the page, its JSON stays."""
    answer = opened(page, "/catalog/models/openai~3Agpt-4o")
    assert page.url.endswith("/catalog/-/model/openai:gpt-4o")
    assert answer.status == 200
    assert heading(page) == "GPT-4o"
    row = page.context.request.get("/catalog/models/openai~3Agpt-4o.json?_shape=objects")
    assert row.json()["rows"][0]["spec"] == "openai:gpt-4o"


def test_the_keyboard_is_enough(page: Page) -> None:
    """The first tab skips to the content; from the search field Enter finds, from a name it opens."""
    opened(page, "/catalog/models?_size=5")
    page.keyboard.press("Tab")
    assert page.locator(":focus").inner_text() == "Skip to content"
    assert page.locator(":focus").is_visible()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")
    opened(page, "/")
    tab_until(page, 'e.type === "search"')
    page.keyboard.type("gpt-4o")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=gpt-4o")
    tab_until(page, 'e.closest("th[scope=row]") !== null')
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url("**/-/model/openai:gpt-4o")
    assert heading(page) == "GPT-4o"


def test_a_person_can_do_without_scripts(profiles: Profiles) -> None:
    """Searching, reading a model with its chart and cost, on a phone that runs no JavaScript."""
    page = profiles.page(PHONE, java_script_enabled=False, has_touch=True)
    opened(page, "/")
    page.get_by_role("searchbox").fill("gpt-4o mini")
    follow(page.get_by_role("button", name="Search"), touch=True)
    follow(page.get_by_role("rowheader").first.get_by_role("link"), touch=True)
    assert page.get_by_role("img", name="Listed prices").is_visible()
    page.get_by_label("Input tokens").fill("1M")
    page.get_by_label("Output tokens").fill("0")
    follow(page.get_by_role("button", name="costs"), touch=True)
    price = page.locator(".llmcat-tiles dd").first.inner_text()
    assert float(page.locator("output").inner_text()[1:]) == float(price[1:])
    page.get_by_text("The figures").tap()
    assert page.get_by_role("columnheader", name="Source").is_visible()


@pytest.mark.parametrize("address", ["/", "/catalog/-/models", "/catalog/-/explorer", "/catalog"])
def test_nothing_is_scripted(address: str, page: Page) -> None:
    """These pages bring no script at all."""
    opened(page, address)
    assert page.locator("script").count() == 0


def test_code_is_copied(profiles: Profiles) -> None:
    """The only script, a file of ours, adds a button that keys reach; without it the code is there."""
    page = profiles.page(permissions=["clipboard-read", "clipboard-write"])
    opened(page, "/catalog/-/model/openai:text-embedding-3-small")
    scripts = page.locator("script").evaluate_all("found => found.map(e => [e.src, e.text])")
    assert scripts == [[f"{profiles.site}/-/static-plugins/llmcat/copy.js", ""]]
    page.get_by_text("curl", exact=True).click()
    page.get_by_role("button", name="Copy").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("curl https://api.openai.com/v1/embeddings")
    assert copied == page.locator(".llmcat-code code").nth(1).inner_text()
    plain = profiles.page(java_script_enabled=False)
    opened(plain, "/catalog/-/model/openai:text-embedding-3-small")
    assert plain.get_by_role("button", name="Copy").count() == 0
    assert "embeddings.create" in plain.locator(".llmcat-code").first.inner_text()


def test_a_call_is_reckoned(page: Page, shipped_catalog: Catalog) -> None:
    """With a cached part, in another mode: the sum and its parts are the library's."""
    opened(page, "/catalog/-/model/openai:gpt-4o")
    page.get_by_label("Input tokens").fill("200k")
    page.get_by_label("read from the cache").fill("150k")
    page.get_by_label("Output tokens").fill("2000")
    page.locator("select[name=mode]").select_option("priority")
    follow(page.get_by_role("button", name="costs"))
    cost = shipped_catalog.cost(
        "openai:gpt-4o", 200_000, 2_000, cache_read_tokens=150_000, mode="priority"
    )
    assert page.locator("output").inner_text() == f"${cost.total}"
    assert (
        page.get_by_role("list", name="The parts of the sum").get_by_role("listitem").count() == 3
    )
    assert page.locator("select[name=mode]").input_value() == "priority"
    page.get_by_text("Who says each price").click()
    assert page.get_by_role("columnheader", name="Says the same").is_visible()
