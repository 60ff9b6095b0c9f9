"""The table outliers: values of the present that stand out; see llmcat/outliers.py for the rule."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from llmcat.history.outliers import context_outliers, price_outliers
from llmcat.pipeline.tables.flatten import MODEL_COLUMNS, Row

SPEC, BASE, CONTEXT = map(MODEL_COLUMNS.index, ("spec", "base_model", "limit_context"))
COSTS = [(n, column) for n, column in enumerate(MODEL_COLUMNS) if column.startswith("cost_")]


def outlier_rows(models: Sequence[Row]) -> list[Row]:
    """Field, spec, value and usual value of every outlier among the rows of `models`."""
    windows = context_outliers((row[SPEC], row[CONTEXT]) for row in models)
    rows: list[Row] = [("limit_context", o.spec, float(o.value), o.usual) for o in windows]
    for number, column in COSTS:
        offers: dict[str, dict[str, float]] = defaultdict(dict)
        for row in models:
            if row[BASE] and row[number] is not None:
                offers[row[BASE]][row[SPEC]] = row[number]
        rows += [(column, *outlier) for outlier in price_outliers(offers)]
    return sorted(rows)
