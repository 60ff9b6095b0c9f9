"""Stories of people at `llmcat serve`, in a real browser: what they click, and what they then read."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import TYPE_CHECKING

import pytest

from llmcat import Catalog, display
from tests.datasette_plugin.chromium import PHONE, Profiles, opened
from tests.datasette_plugin.walking import follow, heading, tab_until

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from llmcat.history.changes import PriceInterval

ATOM = "{http://www.w3.org/2005/Atom}"

MOVED = """
SELECT m.spec FROM price_history AS p JOIN models AS m ON m.spec = p.spec
WHERE m.first_party = 1 GROUP BY m.spec ORDER BY count(*) DESC, m.spec LIMIT 1"""


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
