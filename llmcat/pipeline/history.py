"""History: what was said of every model and price, and since when.

A Recorder is told state after state, in the order of time. It keeps one open stretch for each model
and each price, closes it when something else is said, and notes every change. What is recorded is what
the sources said; a price that upstream corrects moves in here as one that a provider moves.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, NamedTuple, Protocol

from llmcat.pipeline.facts import METERS
from llmcat.pipeline.flatten import (
    CAPABILITY_OF_COLUMN,
    MODEL_COLUMNS,
    PER_UNIT_METERS,
    PROVIDER_COLUMNS,
    SCALAR_COLUMNS,
    Row,
    Rows,
    model_row,
    prices_of,
    provider_row,
    to_json,
)
from llmcat.pipeline.layer import Facts, Moment
from llmcat.pipeline.merge import EVERYTHING_ELSE, Merged

DERIVED = "derived"
GLITCH = 50.0
"""A price that jumps by this factor, or to 0 and back, is suspect."""

PriceKey = tuple[str, int, str]

NOT_NEWS = frozenset(
    {
        *("spec", "provider", "id", "source", "valid_from"),
        *("release_month", "quality_tier", "first_party", "capabilities"),
    }
)
"""Columns of models whose change is no event: identity, and what is derived or said elsewhere."""

ARRAYS = frozenset({"modalities_input", "modalities_output", "tags", "aliases"})
ARRAYS |= {"env", "endpoints", "authentication", "features", "limitations", "extra"}  # of providers
FLAGS = frozenset(MODEL_COLUMNS[MODEL_COLUMNS.index("open_weights") :])
NEWS = [(n, column) for n, column in enumerate(MODEL_COLUMNS) if column not in NOT_NEWS]

PATH_OF_COLUMN = {
    **{column: column for column in SCALAR_COLUMNS},
    **{f"limit_{key}": f"limit.{key}" for key in ("context", "input", "output")},
    **{f"cost_{meter}": f"cost.{meter}" for meter in METERS},
    **{f"modalities_{side}": f"modalities.{side}" for side in ("input", "output")},
    **{column: f"capabilities.{name}" for column, name in CAPABILITY_OF_COLUMN.items()},
}
"""Column of models -> the path that provenance uses."""

REST_FACTS = (
    *("serving", "links", "weights", "benchmarks"),
    *("notes", "task_complexity_score", "metadata", "extra"),
)


class Derived(Protocol):
    """What is known of the present and holds for the past, too."""

    def family(self, id_: str) -> str | None:
        """The family of an id."""

    def tier(self, provider: str, id_: str) -> str | None:
        """The quality tier of a model."""


class State(NamedTuple):
    """What is said of a model at one time: its row, its prices, and what has no column."""

    row: Row
    rest: str | None
    prices: dict[PriceKey, float]
    said_by: Mapping[str, str]

    @property
    def source(self) -> str:
        """The source that said most of it."""
        return self.said_by[EVERYTHING_ELSE]

    def source_of(self, path: str) -> str:
        """The source that said the value at `path`."""
        while path not in self.said_by and "." in path:
            path = path.rpartition(".")[0]
        return self.said_by.get(path, self.source)


def state_of(spec: str, merged: Merged) -> State:
    """The state that merged and enriched facts describe."""
    facts = merged.facts
    prices = {(mode, size, meter): float(price) for mode, size, meter, price in prices_of(facts)}
    return State(model_row(spec, facts), rest_of(facts), prices, merged.said_by)


def rest_of(facts: Facts) -> str | None:
    """What model_details would hold beyond the columns of models and the table of prices."""
    rest: Facts = {key: facts[key] for key in REST_FACTS if facts.get(key)}
    if 0 in facts.get("limit", {}).values():
        rest["limits"] = facts["limit"]
    for key in ("components", *PER_UNIT_METERS):
        if key in facts.get("cost", {}):
            rest.setdefault("cost", {})[key] = facts["cost"][key]
    for name, mode in facts.get("modes", {}).items():
        said = {key: value for key, value in mode.items() if key != "cost" or not value}
        if said or not mode:
            rest.setdefault("modes", {})[name] = said
    for name, said in facts.get("capabilities", {}).items():
        if name in COLUMNED:
            said = {fact: value for fact, value in said.items() if fact != "supported"}
        if said:
            rest.setdefault("capabilities", {})[name] = said
    return to_json(rest)


COLUMNED = frozenset(CAPABILITY_OF_COLUMN.values())


class Open(NamedTuple):
    """An open stretch: what has been said since when."""

    since: str
    state: State


class OpenPrice(NamedTuple):
    """A price that has been listed since when, and by whom."""

    since: str
    price: float
    source: str


@dataclass(slots=True)
class Recorder:
    """The history of a catalogue while it is written; see the module's docstring."""

    open: dict[str, Open] = field(default_factory=dict)
    open_prices: dict[str, dict[PriceKey, OpenPrice]] = field(default_factory=dict)
    open_providers: dict[str, Row] = field(default_factory=dict)
    versions: list[Row] = field(default_factory=list)
    prices: list[Row] = field(default_factory=list)
    changes: dict[tuple[str, str, str, str], Row] = field(default_factory=dict)
    moments: set[tuple[str, str, str]] = field(default_factory=set)
    last: str | None = None

    def recorded(self) -> dict[str, Moment]:
        """The last moment of each source, by name."""
        return {source: Moment(at, revision) for at, source, revision in sorted(self.moments)}

    def moment(self, at: str, source: str, revision: str) -> bool:
        """A source was read at `at`. Whether this is the first moment of all, when nothing is news."""
        first = self.last is None or (self.last == at and self._beginning)
        self.moments.add((at, source, revision))
        self.last = at
        return first

    @property
    def _beginning(self) -> bool:
        return not self.versions and not self.changes

    def put(self, at: str, spec: str, state: State | None, news: bool = True) -> None:
        """`state` is said of the model from `at` on; None: nothing is. Equal states change nothing."""
        old = self.open.get(spec)
        if old is None:
            if state is not None:
                self.open[spec] = Open(at, state)
                if news:
                    self._change(at, spec, "added", "", None, None, state.source)
        elif state is None:
            self._close(spec, old, at)
            del self.open[spec]
            self._change(at, spec, "removed", "", None, None, old.state.source)
        elif (events := list(differences(old.state, state))) or old.state.rest != state.rest:
            for path, before, after in events:
                self._change(
                    at,
                    spec,
                    "changed",
                    path,
                    before,
                    after,
                    state.source_of(PATH_OF_COLUMN.get(path, path)),
                )
            self._close(spec, old, at)
            self.open[spec] = Open(at, state)
        else:
            self.open[spec] = Open(old.since, state)  # what is derived follows today's knowledge
        self._put_prices(at, spec, state)

    def put_provider(self, at: str, id: str, merged: Merged | None, news: bool = True) -> None:
        """What is said of a provider from `at` on; None: nothing is."""
        old = self.open_providers.get(id)
        row = None if merged is None else provider_row(merged)[:-1]  # provenance is no news
        if row is None:
            if old is not None:
                del self.open_providers[id]
                self._change(at, id, "removed", "", None, None, DERIVED)
            return
        source = "" if merged is None else merged.said_by[EVERYTHING_ELSE]
        if old is None:
            if news:
                self._change(at, id, "added", "", None, None, source)
        else:
            for column, before, after in zip(PROVIDER_COLUMNS, old, row):
                if before != after:
                    self._change(
                        at,
                        id,
                        "changed",
                        column,
                        _encoded(column, before),
                        _encoded(column, after),
                        source,
                    )
        self.open_providers[id] = row

    def _close(self, spec: str, old: Open, at: str) -> None:
        if old.since != at:  # a stretch without length never was
            row = (*old.state.row, old.state.rest, old.since, at, old.state.source)
            self.versions.append(row)

    def _put_prices(self, at: str, spec: str, state: State | None) -> None:
        held = self.open_prices.setdefault(spec, {})
        listed = {} if state is None else state.prices
        for key in [key for key, old in held.items() if listed.get(key) != old.price]:
            old = held.pop(key)
            if old.since != at:
                self.prices.append((spec, *key, old.price, 0, old.since, at, old.source))
        for key, price in listed.items():
            if key not in held:
                source = "" if state is None else state.source_of(f"cost.{key[2]}")
                held[key] = OpenPrice(at, price, source)
        if not held:
            del self.open_prices[spec]

    def _change(
        self,
        at: str,
        spec: str,
        kind: str,
        path: str,
        old: str | None,
        new: str | None,
        source: str,
    ) -> None:
        key = (at, spec, kind, path)
        if kind != "added" and (at, spec, "added", "") in self.changes:
            if kind == "removed":  # added and gone at one instant: it never was
                del self.changes[at, spec, "added", ""]
            return  # and what was added is what it became
        if earlier := self.changes.pop(key, None):
            old = earlier[4]  # said twice at one instant: what was between never was
            if old == new:
                return
        backfill = int(kind == "changed" and old is None)
        self.changes[key] = (*key, old, new, backfill, 0, source)

    def rows(self, derived: Derived | None = None) -> Rows:
        """The tables of history: states that are over, prices and changes, sorted by number.

        `derived` knows families and tiers of the present, which states that are over take on.
        """
        if derived is not None:
            self.versions = [_with_derived(row, derived) for row in self.versions]
        prices = [
            (spec, *key, price, 0, since, None, source)
            for spec, held in self.open_prices.items()
            for key, (since, price, source) in held.items()
        ]
        prices = mark_glitches(sorted(self.prices + prices, key=lambda row: (*row[:4], row[6])))
        changes = mark_suspects(
            sorted(self.changes.values(), key=lambda row: (row[1], row[0], row[2:4]))
        )
        specs = Numbers(
            set(self.open)
            | {row[0] for row in self.versions}
            | {row[0] for row in prices}
            | {row[1] for row in changes}
        )
        origins = Numbers({row[-1] for rows in (self.versions, prices, changes) for row in rows})
        return {
            "specs": specs.rows(),
            "origins": origins.rows(),
            "version_log": sorted(_emptying(self.versions, _version, specs, origins)),
            "price_log": [_price(row, specs, origins) for row in prices],
            "change_log": sorted(_emptying(changes, _change, specs, origins)),
            "moments": sorted(self.moments),
        }

    def models(self) -> list[Row]:
        """The rows of `models`: what is open, with `source` and `valid_from`, by provider and id."""
        rows = [
            (*state.row[:SOURCE], state.source, since, *state.row[SOURCE + 2 :])
            for since, state in self.open.values()
        ]
        return sorted(rows, key=lambda row: row[1:3])


