"""The documentation as a site: every page is in it, and it builds without a warning."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

DOCS = Path(__file__).parents[1] / "docs"
GENERATED = {"index.md", "api.md", "options.md", "schema.md", "changelog.md"}
"""What docs/pages.py makes."""


def test_every_page_is_in_the_navigation() -> None:
    """Once, and none that is gone; nothing is loaded from another host."""
    text = (DOCS / "mkdocs.yml").read_text(encoding="utf-8")
    config = yaml.safe_load(text)
    named = re.findall(r"\S+\.md$", text.partition("\nnav:")[2], re.MULTILINE)
    assert sorted(named) == sorted({page.name for page in DOCS.glob("*.md")} | GENERATED)
    assert config["theme"]["font"] is False
    assert "http" not in text


@pytest.mark.skipif(find_spec("mkdocs_autorefs") is None, reason="the docs extra is not installed")
def test_the_site_builds_without_a_warning(tmp_path: Path) -> None:
    """Links, anchors and docstrings hold; pages have what the code says; nobody else is asked."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir"]
    config = ["--config-file", str(DOCS / "mkdocs.yml")]
    done = subprocess.run(
        [*command, str(tmp_path), *config],
        capture_output=True,
        text=True,
        env={"NO_MKDOCS_2_WARNING": "1", "PATH": ""},
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")

    def page(name: str) -> str:
        return (tmp_path / name / "index.html").read_text(encoding="utf-8")

    assert "llmcat.catalog.Catalog.find" in page("api")
    assert "min_cost_cache_read" in page("options")
    assert "model_versions" in page("schema")
    assert "images/terminal.svg" in page(".")
    assert re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="https?:', page("api")) == []
