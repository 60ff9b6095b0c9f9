"""Fixtures: the shipped catalogue in a Datasette, in `llmcat serve`, and a browser that is driven there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.datasette_plugin import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.datasette_plugin.plain_site import Site

REQUIRED = "LLMCAT_REQUIRE_CHROMIUM"
"""Set to 1 where a browser must be there: a test without one fails then."""


def _without(what: str, remedy: str) -> None:
    """Skip, or fail where $LLMCAT_REQUIRE_CHROMIUM says so, and say it loudly either way."""
    reason = f"BROWSER TESTS NOT RUN: there is no {what}; {remedy}"
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{reason} ({REQUIRED}=1)", pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def executable() -> str:
    """The path of a Chromium."""
    if find_spec("playwright") is None:
        _without("Playwright", "pip install 'llmcat[test]'")
    if find_spec("asgi_gzip") is None or not version("datasette").startswith("0.65."):
        _without("Datasette 0.65", "pip install 'llmcat[browse]'")
    path = chromium.found()
    if path is None:
        _without("Chromium", "install chromium or set LLMCAT_CHROMIUM to one")
    return str(path)


@pytest.fixture(scope="session")
def served_at(executable: str, shipped: Path) -> Iterator[str]:
    """Where `llmcat serve` has the shipped catalogue."""
    with chromium.serving(shipped) as found:
        yield found


@pytest.fixture(scope="session")
def site(shipped: Path) -> Iterator[Site]:
    """The shipped catalogue in somebody's Datasette, as the database `catalog`."""
    from tests.datasette_plugin.plain_site import browsed

    with browsed(shipped) as opened:
        yield opened


@pytest.fixture(scope="module")
def browser(executable: str) -> Iterator[Browser]:
    """One browser for a module: while it is open no other test can run an event loop."""
    with chromium.driven(executable) as started:
        yield started


@pytest.fixture
def profiles(browser: Browser, served_at: str) -> Iterator[chromium.Profiles]:
    """Fresh profiles; what their pages did wrong fails the test."""
    made = chromium.Profiles(browser, served_at)
    yield made
    made.close()
    assert made.faults == []


@pytest.fixture
def page(profiles: chromium.Profiles) -> Page:
    """A tab of a fresh profile in a wide window."""
    return profiles.page()