FAMILY, TIER = MODEL_COLUMNS.index("family"), MODEL_COLUMNS.index("quality_tier")
SOURCE = MODEL_COLUMNS.index("source")
IN_LOG = [
    n
    for n, c in enumerate(MODEL_COLUMNS)
    if c not in ("spec", "provider", "id", "source", "valid_from")
]
MODEL_ID = MODEL_COLUMNS.index("provider_model_id")
KINDS = {"added": 0, "removed": 1, "changed": 2}


class Numbers(dict[str, int]):
    """Names and the numbers that stand for them in the logs, in the order of the names."""

    def __init__(self, names: set[str]) -> None:
        super().__init__((name, number) for number, name in enumerate(sorted(names), start=1))

    def rows(self) -> list[Row]:
        """Number and name."""
        return [(number, name) for name, number in self.items()]


@functools.cache
def epoch(instant: str) -> int:
    """`YYYY-MM-DDTHH:MM:SSZ` as seconds since 1970."""
    return int(datetime.fromisoformat(instant.replace("Z", "+00:00")).timestamp())


@functools.cache
def instant(seconds: int) -> str:
    """Seconds since 1970 as `YYYY-MM-DDTHH:MM:SSZ`."""
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _with_derived(row: Row, derived: Derived) -> Row:
    family = row[FAMILY] or derived.family(row[2])
    tier = row[TIER] or derived.tier(row[1], row[2])
    if family == row[FAMILY] and tier == row[TIER]:
        return row
    return (*row[:FAMILY], family, *row[FAMILY + 1 : TIER], tier, *row[TIER + 1 :])


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
    *_, rest, since, until, source = row
    values = list(row)
    if row[MODEL_ID] == row[2]:
        values[MODEL_ID] = None  # the view puts the id in its place
    log = [values[number] for number in IN_LOG]
    return (specs[row[0]], epoch(since), epoch(until), origins[source], rest, *log)


