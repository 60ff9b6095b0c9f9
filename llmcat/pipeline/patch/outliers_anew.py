"""Outliers once some models are others: of these, and of the offers that they are measured against."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable
from typing import Any

from llmcat.pipeline.tables.outlier_rows import outlier_rows

Namesakes = Callable[[Iterable[str]], "set[str]"]
"""The specs of the models beside those in the table `touched` that have the bare id of one of these ids."""

TOUCHED = "SELECT spec, substr(spec, instr(spec, ':') + 1) FROM touched"
BASES = """
SELECT DISTINCT base_model FROM models
WHERE base_model IS NOT NULL AND spec IN (SELECT value FROM json_each(?))"""
OFFERS = "SELECT spec, id FROM models WHERE base_model IN (SELECT value FROM json_each(?))"
ROWS = "SELECT * FROM models WHERE spec IN (SELECT value FROM json_each(?))"
NO_BASE = (
    "SELECT spec FROM models WHERE +base_model IS NULL AND spec IN (SELECT value FROM json_each(?))"
)


def bases_of_touched(connection: sqlite3.Connection, namesakes: Namesakes) -> set[str]:
    """The base models of those in the table `touched`, and of offers that have the same id."""
    touched = dict(connection.execute(TOUCHED))
    specs = {*touched, *namesakes(touched.values())}
    return {base for (base,) in connection.execute(BASES, _json(specs))}


def mark_outliers(
    connection: sqlite3.Connection, bases: Collection[str], namesakes: Namesakes
) -> None:
    """Make the rows of outliers anew, of the models in `touched` and all offers of these base models."""
    touched = dict(connection.execute(TOUCHED))
    offers = dict(connection.execute(OFFERS, _json(bases)))
    ids = {*touched.values(), *offers.values()}
    beside = {*touched, *namesakes(ids)}
    nameless = {spec for (spec,) in connection.execute(NO_BASE, _json(beside))}
    marked = {*touched, *offers, *nameless}
    rows = connection.execute(ROWS, _json(beside | offers.keys())).fetchall()
    connection.executemany("DELETE FROM outliers WHERE spec = ?", [(spec,) for spec in marked])
    found = [row for row in outlier_rows(rows) if row[1] in marked]
    connection.executemany("INSERT INTO outliers VALUES (?, ?, ?, ?)", found)


def _json(texts: Iterable[str]) -> tuple[Any]:
    return (json.dumps(sorted(texts)),)
