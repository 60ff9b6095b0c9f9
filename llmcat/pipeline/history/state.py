"""State: the facts of a model at one time, and how two states differ."""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import compress
from operator import itemgetter, ne
from typing import Any, NamedTuple, TypeVar

from llmcat.meters import COLUMN_METERS, cost_table
from llmcat.pipeline.entries import EVERYTHING_ELSE, Facts, Merged
from llmcat.pipeline.tables.flatten import (
    CAPABILITY_OF_COLUMN,
    MODEL_COLUMNS,
    SCALAR_COLUMNS,
    Row,
    model_row,
    price_path,
    to_canonical_json,
    to_json,
)
from llmcat.pipeline.tables.values import PriceKey, Served, cost_tables, prices_of

DERIVED = "derived"
"""The provenance of what no source says and what follows from the record itself."""
BORROWED = f"{DERIVED} from"
"""How the provenance begins of what follows from other records, as they are at present."""

NOT_NEWS = frozenset(
    {
        *("spec", "provider", "id", "source", "valid_from"),
        *("release_month", "quality_tier", "first_party", "capabilities", "contested"),
        "description",
    }
)
"""Columns of models whose change is no event: identity, what is derived or said elsewhere, and prose."""

ARRAYS = frozenset({"modalities_input", "modalities_output", "tags", "aliases"})
ARRAYS |= {"env", "endpoints", "authentication", "features", "limitations", "extra"}  # of providers
FLAGS = frozenset(MODEL_COLUMNS[MODEL_COLUMNS.index("open_weights") :])
ALL_COLUMNS = tuple(enumerate(MODEL_COLUMNS))

PATH_OF_COLUMN = {
    **{column: column for column in SCALAR_COLUMNS},
    **{f"limit_{key}": f"limit.{key}" for key in ("context", "input", "output")},
    **{f"cost_{meter}": f"cost.{meter}" for meter in COLUMN_METERS},
    **{f"modalities_{side}": f"modalities.{side}" for side in ("input", "output")},
    **{column: f"capabilities.{name}" for column, name in CAPABILITY_OF_COLUMN.items()},
}
"""Column of models -> the path that provenance uses."""

REST_FACTS = (
    *("dated_prices", "serving", "links", "weights", "benchmarks"),
    *("notes", "task_complexity_score", "metadata", "extra"),
)


_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, check_circular=False).encode
_encode_scalar = functools.lru_cache(maxsize=8192, typed=True)(_encode)  # 1 == 1.0 == True

Key = TypeVar("Key", str, PriceKey)


class DatedPrice(NamedTuple):
    """A price of which a source knows the days on which it took effect and on which it was over (None:
    not known); it is not the one that the source says for now."""

    key: PriceKey
    effective_from: str
    effective_to: str | None
    usd: float


class ListedPrice(NamedTuple):
    """A price and when it was said, half-open; `until` None: it still is. One that was never said for
    the present, but for another time, has an interval without length."""

    spec: str
    key: PriceKey
    since: str
    effective_from: str
    effective_to: str | None
    until: str | None
    usd: float
    suspect: int
    source: str
    corroborated_by: str | None = None


class State(NamedTuple):
    """The facts of a model at one time: its row, its prices, and what has no column.

    `effective` has the days on which prices took effect, where the source that says the price knows
    them, `dated` the prices of other times.
    """

    row: Row
    rest: str | None
    prices: dict[PriceKey, float]
    provenance: Mapping[str, str]
    effective: dict[PriceKey, str] = {}
    dated: Sequence[DatedPrice] = ()

    @property
    def source(self) -> str:
        """The source that said most of it."""
        return self.provenance[EVERYTHING_ELSE]

    def source_of(self, path: str) -> str:
        """The source that said the value at `path`."""
        return speaker(self.provenance, path)


def speaker(provenance: Mapping[str, str], path: str) -> str:
    """The source that said the value at `path`, or the first that said something in it."""
    inner = f"{path}."
    while path not in provenance and "." in path:
        path = path.rpartition(".")[0]
    if path in provenance:
        return provenance[path]
    for claimed, source in provenance.items():
        if claimed.startswith(inner):
            return source
    return provenance[EVERYTHING_ELSE]


def follows(source: str | None) -> bool:
    """Whether a value's provenance names no source, but that it follows from this record or others."""
    return source is not None and source.startswith(DERIVED)


def is_derived(provenance: Mapping[str, str], column: str) -> bool:
    """Whether the value in a column of models is one that no source said. A status that is derived
    from a day of the model itself is news all the same: the day has come."""
    source = provenance.get(PATH_OF_COLUMN.get(column, column), "")
    return source.startswith(BORROWED) if column == "status" else follows(source)


def own_row(row: Row, provenance: Mapping[str, str]) -> Row:
    """The row without what follows from other records: these are known as they are at present, and a
    state that is over keeps what was known of it then."""
    lenders = {source for source in set(provenance.values()) if source.startswith(BORROWED)}
    if not lenders:
        return row
    borrowed = {path for path, source in provenance.items() if source in lenders}
    return tuple(
        _without(value, borrowed)
        if column == "capabilities"
        else None
        if PATH_OF_COLUMN.get(column, column) in borrowed
        else value
        for column, value in zip(MODEL_COLUMNS, row)
    )


def _without(capabilities: str | None, borrowed: Collection[str]) -> str | None:
    if capabilities is None:
        return None
    names = [name for name in json.loads(capabilities) if f"capabilities.{name}" not in borrowed]
    return to_canonical_json(names)


