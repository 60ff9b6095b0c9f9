"""What pages read of a file again and again is read once, until another file takes its place."""

from __future__ import annotations

import pytest

pytest.importorskip("datasette", reason="the browse extra is not installed")

from llmcat import Catalog
from llmcat.datasette_plugin.once_a_file import once_a_file
from tests.conftest import MakeCatalog

FIRST = {"openai": {"models": [{"id": "gpt-4o", "cost": {"input": 2.5, "output": 10}}]}}
SECOND = {"openai": {"models": [{"id": "gpt-5", "cost": {"input": 1.25, "output": 10}}]}}


def test_an_answer_is_kept_for_each_catalogue_and_each_day() -> None:
    """Two questions for one day are one; another day and another catalogue are read anew."""
    days = []

    @once_a_file
    def in_service(catalog: Catalog, today: str) -> list[str]:
        days.append(today)
        return [model.spec for model in catalog.models()]

    one, other = Catalog.from_sources(FIRST), Catalog.from_sources(SECOND)
    assert in_service(one, "2026-03-01") == in_service(one, "2026-03-01") == ["openai:gpt-4o"]
    assert days == ["2026-03-01"]
    in_service(one, "2026-03-02")
    assert in_service(other, "2026-03-01") == ["openai:gpt-5"]
    assert days == ["2026-03-01", "2026-03-02", "2026-03-01"]


def test_a_swapped_file_is_read_anew(make_catalog: MakeCatalog) -> None:
    """What was kept of the old file is no answer any more."""

    @once_a_file
    def specs(catalog: Catalog) -> list[str]:
        return [model.spec for model in catalog.models()]

    with Catalog(make_catalog(FIRST)) as catalog:
        assert specs(catalog) == ["openai:gpt-4o"]
        make_catalog(SECOND)
        assert specs(catalog) == ["openai:gpt-4o"]
        catalog.reload()
        assert specs(catalog) == ["openai:gpt-5"]
