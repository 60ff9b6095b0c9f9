"""The error for a name that no model has, with the specs that may have been meant."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

from llmcat.errors import ModelGone, ModelNotFound
from llmcat.lookup.interpretations import Reading
from llmcat.spec import fold_provider
from llmcat.storage.computed_once import derived
from llmcat.suggestions import MOST, Pool, near

LONGEST_NAME = 200
"""Longer text is no misspelled id."""

ANYWHERE, AT_LABS = "1", "m.first_party = 1"
IN_SCOPE = "m.provider IN (SELECT value FROM json_each(:providers))"

NAMES = (
    "SELECT group_concat(m.id, char(10)) FROM models AS m WHERE {}",
    "SELECT group_concat(a.alias, char(10))"
    " FROM aliases AS a JOIN models AS m ON m.spec = a.spec WHERE {}",
)
"""All ids and aliases as two texts: to fetch them one by one would take longer than to compare."""


class Names:
    """The ids and aliases of some models, whatever the capitals."""

    def __init__(
        self, connection: sqlite3.Connection, condition: str, bound: dict[str, str]
    ) -> None:
        self.spellings: dict[str, str] = {}
        for query in NAMES:
            names = connection.execute(query.format(condition), bound).fetchone()[0] or ""
            self.spellings.update((spelling.lower(), spelling) for spelling in names.split("\n"))
        self._pool = Pool(self.spellings)

    def like(self, name: str) -> list[str]:
        """Those that are most like a name in small letters, as they are spelled."""
        return [self.spellings[like] for like in self._pool.near(name)]


def _names_at_labs(connection: sqlite3.Connection) -> Names:
    return Names(connection, AT_LABS, {})


def _names_anywhere(connection: sqlite3.Connection) -> Names:
    return Names(connection, ANYWHERE, {})


OF_ALL = {AT_LABS: _names_at_labs, ANYWHERE: _names_anywhere}
"""Names that are asked for with every miss, by the condition."""

SPEC = """
SELECT spec FROM (
    SELECT m.spec, m.first_party, 0 AS is_alias FROM models AS m
    WHERE m.id = :name COLLATE NOCASE AND {0}
    UNION ALL
    SELECT m.spec, m.first_party, 1 FROM aliases AS a JOIN models AS m ON m.spec = a.spec
    WHERE a.alias = :name COLLATE NOCASE AND {0}
) ORDER BY first_party DESC, is_alias, spec LIMIT 1"""


ONCE = "SELECT spec FROM specs WHERE spec IN (SELECT value FROM json_each(?))"
LAST_STATE = """
SELECT spec, valid_to, replacement FROM model_versions
WHERE spec IN ({}) AND valid_to IS NOT NULL ORDER BY valid_to DESC, spec LIMIT 1"""
"""Of a list that is written out: through json_each() it would read all versions."""
PROVIDERS_EVER = (
    "SELECT DISTINCT substr(spec, 1, instr(spec, ':') - 1) FROM specs WHERE instr(spec, ':')"
)


def not_found(
    connection: sqlite3.Connection, name: str, start: Reading, tried: Sequence[Reading]
) -> ModelNotFound:
    """The error for `name`, read first as `start` and then in the ways that were `tried`.

    It says where it is the provider that is unknown: nothing but the whole text as an id could be
    read then.
    """
    likely = _likely_specs(connection, start, tried)
    if (last := _last_state(connection, name, tried)) is not None:
        return ModelGone(name, *last, likely)
    provider, colon, id = start.name.partition(":")
    if not colon or len(tried) > 1 or "/" in provider:
        return ModelNotFound(name, likely)
    providers = [name for (name,) in connection.execute("SELECT id FROM providers ORDER BY id")]
    meant = near(fold_provider(provider), providers)
    exist = "SELECT spec FROM models WHERE spec = ?"
    specs = [
        f"{name}:{id}" for name in meant if connection.execute(exist, (f"{name}:{id}",)).fetchone()
    ]
    return ModelNotFound(name, list(dict.fromkeys((*(specs or meant), *likely)))[:MOST], provider)


def _last_state(
    connection: sqlite3.Connection, name: str, tried: Sequence[Reading]
) -> tuple[str, str, str | None] | None:
    """Spec, end and replacement of the model that `name` meant once; None where it never did."""
    if len(name) > LONGEST_NAME:
        return None
    named = [
        f"{provider}:{reading.name}"
        for reading in tried
        if reading.settled
        for provider in reading.providers or ()
    ]
    provider, colon, id = name.strip().partition(":")
    if colon:
        readings = [*named, f"{fold_provider(provider)}:{id}"]
    else:  # a bare id may have been anybody's
        readings = [
            *named,
            *[f"{name}:{provider}" for name in derived(connection, providers_ever)],
        ]
    once = [spec for (spec,) in connection.execute(ONCE, (json.dumps(readings),))]
    if not once:
        return None
    for spec in named:
        if spec in once and (row := _last_of(connection, [spec])):
            return row
    return _last_of(connection, once)


def _last_of(
    connection: sqlite3.Connection, specs: Sequence[str]
) -> tuple[str, str, str | None] | None:
    row: tuple[str, str, str | None] | None
    row = connection.execute(LAST_STATE.format(marks(specs)), specs).fetchone()
    return row


def marks(values: Sequence[str]) -> str:
    """A mark in SQL for each value."""
    return ", ".join("?" * len(values))


def providers_ever(connection: sqlite3.Connection) -> list[str]:
    """The ids of all providers that have models, or had some."""
    return [provider for (provider,) in connection.execute(PROVIDERS_EVER)]


def _likely_specs(
    connection: sqlite3.Connection, start: Reading, tried: Sequence[Reading]
) -> list[str]:
    """Specs with ids or aliases like the one asked for: at the provider that was named, then among
    the labs' own, then anywhere in the scope."""
    if len(start.name) > LONGEST_NAME:
        return []
    named = next((reading for reading in tried if reading.settled), start)
    searches = [(named.name, start.providers, AT_LABS), (start.name, start.providers, ANYWHERE)]
    if named.settled:
        searches.insert(0, (named.name, named.providers, ANYWHERE))
    likely: dict[str, None] = {}
    for name, providers, condition in searches:
        if len(likely) < MOST:
            specs = _specs_like(connection, name.lower(), providers, condition)
            likely.update(dict.fromkeys(specs))
    return list(likely)[:MOST]


def _specs_like(
    connection: sqlite3.Connection, name: str, providers: frozenset[str] | None, condition: str
) -> list[str]:
    bound = {"providers": json.dumps(sorted(providers or ()))}
    if providers is None:
        names = derived(connection, OF_ALL[condition])
    else:
        condition = f"{condition} AND {IN_SCOPE}"
        names = Names(connection, condition, bound)
    found = [
        connection.execute(SPEC.format(condition), {**bound, "name": like}).fetchone()
        for like in names.like(name)
    ]
    return [spec for (spec,) in found]