def state_of(spec: str, merged: Merged) -> State:
    """The state that merged and enriched facts describe."""
    facts = merged.facts
    prices = {key: float(price) for key, price in prices_of(facts)}
    effective = _effective_days(facts, prices, merged.provenance)
    row = model_row(spec, facts)
    return State(row, rest_of(facts), prices, merged.provenance, effective, dated_prices(facts))


def _effective_days(
    facts: Facts, prices: Iterable[PriceKey], provenance: Mapping[str, str]
) -> dict[PriceKey, str]:
    """The days of those prices that the source of the day says: another one's price has no day."""
    days = {
        served: (cost["effective_from"], speaker(provenance, _path_of_day(served)))
        for served, cost in cost_tables(facts)
        if "effective_from" in cost
    }
    return {
        key: days[key.served][0]
        for key in prices
        if key.served in days and speaker(provenance, key.place) == days[key.served][1]
    }


def _path_of_day(served: Served) -> str:
    return ".".join((*cost_table(*served), "effective_from"))


def dated_prices(facts: Facts) -> list[DatedPrice]:
    """The prices of other times. One that does not say since when holds for all time before its end."""
    if "dated_prices" not in facts:
        return []
    found = [
        DatedPrice(key, dated.get("from", EARLIEST), dated.get("until"), float(price))
        for dated in facts["dated_prices"]
        for key, price in prices_of(dated)
    ]
    return sorted(found, key=itemgetter(0, 1))


EARLIEST = "0001-01-01"
"""The day since when a price holds of which only its end is known; in `prices` it is NULL."""


def rest_of(facts: Facts) -> str | None:
    """What model_details would hold beyond the columns of models and the table of prices."""
    rest: Facts = {key: facts[key] for key in facts.keys() & REST_FACTS if facts[key]}
    if "limit" in facts and 0 in facts["limit"].values():
        rest["limits"] = facts["limit"]
    if "cost" in facts and (left := _without_prices(facts["cost"])):
        rest["cost"] = left
    for key, table in WAYS:
        if key in facts:
            ways = {name: table(way) for name, way in facts[key].items()}
            if left := {name: way for name, way in ways.items() if way or not facts[key][name]}:
                rest[key] = left
    if "capabilities" in facts and (left := _without_columned(facts["capabilities"])):
        rest["capabilities"] = left
    return to_json(rest)


def _without_columned(capabilities: Facts) -> Facts:
    """The facts of capabilities beside whether they are there, where a column says that."""
    left: Facts = {}
    for name, claimed in capabilities.items():
        if name not in COLUMNED:
            if claimed:
                left[name] = claimed
        elif len(claimed) > ("supported" in claimed):
            left[name] = {fact: value for fact, value in claimed.items() if fact != "supported"}
    return left


def _without_prices(cost: Facts) -> Facts:
    """What a cost table says beside the prices, which the log of prices holds."""
    return {key: cost[key] for key in ("components", "effective_from") if key in cost}


def _way(facts: Facts) -> Facts:
    """A mode or some hours without their prices."""
    left = {key: value for key, value in facts.items() if key != "cost" or not value}
    cost = _without_prices(facts.get("cost", {}))
    return {**left, "cost": cost} if cost else left


def _region(facts: Facts) -> Facts:
    """A region without its prices, those of its modes included."""
    ways = {name: _way(mode) for name, mode in facts.get("modes", {}).items()}
    modes = {name: way for name, way in ways.items() if way or not facts["modes"][name]}
    left = _way({key: value for key, value in facts.items() if key != "modes"})
    return {**left, "modes": modes} if modes else left


WAYS = (("modes", _way), ("regions", _region), ("hours", _way))
"""Tables of ways to be served, each with what it holds beside prices."""

COLUMNED = frozenset(CAPABILITY_OF_COLUMN.values())


def differences(old: State, new: State) -> Iterator[tuple[str, str | None, str | None]]:
    """Field, value before and value after (JSON) of all that differs and is news."""
    if old.row != new.row:
        for number, column in compress(ALL_COLUMNS, map(ne, old.row, new.row)):
            if column in NOT_NEWS:
                continue
            before, after = old.row[number], new.row[number]
            before = None if is_derived(old.provenance, column) else before
            after = None if is_derived(new.provenance, column) else after
            if before != after:
                yield column, encoded(column, before), encoded(column, after)
    if old.rest != new.rest:
        claimed, says = leaves(old.rest), leaves(new.rest)
        for path in _differing(claimed, says):
            yield path, claimed.get(path), says.get(path)
    if old.prices != new.prices:
        for key in _differing(old.prices, new.prices):
            if price := price_path(key):
                yield price, to_json(old.prices.get(key)), to_json(new.prices.get(key))


def _differing(old: Mapping[Key, Any], new: Mapping[Key, Any]) -> list[Key]:
    """The keys, in their order, of which the two do not say the same."""
    return sorted([key for key in old.keys() | new.keys() if old.get(key) != new.get(key)])


def leaves(rest: str | None) -> dict[str, str]:
    """The values of a JSON object by their paths, lists whole, as JSON."""
    found: dict[str, str] = {}

    def walk(prefix: str, value: Any) -> None:
        if isinstance(value, dict) and value:
            for key, item in value.items():
                walk(f"{prefix}.{key}" if prefix else key, item)
        else:
            found[prefix] = _encode(value)

    if rest is not None:
        walk("", json.loads(rest))
    return found


def encoded(column: str, value: Any) -> str | None:
    """A column's value as JSON; JSON columns hold it already."""
    if value is None or column in ARRAYS:
        text: str | None = value
        return text
    return _encode_scalar(bool(value) if column in FLAGS else value)
