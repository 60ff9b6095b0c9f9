"""The plugin's pages of a catalogue with a past: what came, moved and went, told as it was."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from llmcat.datasette_plugin.changed_values import said
from tests.browse.plain_site import browsed
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
    assert said(value, field) == words


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
