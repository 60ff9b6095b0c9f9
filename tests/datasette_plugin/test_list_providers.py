"""The page of providers: a table that fits, with what is counted of their models."""

from __future__ import annotations

import pytest

pytest.importorskip("datasette", reason="the browse extra is not installed")

from llmcat import Catalog
from tests.datasette_plugin.plain_site import Site

pytestmark = pytest.mark.filterwarnings("ignore")  # Datasette's own


def test_models_of_a_provider_are_counted(site: Site, shipped_catalog: Catalog) -> None:
    """Those in service, its own apart, and the lowest price above 0."""
    facts = site.get("/catalog/-/providers.json?q=openrouter").json()
    [row] = [row for row in facts["providers"] if row["id"] == "openrouter"]
    models = shipped_catalog.find(provider="openrouter")
    assert row["models"] == len(models)
    assert row["cheapest"] == min(m.cost_input for m in models if m.cost_input)
    assert row["context"] == max(m.limit_context or 0 for m in models)
    assert row["env"] == ["OPENROUTER_API_KEY"]


@pytest.mark.parametrize("sort", ["name", "models", "own", "cheapest", "context", "newest"])
def test_pages_have_every_provider_once(site: Site, shipped_catalog: Catalog, sort: str) -> None:
    """In whatever order."""
    found: list[str] = []
    offset = 0
    while offset is not None:
        facts = site.get(f"/catalog/-/providers.json?sort={sort}&offset={offset}").json()
        found += [row["id"] for row in facts["providers"]]
        offset = facts["next_offset"]
    assert sorted(found) == sorted(provider.id for provider in shipped_catalog.providers())
    assert site.get("/catalog/-/providers?sort=colour").status_code == 400
