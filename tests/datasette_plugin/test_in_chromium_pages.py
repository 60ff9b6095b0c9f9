"""Every page, wide and on a phone, light and dark: in its place, quiet, and for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import pytest

from llmcat import Catalog
from tests.datasette_plugin.chromium import (
    NARROWEST,
    OF_APPEARANCE,
    PHONE,
    RULES,
    SEVERE,
    WIDE,
    Profiles,
    opened,
    resize,
    sticking_out,
    violations,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

MODELS = {
    "moved": "SELECT m.spec FROM price_history AS p JOIN models AS m ON m.spec = p.spec"
    " WHERE m.first_party = 1 GROUP BY m.spec ORDER BY count(*) DESC, m.spec LIMIT 1",
    "deprecated": "SELECT spec FROM models WHERE status = 'deprecated' AND replacement <> ''"
    " AND first_party = 1 ORDER BY spec LIMIT 1",
    "tiered": "SELECT spec FROM prices WHERE min_context > 0 AND valid_to IS NULL"
    " GROUP BY spec ORDER BY count(*) DESC, spec LIMIT 1",
    "removed": "SELECT spec FROM changes WHERE kind = 'removed' AND instr(spec, ':')"
    " AND spec NOT IN (SELECT spec FROM models) ORDER BY at DESC, spec LIMIT 1",
}
"""Name in an address -> the model that stands there."""


class Case(NamedTuple):
    """An address and the status that it answers with."""

    address: str
    status: int = 200


COMPARED = "m=anthropic:claude-sonnet-4-5&m=openai:gpt-4o&m={deprecated}"
PAGES = {
    "home": Case("/"),
    "models folded": Case("/catalog/-/models"),
    "models folded, filtered": Case("/catalog/-/models?require=vision&max_input=1&kind=any&free=1"),
    "models": Case("/catalog/models?_size=12"),
    "models filtered": Case(
        "/catalog/models?capabilities__arraycontains=vision&provider=openai&_sort=cost_input&_size=12"
    ),
    "models with another facet": Case("/catalog/models?_facet=status&_search=gpt&_size=12"),
    "models with all columns": Case("/catalog/models?_columns=all&_size=5"),
    "model whose price moved": Case("/catalog/-/model/{moved}"),
    "model that is deprecated": Case("/catalog/-/model/{deprecated}"),
    "model with tiers": Case("/catalog/-/model/{tiered}"),
    "model that was removed": Case("/catalog/-/model/{removed}"),
    "model that never was": Case("/catalog/-/model/openai:gpt-99", 404),
    "provider": Case("/catalog/providers/openai"),
    "compare": Case(f"/catalog/-/compare?{COMPARED}"),
    "compare six": Case(
        f"/catalog/-/compare?{COMPARED}&m={{moved}}&m={{tiered}}&m=google:gemini-2.5-pro"
    ),
    "compare nothing": Case("/catalog/-/compare"),
    "explorer": Case("/catalog/-/explorer"),
    "new": Case("/catalog/-/new?days=7"),
    "search": Case("/catalog/-/search?q=claude+sonnet"),
    "search with a typo": Case("/catalog/-/search?q=cluade"),
    "search without a match": Case("/catalog/-/search?q=xqzzyw"),
    "queries": Case("/catalog"),
    "canned query": Case("/catalog/cheapest_vision?min_context=1050000"),
    "job": Case("/catalog/job_cost"),
    "providers": Case("/catalog/providers?_size=12"),
    "capability": Case("/catalog/-/capability/reasoning"),
    "capabilities": Case("/catalog/-/capability"),
    "providers counted": Case("/catalog/-/providers"),
    "coverage": Case("/catalog/provider_coverage?min_models=50"),
    "SQL": Case("/catalog?sql=select+spec,cost_input+from+models+limit+20"),
    "SQL that fails": Case("/catalog?sql=select+nothing+from+nowhere", 400),
    "changes": Case("/catalog/changes?_size=12"),
    "error": Case("/nowhere", 404),
}


@pytest.fixture(scope="module")
def models(shipped_catalog: Catalog) -> dict[str, str]:
    """The models of MODELS, by name."""
    return {
        name: str(shipped_catalog.sql(sql).to_dicts()[0]["spec"]) for name, sql in MODELS.items()
    }


@pytest.fixture(scope="module")
def visitor(browser: Browser, served_at: str) -> Iterator[Profiles]:
    """Somebody who looks at one page after the other."""
    one = Profiles(browser, served_at)
    yield one
    one.close()


@pytest.fixture(scope="module")
def page(visitor: Profiles) -> Page:
    """The visitor's tab."""
    return visitor.page(WIDE, color_scheme="light")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_for_everybody(
    name: str, visitor: Profiles, page: Page, models: dict[str, str]
) -> None:
    """It answers, fits every window, and axe finds nothing serious, light and dark, wide and narrow;
    what is about the markup axe looks at once."""
    resize(page, WIDE)
    page.emulate_media(color_scheme="light")
    address = PAGES[name].address.format(**models)
    assert opened(page, address).status == PAGES[name].status
    assert page.locator("h1").count() == 1
    assert page.title().strip(" ·") != "llmcat"
    seen = {}
    for size, colours, rules in ((WIDE, "light", RULES), (PHONE, "dark", OF_APPEARANCE)):
        resize(page, size)
        page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
        assert sticking_out(page) == []
        seen[colours] = violations(page, rules)
        print(name, colours, *(v for v in seen[colours] if v.impact not in SEVERE), sep="\n  ")
    resize(page, NARROWEST)
    assert sticking_out(page) == []
    severe = {mode: [v for v in found if v.impact in SEVERE] for mode, found in seen.items()}
    assert severe == {"light": [], "dark": []}
    faults, visitor.faults = visitor.faults, []
    assert faults == []


@pytest.mark.parametrize("address", ["/catalog/-/providers", "/catalog/providers"])
def test_a_table_of_providers_fits(address: str, profiles: Profiles) -> None:
    """Nothing of it is out of sight to the right, in a wide window or on a phone."""
    page = profiles.page(WIDE)
    opened(page, address)
    for size in (WIDE, PHONE):
        resize(page, size)
        table = page.locator(".scroll, .llmcat-scroll").first
        wider = table.evaluate("e => e.scrollWidth - e.clientWidth")
        assert wider <= 1, size


def test_the_dark_is_dark(profiles: Profiles) -> None:
    """The window's colours follow what the reader's system asks for."""
    grounds = {}
    for scheme in ("light", "dark"):
        page = profiles.page(color_scheme=scheme)
        opened(page, "/")
        grounds[scheme] = page.evaluate(
            "getComputedStyle(document.documentElement).backgroundColor"
        )
    assert grounds["light"] == "rgb(255, 255, 255)"
    assert sum(int(part) for part in grounds["dark"][4:-1].split(",")) < 120


def test_what_a_page_does_wrong_is_seen(profiles: Profiles) -> None:
    """The watch over the console, the network and the layout sees faults that are put there."""
    page = profiles.page(PHONE)
    opened(page, "/")
    page.evaluate("fetch('http://127.0.0.2:9/x').catch(() => 0)")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', `<hr style='width: 999px'>`)")
    page.evaluate("document.body.append(new Image())")
    assert sticking_out(page)
    assert [v.rule for v in violations(page) if v.impact in SEVERE] == ["image-alt"]
    assert any("127.0.0.2" in fault for fault in profiles.faults)
    profiles.faults.clear()
