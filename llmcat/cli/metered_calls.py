"""Calls metered, as CSV: what the SQL of docs/warehouse.md prices, in its columns."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from llmcat.errors import LlmcatError, WriteError
from llmcat.meters import STANDARD
from llmcat.pricing.bill import Pricer
from llmcat.pricing.counts import COUNT_OF, Units
from llmcat.pricing.logs.call import Call
from llmcat.pricing.served import SIZED_SEARCHES
from llmcat.pricing.tally import INPUT, Counted, Tally

COLUMNS = ("id", "called_at", "name", "mode", "region", "input_total", *COUNT_OF, *SIZED_SEARCHES)
METERS = COLUMNS[COLUMNS.index("input_total") + 1 :]

Each = Callable[[Call, Counted], None]


@contextmanager
def metered(path: str | None, tally: Tally) -> Iterator[Each | None]:
    """Within it, the function that writes a call to the file at `path`; None where none is wanted.

    Raises WriteError.
    """
    if path is None:
        yield None
        return
    try:
        file = open(path, "w", encoding="utf-8", newline="")  # noqa: SIM115 - closed below
    except OSError as error:
        raise WriteError(f"{path}: cannot be written ({error.strerror})") from None
    with file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        yield _row_writer(writer.writerow, tally)


def _row_writer(write: Callable[[list[object]], object], tally: Tally) -> Each:
    pricer = Pricer(tally.catalog, tally.changes, tally.sizes)
    places: dict[tuple[object, ...], tuple[str, str]] = {}
    ids: set[str] = set()

    def each(call: Call, counted: Counted) -> None:
        kind, at = counted.kind, counted.at
        known = places.get(kind[:3])
        if known is None:
            known = places[kind[:3]] = _served(pricer, counted)
        id_ = call.id or str(len(ids) + 1)
        if id_ in ids:  # the SQL adds up what has one id
            id_ = f"{id_}#{len(ids) + 1}"
        ids.add(id_)
        called_at = (at or "").replace("T", " ").removesuffix("Z")
        row = [id_, called_at, kind.spec, *known, counted.sums[INPUT]]
        counts = _counts(pricer, counted)
        write([*row, *(counts.get(meter, 0) for meter in METERS)])

    return each


def _counts(pricer: Pricer, counted: Counted) -> dict[str, Units]:
    try:
        return pricer.counts(counted.kind, counted.at, counted.counts)
    except LlmcatError:  # the SQL has no price for it either
        return counted.counts


def _served(pricer: Pricer, counted: Counted) -> tuple[str, str]:
    try:
        return pricer.served(counted.kind, counted.at)
    except LlmcatError:
        how = dict(counted.kind.served)
        return how.get("tier") or STANDARD, how.get("geo") or ""
