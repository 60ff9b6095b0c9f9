"""The banner of a model says what has come and what will."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("datasette", reason="the browse extra is not installed")

from llmcat import Catalog
from llmcat.datasette_plugin.pages.banner import Banner, banner

TODAY = "2026-11-21"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, None),
        ({"status": "active"}, None),
        ({"status": "beta"}, Banner("notice", "This model is in beta.")),
        ({"status": "deprecated"}, Banner("deprecated", "Deprecated.")),
        (
            {"status": "deprecated", "deprecated_on": "2026-09-30", "retires_on": "2026-11-30"},
            Banner(
                "deprecated", "Will be switched off on 2026-11-30. Deprecated since 2026-09-30."
            ),
        ),
        (
            {"status": "deprecated", "retires_on": "2026-10-23"},
            Banner("retired", "Switched off on 2026-10-23. Deprecated."),
        ),
        (
            {"status": "retired", "deprecated_on": "2026-04-24", "retires_on": "2026-07-24"},
            Banner("retired", "Switched off on 2026-07-24. Deprecated since 2026-04-24."),
        ),
        ({"retires_on": TODAY}, Banner("retired", f"Switched off on {TODAY}.")),
        (
            {"deprecated_on": "2027-01-01"},
            Banner("notice", "Deprecated from 2027-01-01."),
        ),
        ({"status": "retired"}, Banner("retired", "Switched off.")),
    ],
)
def test_the_days_are_told_from_today(said: dict[str, Any], expected: Banner | None) -> None:
    """The status is that of the catalogue's day; days that have come since are said, too."""
    source = {"openai": {"models": [{"id": "gpt-4o", "cost": {"input": 1}}]}}
    model = Catalog.from_sources(source).model("openai:gpt-4o")
    assert banner(model._replace(**said), TODAY) == expected
