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

from llmcat.pipeline.history.resume import Past, past_of_base, read_past
from llmcat.pipeline.layer import Layer
from llmcat.pipeline.recipe import Recipe
from llmcat.pipeline.report import Report, report
from llmcat.pipeline.sources import knows_a_past
from llmcat.pipeline.stages.enrich import Enricher
from llmcat.pipeline.stages.filter import filter_records, left_out, wanted_by
from llmcat.pipeline.stages.ingest import Progress, ingest
from llmcat.pipeline.stages.keep_last_good import keep_last_good
from llmcat.pipeline.stages.merge import merge
from llmcat.pipeline.stages.normalize import normalize, provider_renamer
from llmcat.pipeline.stages.record import Replay
from llmcat.pipeline.stages.validate import validate
from llmcat.pipeline.stages.write import write
from llmcat.pipeline.tables.account import account, built_at
from llmcat.pipeline.tables.conflicts import disagreements
from llmcat.pipeline.tables.flatten import Row, Rows, flatten

__all__ = ["Report", "build", "make_rows"]


def build(recipe: Recipe, output: Path, progress: Progress = lambda step: None) -> Report:
    """Make a catalogue from the recipe's sources and put it at `output`.

    The past that a catalogue at `output` holds goes on in the new one; without one, that of a
    catalogue among the sources. `progress` is called with the
    name of each step. Raises SourceError, EmptyCatalog or WriteError; whatever happens, `output` is
    the old file or the new one, whole.
    """
    started = time.perf_counter()
    with _no_collection():
        layers, rows, before = make_rows(recipe, read_past(output), progress)
        progress("writing")
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


def make_rows(
    recipe: Recipe, past: Past | None = None, progress: Progress = lambda step: None
) -> tuple[list[Layer], Rows, dict[str, Row]]:
    """All stages but the last: the layers as they were read, the rows of every table, and the rows
    that `models` had in the past."""
    past = past or past_of_base(recipe.sources) or Past()
    rename = provider_renamer(recipe.provider_aliases)
    enricher = Enricher(recipe.labs)
    alone = sum(knows_a_past(source.kind) for source in recipe.sources) < 2
    wanted = wanted_by(recipe.filters, rename)
    replay = Replay(past.recorder, enricher.model, rename, wanted, alone)
    # several pasts are merged at each instant, so that each has to be told from its beginning
    recorded = past.recorder.recorded() if alone else {}
    layers = [
        layer if layer.checked else validate(normalize(layer, recipe.provider_aliases))
        for layer in ingest(recipe.sources, recorded, replay.steps, progress)
    ]
    progress("merging")
    at = built_at(layers, past.built_at)
    replay.kept(layers)
    merged = merge(layers)
    kept = keep_last_good(layers, merged, past.recorder, rename)
    enriched = enricher.everything(merged, today=at[:10])
    records = filter_records(enriched, recipe.filters, rename)
    progress("recording history")
    replay.present(layers, records, at)
    rows = {**flatten(records), **past.recorder.rows(enricher)}
    rows["models"] = past.recorder.models()
    rows["disagreements"] = disagreements(layers, records)
    rows["filtered"] = left_out(enriched, records, recipe.filters, rename)
    return (
        layers,
        account(rows, layers, recipe, kept, at, past),
        past.models,
    )
