"""A catalogue in memory: all stages of a build, and no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from llmcat.errors import RecipeError
from llmcat.pipeline.build import make_rows
from llmcat.pipeline.recipe import Recipe, SourceSpec, embedded_recipe, read_recipe
from llmcat.pipeline.stages.write import fill
from llmcat.storage import open_file
from llmcat.storage.open_file import OpenFile


def in_memory(sources: Sequence[Any], provider_aliases: Mapping[str, str] = {}) -> OpenFile:
    """The catalogue that `sources` make: mappings, or pairs of kind and path.

    Labs, and provider aliases where none are given, are those of the recipe that came with llmcat.
    """
    specs = tuple(_spec(number, source) for number, source in enumerate(sources, start=1))
    embedded = read_recipe(embedded_recipe())
    aliases = provider_aliases or embedded.provider_aliases
    _, rows, _ = make_rows(Recipe(specs, aliases, embedded.labs))
    return open_file.in_memory(lambda connection: fill(rows, connection))


def _spec(number: int, source: Any) -> SourceSpec:
    if isinstance(source, Mapping):
        return SourceSpec("mapping", f"overrides {number}", source, "mapping")
    if isinstance(source, tuple) and len(source) == 2:
        kind, path = source
        return SourceSpec(kind, f"{kind} {number}", Path(path), Path(path).name)
    raise RecipeError(f"source {number}", "must be a mapping, or a pair of kind and path")
