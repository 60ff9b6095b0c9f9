"""`make release`: a release of llmcat and its catalogue, in dist/, from this checkout alone.

    python build/release.py [--against OLD.db] [--skip-packages]

Builds the catalogue twice and compares the bytes, checks it, compares it with the last one, and writes
catalog.db, catalog.db.xz, notes.md, the wheel, the sdist and SHA256SUMS. Uploads nothing.
"""

from __future__ import annotations

import argparse
import lzma
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from llmcat.catalog import Catalog
from llmcat.errors import LlmcatError
from llmcat.history.diff import difference
from llmcat.network.releases.release_findings import release_findings
from llmcat.pipeline.build import build
from llmcat.pipeline.recipe import embedded_recipe, read_recipe
from llmcat.storage.checks.sha256 import of_file
from llmcat.version import __version__

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
LISTED = 50
"""How many changes the notes list; llmcat diff has all."""


def main(arguments: Sequence[str]) -> None:
    """Make the release, or say in one line why there is none."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", type=Path, help="the catalogue of the last release")
    parser.add_argument("--skip-packages", action="store_true", help="no wheel and no sdist")
    given = parser.parse_args(arguments)
    try:
        catalog = build_twice()
        notes = check(catalog, given.against)
    except LlmcatError as error:
        raise SystemExit(f"no release: {error}") from None
    (DIST / "notes.md").write_text(notes, encoding="utf-8")
    (DIST / "catalog.db.xz").write_bytes(lzma.compress(catalog.read_bytes(), preset=6))
    if not given.skip_packages:
        packages = [sys.executable, "-m", "hatchling", "build", "-d", str(DIST)]
        if subprocess.run(packages, cwd=ROOT).returncode:
            raise SystemExit("no release: the wheel and the sdist cannot be built")
    sums = write_sums()
    print(
        f"{DIST}: {len(sums)} files, llmcat {__version__}; publish with: llmcat publish DEST {catalog}"
    )


def build_twice() -> Path:
    """The catalogue in dist/, once two builds from the pinned sources have given the same bytes."""
    shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir()
    recipe = read_recipe(embedded_recipe())
    target = DIST / "catalog.db"
    build(recipe, target)
    with tempfile.TemporaryDirectory(prefix="llmcat-") as folder:
        again = Path(folder) / "catalog.db"
        build(recipe, again)
        if of_file(target) != of_file(again):
            raise SystemExit("no release: two builds from the same sources differ")
    Path(f"{target}.sha256").unlink()  # SHA256SUMS has it
    return target


def check(catalog: Path, against: Path | None) -> str:
    """The notes of the release, once nothing is wrong with it."""
    found = release_findings(str(catalog), str(against) if against else None)
    if wrong := [one for one in found if not one.warning]:
        raise SystemExit(f"no release: {wrong[0].check}: {wrong[0].message}")
    with Catalog(catalog) as new:
        info = new.info()
        lines = [
            f"# llmcat {__version__}, catalogue of {str(info['built_at'])[:10]}",
            "",
            f"{info['models']:,} models from {info['providers']:,} providers; {len(found):,} warnings"
            f" of llmcat check. Content digest {info['content_digest']}.",
            "",
            "| source | retrieved at | licence | sha256 |",
            "|---|---|---|---|",
            *(
                f"| {s['name']} | {s['retrieved_at'] or ''} | {s['licence'] or ''} | {s['sha256'] or ''} |"
                for s in info["sources"]
            ),
        ]
        if against:
            with Catalog(against) as old:
                lines += ["", *changes(old, new)]
    return "\n".join(lines) + "\n"


def changes(old: Catalog, new: Catalog) -> list[str]:
    """What differs from the last release: the counts, and the first changes of prices."""
    found = difference(old, new)
    kinds = [change.kind for change in found]
    counts = ", ".join(f"{kinds.count(kind):,} {kind}" for kind in ("added", "removed", "changed"))
    prices = [one for one in found if one.field and one.field.startswith("cost_")]
    listed = [f"- {one.spec} {one.field}: {one.old} -> {one.new}" for one in prices[:LISTED]]
    return [f"## Since {str(old.info()['built_at'])[:10]}", "", f"{counts}.", "", *listed]


def write_sums() -> list[str]:
    """SHA256SUMS over everything in dist/, for `sha256sum -c`."""
    names = sorted(path.name for path in DIST.iterdir())
    lines = [f"{of_file(DIST / name)}  {name}\n" for name in names]
    (DIST / "SHA256SUMS").write_text("".join(lines), encoding="ascii")
    return names


if __name__ == "__main__":
    main(sys.argv[1:])
