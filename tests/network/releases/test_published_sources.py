"""A recipe names other people's published catalogues as sources: that is how contributions travel."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmcat import Catalog
from tests.cli.running import llmcat
from tests.network.releases.publishing import Shop

RECIPE = """
[[source]]
kind = "catalog"
name = "theirs"
url = "{address}"

[[source]]
kind = "yaml"
path = "ours.yml"
"""


def test_a_published_catalogue_is_a_source(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pulled and verified like a release, under our own overlay; the next release brings its news."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("LLMCAT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LLMCAT_DATA", raising=False)
    shop.publish(1.0)
    recipe = tmp_path / "recipe.toml"
    recipe.write_text(RECIPE.format(address=shop.address))
    ours = "provider: openai\nmodels:\n  gpt-6: {cost: {input: 3, output: 9}}\n"
    (tmp_path / "ours.yml").write_text(ours)
    done = llmcat("pull", "--recipe", str(recipe))
    assert done.status == 0, done.err
    assert done.lines[0].startswith("fetched: 1 models from 1 providers")
    target = tmp_path / "data" / "llmcat" / "catalog.db"
    with Catalog(target) as catalog:
        assert catalog.model("openai:gpt-5").cost_input == 1.0
        assert catalog.model("openai:gpt-6").cost_input == 3.0
    assert "nothing is new" in llmcat("pull", "--recipe", str(recipe)).out
    shop.publish(1.1)
    assert llmcat("pull", "--recipe", str(recipe)).status == 0
    assert Catalog(target).model("openai:gpt-5").cost_input == 1.1
    (shop.published / "latest.json").write_text("{}")
    done = llmcat("pull", "--recipe", str(recipe))
    assert (done.status, "warning: theirs:" in done.err) == (0, True)
    assert Catalog(target).model("openai:gpt-5").cost_input == 1.1
