"""The page of a model in Datasette, 0.65 or 1.0: what it says, what a call costs, where else the model is."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("datasette", reason="the browse extra is not installed")

from llmcat import Catalog
from llmcat.choosing.offers import bare
from tests.conftest import MakeCatalog
from tests.datasette_plugin.plain_site import Site

pytestmark = pytest.mark.filterwarnings("ignore")  # Datasette's own
OPENAI = "/catalog/-/model/openai:gpt-4o"


def test_a_model_page_says_what_it_is_and_costs(site: Site, shipped_catalog: Catalog) -> None:
    """Price, context window, capabilities with their sources, how to call it, what changed."""
    page = site.get(OPENAI)
    assert page.status_code == 200
    for said in ("GPT-4o", "$2.50", "$10.00", "128K", "OPENAI_API_KEY", "models.dev", 'role="img"'):
        assert said in page.text, said
    facts = site.get(f"{OPENAI}.json").json()
    model = shipped_catalog.model("openai:gpt-4o")
    assert facts["model"]["cost_input"] == model.cost_input
    assert facts["model"]["limit_context"] == model.limit_context
    assert {c["name"] for c in facts["capabilities"] if c["supported"]} == set(model.capabilities)
    assert all(c["source"] for c in facts["capabilities"])
    assert not [name for name in facts if name.startswith("_")]


def test_the_same_model_elsewhere_is_that_of_its_base_model(shipped_catalog: Catalog) -> None:
    """Or has its id, whatever its provider writes around it, where nobody says a base model."""
    everywhere: Any = {"include_deprecated": True, "include_retired": True}
    models = shipped_catalog.models()
    for model in models[::200]:
        found = {
            offer.model.spec: offer for offer in shipped_catalog.offers(model.spec, **everywhere)
        }
        assert model.spec in found
        by_base = {m.spec for m in models if m.base_model and m.base_model == model.base_model}
        said = {spec for spec, offer in found.items() if offer.same == "base_model"}
        if model.base_model:
            assert by_base <= said <= by_base | {model.base_model.replace("/", ":", 1)}
        assert all(offer.model.base_model is None for offer in found.values() if offer.same == "id")


@pytest.mark.parametrize(
    ("provider", "id"),
    [
        ("github-copilot", "claude-sonnet-4.6"),
        ("openrouter", "anthropic/claude-sonnet-4.6"),
        ("google-vertex", "claude-sonnet-4-6@default"),
        ("amazon-bedrock", "anthropic.claude-sonnet-4-6"),
        ("amazon-bedrock", "eu.anthropic.claude-sonnet-4-6"),
        ("amazon-bedrock", "global.anthropic.claude-sonnet-4-6-v1:0"),
    ],
)
def test_a_version_is_the_same_however_it_is_spelled(
    shipped_catalog: Catalog, provider: str, id: str
) -> None:
    """4.6 is 4-6; Bedrock's regions and Vertex's @default are no part of the name."""
    assert bare(provider, id) == "claude-sonnet-4-6"
    if f"{provider}:{id}" in shipped_catalog:
        found = shipped_catalog.offers("anthropic:claude-sonnet-4-6")
        assert f"{provider}:{id}" in {offer.model.spec for offer in found}


def test_a_model_page_tells_what_a_call_costs(site: Site, shipped_catalog: Catalog) -> None:
    """The same number as the library, to the last digit."""
    url = f"{OPENAI}.json?input_tokens=123456&output_tokens=789"
    cost = shipped_catalog.cost("openai:gpt-4o", 123_456, 789)
    assert site.get(url).json()["call"]["total"] == str(cost.total)
    for odd in ("-5", "1e999", "many"):
        call = site.get(f"{OPENAI}.json?input_tokens={odd}").json()["call"]
        assert call["total"] is None
        assert odd in call["unknown"]


def test_a_call_is_priced_with_cache_mode_region_and_pieces(
    site: Site, shipped_catalog: Catalog
) -> None:
    """Each box is the argument of cost() of its name; what is asked for stands in the form again."""
    cost = shipped_catalog.cost(
        "openai:gpt-4o", 200_000, 500, cache_read_tokens=50_000, mode="priority", region="fedramp"
    )
    query = "input_tokens=200k&output_tokens=500&cache_read_tokens=50k&mode=priority&region=fedramp"
    assert site.get(f"{OPENAI}.json?{query}").json()["call"]["total"] == str(cost.total)
    page = site.get(f"{OPENAI}?{query}").text
    assert f"${cost.total}" in page
    assert "<option selected>priority</option>" in page
    searches = site.get(f"{OPENAI}.json?web_searches=3").json()["call"]
    assert searches["total"] == str(shipped_catalog.cost("openai:gpt-4o", web_searches=3).total)
    nowhere = site.get(f"{OPENAI}.json?input_tokens=1&mode=turbo").json()["call"]
    assert nowhere["total"] is None
    assert "turbo" in nowhere["unknown"]


def test_every_price_has_its_witnesses(site: Site, shipped_catalog: Catalog) -> None:
    """Who says it, who says the same, who says what else."""
    listed = site.get(f"{OPENAI}.json").json()["price_witnesses"]
    now = [p for p in shipped_catalog.prices("openai:gpt-4o") if p.valid_to is None]
    assert [(p["meter"], p["usd"], p["source"]) for p in listed] == [
        (p.meter, p.usd, p.source) for p in now
    ]
    assert any(p["corroborated_by"] for p in listed)
    disputed = shipped_catalog.sql(
        "SELECT spec, other, other_value FROM disagreements AS d WHERE field = 'cost.output'"
        " AND EXISTS (SELECT 1 FROM models WHERE spec = d.spec AND cost_output IS NOT NULL) LIMIT 1"
    ).to_dicts()[0]
    of_it = site.get(f"/catalog/-/model/{disputed['spec']}.json").json()["price_witnesses"]
    assert {"value": disputed["other_value"], "source": disputed["other"]} in [
        other for price in of_it if price["meter"] == "output" for other in price["otherwise"]
    ]


def test_pieces_have_their_box(site: Site, shipped_catalog: Catalog) -> None:
    """A model that is paid for by the image or the second is reckoned in these."""
    by_image = shipped_catalog.find(task="image", min_cost_image=0.001, limit=3)
    for model in by_image:
        call = site.get(f"/catalog/-/model/{model.spec}.json?images=4").json()["call"]
        assert call["total"] == str(shipped_catalog.cost(model.spec, images=4).total)


def test_a_call_that_does_not_fit_says_so(site: Site) -> None:
    """A price for what the provider would refuse is no answer by itself."""
    for asked, words in (
        (
            "input_tokens=300000&output_tokens=1000",
            "301,000 tokens of input and output do not fit",
        ),
        ("input_tokens=10&output_tokens=20000", "20,000 tokens of output do not fit"),
    ):
        assert words in site.get(f"{OPENAI}?{asked}").text
        assert site.get(f"{OPENAI}.json?{asked}").json()["call"]["too_long"].startswith(words)
    assert "not fit" not in site.get(OPENAI).text


def test_a_deprecated_model_has_a_banner_with_its_replacement(
    site: Site, shipped_catalog: Catalog
) -> None:
    """What is switched off soon says so on top, and what to take."""
    model = next(m for m in shipped_catalog.models("openai") if m.replacement and m.retires_on)
    page = site.get(f"/catalog/-/model/{model.spec}").text
    assert 'class="llmcat-banner' in page
    assert str(model.retires_on) in page
    assert f"/catalog/-/model/openai:{model.replacement}" in page


def test_a_model_that_was_removed_keeps_its_past(site: Site, shipped_catalog: Catalog) -> None:
    """Its page says since when it is gone, and what it cost."""
    gone = next(
        c.spec
        for c in shipped_catalog.changes(kind="removed")
        if c.spec not in shipped_catalog and shipped_catalog.prices(c.spec)
    )
    page = site.get(f"/catalog/-/model/{gone}")
    assert page.status_code == 200
    assert "was removed upstream" in page.text
    assert ">compare</a>" not in page.text


def test_a_model_that_never_was_is_not_found_and_suggests(site: Site) -> None:
    """404, one line, and what may have been meant; in HTML and in JSON."""
    page = site.get("/catalog/-/model/openai:gpt-4oo")
    assert page.status_code == 404
    assert "/catalog/-/model/openai:gpt-4o" in page.text
    answer = site.get("/catalog/-/model/openai:gpt-4oo.json")
    assert (answer.status_code, answer.json()["ok"]) == (404, False)


def test_prices_that_are_not_per_token_have_their_unit(make_catalog: MakeCatalog) -> None:
    """A model that is paid by the hour is not said to have no price."""
    hour = {"id": "audio.transcription", "rate": 0.111, "notes": "per hour of audio"}
    whisper = {"id": "whisper", "cost": {"audio": 0.111, "components": [hour]}}
    theirs = Site(make_catalog({"acme": {"models": [whisper, {"id": "silent"}]}}))
    try:
        page = theirs.get("/catalog/-/model/acme:whisper").text
        assert "$0.111 per hour of audio" in page
        assert "No source lists a price" not in page
        assert "No source lists a price" in theirs.get("/catalog/-/model/acme:silent").text
    finally:
        theirs.close()
