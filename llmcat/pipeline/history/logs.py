"""Logs: the rows of history in the compact form in which the file keeps them.

Models, times and sources are numbers; the views model_versions, prices and changes spell them out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from operator import itemgetter
from typing import Protocol

from llmcat.instants import epoch
from llmcat.pipeline.history.mark_outliers import mark_glitches, mark_suspects
from llmcat.pipeline.tables.flatten import MODEL_COLUMNS, Row, Rows

FAMILY, TIER = MODEL_COLUMNS.index("family"), MODEL_COLUMNS.index("quality_tier")
COLUMNS = len(MODEL_COLUMNS)
DERIVED_FAMILY, DERIVED_TIER = 1, 2
"""The bits of version_log.derived."""

SOURCE = MODEL_COLUMNS.index("source")
LOGGED = itemgetter(
    *[
        n
        for n, column in enumerate(MODEL_COLUMNS)
        if column not in ("spec", "provider", "id", "source", "valid_from")
    ]
)
MODEL_ID = MODEL_COLUMNS.index("provider_model_id")
PRICE_ORDER = itemgetter(0, 1, 2, 3, 6)  # by spec, mode, tier, meter and since
CHANGE_ORDER = itemgetter(1, 0, 2, 3)  # by spec, at, kind and field
KINDS = {"added": 0, "removed": 1, "changed": 2}


class Derived(Protocol):
    """What is known of the present and holds for the past, too."""

    def family(self, id_: str) -> str | None:
        """The family of an id."""

    def tier(self, provider: str, id_: str) -> str | None:
        """The quality tier of a model."""


def to_logs(
    versions: list[Row],
    prices: list[Row],
    changes: list[Row],
    living: set[str],
    derived: Derived | None,
) -> Rows:
    """The tables specs, origins and the three logs, sorted; `versions` is emptied.

    `living` are the specs of the present; `derived` knows families and tiers of the present, which
    states that are over take on.
    """
    versions[:] = [_with_derived(row, derived) for row in versions]
    prices = mark_glitches(sorted(prices, key=PRICE_ORDER))
    changes = mark_suspects(sorted(changes, key=CHANGE_ORDER))
    specs = Numbers(
        living
        | {row[0] for row in versions}
        | {row[0] for row in prices}
        | {row[1] for row in changes}
    )
    origins = Numbers({row[-1] for rows in (versions, prices, changes) for row in rows})
    return {
        "specs": specs.rows(),
        "origins": origins.rows(),
        "version_log": sorted(_emptying(versions, _version, specs, origins)),
        "price_log": sorted(
            (_price(row, specs, origins) for row in prices), key=lambda row: (row[:4], row[6])
        ),
        "change_log": sorted(_emptying(changes, _change, specs, origins)),
    }


class Numbers(dict[str, int]):
    """Names and the numbers that stand for them in the logs, in the order of the names."""

    def __init__(self, names: set[str]) -> None:
        super().__init__((name, number) for number, name in enumerate(sorted(names), start=1))

    def rows(self) -> list[Row]:
        """Number and name."""
        return [(number, name) for name, number in self.items()]


def _with_derived(row: Row, derived: Derived | None) -> Row:
    """A version with what nobody said of it, and with the number that says so behind its columns."""
    family, tier = row[FAMILY], row[TIER]
    if derived is not None:
        provider, _, id_ = row[0].partition(":")
        family = family or derived.family(id_)
        tier = tier or derived.tier(provider, id_)
    follows = (family != row[FAMILY]) * DERIVED_FAMILY + (tier != row[TIER]) * DERIVED_TIER
    columns, rest = row[:COLUMNS], row[COLUMNS:]
    if follows:
        columns = (*row[:FAMILY], family, *row[FAMILY + 1 : TIER], tier, *row[TIER + 1 : COLUMNS])
    return (*columns, follows, *rest)


def _emptying(
    rows: list[Row],
    to_log: Callable[[Row, Numbers, Numbers], Row],
    specs: Numbers,
    origins: Numbers,
) -> Iterator[Row]:
    """Rows in the form of a log; the list is emptied on the way, since both forms at once would be
    the most memory that a build takes."""
    while rows:
        yield to_log(rows.pop(), specs, origins)


def _version(row: Row, specs: Numbers, origins: Numbers) -> Row:
    *_, derived, rest, since, until, source = row
    if row[MODEL_ID] == row[2]:
        row = (*row[:MODEL_ID], None, *row[MODEL_ID + 1 :])  # the view puts the id in its place
    stretch = specs[row[0]], epoch(since), epoch(until), origins[source]
    return (*stretch, rest, derived, *LOGGED(row))


def _price(row: Row, specs: Numbers, origins: Numbers) -> Row:
    spec, mode, size, meter, price, suspect, since, until, source = row
    mode = "" if mode == "standard" else mode
    ends = None if until is None else epoch(until)
    return specs[spec], mode, size, meter, price, suspect, epoch(since), ends, origins[source]


def _change(row: Row, specs: Numbers, origins: Numbers) -> Row:
    at, spec, kind, field, *values, source = row
    return specs[spec], epoch(at), KINDS[kind], field, *values, origins[source]
