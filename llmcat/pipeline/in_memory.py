"""A catalogue in memory: all stages of a build, and no file."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from llmcat.errors import CatalogError, RecipeError, Rejected
from llmcat.pipeline.build import make_rows
from llmcat.pipeline.entries import Layer
from llmcat.pipeline.patch.patch import Patch, apply, base_of, make_patch
from llmcat.pipeline.patch.touched_models import touched_models
from llmcat.pipeline.recipe import (
    Recipe,
    SourceSpec,
    embedded_recipe,
    embedded_tables,
    read_recipe,
)
from llmcat.pipeline.sources.read_once import read_once
from llmcat.pipeline.stages.write import fill
from llmcat.pipeline.tables.create_tables import columns_of
from llmcat.storage import open_file
from llmcat.storage.checks import before_use
from llmcat.storage.models import Reader
from llmcat.storage.open_file import OpenFile

ALIASES = "SELECT alias, provider FROM provider_aliases"


def in_memory(
    sources: Sequence[Any], provider_aliases: Mapping[str, str] = {}, strict: bool = True
) -> OpenFile:
    """The catalogue that `sources` make: mappings, pairs of kind and path, or
    objects with the protocol of llmcat/pipeline/sources, read at their `location`.

    Labs, and provider aliases where none are given, are those of the recipe that came with llmcat.
    Raises Rejected where `strict` and something cannot be taken.
    """
    specs = tuple(_spec(number, source) for number, source in enumerate(sources, start=1))
    embedded = read_recipe(embedded_recipe())
    aliases = provider_aliases or embedded.provider_aliases
    layers, rows, _ = make_rows(Recipe(specs, aliases, embedded.labs))
    if strict:
        _check_whole(layers)
    return open_file.in_memory(lambda connection: fill(rows, connection))


def overridden(reader: Reader, overrides: Sequence[Any], strict: bool = True) -> OpenFile:
    """A copy in memory of the catalogue that a reader reads, with `overrides` on top; sources and errors
    as in in_memory. The models that they speak of are built anew, all others stay as they are."""
    if reader.file.stamp is None:
        raise CatalogError("a catalogue in memory has no file to build upon; use from_sources")
    specs = tuple(_spec(number, source) for number, source in enumerate(overrides, start=2))
    with reader.file.readable_path() as path, closing(before_use.connect(path)) as connection:
        base = base_of(Path(path), connection, "catalog 1", Path(path).name)
        aliases: Mapping[str, str] = dict(connection.execute(ALIASES))
        embedded = embedded_tables()
        aliases = aliases or embedded.provider_aliases
        recipe = Recipe(tuple(map(read_once, specs)), aliases, embedded.labs)
        touched = touched_models(recipe.sources, aliases, base.known, connection)
        patch = make_patch(base, touched, recipe)
        if strict:
            _check_whole(patch.layers)
        return open_file.in_memory(partial(_fill, patch, connection))


def _fill(patch: Patch, base: sqlite3.Connection, connection: sqlite3.Connection) -> None:
    base.backup(connection)
    connection.execute("BEGIN")
    apply(patch, connection, " ".join(str(layer.sha256) for layer in patch.layers))
    built_at = patch.rows["catalog"][0][columns_of("catalog").index("built_at")]
    connection.execute("UPDATE catalog SET built_at = ?", (built_at,))
    connection.execute("COMMIT")


def _check_whole(layers: Sequence[Layer]) -> None:
    """Raises Rejected where anything but what an earlier build rejected could not be taken."""
    rejects = [
        (reject.place, reject.spec, reject.field, reject.reason)
        for layer in layers
        for reject in (*layer.rejects, *layer.past_rejects)
        if layer.kind != "catalog"
    ]
    if rejects:
        raise Rejected(rejects)


def _spec(number: int, source: Any) -> SourceSpec:
    if isinstance(source, Mapping):
        return SourceSpec("mapping", f"overrides {number}", source, "mapping")
    if isinstance(source, tuple) and len(source) == 2:
        kind, path = source
        return SourceSpec(kind, f"{kind} {number}", Path(path), Path(path).name)
    if hasattr(source, "read") and hasattr(source, "translate"):
        from llmcat.pipeline.sources.plugins import guard

        name = type(source).__name__
        location = getattr(source, "location", None)
        return SourceSpec(name, f"{name} {number}", location, name, reader=guard(name, source))
    raise RecipeError(
        f"source {number}", "must be a mapping, a pair of kind and path, or a source of your own"
    )
