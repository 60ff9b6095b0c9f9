"""Filters given at load: what they leave out is in no answer, and told apart from what is unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog, CatalogError, ModelNotFound, OptionError
from llmcat.errors import ModelDenied
from llmcat.pipeline.recipe import Filters
from tests.conftest import MakeCatalog

CHAT = {"task": "chat"}
MAPPING = {
    "openai": {
        "models": [
            {
                **CHAT,
                "id": "gpt-4o",
                "cost": {"input": 2.5, "output": 10},
                "aliases": ["gpt-4o-latest"],
            },
            {**CHAT, "id": "gpt-3.5-turbo", "cost": {"input": 0.5, "output": 1.5}},
            {**CHAT, "id": "odd[1]", "cost": {"input": 9, "output": 9}},
        ]
    },
    "google": {"models": [{**CHAT, "id": "gemini-2.5-pro", "cost": {"input": 1.25, "output": 10}}]},
}


@pytest.fixture
def path(make_catalog: MakeCatalog) -> Path:
    """Two providers, four models."""
    return make_catalog(MAPPING, provider_aliases={"gemini": "google"})


def specs(catalog: Catalog) -> list[str]:
    """What all calls agree upon."""
    found = [model.spec for model in catalog.models()]
    assert [model.spec for model in catalog.find()] == found
    assert [r["spec"] for r in catalog.sql("SELECT spec FROM models ORDER BY spec")] == found
    priced = catalog.sql("SELECT DISTINCT spec FROM prices ORDER BY spec")
    assert [row["spec"] for row in priced] == found
    assert {change.spec for change in catalog.changes() if ":" in change.spec} <= set(found)
    return found


@pytest.mark.parametrize(
    ("filters", "left"),
    [
        (
            {"deny": {"openai": ["gpt-3*"]}},
            ["google:gemini-2.5-pro", "openai:gpt-4o", "openai:odd[1]"],
        ),
        ({"deny": "openai"}, ["google:gemini-2.5-pro"]),
        ({"allow": {"openai": "gpt-*"}, "deny": ["openai:gpt-3.5-turbo"]}, ["openai:gpt-4o"]),
        ({"allow": ["Gemini"]}, ["google:gemini-2.5-pro"]),
        ({"allow": "openai:odd[?]"}, ["openai:odd[1]"]),
        ({"allow": "openai:gpt-4?"}, ["openai:gpt-4o"]),
    ],
    ids=str,
)
def test_filters_hold_for_every_call(path: Path, filters: dict[str, Any], left: list[str]) -> None:
    """Deny beats allow; a provider stands for all of its models, under any of its names."""
    catalog = Catalog(path, **filters)
    assert specs(catalog) == left
    assert {provider.id for provider in catalog.providers()} >= {s.partition(":")[0] for s in left}
    assert len(catalog.search("gpt")) == sum("gpt" in spec for spec in left)


def test_denied_is_told_apart_from_unknown(path: Path) -> None:
    """False for what is left out, by any of its names; an error for what nobody knows."""
    catalog = Catalog(path, deny={"openai": "gpt-4*"})
    assert catalog.allowed("openai:gpt-3.5-turbo")
    assert not catalog.allowed("openai:gpt-4o")
    assert not catalog.allowed("gpt-4o-latest@OpenAI")
    with pytest.raises(ModelNotFound, match="no model 'openai:gpt-9'"):
        catalog.allowed("openai:gpt-9")
    for call in (catalog.model, catalog.cost):
        with pytest.raises(ModelDenied, match=r"filters leave 'openai:gpt-4o' out \(by deny\)"):
            call("openai:gpt-4o")
    assert "openai:gpt-4o" not in catalog


def test_filters_of_the_build_count_too(make_catalog: MakeCatalog) -> None:
    """The file keeps what they left out, so that a reader knows of it."""
    filters = Filters(allow={"openai": ["*"]}, deny={"openai": ["gpt-3*"]}, prefer=("openai",))
    catalog = Catalog(make_catalog(MAPPING, filters=filters))
    assert catalog.allowed("openai:gpt-4o")
    assert not catalog.allowed("openai:gpt-3.5-turbo")
    assert not catalog.allowed("google:gemini-2.5-pro")
    with pytest.raises(ModelNotFound):
        catalog.allowed("google:gemini-9")


def test_the_order_of_providers_is_given_once(make_catalog: MakeCatalog, path: Path) -> None:
    """At the call, else at load, else by the build."""

    def selected(catalog: Catalog, **options: Any) -> str:
        model = catalog.select(**options)
        assert model == catalog.explain(**options).model
        return model.provider if model else ""

    assert selected(Catalog(path), max_cost_input=2.5, min_cost_input=1) == "google"
    loaded = Catalog(path, prefer=["openai"])
    assert selected(loaded, min_cost_input=1) == "openai"
    assert selected(loaded, min_cost_input=1, prefer=[]) == "google"
    assert selected(loaded.as_of("2027-01-01", clamp=True), min_cost_input=1) == "openai"
    built = Catalog(make_catalog(MAPPING, filters=Filters(prefer=("openai",))))
    assert selected(built, min_cost_input=1) == "openai"


def test_filters_hold_in_the_past_and_below_overrides(path: Path) -> None:
    """A catalogue that is made from this one shows no more than this one."""
    catalog = Catalog(path, deny="google")
    past = catalog.as_of("2027-01-01", clamp=True)
    assert specs(past) == specs(catalog)
    assert past.model("openai:gpt-4o").details.cost["input"] == 2.5
    assert not past.allowed("google:gemini-2.5-pro")
    changed = catalog.with_overrides(
        {"openai": {"models": [{"id": "gpt-4o", "cost": {"input": 1}}]}}
    )
    assert specs(changed) == specs(catalog)


def test_filters_that_are_none_are_refused(path: Path) -> None:
    """In a line that shows how it is written; and so are filters that leave nothing."""
    wrong: Any = [3.5]
    for filters in ({"allow": wrong}, {"deny": {"openai": [""]}}, {"deny": {"openai": "x" * 200}}):
        with pytest.raises(OptionError, match=r"write \{'openai'"):
            Catalog(path, **filters)
    with pytest.raises(
        CatalogError, match=r"leave no model \(allow names unknown providers: opnai\)"
    ):
        Catalog(path, allow="opnai")
