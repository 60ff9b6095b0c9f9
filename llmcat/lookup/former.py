"""Names of models and providers that are in the catalogue, or were once."""

from __future__ import annotations

import sqlite3

from llmcat.errors import ModelNotFound, UnknownPrice
from llmcat.lookup.providers import provider
from llmcat.lookup.readings import find_provider
from llmcat.lookup.resolve import spec_of
from llmcat.pricing.price_list import Prices, price_list
from llmcat.spec import fold_provider, name_given, split_spec

ONCE = """
SELECT spec FROM model_versions WHERE spec = ?1
UNION ALL SELECT spec FROM changes WHERE spec = ?1 LIMIT 1"""
"""Whether a model or provider is there, or was once."""

RECORDED = "SELECT 1 FROM changes WHERE spec = ? LIMIT 1"


def former_spec(connection: sqlite3.Connection, spec: str) -> str:
    """The spec of a model (or id of a provider) that is in the catalogue, or was once.

    Raises ModelNotFound, with suggestions, for one that never was.
    """
    named = spec_as_recorded(connection, spec)
    row = connection.execute(ONCE, (named,)).fetchone()
    return named if row else spec_of(connection, spec)


def spec_as_recorded(connection: sqlite3.Connection, spec: str) -> str:
    """`spec` in the form of the tables, without a look at aliases: those are today's, and what is an
    alias now may have been a model."""

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


def price_list_of(connection: sqlite3.Connection, spec: str, at: str | None) -> Prices:
    """The prices of the model that `spec` names as it is written, else as it was recorded, else as an
    alias; for a model that is gone, too. Raises what price_list() raises."""
    errors: list[ModelNotFound | UnknownPrice] = []
    try:
        for named in (_as_written, spec_as_recorded, spec_of):
            try:
                return price_list(connection, named(connection, spec), at)
            except (ModelNotFound, UnknownPrice) as error:
                errors.append(error)
        raise next((e for e in errors if isinstance(e, UnknownPrice)), errors[-1])
    finally:
        errors.clear()  # an error refers to this frame, and so to the connection: it would stay open


def _as_written(connection: sqlite3.Connection, spec: str) -> str:
    return spec
