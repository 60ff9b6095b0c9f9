"""SQL from elsewhere takes at most 256 MB, in a caller's program too, and sets nothing there for good."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from llmcat import Catalog
from llmcat.storage.sandbox.query_limits import PROMISE

LARGE = "printf('%.*c', 999000, 'x')"
NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000) "


def columns(cell: str) -> str:
    """A query of 100,000 rows with 100 columns of a million bytes."""
    cells = ", ".join(cell.format(number) for number in range(100))
    return f"{NUMBERS} SELECT {cells} FROM (SELECT {LARGE} AS t), n"


HUNGRY = {
    "texts that grow": "SELECT group_concat(spec || modalities_input) OVER (ORDER BY spec) FROM models",
    "arrays that grow": "SELECT json_group_array(spec || modalities_input) OVER (ORDER BY spec) FROM models",
    "sorted": f"{NUMBERS} SELECT DISTINCT t || i FROM (SELECT {LARGE} AS t), n",
    "wide texts": columns("t || {0}"),
    "wide texts of wide characters": columns("t || '😀' || {0}"),
    "blobs": columns("CAST(t || {0} AS BLOB)"),
    "many cells": f"{NUMBERS} SELECT {', '.join(100 * 'i')} FROM n",
}

PEAK = """
import resource, sys
from llmcat import Catalog
from llmcat.errors import QueryError
catalog = Catalog(sys.argv[1])
catalog.sql("SELECT 1")
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    catalog.sql(sys.argv[2])
except QueryError as error:
    print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024, error)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in kB here")
@pytest.mark.parametrize("hungry", HUNGRY)
def test_a_hungry_query_is_stopped_below_the_promise(shipped: Path, hungry: str) -> None:
    """Whatever takes the memory, one line says so before 256 MB are gone."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(shipped), HUNGRY[hungry]],
        capture_output=True,
        text=True,
        check=True,
    )
    peak, _, message = done.stdout.partition(" ")
    assert int(peak) < PROMISE
    assert "MB" in message


def test_the_command_line_says_it_in_one_line(shipped: Path) -> None:
    """There SQLite's own limit binds as well."""
    done = subprocess.run(
        [sys.executable, "-m", "llmcat", "sql", HUNGRY["sorted"], "--db", str(shipped)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "memory" in line


AFTERWARDS = """
import sqlite3, sys
from llmcat import Catalog
from llmcat.errors import QueryError
catalog = Catalog(sys.argv[1])
try:
    catalog.sql(sys.argv[2])
except QueryError as error:
    assert "MB" in str(error), error
    own = sqlite3.connect(":memory:")
    print(own.execute("PRAGMA hard_heap_limit").fetchone()[0])
    print(own.execute("SELECT length(zeroblob(300000000))").fetchone()[0])
    print(catalog.sql("SELECT count(*) > 1000 AS many FROM models")[0]["many"])
"""


def test_nothing_is_set_in_the_callers_program(shipped: Path) -> None:
    """After a query was stopped, other SQLite databases of the program have all they want.

    In a process of its own: a test of the command line may have limited this one, for good.
    """
    done = subprocess.run(
        [sys.executable, "-c", AFTERWARDS, str(shipped), HUNGRY["sorted"]],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == ["0", "300000000", "1"]


def test_a_result_that_fits_is_handed_over_whole(shipped_catalog: Catalog) -> None:
    """All columns of all models, sorted, are far below the limit."""
    rows = shipped_catalog.sql("SELECT * FROM models ORDER BY description DESC")
    assert len(rows) == len(shipped_catalog.models())
    assert shipped_catalog.sql("SELECT 'ü😀' AS a, x'00ff' AS b") == [
        {"a": "ü😀", "b": b"\x00\xff"}
    ]
