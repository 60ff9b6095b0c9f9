"""What people do in a page: click, tab, and read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

MOST_TABS = 40
RELOADS = 20


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
