"""The plugin's pages of a catalogue with a past: what came, moved and went, told as it was."""

from __future__ import annotations

import html
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Environment, FileSystemLoader

import llmcat.datasette_plugin
from llmcat.datasette_plugin.changed_values import in_words
from tests.datasette_plugin.plain_site import browsed
from tests.pipeline.series import (
    FEBRUARY,
    JANUARY,
    Api,
    api,
    build_series,
    model,
    write_series,
)

pytestmark = pytest.mark.filterwarnings("ignore")  # Datasette's own

TEMPLATES = Path(llmcat.datasette_plugin.__file__).parent / "templates"
MINUS = "\N{MINUS SIGN}"
EFFORTS = [{"type": "effort", "values": ["low", "high"]}]
BUDGET = [{"type": "budget_tokens", "min": 1024}]


def history(folder: Path, states: Mapping[str, Api], *overlays: Mapping[str, Any]) -> Path:
    """The catalogue of a series of snapshots."""
    return build_series(folder / "catalog.db", write_series(folder / "s", states), *overlays)


@pytest.mark.parametrize(
    ("value", "field", "words"),
    [
        (None, "status", "unknown"),
        (False, "tools", "no"),
        (0.14, "cost_input", "$0.14"),
        (3, "modes.fast.cost.input", "$3.00"),
        (0, "cost_output", "free"),
        (128_000, "limits.context", "128K"),
        (2, "capabilities.reasoning.levels", "2"),
        ("2026-07-08", "retires_on", "2026-07-08"),
        (["image", "text"], "modalities_input", "image, text"),
        ([], "capabilities.reasoning.options", "none"),
        (BUDGET, "capabilities.reasoning.options", '[{"type":"budget_tokens","min":1024}]'),
        ([1, 2], "extra.sizes", "[1,2]"),
        ({"type": "effort"}, "extra.thinking", '{"type":"effort"}'),
    ],
)
def test_a_changed_value_is_put_into_words(value: Any, field: str, words: str) -> None:
    """Prices and limits as everywhere, names joined; what is nested is JSON on one line."""
    assert in_words(value, field) == words


def test_a_model_whose_options_changed_has_a_page(tmp_path: Path) -> None:
    """Some fields hold lists of objects, which are no names."""
    states = {
        JANUARY: api(acme={"acme-1": model(reasoning=True, reasoning_options=EFFORTS)}),
        FEBRUARY: api(acme={"acme-1": model(reasoning=True, reasoning_options=BUDGET)}),
    }
    with browsed(history(tmp_path, states)) as site:
        page = site.get("/catalog/-/model/acme:acme-1")
        assert page.status_code == 200
        assert "budget_tokens" in page.text
        facts = html.unescape(page.text)
        assert 'options: [{"' in facts
        assert "[{'" not in facts


def test_what_is_gone_already_is_not_announced(tmp_path: Path) -> None:
    """Who corrects when a model was retired does not bring it into service again: page and feed."""
    states = {
        JANUARY: api(acme={"acme-1": model(), "acme-0": model()}),
        FEBRUARY: api(acme={"acme-1": model(), "acme-2": model()}),
    }
    retired = {"id": "acme-0", "status": "retired", "retires_on": "2026-01-20"}
    overlay = {"acme": {"models": [retired]}}
    with browsed(history(tmp_path, states, overlay)) as site:
        facts = site.get("/catalog/-/new.json?days=20").json()
        assert [m["spec"] for m in facts["added"]] == ["acme:acme-2"]
        assert facts["added_count"] == 1
        feed = site.get("/catalog/-/new.atom?days=20").text
        assert "acme:acme-2 added" in feed
        assert "acme:acme-0" not in feed


def test_counts_are_of_models_and_not_of_changes(tmp_path: Path) -> None:
    """A model that flickers is counted once: as gone where it is gone, as added where it came."""
    steady = {"acme-1": model()}
    states = {
        JANUARY: api(acme={**steady, "gone": model(), "back": model()}),
        "2026-01-10T00:00:00Z": api(acme={**steady, "brief": model()}),
        "2026-01-11T00:00:00Z": api(acme={**steady, "gone": model(), "new": model()}),
        "2026-01-12T00:00:00Z": api(acme={**steady, "back": model()}),
        FEBRUARY: api(acme={**steady, "back": model(), "new": model()}),
    }
    with browsed(history(tmp_path, states)) as site:
        facts = site.get("/catalog/-/new.json?days=30").json()
        assert [m["spec"] for m in facts["added"]] == ["acme:new", "acme:back"]
        assert [c["spec"] for c in facts["removed"]] == ["acme:gone", "acme:brief"]
        assert (facts["added_count"], facts["removed_count"]) == (2, 2)
        assert "All, change by change" not in site.get("/catalog/-/new?days=30").text


def test_what_is_known_of_a_model_by_its_end_only_is_said_in_words(tmp_path: Path) -> None:
    """No heading over nothing, no Python."""
    states = {JANUARY: api(acme={"acme-1": model()}), FEBRUARY: api(acme={"acme-1": model()})}
    overlay = {"acme": {"models": [{"id": "acme-0", "status": "retired"}]}}
    with browsed(history(tmp_path, states, overlay)) as site:
        page = site.get("/catalog/-/model/acme:acme-0").text
        assert "No source lists a price: it is unknown, which is not free." in page
        assert "No source says what it can do." in page
        assert "What is not listed is unknown." not in page
        assert "No price is listed any more" not in page
        assert "removed upstream" not in page
        assert "llmcat-abilities" not in page


