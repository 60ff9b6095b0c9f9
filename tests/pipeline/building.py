"""Build a small catalogue and look into it: what the stories of this folder have in common."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from llmcat.pipeline.build import build
from llmcat.pipeline.recipe import Recipe, SourceSpec, command_line_sources

Row = dict[str, Any]


def build_from(output: Path, *given: tuple[str, Any], **options: Any) -> Path:
    """Build `output` from (kind, path or mapping) pairs, lowest precedence first; returns it."""
    sources = command_line_sources([(kind, str(place)) for kind, place in given])
    build(Recipe(tuple(map(_at, sources, (place for _, place in given))), **options), output)
    return output


def _at(source: SourceSpec, place: Any) -> SourceSpec:
    if isinstance(place, Path):
        return source
    return SourceSpec(source.kind, source.name.split(" {")[0], place, "mapping")


def rows(db: Path, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
    """The rows of a query on the catalogue at `db`, as dictionaries."""
    connection = sqlite3.connect(f"{db.resolve().as_uri()}?mode=ro", uri=True)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(sql, parameters)]
    finally:
        connection.close()


def column(db: Path, sql: str, parameters: Sequence[Any] = ()) -> list[Any]:
    """The first column of a query."""
    return [next(iter(row.values())) for row in rows(db, sql, parameters)]


def model(db: Path, spec: str) -> Row:
    """The row of `models`, arrays decoded."""
    [row] = rows(db, "SELECT * FROM models WHERE spec = ?", [spec])
    arrays = ("modalities_input", "modalities_output", "capabilities", "tags", "aliases")
    return {**row, **{key: _decoded(row[key]) for key in arrays}}


def details(db: Path, spec: str) -> Row:
    """The row of `model_details`, decoded."""
    [row] = rows(db, "SELECT * FROM model_details WHERE spec = ?", [spec])
    return {key: value if key == "spec" else _decoded(value) for key, value in row.items()}


def sources_of(db: Path, spec: str) -> dict[str, str]:
    """The provenance of a model as far as it names sources: what merely follows is left out."""
    provenance: dict[str, str] = details(db, spec)["provenance"]
    return {path: source for path, source in provenance.items() if not source.startswith("derived")}


def provider(db: Path, id_: str) -> Row:
    """The row of `providers`, decoded."""
    [row] = rows(db, "SELECT * FROM providers WHERE id = ?", [id_])
    lists = ("env", "endpoints", "authentication", "features", "limitations", "extra", "provenance")
    return {**row, **{key: _decoded(row[key]) for key in lists}}


def reasons(db: Path) -> list[str]:
    """Why something was not taken, in the order of `rejects`."""
    return column(db, "SELECT reason FROM rejects")


def write_json(path: Path, value: Mapping[str, Any]) -> Path:
    """`value` as a JSON file at `path`; returns the path."""
    path.write_text(json.dumps(value), encoding="utf-8")
    return path


def write_text(path: Path, text: str) -> Path:
    """`text` as a UTF-8 file at `path`, its folder made; returns the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def _decoded(text: str | None) -> Any:
    return None if text is None else json.loads(text)
