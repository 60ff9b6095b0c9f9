"""The error for a name that no model has, with the specs that may have been meant."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from llmcat.errors import ModelGone, ModelNotFound
from llmcat.lookup.readings import Reading
from llmcat.spec import fold_provider
from llmcat.suggestions import MOST, near

LONGEST_ASKED = 200
"""Longer text is no misspelled id."""

ANYWHERE, AT_LABS = "1", "m.first_party = 1"
IN_SCOPE = "m.provider IN (SELECT value FROM json_each(:providers))"

NAMES = (
    "SELECT group_concat(m.id, char(10)) FROM models AS m WHERE {}",
    "SELECT group_concat(a.alias, char(10))"
    " FROM aliases AS a JOIN models AS m ON m.spec = a.spec WHERE {}",
)
"""All ids and aliases as two texts: to fetch them one by one would take longer than to compare."""

SPEC = """
SELECT spec FROM (
    SELECT m.spec, m.first_party, 0 AS is_alias FROM models AS m
    WHERE m.id = :name COLLATE NOCASE AND {0}
    UNION ALL
    SELECT m.spec, m.first_party, 1 FROM aliases AS a JOIN models AS m ON m.spec = a.spec
    WHERE a.alias = :name COLLATE NOCASE AND {0}
) ORDER BY first_party DESC, is_alias, spec LIMIT 1"""


LAST_STATE = """
SELECT spec, valid_to, replacement FROM model_versions
WHERE spec IN (SELECT spec FROM specs WHERE {}) AND valid_to IS NOT NULL
ORDER BY valid_to DESC, spec LIMIT 1"""
"""The last state of a model that is gone, by its spec or by its bare id."""
BY_SPEC = "spec = ?"
BY_ID = "substr(spec, instr(spec, ':') + 1) = ? AND instr(spec, ':')"


def not_found(
    connection: sqlite3.Connection, asked: str, start: Reading, tried: Sequence[Reading]
) -> ModelNotFound:
    """The error for `asked`, read first as `start` and then in the ways that were `tried`.

    It says where it is the provider that is unknown: nothing but the whole text as an id could be
    read then.
    """
    likely = _likely_specs(connection, start, tried)
    if (last := _last_state(connection, asked, tried)) is not None:
        return ModelGone(asked, *last, likely)
    provider, colon, id = start.name.partition(":")
    if not colon or len(tried) > 1 or "/" in provider:
        return ModelNotFound(asked, likely)
    providers = [name for (name,) in connection.execute("SELECT id FROM providers ORDER BY id")]
    meant = near(fold_provider(provider), providers)
    exist = "SELECT spec FROM models WHERE spec = ?"
    specs = [
        f"{name}:{id}" for name in meant if connection.execute(exist, (f"{name}:{id}",)).fetchone()
    ]
    return ModelNotFound(asked, list(dict.fromkeys((*(specs or meant), *likely)))[:MOST], provider)


def _last_state(
    connection: sqlite3.Connection, asked: str, tried: Sequence[Reading]
) -> tuple[str, str, str | None] | None:
    """Spec, end and replacement of the model that `asked` named once; None where it never did."""
    if len(asked) > LONGEST_ASKED:
        return None
    named = [
        f"{provider}:{reading.name}"
        for reading in tried
        if reading.settled
        for provider in reading.providers or ()
    ]
    provider, colon, id = asked.strip().partition(":")
    for spec in (*named, f"{fold_provider(provider)}:{id}" if colon else provider):
        by = BY_SPEC if ":" in spec else BY_ID
        if row := connection.execute(LAST_STATE.format(by), (spec,)).fetchone():
            return row[0], row[1], row[2]
    return None


def _likely_specs(
    connection: sqlite3.Connection, start: Reading, tried: Sequence[Reading]
) -> list[str]:
    """Specs with ids or aliases like the one asked for: at the provider that was named, then among
    the labs' own, then anywhere in the scope."""
    if len(start.name) > LONGEST_ASKED:
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
    import json

    if providers is not None:
        condition = f"{condition} AND {IN_SCOPE}"
    bound = {"providers": json.dumps(sorted(providers or ()))}
    spellings: dict[str, str] = {}
    for query in NAMES:
        names = connection.execute(query.format(condition), bound).fetchone()[0] or ""
        spellings.update((spelling.lower(), spelling) for spelling in names.split("\n"))
    found = [
        connection.execute(SPEC.format(condition), {**bound, "name": spellings[like]}).fetchone()
        for like in near(name, spellings)
    ]
    return [spec for (spec,) in found]