def _price(row: Row, specs: Numbers, origins: Numbers) -> Row:
    spec, mode, size, meter, price, suspect, since, until, source = row
    mode = "" if mode == "standard" else mode
    ends = None if until is None else epoch(until)
    return specs[spec], mode, size, meter, price, suspect, epoch(since), ends, origins[source]


def _change(row: Row, specs: Numbers, origins: Numbers) -> Row:
    at, spec, kind, field, *values, source = row
    return specs[spec], epoch(at), KINDS[kind], field, *values, origins[source]


def differences(old: State, new: State) -> Iterator[tuple[str, str | None, str | None]]:
    """Field, value before and value after (JSON) of all that differs and is news."""
    if old.row != new.row:
        for number, column in NEWS:
            before, after = old.row[number], new.row[number]
            if column == "family":  # a family that nobody said is none
                before, after = (
                    None if state.said_by.get("family") == DERIVED else value
                    for state, value in ((old, before), (new, after))
                )
            if before != after:
                yield column, _encoded(column, before), _encoded(column, after)
    if old.rest != new.rest:
        said, says = leaves(old.rest), leaves(new.rest)
        for path in sorted(said.keys() | says.keys()):
            if said.get(path) != says.get(path):
                yield path, said.get(path), says.get(path)
    if old.prices != new.prices:
        for key in sorted(old.prices.keys() | new.prices.keys()):
            listed, lists = old.prices.get(key), new.prices.get(key)
            if listed != lists and (price := price_path(key)):
                yield price, to_json(listed), to_json(lists)


