"""Outliers once some models are others: of these, and of the offers that they are measured against."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection

from llmcat.pipeline.derived.tasks import bare_id
from llmcat.pipeline.tables.outlier_rows import outlier_rows

BASES_OF_TOUCHED = """
SELECT DISTINCT base_model FROM models
WHERE base_model IS NOT NULL AND bare_id(id) IN (
    SELECT bare_id(substr(spec, instr(spec, ':') + 1)) FROM touched
)"""
OFFERS = """
SELECT * FROM models
WHERE spec IN (SELECT spec FROM touched) OR base_model IN (SELECT value FROM json_each(?1))
    OR bare_id(id) IN (
        SELECT bare_id(id) FROM models WHERE base_model IN (SELECT value FROM json_each(?1))
    )"""
OF_OFFERS = """
SELECT spec FROM models
WHERE spec IN (SELECT spec FROM touched) OR base_model IN (SELECT value FROM json_each(?1))
    OR base_model IS NULL AND bare_id(id) IN (
        SELECT bare_id(id) FROM models WHERE base_model IN (SELECT value FROM json_each(?1))
    )"""


def bases_of_touched(connection: sqlite3.Connection) -> set[str]:
    """The base models of those in the table `touched`, and of offers that have the same id."""
    connection.create_function("bare_id", 1, bare_id, deterministic=True)
    return {base for (base,) in connection.execute(BASES_OF_TOUCHED)}


def mark_outliers(connection: sqlite3.Connection, bases: Collection[str]) -> None:
    """Make the rows of outliers anew, of the models in `touched` and all offers of these base models."""
    wanted = (json.dumps(sorted(bases)),)
    rows = connection.execute(OFFERS, wanted).fetchall()
    specs = {spec for (spec,) in connection.execute(OF_OFFERS, wanted)}
    connection.execute("DELETE FROM outliers WHERE spec IN (SELECT spec FROM touched)")
    connection.executemany("DELETE FROM outliers WHERE spec = ?", [(spec,) for spec in specs])
    found = [row for row in outlier_rows(rows) if row[1] in specs]
    connection.executemany("INSERT INTO outliers VALUES (?, ?, ?, ?)", found)
