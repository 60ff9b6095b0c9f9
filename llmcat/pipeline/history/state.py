"""State: what is said of a model at one time, and how two states differ."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import compress
from operator import ne
from typing import Any, NamedTuple

from llmcat.meters import COLUMN_METERS, UNIT_METERS
from llmcat.pipeline.layer import EVERYTHING_ELSE, Facts, Merged
from llmcat.pipeline.tables.flatten import (
    CAPABILITY_OF_COLUMN,
    MODEL_COLUMNS,
    SCALAR_COLUMNS,
    PriceKey,
    Row,
    model_row,
    price_path,
    prices_of,
    to_json,
)

DERIVED = "derived"

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
    *("serving", "links", "weights", "benchmarks"),
    *("notes", "task_complexity_score", "metadata", "extra"),
)


_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode


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
        return speaker(self.said_by, path)


def speaker(said_by: Mapping[str, str], path: str) -> str:
    """The source that said the value at `path`, or the first that said something in it."""
    inner = f"{path}."
    while path not in said_by and "." in path:
        path = path.rpartition(".")[0]
    if path in said_by:
        return said_by[path]
    within = (source for said, source in said_by.items() if said.startswith(inner))
    return next(within, said_by[EVERYTHING_ELSE])


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
    for key in ("components", *UNIT_METERS):
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


def differences(old: State, new: State) -> Iterator[tuple[str, str | None, str | None]]:
    """Field, value before and value after (JSON) of all that differs and is news."""
    if old.row != new.row:
        for number, column in compress(ALL_COLUMNS, map(ne, old.row, new.row)):
            if column in NOT_NEWS:
                continue
            before, after = old.row[number], new.row[number]
            if column == "family":  # a family that nobody said is none
                before, after = (
                    None if state.said_by.get("family") == DERIVED else value
                    for state, value in ((old, before), (new, after))
                )
            if before != after:
                yield column, encoded(column, before), encoded(column, after)
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
    if column in FLAGS:
        value = bool(value)
    return _encode(value)
