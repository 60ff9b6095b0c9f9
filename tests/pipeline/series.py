"""A series of models.dev snapshots, as small as a story needs it, and catalogues built from it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from llmcat.pipeline.build import build
from llmcat.pipeline.recipe import Recipe, SourceSpec

Api = dict[str, Any]

JANUARY = "2026-01-01T00:00:00Z"
FEBRUARY = "2026-02-01T06:30:00Z"
MARCH = "2026-03-01T12:00:00Z"
APRIL = "2026-04-01T18:45:30Z"


def model(**said: Any) -> dict[str, Any]:
    """A model object of api.json: what every one has, and what the story says."""
    return {
        "name": "Acme",
        "attachment": False,
        "reasoning": False,
        "tool_call": True,
        "open_weights": False,
        "release_date": "2025-11-03",
        "last_updated": "2025-11-03",
        "modalities": {"input": ["text"], "output": ["text"]},
        "limit": {"context": 128_000, "output": 8_192},
        **said,
    }


def api(**providers: Mapping[str, Any]) -> Api:
    """An api.json: `api(acme={"acme-1": model(…)})`."""
    return {
        id_: {
            "id": id_,
            "name": id_.title(),
            "env": [f"{id_.upper()}_API_KEY"],
            "models": {name: {"id": name, **said} for name, said in models.items()},
        }
        for id_, models in providers.items()
    }


def write_series(folder: Path, states: Mapping[str, Api]) -> list[Path]:
    """A file a state, named by its instant; returns the paths in the order given."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for at, state in states.items():
        path = folder / f"{at.replace(':', '')}.json"
        path.write_text(json.dumps(state), encoding="utf-8")
        paths.append(path)
    return paths


def build_series(
    output: Path,
    paths: Iterable[Path],
    *overlays: Mapping[str, Any],
    **recipe: Any,
) -> Path:
    """Build `output` from snapshots, and overlays upon them, by a recipe of this; returns it."""
    series = SourceSpec("models.dev", "models.dev", list(paths), "snapshots")
    upon = [
        SourceSpec("mapping", f"overlay {number}", overlay, "mapping")
        for number, overlay in enumerate(overlays, start=1)
    ]
    build(Recipe((series, *upon), **recipe), output)
    return output
