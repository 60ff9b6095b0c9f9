"""How much the catalogue knows, how well it is corroborated, and how right it is.

    python benchmarks/truth.py [catalog.db] [--pages page_prices.json]

The first part counts providers, models by task, and prices that another family confirms, that are
contested, or that one source alone says. The second compares with prices that were read off providers'
own pages ({"prices": {spec: {input, output, cache_read, cache_write, read_on, kind}}}), by provider: what the
catalogue says now, and what it says of the day on which each page was read. A name of a page that is no
spec is looked up as a caller would write it (Catalog.resolve). No build reads that file.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
from collections import defaultdict
from pathlib import Path

from llmcat import Catalog
from llmcat.errors import LlmcatError

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


def agreement(catalog: Catalog, pages: Path) -> None:
    """Right, wrong and missing, by provider, at present and for the day of each page."""
    now: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    then: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    kinds: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for name, page in json.loads(pages.read_text())["prices"].items():
        spec = _spec(catalog, name)
        day = f"{page['read_on']}T23:59:59Z"
        for meter in METERS:
            if meter in page:
                provider = name.partition(":")[0]
                today, of_day = (_price(catalog, spec, meter, at) for at in ("9999", day))
                now[provider][_verdict(today, page[meter])] += 1
                kinds[page.get("kind", "")][_verdict(today, page[meter])] += 1
                # what is known from a later day on alone, from a witness, is all that is known of this one
                known = today if of_day is None else of_day
                then[provider][_verdict(known, page[meter])] += 1
    print(f"{'':<24}{'now':>30}{'for the day of the page':>36}")
    heads = ("right", "wrong", "missing", "of those known")
    print(f"{'':<18}" + "".join(f"{head:>9}" for head in (*heads[:3], "share")) * 2)
    for provider in sorted(now):
        print(f"{provider:<18}{_shares(now[provider])}{_shares(then[provider])}")
    sums = [[sum(counts) for counts in zip(*found.values())] for found in (now, then)]
    print(f"{'all':<18}{_shares(sums[0])}{_shares(sums[1])}")
    for kind in sorted(kinds):
        print(f"{kind:<18}{_shares(kinds[kind])}")


def _spec(catalog: Catalog, name: str) -> str:
    """The spec of what a page calls a model, else the name itself."""
    try:
        return catalog.resolve(name).spec
    except LlmcatError:
        return name


def _price(catalog: Catalog, spec: str, meter: str, at: str) -> float | None:
    row = catalog.connection.execute(THEN, (spec, meter, at, at)).fetchone()
    return None if row is None else float(row[0])


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
    catalog = Catalog(asked.db)
    coverage(catalog.connection)
    corroboration(catalog.connection)
    if asked.pages:
        agreement(catalog, asked.pages)


if __name__ == "__main__":
    main()
