"""How long the questions take that programs ask, against the targets, as the catalogue grows.

    python benchmarks/reading.py [--sizes 1 10 100] [--runs 7] [--python PYTHON]

Starts are whole processes, in turn with `python -c pass`, through a llmcat that pip installed: into
a virtual environment of its own, or into that of --python. Everything else runs in this process.
Larger catalogues are the shipped one with its providers repeated, copied in SQL.
"""

from __future__ import annotations

import argparse
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from llmcat import Catalog

ROOT = Path(__file__).resolve().parent.parent
START = "from llmcat import Catalog; Catalog().model('openai:gpt-4o').cost_input"
SPEC = "openai:gpt-4o"
WANTED: dict[str, Any] = {
    "require": ["vision", "tools"],
    "min_context": 128_000,
    "max_cost_input": 5,
}
CHEAP = "SELECT spec, cost_input FROM models WHERE cost_input < :max ORDER BY cost_input LIMIT 50"


class Target(NamedTuple):
    """The most that a question may take: of `python -c pass` for starts, else microseconds."""

    shipped: float
    larger: float | None = (
        None  # at LARGER models and more, up to 500,000; None: nothing is promised
    )


LARGER = 10_000
TARGETS = {
    "start to first answer": Target(4.0, 4.0),
    "model, new": Target(10.0),
    "model, again": Target(1.0),
    "cost": Target(5.0),
    "find, the 50 cheapest": Target(500.0, 5_000.0),
    "model, new, as of an instant": Target(20.0),
    "find, as of a date": Target(5_000.0),
}

THEN = "2026-04-01"
"""The instant of the questions about the past."""

Call = Callable[[Catalog], object]

CALLS: dict[str, Call] = {
    "model, again": lambda cat: cat.model(SPEC),
    "cost": lambda cat: cat.cost(SPEC, input_tokens=1000, output_tokens=500),
    "find, the 50 cheapest": lambda cat: cat.find(**WANTED, order_by="cost_input", limit=50),
    "find, all that fit": lambda cat: cat.find(**WANTED, order_by="cost_input"),
    "select": lambda cat: cat.select(**WANTED, prefer=["anthropic", "openai"]),
    "search claude sonnet": lambda cat: cat.search("claude sonnet"),
    "search cluade sonet": lambda cat: _search_corrected(cat, "cluade sonet"),
    "resolve, a spec": lambda cat: cat.resolve(SPEC),
    "resolve, a bare id": lambda cat: cat.resolve("gpt-4o"),
    "resolve, LiteLLM's": lambda cat: cat.resolve(
        "bedrock/us.anthropic.claude-sonnet-4-5-20250929-v1:0"
    ),
    "sql, the 50 cheapest": lambda cat: cat.sql(CHEAP, {"max": 1}),
}
"""Asked again and again of one Catalog. The finds want vision, tools, 128k and at most $5."""

PAST_CALLS: dict[str, Call] = {
    "find, as of a date": lambda cat: cat.find(**WANTED, order_by="cost_input", limit=50),
    "search claude sonnet, as of a date": lambda cat: cat.search("claude sonnet"),
    "prices of a model, as of a date": lambda cat: cat.prices(SPEC),
}
"""Asked again and again of one Catalog as of THEN."""

LOOKED_UP, KNOWN = 500, 2_000
Lookup = Callable[[Catalog, str], object]

LOOKUPS: dict[str, tuple[Lookup, int]] = {
    "model, new": (lambda cat, spec: cat.model(spec), KNOWN),
    "model, the first 500": (lambda cat, spec: cat.model(spec), 0),
    "model, new, as of an instant": (lambda cat, spec: cat.model(spec), KNOWN),
    "sqlite3, 2 columns": (lambda cat, spec: _row(cat, "spec, cost_input", spec), KNOWN),
    "sqlite3, all columns": (lambda cat, spec: _row(cat, "*", spec), KNOWN),
}
"""Asked once for each of LOOKED_UP models by a Catalog that has read so many others before.

The connection is warm; sqlite3 alone is the floor.
"""

