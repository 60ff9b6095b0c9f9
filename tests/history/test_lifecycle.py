"""Whether a model is still in service is told from a day, not from its status alone."""

from __future__ import annotations

from typing import Any

import pytest

from llmcat import Catalog
from llmcat.history.lifecycle import as_on, farewell, status_on

TODAY = "2026-11-21"


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        ({}, None, None),
        ({"status": "beta"}, "beta", None),
        ({"deprecated_on": "2027-01-01", "retires_on": "2027"}, None, None),
        ({"deprecated_on": TODAY}, "deprecated", f"deprecated since {TODAY}"),
        (
            {"status": "deprecated", "retires_on": "2027", "replacement": "gpt-5.5"},
            "deprecated",
            "will be switched off on 2027; deprecated; use gpt-5.5 instead",
        ),
        ({"status": "deprecated", "deprecated_on": "2027"}, "deprecated", "deprecated from 2027"),
        ({"status": "active", "retires_on": "2026-11"}, "retired", "switched off on 2026-11"),
        ({"status": "retired"}, "retired", "switched off"),
    ],
)
def test_a_day_that_has_come_counts_whatever_the_status(
    said: dict[str, Any], status: str | None, words: str | None
) -> None:
    """What is known of the end is said of models that are on their way out, not of others."""
    source = {"openai": {"models": [{"id": "gpt-4", "cost": {"input": 30}}]}}
    model = Catalog.from_sources(source).model("openai:gpt-4")._replace(**said)
    assert (status_on(model, TODAY), farewell(model, TODAY)) == (status, words)
    assert as_on(model, TODAY) == model._replace(status=status)


def test_it_is_the_status_that_find_tells() -> None:
    """The words beside a model and the models that are found never disagree."""
    dates = ("2026-11-20", TODAY, "2026-11-22", "2026-11", "2027", None)
    models = [
        {"id": f"{status}-{n}-{m}", "status": status, "deprecated_on": soon, "retires_on": late}
        for status in ("active", "beta", "deprecated", "retired")
        for n, soon in enumerate(dates)
        for m, late in enumerate(dates)
    ]
    given = [{k: v for k, v in model.items() if v is not None} for model in models]
    catalog = Catalog.from_sources({"acme": {"models": given}})
    for status in ("active", "beta", "deprecated", "retired"):
        found = {model.spec for model in catalog.find(status=status, today=TODAY)}
        told = {m.spec for m in catalog.models() if status_on(m, TODAY) == status}
        assert found == told
