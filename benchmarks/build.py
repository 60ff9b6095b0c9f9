"""How much CPU time `llmcat build` takes as a whole process, against the floor, and how it grows.

    python benchmarks/build.py [--runs 5] [--times 1 10 100] [--clone CLONE]

The floor does what no builder can do without: json.loads of the same api.json, executemany of the
same rows into the same schema, the full-text index, VACUUM. Both are run in turn, in one session.
With a git clone of models.dev, its whole history is imported, too.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import os
import pickle
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from llmcat.pipeline.build import make_rows
from llmcat.pipeline.recipe import Recipe, command_line_sources
from llmcat.pipeline.sources.models_dev.series import snapshots

UPSTREAM = Path(__file__).parent.parent / "build" / "models-dev"
MODELS = 5_276

FLOOR = """
import json, pickle, sqlite3, sys
api, rows, output = sys.argv[1:]
with open(api, "rb") as stream:
    json.loads(stream.read())
with open(rows, "rb") as stream:
    schema, tables = pickle.load(stream)
connection = sqlite3.connect(output, isolation_level=None)
connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;" + schema + "BEGIN;")
for table, values in tables.items():
    marks = ",".join("?" * len(values[0])) if values else ""
    if values:
        connection.executemany(f'INSERT INTO "{table}" VALUES ({marks})', values)
connection.execute("INSERT INTO models_fts (models_fts) VALUES ('rebuild')")
connection.execute("COMMIT")
connection.execute("VACUUM")
"""


def api_json(models: int, path: Path) -> None:
    """An api.json of about `models` models: the newest snapshot, its providers repeated."""
    snapshot = json.loads(gzip.decompress(snapshots(UPSTREAM)[-1].read_bytes()))
    result, count, copy = {}, 0, 0
    while count < models:
        copy += 1
        for id_, provider in snapshot.items():
            kept = dict(list(provider["models"].items())[: models - count])
            if kept:
                name = id_ if copy == 1 else f"{id_}-{copy}"
                result[name] = {**provider, "id": name, "models": kept}
                count += len(kept)
    path.write_text(json.dumps(result), encoding="utf-8")


def run(command: list[str]) -> tuple[float, float]:
    """Seconds of CPU and peak memory in MiB of one process, whose modules are compiled already."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{' '.join(command[:4])} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def measure(models: int, runs: int, folder: Path) -> None:
    """Time both at one size and print a line."""
    api, pickled = folder / "api.json", folder / "rows.pickle"
    api_json(models, api)
    _, rows, _ = make_rows(Recipe(command_line_sources([("models.dev", str(api))])))
    from llmcat.pipeline.tables.create_tables import schema_and_seal

    pickled.write_bytes(pickle.dumps((schema_and_seal()[0], rows)))
    del rows
    ours, floors, memory = [], [], []
    for _ in range(runs):
        output = folder / "catalog.db"
        output.unlink(missing_ok=True)
        seconds, peak = run(
            [
                sys.executable,
                "-m",
                "llmcat",
                "build",
                "-o",
                str(output),
                "--source",
                f"models.dev={api}",
            ]
        )
        ours.append(seconds)
        memory.append(peak)
        floor = folder / "floor.db"
        floor.unlink(missing_ok=True)
        floors.append(run([sys.executable, "-c", FLOOR, str(api), str(pickled), str(floor)])[0])
    ratio = statistics.median(a / b for a, b in zip(ours, floors))
    print(
        f"{models:>9,} models  build {statistics.median(ours):7.2f} s"
        f"  floor {statistics.median(floors):7.2f} s  ratio {ratio:4.1f}"
        f"  peak {max(memory):7,.0f} MiB  file {output.stat().st_size / 1e6:7.1f} MB"
    )


def measure_history(clone: str, runs: int, folder: Path) -> None:
    """Time the import of all that a clone of models.dev knows and print a line."""
    output = folder / "history.db"
    taken = []
    for _ in range(runs):
        output.unlink(missing_ok=True)
        command = [sys.executable, "-m", "llmcat", "history", "import", clone, "-o", str(output)]
        taken.append(run(command))
    with contextlib.closing(sqlite3.connect(output)) as connection:
        commits, states, changes = (
            connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
            for name in ("moments", "model_versions", "changes")
        )
    print(
        f"history of {commits:,} commits, {states:,} states, {changes:,} changes"
        f"  {statistics.median(seconds for seconds, _ in taken):.2f} s"
        f" (fastest {min(seconds for seconds, _ in taken):.2f} s)"
        f"  peak {max(peak for _, peak in taken):,.0f} MiB"
        f"  file {output.stat().st_size / 1e6:.1f} MB"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--times", type=int, nargs="+", default=[1, 10])
    parser.add_argument("--clone", help="a git clone of models.dev, to import its history")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        if arguments.clone:
            measure_history(arguments.clone, arguments.runs, Path(name))
        for factor in arguments.times:
            measure(MODELS * factor, arguments.runs if factor < 100 else 1, Path(name))
