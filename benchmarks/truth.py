"""How much the catalogue knows, how well it is corroborated, and how right it is.

    python benchmarks/truth.py [catalog.db] [--pages page_prices.json]

The first part counts providers, models by task, and prices that another family confirms, that are
contested, or that one source alone says. The second compares with prices that were read off providers'
own pages ({"prices": {spec: {input, output, cache_read, cache_write, read_on}}}), by provider: what the
catalogue says now, and what it said on the day on which each page was read. No build reads that file.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
from collections import defaultdict
from pathlib import Path

from llmcat import Catalog

METERS = ("input", "output", "cache_read", "cache_write")
TOLERANCE = 1e-6

CURRENT = "valid_to IS NULL AND mode = 'standard' AND region IS NULL AND hours IS NULL AND min_context = 0"
THEN = """
SELECT usd FROM prices WHERE spec = ? AND meter = ? AND mode = 'standard' AND region IS NULL
AND hours IS NULL AND min_context = 0 AND valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)"""


def coverage(db: sqlite3.Connection) -> None:
    """What there is."""
    count = "SELECT (SELECT count(*) FROM providers), (SELECT count(*) FROM models)"
    providers, models = db.execute(count).fetchone()
    print(f"{providers:,} providers, {models:,} models")
    for task, number in db.execute(
        "SELECT coalesce(task, 'not known'), count(*) FROM models GROUP BY 1 ORDER BY 2 DESC"
    ):
        print(f"  {task:<28}{number:>7,}")


def corroboration(db: sqlite3.Connection) -> None:
    """How many of today's plain prices another family confirms, contests, or does not know."""
    contested = "SELECT spec || field FROM disagreements WHERE contested"
    total, confirmed, disputed = db.execute(
        f"SELECT count(*), sum(corroborated_by IS NOT NULL),"
        f" sum(corroborated_by IS NULL AND spec || 'cost.' || meter IN ({contested}))"
        f" FROM prices WHERE {CURRENT}"
    ).fetchone()
    alone = total - confirmed - disputed
    for name, number in (("corroborated", confirmed), ("contested", disputed), ("alone", alone)):
        print(f"  {name:<28}{number:>7,} {number / total:>7.1%}")


def agreement(db: sqlite3.Connection, pages: Path) -> None:
    """Right, wrong and missing, by provider, at present and on the day of each page."""
    now: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    then: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for spec, page in json.loads(pages.read_text())["prices"].items():
        day = f"{page['read_on']}T23:59:59Z"
        for meter in METERS:
            if meter in page:
                provider = spec.partition(":")[0]
                for found, at in ((now, "9999"), (then, day)):
                    row = db.execute(THEN, (spec, meter, at, at)).fetchone()
                    found[provider][_verdict(row and row[0], page[meter])] += 1
    print(f"{'':<24}{'now':>30}{'on the day of the page':>36}")
    heads = ("right", "wrong", "missing", "of those known")
    print(f"{'':<18}" + "".join(f"{head:>9}" for head in (*heads[:3], "share")) * 2)
    for provider in sorted(now):
        print(f"{provider:<18}{_shares(now[provider])}{_shares(then[provider])}")
    sums = [[sum(counts) for counts in zip(*found.values())] for found in (now, then)]
    print(f"{'all':<18}{_shares(sums[0])}{_shares(sums[1])}")


def _verdict(price: float | None, page: float) -> int:
    if price is None:
        return 2
    return 0 if abs(price - page) <= TOLERANCE * max(price, page) else 1


def _shares(counts: list[int]) -> str:
    right, wrong, missing = counts
    share = f"{right / (right + wrong):.1%}" if right + wrong else "-"
    return f"{right:>9,}{wrong:>9,}{missing:>9,}{share:>9}"


def main() -> None:
    """Print all of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("db", nargs="?")
    parser.add_argument("--pages", type=Path)
    asked = parser.parse_args()
    db = Catalog(asked.db).connection
    coverage(db)
    corroboration(db)
    if asked.pages:
        agreement(db, asked.pages)


if __name__ == "__main__":
    main()
