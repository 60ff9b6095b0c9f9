"""Every scalar of a models.dev api.json, looked for in the catalogue that was built from it.

    python -m tests.pipeline.scalars build/models-dev/*.json.gz

builds a catalogue from each file and prints what it lacks. The catalogue's rows are turned back
into upstream's own form by rules written here anew, so that this shares nothing with the translation
that it checks.
"""

from __future__ import annotations

import gzip
import json
import sqlite3
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Object = dict[str, Any]
Scalar = tuple[str, str]

COLUMNS = (
    "id", "name", "family", "base_model", "description", "status", "release_date", "last_updated",
    "knowledge", "license",
)  # fmt: skip
"""Upstream's keys that are columns of `models` under the same name."""

FLAGS = {
    "open_weights": "open_weights",
    "attachment": "attachment",
    "reasoning": "reasoning",
    "tool_call": "tools",
    "structured_output": "structured_output",
    "temperature": "temperature",
}
"""Upstream's boolean keys -> 0/1 column of `models`."""

WIDE = ("links", "weights", "benchmarks")
PROVIDER_COLUMNS = ("id", "name", "api", "npm", "doc")
OFTEN_COPIED = 200_000
"""Upstream copies the one tier of at least this size to context_over_200k."""


def missing_scalars(api: Mapping[str, Any], db: Path) -> list[str]:
    """The scalars of `api`, `path = value` each, that the catalogue at `db` does not hold.

    Nulls say nothing and are left out, blanks around a text do not count, and lists of scalars are
    compared as sets: the catalogue sorts.
    """
    held = set(scalars(as_upstream(db)))
    return [f"{path} = {value}" for path, value in scalars(api) if (path, value) not in held]


def scalars(value: Any, path: str = "") -> Iterator[Scalar]:
    """Every scalar below `value` with its path; equal numbers have equal text, 5 and 5.0 too."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from scalars(item, f"{path}/{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            nested = isinstance(item, (Mapping, list))
            yield from scalars(item, f"{path}/{number if nested else '*'}")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield path, repr(float(value))
    elif value is not None:
        yield path, json.dumps(value.strip() if isinstance(value, str) else value)


def as_upstream(db: Path) -> Object:
    """All of the catalogue at `db` in the form of api.json."""
    connection = sqlite3.connect(f"{db.as_uri()}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        api = {row["id"]: _provider(row) for row in connection.execute("SELECT * FROM providers")}
        for row in connection.execute(
            "SELECT m.*, d.limits, d.cost, d.modes, d.capabilities AS said, d.serving, d.links,"
            " d.weights, d.benchmarks, d.extra FROM models m JOIN model_details d USING (spec)"
        ):
            api[row["provider"]]["models"][row["id"]] = _model(row)
    finally:
        connection.close()
    return api


def _provider(row: sqlite3.Row) -> Object:
    said = {key: row[key] for key in PROVIDER_COLUMNS}
    return {**said, "env": _json(row["env"]), **(_json(row["extra"]) or {}), "models": {}}


def _model(row: sqlite3.Row) -> Object:
    extra = _json(row["extra"]) or {}
    said: Object = {key: row[key] for key in COLUMNS}
    said.update({key: _flag(row[column]) for key, column in FLAGS.items()})
    said.update({key: _json(row[key]) for key in WIDE})
    said["modalities"] = {side: _json(row[f"modalities_{side}"]) for side in ("input", "output")}
    said["limit"] = {**(_json(row["limits"]) or {}), **extra.pop("limit", {})}
    said["cost"] = {**_cost(_json(row["cost"]) or {}), **extra.pop("cost", {})}
    said["provider"] = _json(row["serving"])
    capabilities = _json(row["said"]) or {}
    said["interleaved"] = _interleaved(capabilities.get("interleaved"))
    if isinstance(reasoning := capabilities.get("reasoning"), dict):
        said["reasoning_options"] = reasoning.get("options")
    said["experimental"] = {
        **extra.pop("experimental", {}),
        "modes": {name: _mode(mode) for name, mode in (_json(row["modes"]) or {}).items()},
    }
    return {**said, **extra}


def _interleaved(said: Any) -> Any:
    if isinstance(said, dict):
        return {key: value for key, value in said.items() if key != "supported"}
    return said


def _cost(cost: Object) -> Object:
    tiers = cost.get("tiers", [])
    said = {meter: price for meter, price in cost.items() if meter != "tiers"}
    said["tiers"] = [
        {"tier": {"type": "context", "size": tier["min_context"]}, **_prices(tier)}
        for tier in tiers
    ]
    large = [tier for tier in tiers if tier["min_context"] >= OFTEN_COPIED]
    if len(large) == 1:
        said["context_over_200k"] = _prices(large[0])
    return said


def _prices(tier: Object) -> Object:
    return {meter: price for meter, price in tier.items() if meter != "min_context"}


def _mode(mode: Object) -> Object:
    extra = mode.get("extra", {})
    request = {key: mode[key] for key in ("body", "headers") if key in mode}
    return {
        **extra,
        "cost": {**_cost(mode.get("cost", {})), **extra.get("cost", {})},
        "provider": {**request, **extra.get("provider", {})},
    }


def _flag(value: int | None) -> bool | None:
    return None if value is None else bool(value)


def _json(text: str | None) -> Any:
    return None if text is None else json.loads(text)


def main(paths: list[str]) -> int:
    """Build from each api.json in turn and print what is missing; 1 where anything is."""
    from llmcat.pipeline.build import build
    from llmcat.pipeline.recipe import Recipe, command_line_sources

    missing = 0
    for path in map(Path, paths):
        with tempfile.TemporaryDirectory() as folder:
            db = Path(folder) / "catalog.db"
            build(Recipe(command_line_sources([("models.dev", str(path))])), db)
            content = path.read_bytes()
            text = gzip.decompress(content) if path.suffix == ".gz" else content
            api = json.loads(text)
            lost = missing_scalars(api, db)
        print(f"{path.name}: {sum(1 for _ in scalars(api)):,} scalars, {len(lost):,} missing")
        print(*(f"  {line}" for line in lost[:20]), sep="\n", end="\n" if lost else "")
        missing += len(lost)
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