def test_the_last_facts_of_a_model_that_upstream_removed_are_said_to_be_the_last(
    tmp_path: Path,
) -> None:
    """Price, abilities and since when upstream lists them no more, without Python."""
    states = {
        JANUARY: api(acme={"acme-1": model(), "acme-0": model(cost={"input": 1, "output": 2})}),
        FEBRUARY: api(acme={"acme-1": model()}),
    }
    overlay = {"acme": {"models": [{"id": "acme-0", "status": "retired"}]}}
    with browsed(history(tmp_path, states, overlay)) as site:
        page = site.get("/catalog/-/model/acme:acme-0").text
        removed = 'removed upstream on <time datetime="2026-02-01">2026-02-01</time>'
        assert removed in page
        assert "No price is listed any more; the last ones were until 2026-02-01." in page
        assert '<dt>Input</dt><dd><span class="llmcat-number">$1.00</span>' in page
        assert "at=" not in page
        assert '<span class="llmcat-chip">tools</span>' in page
        assert "No source says what it can do." not in page


@pytest.mark.parametrize(
    ("last", "ended"),
    [
        pytest.param({}, True, id="upstream lists the model without its price"),
        pytest.param({"cost": {"input": 3}}, False, id="upstream lists another price"),
    ],
)
def test_a_model_in_service_says_since_when_it_has_no_price(
    tmp_path: Path, last: dict[str, Any], ended: bool
) -> None:
    """Only where no source lists one now."""
    states = {
        JANUARY: api(acme={"acme-1": model(cost={"input": 1, "output": 2})}),
        FEBRUARY: api(acme={"acme-1": model(**last)}),
    }
    with browsed(history(tmp_path, states)) as site:
        page = site.get("/catalog/-/model/acme:acme-1").text
        sentence = "No price is listed any more; the last ones were until 2026-02-01."
        assert (sentence in page) == ended
        assert "removed upstream" not in page


def test_an_overlay_that_lists_a_price_of_its_own_lists_it_still(tmp_path: Path) -> None:
    """Upstream removed the model, and who adds a price to it lists that one now."""
    states = {
        JANUARY: api(acme={"acme-1": model(), "acme-0": model(cost={"input": 1, "output": 2})}),
        FEBRUARY: api(acme={"acme-1": model()}),
    }
    overlay = {"acme": {"models": [{"id": "acme-0", "cost": {"input": 4, "output": 5}}]}}
    with browsed(history(tmp_path, states, overlay)) as site:
        page = site.get("/catalog/-/model/acme:acme-0").text
        assert "removed upstream on" in page
        assert "No price is listed any more" not in page


def test_a_model_gone_the_day_it_came_has_figures_and_no_chart(tmp_path: Path) -> None:
    """Ten minutes are a speck in a month: what can be read is the table."""
    brief = {"brief": model(cost={"input": 1, "output": 2})}
    states = {
        JANUARY: api(acme={"acme-1": model(), **brief}),
        "2026-01-01T00:10:00Z": api(acme={"acme-1": model()}),
        FEBRUARY: api(acme={"acme-1": model(name="Acme One")}),
    }
    with browsed(history(tmp_path, states)) as site:
        page = site.get("/catalog/-/model/acme:brief").text
        assert "<figure" not in page
        assert '<details class="llmcat-figures" open>' in page


def test_changes_are_told_in_words(tmp_path: Path) -> None:
    """Days without quotes, names without brackets, prices with their sign: the JSON is in the title."""
    states = {
        JANUARY: api(acme={"acme-1": model(cost={"input": 1}, knowledge="2025-01")}),
        FEBRUARY: api(
            acme={
                "acme-1": model(
                    cost={"input": 2},
                    knowledge="2025-06",
                    modalities={"input": ["text", "image"], "output": ["text"]},
                )
            }
        ),
    }
    with browsed(history(tmp_path, states)) as site:
        page = html.unescape(site.get("/catalog/changes?kind=changed").text)
        for words in (">2025-06</span>", ">image, text</span>", ">$2.00</span>"):
            assert words in page


def test_a_small_move_is_not_told_as_none(tmp_path: Path) -> None:
    """Two thousandths less is less, and has a decimal; a fifth needs none."""
    was = {"input": 0.289, "output": 10}
    now = {"input": 0.2885, "output": 8}
    states = {
        JANUARY: api(acme={"acme-1": model(cost=was)}),
        FEBRUARY: api(acme={"acme-1": model(cost=now)}),
    }
    with browsed(history(tmp_path, states)) as site:
        page = site.get("/catalog/-/new?days=30").text
        assert f">{MINUS}0.2%<" in page
        assert f">{MINUS}20%<" in page


def test_ratios_are_rounded_to_what_can_be_seen() -> None:
    """Never "0%", and no decimals where nobody needs them."""
    ratio = Environment(loader=FileSystemLoader(TEMPLATES)).get_template("llmcat/parts.html")
    told = [
        str(ratio.module.ratio(value))  # type: ignore[attr-defined]
        for value in (-0.0001, 0.0094, -0.2, 12.5, -1, 0.0)
    ]
    words = [text.partition(">")[2].partition("</")[0] for text in told]
    assert words == [f"{MINUS}0.01%", "+0.9%", f"{MINUS}20%", "+1,250%", f"{MINUS}100%", "<0.01%"]
