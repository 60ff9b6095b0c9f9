"""Logs: the rows of history in the compact form in which the file keeps them.

Models, times, sources and long texts are numbers; the views model_details, model_versions, prices and
changes spell them out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from typing import Any, NamedTuple, Protocol, TypeVar

from llmcat.instants import epoch
from llmcat.meters import BY_NAME, STANDARD, Meter, meter_of
from llmcat.pipeline.history.mark_outliers import mark_glitches, mark_suspects
from llmcat.pipeline.history.state import ListedPrice
from llmcat.pipeline.tables.create_tables import columns_of
from llmcat.pipeline.tables.flatten import MODEL_COLUMNS, Row, Rows

FAMILY, TIER = MODEL_COLUMNS.index("family"), MODEL_COLUMNS.index("quality_tier")
COLUMNS = len(MODEL_COLUMNS)
REST = COLUMNS + 1
"""Where a version has the rest of its state, behind `derived`."""
DERIVED_FAMILY, DERIVED_TIER = 1, 2
"""The bits of version_log.derived."""

SOURCE = MODEL_COLUMNS.index("source")
ABILITIES = columns_of("abilities")[1:]
ABILITY = itemgetter(*map(MODEL_COLUMNS.index, ABILITIES))
LOGGED = itemgetter(
    *[n for n, column in enumerate(MODEL_COLUMNS) if column in columns_of("version_log")]
)
MODEL_ID = MODEL_COLUMNS.index("provider_model_id")
PRICE_ORDER = itemgetter(0, 1, 2, 3)  # by spec, key, since and effective_from
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
    prices: list[ListedPrice],
    changes: list[Row],
    living: set[str],
    derived: Derived | None,
    details: Sequence[Row] = (),
) -> Rows:
    """The tables that the logs name by number and the logs, sorted; `versions` is emptied.

    `living` are the specs of the present; `derived` knows families and tiers of the present, which
    states that are over take on. `details` are the rows of model_details.
    """
    versions[:] = [_with_derived(row, derived) for row in versions]
    newest = {PRICE_ORDER(price): price for price in prices}
    by_order = sorted(newest.items(), key=itemgetter(0))
    prices = list(mark_glitches([price for _, price in by_order]))
    changes = mark_suspects(sorted(changes, key=CHANGE_ORDER))
    specs: Numbers[str] = Numbers(
        living
        | {row[0] for row in versions}
        | {price.spec for price in prices}
        | {row[1] for row in changes}
    )
    priced = {price.key.meter for price in prices}
    provenance = {row[-1] for rows in (versions, changes) for row in rows}
    names = Names(
        specs,
        origins=Numbers(provenance | {price.source for price in prices}),
        words=Numbers(priced | {row[3] for row in changes}),
        texts=Numbers(
            {row[REST] for row in versions}
            | {price.corroborated_by for price in prices}
            | {text for row in details for text in row[1:]}
        ),
        abilities=Numbers({ABILITY(row) for row in versions}, key=_nulls_first),
    )
    return {
        "specs": specs.rows(),
        "origins": names.origins.rows(),
        "words": names.words.rows(),
        "texts": names.texts.rows(),
        "abilities": [(number, *able) for able, number in names.abilities.items()],
        "meters": [_meter(meter_of(name)) for name in sorted(priced | BY_NAME.keys())],
        "detail_log": sorted(_detail(row, names) for row in details),
        "version_log": sorted(_emptying(versions, _version, names)),
        "price_log": sorted(_price(price, names) for price in prices),
        "change_log": sorted(_emptying(changes, _change, names)),
    }


Name = TypeVar("Name")


class Numbers(dict[Name, int]):
    """Names and the numbers that stand for them in the logs, in the order of the names; what is not
    known has none."""

    def __init__(self, names: set[Any], key: Callable[[Name], Any] | None = None) -> None:
        names.discard(None)
        super().__init__((name, number) for number, name in enumerate(sorted(names, key=key), 1))

    def rows(self) -> list[Row]:
        """Number and name."""
        return [(number, name) for name, number in self.items()]


class Names(NamedTuple):
    """What the logs name by number."""

    specs: Numbers[str]
    origins: Numbers[str]
    words: Numbers[str]
    texts: Numbers[str]
    abilities: Numbers[Row]


def _nulls_first(row: Row) -> list[tuple[bool, Any]]:
    return [(value is not None, value) for value in row]


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


def _emptying(rows: list[Row], to_log: Callable[[Row, Names], Row], names: Names) -> Iterator[Row]:
    """Rows in the form of a log; the list is emptied on the way, since both forms at once would be
    the most memory that a build takes."""
    while rows:
        yield to_log(rows.pop(), names)


def _version(row: Row, names: Names) -> Row:
    *_, derived, rest, since, until, source = row
    if row[MODEL_ID] == row[2]:
        row = (*row[:MODEL_ID], None, *row[MODEL_ID + 1 :])  # the view puts the id in its place
    stretch = names.specs[row[0]], epoch(since), epoch(until), names.origins[source]
    return (*stretch, names.abilities[ABILITY(row)], names.texts.get(rest), derived, *LOGGED(row))


def _price(price: ListedPrice, names: Names) -> Row:
    key = price.key
    return (
        names.specs[price.spec],
        "" if key.mode == STANDARD else key.mode,
        *key[1:-1],
        names.words[key.meter],
        epoch(price.since),
        price.effective_from,
        price.effective_to,
        None if price.until is None else epoch(price.until),
        price.usd,
        price.suspect,
        names.origins[price.source],
        names.texts.get(price.corroborated_by or ""),
    )


def _detail(row: Row, names: Names) -> Row:
    return (names.specs[row[0]], *map(names.texts.get, row[1:]))


def _meter(meter: Meter) -> Row:
    return meter.name, meter.unit, meter.per, meter.side, meter.stand_in


def _change(row: Row, names: Names) -> Row:
    at, spec, kind, field, *values, source = row
    edit = None  # only the user's own edits have one, see user/
    what = names.specs[spec], epoch(at), KINDS[kind], names.words[field]
    return *what, *values, names.origins[source], edit
