"""The table outliers: values of the present that stand out; see llmcat/history/outliers.py for the rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

from llmcat.history.outliers import Outlier, below_floor, context_outliers, price_outliers
from llmcat.pipeline.derived.tasks import bare_id
from llmcat.pipeline.tables.flatten import MODEL_COLUMNS, Row

SPEC, ID, BASE, CONTEXT = map(MODEL_COLUMNS.index, ("spec", "id", "base_model", "limit_context"))
COSTS = [(n, column) for n, column in enumerate(MODEL_COLUMNS) if column.startswith("cost_")]
FLOORED = ("cost_input", "cost_output")


def outlier_rows(models: Sequence[Row]) -> list[Row]:
    """Field, spec, value and usual value of every outlier among the rows of `models`."""
    windows = context_outliers((row[SPEC], row[CONTEXT]) for row in models)
    rows: list[Row] = [("limit_context", o.spec, float(o.value), o.usual) for o in windows]
    bases = _bases_by_id(models)
    for number, column in COSTS:
        found: dict[str, Outlier] = {}
        if column in FLOORED:
            prices = {row[SPEC]: row[number] for row in models if row[number]}
            found = {outlier.spec: outlier for outlier in below_floor(prices)}
        for outlier in _of_siblings(models, number, bases):
            found[outlier.spec] = outlier
        rows += [(column, *outlier) for outlier in found.values()]
    return sorted(rows, key=lambda row: row[:2])


def _of_siblings(models: Sequence[Row], number: int, bases: Mapping[str, str]) -> Iterator[Outlier]:
    offers: dict[str, dict[str, float]] = defaultdict(dict)
    namesakes: dict[str, dict[str, float]] = defaultdict(dict)
    for row in models:
        if row[number]:
            if row[BASE]:
                offers[row[BASE]][row[SPEC]] = row[number]
            elif base := bases.get(bare_id(row[ID])):
                namesakes[base][row[SPEC]] = row[number]
    return price_outliers(offers, namesakes)


def _bases_by_id(models: Sequence[Row]) -> dict[str, str]:
    """Bare id -> the base model of all offers of that id of which somebody says one."""
    bases_of: dict[str, set[str]] = defaultdict(set)
    for row in models:
        if row[BASE]:
            bases_of[bare_id(row[ID])].add(row[BASE])
    return {id_: next(iter(bases)) for id_, bases in bases_of.items() if len(bases) == 1}
