"""A catalogue in memory: all stages of a build, and no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from llmcat.errors import CatalogError, RecipeError, Rejected
from llmcat.pipeline.build import make_rows
from llmcat.pipeline.entries import Layer
from llmcat.pipeline.recipe import Recipe, SourceSpec, embedded_recipe, read_recipe
from llmcat.pipeline.stages.write import fill
from llmcat.storage import open_file
from llmcat.storage.models import Reader
from llmcat.storage.open_file import OpenFile


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
    """The catalogue that a reader reads with `overrides` on top; sources and errors as in in_memory."""
    if reader.file.stamp is None:
        raise CatalogError("a catalogue in memory has no file to build upon; use from_sources")
    aliases = dict(reader.connection.execute("SELECT alias, provider FROM provider_aliases"))
    with reader.file.readable_path() as path:
        return in_memory([("catalog", path), *overrides], aliases, strict)


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
