"""The page of a capability: what it is, who has it, who gained or lost it, what breaks with it."""

from __future__ import annotations

import pytest

pytest.importorskip("datasette", reason="the browse extra is not installed")

from llmcat import Catalog
from tests.conftest import MakeCatalog
from tests.datasette_plugin.plain_site import Site, browsed

pytestmark = pytest.mark.filterwarnings("ignore")  # Datasette's own

PAGE = "/catalog/-/capability"


@pytest.mark.parametrize("spelling", ["function_calling", "tools", "tool-use"])
def test_a_capability_by_any_of_its_names(
    site: Site, shipped_catalog: Catalog, spelling: str
) -> None:
    """What it is, how many have it, the cheapest of them, and by whom it is offered."""
    facts = site.get(f"{PAGE}/{spelling}.json").json()
    able = shipped_catalog.find(require="tools")
    assert (facts["name"], facts["able"]) == ("function_calling", len(able))
    assert facts["able"] + facts["unable"] <= facts["models"]
    assert "calls functions" in facts["meaning"]
    assert all(row["offer"]["tools"] for row in facts["cheapest"])
    assert {row["provider"] for row in facts["providers"]} <= {model.provider for model in able}
    page = site.get(f"{PAGE}/{spelling}").text
    for words in ("calls functions", "Who offers it", "Who gained or lost it", "Breaking changes"):
        assert words in page


def test_who_gained_or_lost_it_and_when(site: Site, shipped_catalog: Catalog) -> None:
    """The newest first, without what merely became known."""
    events = site.get(f"{PAGE}/vision.json").json()["events"]
    known = [
        (row["at"], row["spec"])
        for row in shipped_catalog.capability_history()
        if row["capability"] == "vision"
        and not row["backfill"]
        and row["event"] in ("gained", "lost")
    ]
    assert events
    assert {(event["at"], event["spec"]) for event in events} <= set(known)
    stamps = [event["at"] for event in events]
    assert stamps == sorted(stamps, reverse=True)
    assert stamps[0] == max(at for at, _ in known)


def test_breaking_changes_are_told_where_a_source_says_them(
    site: Site, make_catalog: MakeCatalog
) -> None:
    """And where none does, that is told."""
    assert "No source of this catalogue says any" in site.get(f"{PAGE}/vision").text
    search = {"added_in": "2025-01-15", "breaking_changes": ["the argument is called query"]}
    models = {"m": {"capabilities": {"web_search": search}}}
    with browsed(make_catalog({"x": {"models": models}})) as own:
        page = own.get(f"{PAGE}/web_search").text
        assert "the argument is called query" in page
        assert page.index("breaking changes: ") < page.index("2025-01-15")


def test_all_capabilities_are_listed(site: Site) -> None:
    """Those that most models have first; each leads to its page, and what is none is refused."""
    rows = site.get(f"{PAGE}.json").json()["capabilities"]
    numbers = [row["models"] for row in rows]
    assert numbers == sorted(numbers, reverse=True)
    for row in rows[::5]:
        assert site.get(f"{PAGE}/{row['name']}").status_code == 200
    wrong = site.get(f"{PAGE}/visoin")
    assert wrong.status_code == 400
    assert f'href="{PAGE}/vision"' in wrong.text