COPIED_SPEC = "substr(spec, 1, instr(spec, ':') - 1) || suffix || substr(spec, instr(spec, ':'))"
COPIED_NUMBER = " + 1000000 * CAST(substr(suffix, 2) AS INTEGER)"
COPIED = {
    "providers": {"id": "id || suffix"},
    "models": {
        "spec": COPIED_SPEC,
        "provider": "provider || suffix",
        "first_party": "min(first_party, suffix = '')",  # else a bare id would be ambiguous
    },
    "detail_log": {"model": f"model{COPIED_NUMBER}"},
    "aliases": {"provider": "provider || suffix", "spec": COPIED_SPEC},
    "specs": {"number": f"number{COPIED_NUMBER}", "spec": COPIED_SPEC},
    "price_log": {"model": f"model{COPIED_NUMBER}"},
    "version_log": {"model": f"model{COPIED_NUMBER}"},
}
"""Table -> the columns that differ from copy to copy, and how; all other tables stay as they are."""

COPIES = """CREATE TEMP TABLE copies AS WITH RECURSIVE n (i) AS (
    SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?
) SELECT iif(i = 1, '', '-' || i) AS suffix FROM n"""
OBJECTS = """SELECT type, name, sql FROM shipped.sqlite_master
WHERE sql IS NOT NULL AND name NOT LIKE 'models_fts_%' AND name NOT LIKE 'sqlite_%'"""


def _row(catalog: Catalog, columns: str, spec: str) -> object:
    query = f"SELECT {columns} FROM models WHERE spec = ?"
    return catalog.connection.execute(query, (spec,)).fetchone()


def _search_corrected(catalog: Catalog, text: str) -> object:
    return catalog.search(text) or catalog.search(catalog.correct(text) or text)


def enlarge(shipped: str, times: int, output: Path) -> None:
    """Write a catalogue with the shipped one's providers `times` over, indexes and all.

    Rows come sorted, as a build writes them, and the indexes after them.
    """
    connection = sqlite3.connect(output, isolation_level=None)
    connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
    connection.execute("ATTACH ? AS shipped", (shipped,))
    connection.execute(COPIES, (times,))
    objects = connection.execute(OBJECTS).fetchall()
    connection.execute("BEGIN")
    for type_, name, sql in objects:
        if type_ == "table":
            connection.execute(sql)
            if not sql.startswith("CREATE VIRTUAL"):
                _copy(connection, name)
    for type_, _, sql in objects:
        if type_ != "table":
            connection.execute(sql)
    connection.execute("INSERT INTO models_fts (models_fts) VALUES ('rebuild')")
    connection.execute("INSERT INTO models_fts (models_fts) VALUES ('optimize')")
    connection.execute("COMMIT")
    connection.execute("ANALYZE main")
    for pragma in ("application_id", "user_version"):
        (value,) = connection.execute(f"PRAGMA shipped.{pragma}").fetchone()
        connection.execute(f"PRAGMA main.{pragma} = {value}")
    connection.close()


def _copy(connection: sqlite3.Connection, table: str) -> None:
    differ = COPIED.get(table)
    if differ is None:
        connection.execute(f'INSERT INTO main."{table}" SELECT * FROM shipped."{table}"')
        return
    names = [name for _, name, *_ in connection.execute(f'PRAGMA shipped.table_info("{table}")')]
    columns = ", ".join(differ.get(name, f'"{name}"') for name in names)
    connection.execute(
        f'INSERT INTO main."{table}" SELECT {columns}'
        f' FROM shipped."{table}" CROSS JOIN temp.copies ORDER BY 1, 2'
    )


def installed(folder: Path, checkout: Path = ROOT, python: str = sys.executable) -> str:
    """The Python of a new virtual environment in `folder` with llmcat in it, without dependencies:
    reading needs none."""
    subprocess.run([python, "-m", "venv", str(folder)], check=True)
    inside = str(folder / ("Scripts" if os.name == "nt" else "bin") / "python")
    subprocess.run(
        [inside, "-m", "pip", "install", "--quiet", "--no-deps", str(checkout)], check=True
    )
    return inside


def seconds(python: str, code: str, database: str | None = None) -> float:
    """Wall seconds of `python -c code`, bytecode written and read as usual."""
    taken_away = ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH", "LLMCAT_DB")
    environment = {key: value for key, value in os.environ.items() if key not in taken_away}
    if database:
        environment["LLMCAT_DB"] = database
    started = time.perf_counter()
    subprocess.run(
        [python, "-c", code], check=True, env=environment, cwd="/", stdout=subprocess.DEVNULL
    )
    return time.perf_counter() - started


