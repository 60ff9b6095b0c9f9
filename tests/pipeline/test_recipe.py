"""What a recipe says of its sources."""

from __future__ import annotations

import os

import pytest

from llmcat.pipeline.recipe import shown_path


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("overlays/prices.yaml", "overlays/prices.yaml"),
        ("../shared/api.json.gz", "../shared/api.json.gz"),
        (os.path.abspath("secret-project/api.json"), "api.json"),
        ("~/mine/overlays/", "overlays"),
        ("https://models.dev/api.json", "https://models.dev/api.json"),
        ("https://anna:secret@example.com/api.json?token=t#top", "https://example.com/api.json"),
        ("https://anna@example.com?token=t", "https://example.com"),
        ("https://example.com/a@b/api.json", "https://example.com/a@b/api.json"),
    ],
)
def test_a_path_is_shown_without_what_is_private(path: str, shown: str) -> None:
    """The table of sources is public: no folder of the builder, no user, password or token."""
    assert shown_path(path) == shown
