"""The details of a model in a state that is over, put together again from the logs."""

from __future__ import annotations

import sqlite3
from typing import Any

from llmcat.capabilities import COLUMNS, implied_by_modalities, implied_by_task
from llmcat.history.changes import PriceInterval, price_intervals
from llmcat.history.version_log import LOGGED, NAMED
from llmcat.instants import epoch
from llmcat.meters import cost_table
from llmcat.records import Details, ModelRow

REST = f"""
SELECT (SELECT text FROM main.texts WHERE number = v.rest), o.name, {LOGGED}
FROM main.version_log AS v{NAMED}
WHERE s.spec = ?1 AND v.since <= ?2 AND v.until > ?2"""


def details_then(connection: sqlite3.Connection, spec: str, at: str) -> Details | None:
    """The details of a model in a state that is over at present; None where it still holds."""
    import json

    row = connection.execute(REST, (spec, epoch(at))).fetchone()
    if row is None:
        return None
    text, source, *columns = row
    then = ModelRow(*columns)
    rest: dict[str, Any] = json.loads(text) if text else {}
    prices = [p for p in price_intervals(connection, spec) if _holds(p, at)]
    for price in prices:
        _add_price(rest, price)
    values = {name: rest.get(name, {}) for name in Details._fields}
    for name in ("dated_prices", "links", "weights", "benchmarks", "notes"):
        values[name] = rest.get(name)
    values["spec"] = spec
    values["limits"] = {**_limits(then), **values["limits"]}
    values["capabilities"] = _with_facts(
        _explicit_capabilities(then), _shortened(values["capabilities"])
    )
    values["provenance"] = {"*": source}
    return Details(**values)


def to_json(value: Any) -> str | None:
    """A value of the details as model_details has it: canonical JSON, nothing for what is empty."""
    import json

    if value in (None, {}, []):
        return None
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _limits(model: ModelRow) -> dict[str, int]:
    found = {name: getattr(model, f"limit_{name}") for name in ("context", "input", "output")}
    return {name: value for name, value in found.items() if value is not None}


def _explicit_capabilities(model: ModelRow) -> dict[str, bool]:
    """The capabilities that have columns, but for what follows from the modalities or the task."""
    import json

    sides = (getattr(model, f"modalities_{side}") for side in ("input", "output"))
    implied = implied_by_modalities(*(None if side is None else json.loads(side) for side in sides))
    implied.update(implied_by_task(model.task, bool(model.tools)))
    values = {name: getattr(model, column) for name, column in COLUMNS.items()}
    return {
        name: bool(value)
        for name, value in values.items()
        if value is not None and bool(value) is not implied.get(name)
    }


def _with_facts(supported: dict[str, bool], facts: dict[str, Any]) -> dict[str, Any]:
    """Yes and no from the columns, and what else was said of a capability beside it."""
    both = {
        name: {"supported": supported[name], **more}
        if name in supported and isinstance(more, dict)
        else more
        for name, more in facts.items()
    }
    return {**supported, **both}


def _shortened(capabilities: dict[str, Any]) -> dict[str, Any]:
    """A capability of which nothing else is said is its yes or no, as in model_details."""
    return {
        name: facts["supported"] if facts.keys() == {"supported"} else facts
        for name, facts in capabilities.items()
    }


def _holds(price: PriceInterval, at: str) -> bool:
    return price.valid_from <= at and (price.valid_to is None or price.valid_to > at)


def _add_price(details: dict[str, Any], price: PriceInterval) -> None:
    """Puts a price into the cost table that it is from; those of a table come by tier."""
    table = details
    for name in cost_table(price.mode, price.region, price.hours):
        table = table.setdefault(name, {})
    if price.min_context:
        tiers = table.setdefault("tiers", [])
        if not tiers or tiers[-1]["min_context"] != price.min_context:
            tiers.append({"min_context": price.min_context})
        table = tiers[-1]
    table[price.meter] = price.usd
