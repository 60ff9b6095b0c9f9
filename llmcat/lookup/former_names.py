"""Names of models and providers that are in the catalogue, or were once."""

from __future__ import annotations

import sqlite3

from llmcat.errors import ModelNotFound, UnknownPrice
from llmcat.lookup.interpretations import find_provider
from llmcat.lookup.providers import provider
from llmcat.lookup.resolve import Resolution, resolve
from llmcat.lookup.variants import without
from llmcat.pricing.price_list import Prices, price_list
from llmcat.spec import fold_provider, name_given, split_spec

ONCE = """
SELECT spec FROM model_versions WHERE spec = ?1
UNION ALL SELECT spec FROM changes WHERE spec = ?1 LIMIT 1"""
"""Whether a model or provider is there, or was once."""

STEADY = """
SELECT max(valid_from), max(hours IS NOT NULL) FROM prices WHERE spec = ? AND valid_to IS NULL"""
FIRST_PRICED = "SELECT min(valid_from) FROM prices WHERE spec = ?"

RECORDED = "SELECT 1 FROM changes WHERE spec = ? LIMIT 1"


def former(connection: sqlite3.Connection, name: str) -> Resolution:
    """Which model (or provider) is meant that is in the catalogue, or was once: as it was recorded,
    else as resolve() understands it.

    Raises ModelNotFound, with suggestions, for one that was never recorded.
    """
    recorded = spec_as_recorded(connection, name)
    if connection.execute(ONCE, (recorded,)).fetchone():
        rule = "spec" if recorded == name else "recorded"
        return Resolution(recorded, name, rule, (rule,))
    return resolve(connection, name)


def former_spec(connection: sqlite3.Connection, name: str) -> str:
    """The spec of a model (or id of a provider) that is in the catalogue, or was once; see former()."""
    return former(connection, name).spec


def spec_as_recorded(connection: sqlite3.Connection, spec: str) -> str:
    """`spec` in the form of the tables, without a look at aliases: those are today's, and one of them may
    have been the id of a model before."""

    def provider_then(name: str) -> str | None:
        return find_provider(connection, name) or former_provider(connection, name)

    parts = split_spec(name_given(spec), lambda name: provider_then(name) is not None)
    return f"{provider_then(parts.provider)}:{parts.id}" if parts else spec


def former_provider(connection: sqlite3.Connection, name: str) -> str | None:
    """The id of a provider, if something was recorded of it, even if it is gone since."""
    id = fold_provider(name_given(name))
    known = ":" not in id and connection.execute(RECORDED, (id,)).fetchone()
    return id if known else None


def recorded_provider(connection: sqlite3.Connection, name: str) -> str:
    """The id of a provider that is there, or was; what was recorded goes before today's other names."""
    return former_provider(connection, name) or provider(connection, name).id


def price_list_of(connection: sqlite3.Connection, name: str, at: str | None) -> Prices:
    """The prices of the model that `name` means as it is written, else as it was recorded, else as
    resolve() understands it; for a model that is gone, too. A snapshot that was not listed yet at `at` has
    the prices of its family. What was assumed is said with every cost. Raises what price_list() raises, and
    what resolve() raises."""
    errors: list[ModelNotFound | UnknownPrice] = []
    try:
        for meaning in (_as_written, _as_recorded, resolve, *((_as_family,) if at else ())):
            try:
                found = meaning(connection, name)
                prices = price_list(connection, found.spec, at)
            except (ModelNotFound, UnknownPrice) as error:
                errors.append(error)
            else:
                prices.assumed, prices.region = found.assumed, found.region or ""
                if at is None:
                    prices.steady_since = _steady_since(connection, found.spec)
                return prices
        raise next((e for e in errors if isinstance(e, UnknownPrice)), errors[-1])
    finally:
        errors.clear()  # an error refers to this frame, and so to the connection: it would stay open


def _steady_since(connection: sqlite3.Connection, spec: str) -> str | None:
    """Since when all of today's prices hold, unless some hold at certain hours."""
    since, by_hour = connection.execute(STEADY, (spec,)).fetchone()
    return None if by_hour else since


def first_priced(connection: sqlite3.Connection, name: str) -> str | None:
    """The first instant of which a price is known of the model that `name` means."""
    found = connection.execute(FIRST_PRICED, (former_spec(connection, name),)).fetchone()
    return found[0] if found else None


def _as_written(connection: sqlite3.Connection, name: str) -> Resolution:
    return Resolution(name, name, "spec", ("spec",))


def _as_family(connection: sqlite3.Connection, name: str) -> Resolution:
    """The model of which a snapshot is one: openai:gpt-5.4 for openai:gpt-5.4-2026-03-05."""
    spec = resolve(connection, name).spec
    provider, _, id = spec.partition(":")
    for _, family in without("snapshot", id):
        found = resolve(connection, f"{provider}:{family}")
        why = f"{spec} was not listed at that time: billed as {found.spec}"
        return found._replace(assumed=(why, *found.assumed))
    raise ModelNotFound(name)


def _as_recorded(connection: sqlite3.Connection, name: str) -> Resolution:
    recorded = spec_as_recorded(connection, name)
    return Resolution(recorded, name, "recorded", ("recorded",))
