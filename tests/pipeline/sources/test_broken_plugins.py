"""A plug-in that is broken: one line that names it, at import, read or translate; nothing is written."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.running import error_of, llmcat

RAISES = 'raise RuntimeError("boom\\nin two lines")'
DOCUMENT = 'yield Document("one", {}, "")'


@pytest.mark.parametrize(
    ("top", "read", "translate", "words"),
    [
        (
            RAISES,
            DOCUMENT,
            "return []",
            "cannot be loaded from broken:Broken (RuntimeError: boom in",
        ),
        ("import sys; sys.exit(3)", DOCUMENT, "return []", "cannot be loaded from broken:Broken"),
        ("", RAISES, "return []", "the plug-in failed (RuntimeError: boom in two lines)"),
        ("", DOCUMENT, RAISES, "the plug-in failed (RuntimeError: boom in two lines)"),
        ("", "return None", "return []", "the plug-in failed (TypeError"),
        ("", "return [7]", "return []", "gave a int where Document or Reject is wanted"),
        ("", DOCUMENT, "return [{}]", "gave a dict where Entry or Reject is wanted"),
    ],
)
def test_a_broken_plugin_is_one_line(
    top: str,
    read: str,
    translate: str,
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is found by its entry point, as an installed package is."""
    (tmp_path / "broken.py").write_text(
        f"{top}\nfrom llmcat.pipeline.entries import Document\n"
        f"class Broken:\n    def read(self, location):\n        {read}\n"
        f"    def translate(self, document):\n        {translate}\n",
        encoding="utf-8",
    )
    facts = tmp_path / "broken-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text("[llmcat.sources]\nbroken = broken:Broken\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "broken", raising=False)
    output = tmp_path / "out.db"
    said = llmcat("build", "-o", output, "--source", f"broken={tmp_path}")
    line = error_of(said)
    assert words in line
    assert "'broken'" in line
    assert not output.exists()
