"""Fixtures of the stories of sources."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pipeline.sources.clones import GPT, OPENAI, Clone, model_path


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    """A clone whose first commit has OpenAI with GPT-4o."""
    made = Clone(tmp_path / "clone")
    made.commit({"providers/openai/provider.toml": OPENAI, model_path("gpt-4o"): GPT})
    return made
