"""A real `llmcat serve`, a real Chromium, and eyes that see what a page does wrong."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

NAMES = ("chromium", "chromium-browser", "google-chrome")

ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)

WIDE, PHONE, NARROWEST = (1280, 900), (390, 844), (320, 640)
"""Windows in CSS pixels; WCAG wants pages to fit 320."""

AXE = Path(__file__).parent / "axe" / "axe.min.js"
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
OF_APPEARANCE = (
    "color-contrast",
    "link-in-text-block",
    "scrollable-region-focusable",
    "target-size",
)
"""Rules about colours and sizes; the others are about the markup, which is the same at every size."""
SEVERE = ("serious", "critical")

PATIENCE = 10_000
"""Milliseconds that a page may take on a busy machine."""

LOOK = """async rules => (await axe.run(document, {runOnly: rules, resultTypes: ["violations"]}))
    .violations.map(v => [v.impact, v.id, v.nodes.map(n => n.html.slice(0, 160)).slice(0, 3)])"""

STICKING_OUT = """() => document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll("body *")].filter(e => e.checkVisibility()
        && e.getBoundingClientRect().right > innerWidth + 1
        && !e.parentElement.closest(".scroll, .llmcat-scroll, .llmcat-tall, pre"))
    .slice(0, 3).map(e => e.outerHTML.slice(0, 160)).concat("the page scrolls sideways")"""


class Violation(NamedTuple):
    """A rule of axe that a page breaks; impact is minor, moderate, serious or critical."""

    impact: str
    rule: str
    elements: list[str]


def found() -> str | None:
    """The browser to test with: $LLMCAT_CHROMIUM, or one of the usual names; None without any."""
    named = os.environ.get("LLMCAT_CHROMIUM")
    return named or next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def serving(catalogue: Path) -> Iterator[str]:
    """The address of `llmcat serve` on a free port, without a slash at its end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "llmcat", "serve", str(catalogue), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout
        line = process.stdout.readline()
        assert " at http://127.0.0.1:" in line, line + process.stdout.read()
        yield line.rpartition(" at ")[2].strip().rstrip("/")
    finally:
        process.terminate()
        process.communicate()


@contextmanager
def driven(executable: str) -> Iterator[Browser]:
    """The browser, started. Playwright holds this thread's event loop until the block ends."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(ARGUMENTS))
        yield browser
        browser.close()


class Profiles:
    """Fresh profiles of one browser: nobody's cookies, cache or storage. `faults` is what their pages
    did wrong: errors in the console, requests to another host."""

    def __init__(self, browser: Browser, site: str) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.site = site
        self.faults: list[str] = []

    def page(self, size: tuple[int, int] = WIDE, **options: Any) -> Page:
        """An empty tab in a profile of its own; `options` are those of Playwright's new_context."""
        width, height = size
        context = self._browser.new_context(
            viewport={"width": width, "height": height}, base_url=self.site, **options
        )
        context.set_default_timeout(PATIENCE)
        context.on("request", lambda request: self._requested(request.url))
        context.on("console", self._said)
        context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        self._contexts.append(context)
        return context.new_page()

    def close(self) -> None:
        """Forget all profiles."""
        for context in self._contexts:
            context.close()

    def _requested(self, url: str) -> None:
        if not url.startswith((f"{self.site}/", "data:")):
            self.faults.append(f"request to another host: {url}")

    def _said(self, message: ConsoleMessage) -> None:
        of_page_itself = message.page is not None and message.location["url"] == message.page.url
        if message.type == "error" and not (of_page_itself and "status of 4" in message.text):
            self.faults.append(f"console of {message.location['url']}: {message.text}")


def opened(page: Page, address: str) -> Response:
    """The answer to `address`, opened in `page`."""
    response = page.goto(address)
    assert response is not None
    return response


def resize(page: Page, size: tuple[int, int]) -> None:
    """Make the window `size` wide and high."""
    page.set_viewport_size({"width": size[0], "height": size[1]})


def sticking_out(page: Page) -> list[str]:
    """What makes the page scroll sideways; empty where nothing does."""
    return list(page.evaluate(STICKING_OUT))


def violations(page: Page, rules: Sequence[str] = RULES) -> list[Violation]:
    """What axe finds in the page as it is shown now, by rules or groups of rules."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(f"{AXE.read_text(encoding='utf-8')};0")
    return [Violation(*violation) for violation in page.evaluate(LOOK, list(rules))]
