"""Providers by their ids and other names, and the models that each has."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

from llmcat.errors import ProviderNotFound, UnknownFeature
from llmcat.records import Provider
from llmcat.spec import fold_provider, name_given
from llmcat.storage.models import PROVIDER_COLUMNS, to_provider
from llmcat.storage.rows import Providers

PROVIDER = f"""
SELECT {PROVIDER_COLUMNS} FROM providers
WHERE id IN (?1, (SELECT provider FROM provider_aliases WHERE alias = ?1)) ORDER BY id = ?1 DESC"""


def provider(connection: sqlite3.Connection, id: str) -> Provider:
    """The provider with this id or other name. Raises ProviderNotFound, with suggestions."""
    folded = fold_provider(name_given(id))
    row = connection.execute(PROVIDER, (folded,)).fetchone()
    if row is None:
        from llmcat.suggestions import near

        ids = [id for (id,) in connection.execute("SELECT id FROM providers")]
        raise ProviderNotFound(id, near(folded, ids))
    return to_provider(row)


def providers_with(connection: sqlite3.Connection, features: str | Iterable[str] = ()) -> Providers:
    """The providers that support all of these endpoints and features, by id.

    Raises UnknownFeature, with suggestions, for one that neither llmcat nor any of them knows.
    """
    from llmcat.capabilities import KNOWN_WORDS, canonical

    rows = connection.execute(f"SELECT {PROVIDER_COLUMNS} FROM providers ORDER BY id")
    everyone = list(map(to_provider, rows))
    wanted = [features] if isinstance(features, str) else list(features)
    for word in wanted:
        if canonical(word) not in KNOWN_WORDS and not any(p.has(word) for p in everyone):
            from llmcat.suggestions import near

            own = {name for p in everyone for name in (*p.endpoints, *p.features)}
            raise UnknownFeature(word, near(canonical(word), sorted(KNOWN_WORDS | own)))
    return Providers([p for p in everyone if all(p.has(word) for word in wanted)])


def default_spec(connection: sqlite3.Connection, id: str) -> str | None:
    """The spec of a provider's default model; None where nobody names one. Raises ProviderNotFound."""
    found = provider(connection, id)
    return None if found.default_model is None else f"{found.id}:{found.default_model}"


def specs_of(connection: sqlite3.Connection, id: str | None) -> list[str]:
    """The specs of all models, or of those of one provider, in order. Raises ProviderNotFound."""
    if id is None:
        rows = connection.execute("SELECT spec FROM models ORDER BY spec")
    else:
        of_one = "SELECT spec FROM models WHERE provider = ? ORDER BY spec"
        rows = connection.execute(of_one, (provider(connection, id).id,))
    return [spec for (spec,) in rows]
