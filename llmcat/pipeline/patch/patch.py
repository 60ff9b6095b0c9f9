"""A patch: the rows that a few models of a catalogue come to with sources on top, and how they get into a copy
of the whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from llmcat.pipeline.build import make_rows, no_collection
from llmcat.pipeline.entries import Layer
from llmcat.pipeline.history.resume import past_of
from llmcat.pipeline.patch.cut_models import PartOfCatalog, cut
from llmcat.pipeline.patch.paste_models import account, put
from llmcat.pipeline.patch.rest_of_catalog import RestOfCatalog
from llmcat.pipeline.patch.touched_models import Touched
from llmcat.pipeline.recipe import Recipe, SourceSpec
from llmcat.pipeline.tables.flatten import Rows


class Base(NamedTuple):
    """The catalogue that is patched: its file, a connection to it, the specs of its models, and what it is
    called among the sources."""

    path: Path
    connection: sqlite3.Connection
    known: set[str]
    name: str = "catalog"
    shown: str = "catalog"


class Patch(NamedTuple):
    """The rows of the models that were built anew, whose specs are `touched`, the layers of the sources on
    top, and what they were measured against."""

    rows: Rows
    layers: list[Layer]
    touched: set[str]
    rest: RestOfCatalog


def base_of(path: Path, connection: sqlite3.Connection, *named: str) -> Base:
    """The catalogue at `path`, to which `connection` leads."""
    specs = {spec for (spec,) in connection.execute("SELECT spec FROM models")}
    return Base(path, connection, specs, *named)


@no_collection()
def make_patch(
    base: Base,
    touched: Touched,
    recipe: Recipe,
    below: Sequence[SourceSpec] = (),
    *,
    dated: bool = False,
) -> Patch:
    """What the models that are touched come to with the sources of the recipe on top, and those `below`.

    With `dated` the sources go on from the last change of these models, else from the time of the whole:
    see cut().
    """
    part = cut(base.path, {*touched.models, *touched.providers}, dated=dated)
    with closing(part):
        past = past_of(part)
        rest = RestOfCatalog(base.connection, base.known, touched.models)
        past.recorder.others = len(rest)
        reader = PartOfCatalog(part)
        spec = SourceSpec("catalog", base.name, base.path, base.shown, reader=reader)
        sources = (*below, spec, *recipe.sources)
        layers, rows, _ = make_rows(
            Recipe(sources, recipe.provider_aliases, recipe.labs, recipe.billing), past, rest=rest
        )
    layers = [layer for layer in layers if layer.name != base.name]
    return Patch(rows, layers, touched.models, rest)


def apply(patch: Patch, connection: sqlite3.Connection, key: str) -> None:
    """Put the patch into the copy of the whole behind `connection`, whose digest follows from its own and
    from `key`. `connection` is in a transaction."""
    put(connection, patch.rows, patch.touched, patch.rest.namesakes)
    account(connection, patch.rows, [layer.name for layer in patch.layers], key)
    connection.execute("DROP TABLE temp.touched")
