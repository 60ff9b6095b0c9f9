"""Words of other programs in an overlay, as warnings: what stands there and what to write instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from llmcat.pipeline.entries import Document
from llmcat.pipeline.hints_to_authors.spelling import Where
from llmcat.pipeline.sources.overlays.other_programs_fields import foreign_words
from llmcat.pipeline.sources.overlays.yaml import TABLES


def foreign_places(document: Document, is_yaml: bool) -> Iterator[tuple[Where, str]]:
    """Where a model of the document is in another program's words, and the advice."""
    models: list[tuple[Where, object]] = [((), document.data)]
    if is_yaml:
        tables = [(key, document.data.get(key)) for key in TABLES]
        models = [
            ((key, id_), model)
            for key, table in tables
            if isinstance(table, Mapping)
            for id_, model in table.items()
        ]
    for where, model in models:
        if isinstance(model, Mapping):
            for word in foreign_words(model):
                yield (*where, *word.path), word.advice
