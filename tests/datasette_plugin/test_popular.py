"""The list of the models that people use, and the canned query that reads it."""

from __future__ import annotations

import json
from pathlib import Path

from llmcat.pipeline.sources.overlays.toml import read_toml

ROOT = Path(__file__).parent.parent.parent


def test_the_query_reads_the_list() -> None:
    """Every model of build/popular.toml stands in contested_popular, and no other does."""
    document = read_toml(ROOT / "build" / "popular.toml").data
    text = (ROOT / "datasette-metadata.yml").read_text(encoding="utf-8")
    query = text.partition("contested_popular:")[2].partition("json_each('[")[2].partition("]')")[0]
    assert json.loads(f"[{query}]") == document["models"]
