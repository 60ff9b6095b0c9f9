"""From sources to catalog.db: build() is the sentence, each stage stands in a file of its own.

    ingest -> normalize -> validate -> merge -> enrich -> filter -> record history -> write

Every stage is a function on plain records; only ingest reads sources and only write makes a file.
"""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Iterator
from pathlib import Path

from llmcat.pipeline.account import account, built_at
from llmcat.pipeline.enrich import enrich
from llmcat.pipeline.filter import filter_records
from llmcat.pipeline.flatten import Rows, flatten
from llmcat.pipeline.history import record_present
from llmcat.pipeline.ingest import Progress, ingest
from llmcat.pipeline.layer import Layer
from llmcat.pipeline.merge import merge
from llmcat.pipeline.normalize import normalize, provider_renamer
from llmcat.pipeline.recipe import Recipe
from llmcat.pipeline.report import Report, models_in, report
from llmcat.pipeline.validate import validate
from llmcat.pipeline.write import write

__all__ = ["Report", "build", "make_rows"]


def build(recipe: Recipe, output: Path, progress: Progress = lambda step: None) -> Report:
    """Make a catalogue from the recipe's sources and put it at `output`.

    `progress` is called with the name of each step. Raises SourceError, EmptyCatalog or WriteError;
    whatever happens, `output` is the old file or the new one, whole.
    """
    started = time.perf_counter()
    with _no_collection():
        layers, rows = make_rows(recipe, progress)
        progress("writing")
        before = models_in(output)
        size = write(rows, output)
    return report(output, layers, rows, before, size, time.perf_counter() - started)


@contextlib.contextmanager
def _no_collection() -> Iterator[None]:
    """No cyclic garbage collection: the records live to the end, and walking them costs a sixth."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def make_rows(recipe: Recipe, progress: Progress = lambda step: None) -> tuple[list[Layer], Rows]:
    """All stages but the last: the layers as they were read, and the rows of every table."""
    layers = [
        validate(normalize(layer, recipe.provider_aliases))
        for layer in ingest(recipe.sources, progress)
    ]
    progress("merging")
    at = built_at(layers)
    merged = enrich(merge(layers), recipe.labs, today=at[:10])
    records = filter_records(merged, recipe.filters, provider_renamer(recipe.provider_aliases))
    rows = record_present(records, flatten(records), at)
    filtered = len(merged.models) - len(records.models)
    return layers, account(rows, layers, recipe.provider_aliases, filtered, at)
