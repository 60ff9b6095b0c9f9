"""Rows back to facts: what flatten and the history made of records, read again.

What is derived is left out, since it follows anew from the facts.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from llmcat.pipeline.derived.billing import NO_PRICE, with_zeros
from llmcat.pipeline.entries import Facts
from llmcat.pipeline.facts import follows_from_modalities
from llmcat.pipeline.history.state import REST_FACTS, State, follows
from llmcat.pipeline.tables.flatten import (
    CAPABILITY_OF_COLUMN,
    DETAIL_FACTS,
    MODEL_COLUMNS,
    PROVIDER_COLUMNS,
    SCALAR_COLUMNS,
)
from llmcat.pipeline.tables.values import PriceKey

NO_FACTS = ("release_month", "source", "valid_from")
PROVIDER_FACTS = tuple(column for column in PROVIDER_COLUMNS if column != "provenance")
ARRAYS = ("env", "endpoints", "authentication", "features", "limitations", "extra")


def facts_of(state: State) -> Facts:
    """The facts that state_of made a state from, but for what was derived."""
    row = dict(zip(MODEL_COLUMNS, state.row))
    rest: Facts = json.loads(state.rest) if state.rest else {}
    facts: Facts = {
        column: row[column]
        for column in SCALAR_COLUMNS
        if column not in NO_FACTS
        and row[column] is not None
        and not follows(state.provenance.get(column))
    }
    facts.update((key, rest[key]) for key in REST_FACTS if key in rest)
    limits = {name: row[f"limit_{name}"] for name in ("context", "input", "output")}
    facts["limit"] = rest.get("limits") or {k: v for k, v in limits.items() if v is not None}
    sides = {side: row[f"modalities_{side}"] for side in ("input", "output")}
    facts["modalities"] = {side: json.loads(text) for side, text in sides.items() if text}
    _add_columns(facts, row)
    derived = {path for path, source in state.provenance.items() if follows(source)}
    facts["capabilities"] = _capabilities(row, rest, facts["modalities"], derived)
    facts.update((key, rest[key]) for key in ("regions", "hours") if key in rest)
    facts["cost"] = rest.get("cost", {})
    facts["modes"] = rest.get("modes", {})
    _add_prices(facts, state.prices)
    return with_zeros(facts)


def _capabilities(
    row: dict[str, Any], rest: Facts, modalities: Facts, derived: Collection[str]
) -> Facts:
    shown = follows_from_modalities(modalities, {})
    claimed: Facts = {name: dict(facts) for name, facts in rest.get("capabilities", {}).items()}
    for column, name in CAPABILITY_OF_COLUMN.items():
        if f"capabilities.{name}" in derived:
            continue
        if row[column] is not None and shown.get(name) is not bool(row[column]):
            claimed[name] = {"supported": bool(row[column]), **claimed.get(name, {})}
    return claimed


def _add_prices(facts: Facts, prices: Mapping[PriceKey, float]) -> None:
    """Puts prices into the cost tables that they are from."""
    for key, price in sorted(prices.items()):
        table = facts
        for name in key.table:
            table = table.setdefault(name, {})
        if key.min_context:
            tiers = table.setdefault("tiers", [])
            if not tiers or tiers[-1]["min_context"] != key.min_context:
                tiers.append({"min_context": key.min_context})
            table = tiers[-1]
        table[key.meter] = price


def provider_facts(row: Mapping[str, Any]) -> Facts:
    """The facts of a provider from its row, provenance and what was derived apart."""
    provenance = json.loads(row.get("provenance") or "{}")
    facts: Facts = {
        key: row[key]
        for key in PROVIDER_FACTS
        if row[key] is not None and not follows(provenance.get(key))
    }
    for column in ARRAYS:
        if column in facts:
            facts[column] = json.loads(facts[column])
    if "local" in facts:
        facts["local"] = bool(facts["local"])
    if "exclude_models" in facts.get("extra", {}):
        facts["exclude_models"] = facts["extra"].pop("exclude_models")
    return facts


def model_facts(row: Mapping[str, Any]) -> Facts:
    """The facts of a model from its rows of models and model_details together, where the latter's
    `capabilities` is called capability_facts; what was derived is left out."""
    provenance = json.loads(row["provenance"])
    facts: Facts = {
        column: row[column]
        for column in SCALAR_COLUMNS
        if column not in NO_FACTS
        and row[column] is not None
        and not follows(provenance.get(column))
    }
    if row["billing"] in NO_PRICE:  # the zeros that told it are gone
        facts["billing"] = row["billing"]
    if facts.get("provider_model_id") == facts["id"]:
        del facts["provider_model_id"]
    _add_columns(facts, row)
    sides = {side: row[f"modalities_{side}"] for side in ("input", "output")}
    if modalities := {side: json.loads(text) for side, text in sides.items() if text}:
        facts["modalities"] = modalities
    return {**facts, **details_facts(row, row["capability_facts"])}


def details_facts(row: Mapping[str, str | None], capabilities: str | None) -> Facts:
    """The facts that the columns of model_details hold as JSON."""
    facts: Facts = {
        key: json.loads(text) for column, key in DETAIL_FACTS.items() if (text := row[column])
    }
    if capabilities:
        facts["capabilities"] = {
            name: claimed if isinstance(claimed, dict) else {"supported": claimed}
            for name, claimed in json.loads(capabilities).items()
        }
    return facts


def _add_columns(facts: Facts, row: Mapping[str, Any]) -> None:
    """The arrays and the flags that stand in a column of models alone."""
    for column in ("tags", "aliases"):
        if row[column] is not None:
            facts[column] = json.loads(row[column])
    for column in ("open_weights", "contested"):
        if row[column] is not None:
            facts[column] = bool(row[column])
