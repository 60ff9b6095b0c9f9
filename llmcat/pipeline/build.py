"""From sources to catalog.db: build() is the sentence, each stage stands in a file of its own.

    ingest -> normalize -> validate -> keep last good -> merge -> corroborate -> enrich -> filter
        -> record -> write

Every stage is a function on plain records; only ingest reads sources and only write makes a file.
"""

from __future__ import annotations

import contextlib
import gc
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from llmcat.errors import EmptyCatalog
from llmcat.pipeline.derived.rest import NO_REST, Rest
from llmcat.pipeline.entries import Layer, Records
from llmcat.pipeline.history.recorder import Recorder
from llmcat.pipeline.history.resume import Past, past_of_base, read_past
from llmcat.pipeline.provider_names import provider_renamer
from llmcat.pipeline.recipe import Recipe
from llmcat.pipeline.stages.corroborate import corroborate
from llmcat.pipeline.stages.enrich import Enricher
from llmcat.pipeline.stages.filter import compile_filters, filter_records
from llmcat.pipeline.stages.ingest import Progress, ingest
from llmcat.pipeline.stages.keep_last_good import keep_last_good
from llmcat.pipeline.stages.merge import merge
from llmcat.pipeline.stages.normalize import normalize
from llmcat.pipeline.stages.record import record, rows_of
from llmcat.pipeline.stages.validate import validate
from llmcat.pipeline.stages.write import writable, write
from llmcat.pipeline.tables.flatten import Row, Rows
from llmcat.pipeline.tables.sources_and_rejects import Parent

if TYPE_CHECKING:
    from llmcat.pipeline.report import Report

__all__ = ["build", "make_rows", "no_collection"]


@contextlib.contextmanager
def no_collection() -> Iterator[None]:
    """No cyclic garbage collection: the records live to the end, and walking them costs a sixth. As a
    decorator, so that they are gone when it begins again."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


@no_collection()
def build(recipe: Recipe, output: Path, progress: Progress = lambda step: None) -> Report:
    """Make a catalogue from the recipe's sources and put it at `output`.

    The past that a catalogue at `output` holds goes on in the new one; without one, that of a
    catalogue among the sources. `progress` is called with the name of each step. Raises SourceError,
    EmptyCatalog or WriteError; whatever happens, `output` is the old file or the new one, whole.
    """
    # a patch is built without a report, and need not wait for its import
    from llmcat.pipeline.report import report

    started = time.perf_counter()
    writable(output)  # said before the sources are read, not after
    layers, rows, before = make_rows(recipe, read_past(output), progress)
    progress("writing")
    size = write(rows, output)
    return report(output, layers, rows, before, size, time.perf_counter() - started)


def make_rows(
    recipe: Recipe,
    past: Past | None = None,
    progress: Progress = lambda step: None,
    rest: Rest = NO_REST,
) -> tuple[list[Layer], Rows, Mapping[str, Row]]:
    """All stages but the last: the layers as they were read, the rows of every table, and the rows
    that `models` had in the past. `rest` knows the models beside, where this is a part of a catalogue."""
    history, parent = past or past_of_base(recipe.sources) or Past(Recorder(), Parent())
    layers: list[Layer] = []
    rename = provider_renamer(recipe.provider_aliases)
    globs = compile_filters(recipe.filters, rename)
    enricher = Enricher(recipe.labs, recipe.billing, rest)
    records = Records()
    recorded = history.recorded()
    for step in ingest(recipe.sources, layers, recorded, parent.built_at, progress):
        step = validate(normalize(step, rename))
        step = keep_last_good(step, layers, history)
        merged = corroborate(merge(layers, step), layers, recipe.accuracy, history.listed_since)
        try:
            records = filter_records(enricher.enrich(merged), globs, is_part=bool(rest))
        except EmptyCatalog as empty:
            from llmcat.pipeline.report import why_rejected

            raise EmptyCatalog(f"{empty}{why_rejected(layers)}") from None
        record(step, records, layers, history)
    rows = rows_of(records, layers, history, enricher, recipe, parent)
    return layers, rows, parent.models