def price_path(key: PriceKey) -> str | None:
    """Where a price that has no column of its own stands in model_details."""
    mode, size, meter = key
    if mode == "standard" and size == 0:
        return None if meter in METERS else f"cost.{meter}"
    tier = f"tiers.{size}." if size else ""
    return f"cost.{tier}{meter}" if mode == "standard" else f"modes.{mode}.cost.{tier}{meter}"


def leaves(rest: str | None) -> dict[str, str]:
    """The values of a JSON object by their paths, lists whole, as JSON."""
    found: dict[str, str] = {}

    def walk(prefix: str, value: Any) -> None:
        if isinstance(value, dict) and value:
            for key, item in value.items():
                walk(f"{prefix}.{key}" if prefix else key, item)
        else:
            found[prefix] = json.dumps(value, ensure_ascii=False, sort_keys=True)

    if rest is not None:
        walk("", json.loads(rest))
    return found


def _encoded(column: str, value: Any) -> str | None:
    """A column's value as JSON; JSON columns hold it already."""
    if value is None or column in ARRAYS:
        text: str | None = value
        return text
    if column in FLAGS:
        value = bool(value)
    return json.dumps(value, ensure_ascii=False)


def mark_glitches(prices: list[Row]) -> list[Row]:
    """Sorted price rows, with `suspect` on those that stand out from what is listed around them: 0
    between two prices, or GLITCH times both neighbours."""
    marked = list(prices)
    for number in range(1, len(prices) - 1):
        before, row, after = prices[number - 1], prices[number], prices[number + 1]
        if before[:4] == row[:4] == after[:4] and _stands_out(before[4], row[4], after[4]):
            marked[number] = (*row[:5], 1, *row[6:])
    return marked


def _stands_out(before: float, price: float, after: float) -> bool:
    if not before or not after:
        return False
    jumps = [_jump(price, before), _jump(price, after)]
    return price == 0 or (min(jumps) >= GLITCH and (price > before) == (price > after))


def _jump(one: float, other: float) -> float:
    return max(one, other) / min(one, other) if one and other else 0.0


def mark_suspects(changes: list[Row]) -> list[Row]:
    """Changes, with `suspect` on price moves of GLITCH times, and on moves to 0 and back from it."""
    returns = _returns(changes)
    return [
        (*row[:7], 1, *row[8:]) if number in returns or _leaps(row) else row
        for number, row in enumerate(changes)
    ]


def _leaps(row: Row) -> bool:
    old, new = _prices_in(row)
    return bool(old and new and _jump(old, new) >= GLITCH)


def _returns(changes: list[Row]) -> set[int]:
    """The numbers of moves price -> 0 and 0 -> price that follow each other."""
    to_zero: dict[tuple[str, str], int] = {}
    found: set[int] = set()
    for number, row in enumerate(changes):
        old, new = _prices_in(row)
        if old and new == 0:
            to_zero[row[1], row[3]] = number
        elif old == 0 and new and (row[1], row[3]) in to_zero:
            found.update((to_zero.pop((row[1], row[3])), number))
    return found


def _prices_in(row: Row) -> tuple[float | None, float | None]:
    path = row[3]
    if row[2] != "changed" or "cost" not in path or None in (row[4], row[5]):
        return None, None
    try:
        return float(row[4]), float(row[5])
    except ValueError:
        return None, None
