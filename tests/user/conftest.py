"""A user with folders of their own, over a small catalogue."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from llmcat.network.discover.kept_answers import Kept, keep
from tests.conftest import MakeCatalog

AT = "2026-11-28T10:00:00Z"

BASE: dict[str, Any] = {
    "openai": {
        "env": ["OPENAI_API_KEY"],
        "models": [
            {
                "id": "gpt-4o",
                "name": "GPT-4o",
                "family": "gpt",
                "cost": {"input": 2.5, "output": 10},
                "limits": {"context": 128_000, "output": 16_384},
                "aliases": ["gpt-4o-2024-11-20"],
                "last_updated": "2026-03-01",
            },
            {"id": "gpt-old", "cost": {"input": 1, "output": 2}, "last_updated": "2026-02-01"},
        ],
    },
    "ollama": {"local": True, "env": ["OLLAMA_HOST"], "models": []},
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_catalog: MakeCatalog) -> Path:
    """The user's folder: `config` and `data` in it, and the catalogue that Catalog() opens."""
    monkeypatch.setenv("LLMCAT_DB", str(make_catalog(BASE)))
    monkeypatch.setenv("LLMCAT_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("LLMCAT_DATA", str(tmp_path / "data"))
    for name in ("OPENAI_API_KEY", "OLLAMA_HOST"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "config").mkdir()
    return tmp_path


@pytest.fixture
def discovered(home: Path) -> Callable[..., None]:
    """`discovered(name, kind, answer)` is what an endpoint answered."""

    def put(name: str, kind: str, answer: dict[str, Any], at: str = AT, **more: Any) -> None:
        kept = Kept(name, name, kind, f"http://127.0.0.1/{name}", **more)
        kept.requested_at = kept.answered_at = at
        kept.answer = json.loads(json.dumps(answer))
        keep(kept)

    return put