def start_ratio(python: str, runs: int, database: str) -> float:
    """How many times `python -c pass` it takes to the first answer: median of runs in turn."""
    seconds(python, START, database)
    turns = [(seconds(python, START, database), seconds(python, "pass")) for _ in range(runs * 3)]
    return statistics.median(ours / bare for ours, bare in turns)


def call_time(call: Call, catalog: Catalog, runs: int) -> float:
    """Microseconds of a call that was made before: median of runs of 20 ms at least."""
    started = time.perf_counter()
    call(catalog)
    first = time.perf_counter() - started
    loops = max(1, int(0.02 / max(first, 1e-6)))
    return statistics.median(_loop(call, catalog, loops) for _ in range(runs))


def _loop(call: Call, catalog: Catalog, loops: int) -> float:
    started = time.perf_counter()
    for _ in range(loops):
        call(catalog)
    return (time.perf_counter() - started) / loops * 1e6


def _opened(path: str, past: bool) -> Catalog:
    return Catalog(path).as_of(THEN) if past else Catalog(path)


def lookup_time(look_up: Lookup, known: int, path: str, runs: int, past: bool = False) -> float:
    """Microseconds of a lookup of a model that this Catalog has not read yet, the file being warm."""
    taken = []
    for run in range(runs):
        with _opened(path, past) as catalog:
            specs = [spec for (spec,) in catalog.connection.execute("SELECT spec FROM models")]
            specs = random.Random(run).sample(specs, LOOKED_UP + known)
            for spec in specs[LOOKED_UP:]:
                catalog.model(spec)
            for spec in specs[:LOOKED_UP]:
                _row(catalog, "*", spec)
            started = time.perf_counter()
            for spec in specs[:LOOKED_UP]:
                look_up(catalog, spec)
            taken.append((time.perf_counter() - started) / LOOKED_UP * 1e6)
    return statistics.median(taken)


def measure(path: str, python: str, runs: int) -> Iterator[tuple[str, float]]:
    """Each question and what it took."""
    yield "start to first answer", start_ratio(python, runs, path)
    for name, (look_up, known) in LOOKUPS.items():
        yield name, lookup_time(look_up, known, path, runs, past="as of" in name)
    for calls in (CALLS, PAST_CALLS):
        with _opened(path, past=calls is PAST_CALLS) as catalog:
            for name, call in calls.items():
                call(catalog)
                yield name, call_time(call, catalog, runs)


def shown(name: str, value: float, models: int) -> str:
    """A line of the table: question, value, target and whether it is met."""
    target = TARGETS.get(name)
    most = target and (target.larger if models >= LARGER else target.shipped)
    mark = "" if most is None else "met" if value <= most else "MISSED"
    return f"| {name} | {_quantity(name, value)} | {_quantity(name, most)} | {mark} |"


def _quantity(name: str, value: float | None) -> str:
    if value is None:
        return ""
    if name.startswith("start"):
        return f"{value:.1f} x"
    return f"{value:,.2f} us" if value < 1000 else f"{value / 1000:,.2f} ms"


def main() -> None:
    """Measure at every size and print a table for each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=[1, 10], help="times the shipped")
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--python", help="a Python that has llmcat installed")
    parser.add_argument(
        "--db", help="the catalogue to start from (default: the one in the package)"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        python = os.path.abspath(arguments.python or installed(Path(name) / "env"))
        where = "from llmcat.storage.location import PACKAGED; print(PACKAGED)"
        shipped = (
            arguments.db
            or subprocess.check_output([python, "-c", where], text=True, cwd="/").strip()
        )
        for times in arguments.sizes:
            path = Path(name) / f"catalog-{times}.db"
            started = time.perf_counter()
            enlarge(shipped, times, path)
            made = time.perf_counter() - started
            with Catalog(path) as catalog:
                models = catalog.connection.execute("SELECT count(*) FROM models").fetchone()[0]
            size = path.stat().st_size / 1e6
            print(f"\n{models:,} models, {size:,.0f} MB, made in {made:.1f} s\n")
            print("| question | median | target | |\n|---|---|---|---|")
            for question, value in measure(str(path), python, arguments.runs):
                print(shown(question, value, models), flush=True)
            path.unlink()


if __name__ == "__main__":
    main()
