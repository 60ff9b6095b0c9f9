"""Full-text search as people type: `claude sonnet`, `gpt4o`, `llama3.3 70b`, `azure mistral large`.

A model is found when every word that was typed begins a word of its id, name, provider, family or
aliases; after all of those, when the description has the words that are missing. What fits best comes
first: see ORDER. Nothing is guessed: for words that no model has, `correct` says what was probably
meant, and whoever searches for that says so.
"""

from __future__ import annotations

import sqlite3
from typing import Any

from llmcat.records import ModelRow
from llmcat.words import match, plain, split_apart

WEIGHTS = (10.0, 10.0, 2.0, 4.0, 5.0, 1.0)
"""Weights of the columns of models_fts for bm25, where the description had to help."""

MAX_RANKED = 2_500
"""Matches that are put in order, the first ones in the file: bounds the time at 100,000s of models."""

MAX_PARTS = 8
"""Parts of a text that are looked for, in any order, in a whole name."""

FOLDED_AWAY = ("-", ".", "_", " ", "@", "(", ")")
"""What does not count when a text is compared with a whole id or name; `:` counts as `/`."""


def _folded(column: str) -> str:
    column = f"replace({column}, ':', '/')"
    for sign in FOLDED_AWAY:
        column = f"replace({column}, '{sign}', '')"
    return f"lower({column})"


def _has_only_the_words(column: str) -> str:
    """Whether a column is the text, its words in any order: all of them, and no letter more."""
    return f"""(length({column}) BETWEEN :letters AND :letters + :parts + 2
        AND length(replace({_folded(column)}, '/', '')) = :letters
        AND {" AND ".join(f"{column} LIKE :part{n}" for n in range(MAX_PARTS))})"""


# LIKE is cheap and sorts out most rows before they are folded; a text of one part needs no folding.
# :folded is the text between slashes, /gpt4o/; :pattern its parts, gpt%4o
IS_THE_TEXT = f"""(
    {_has_only_the_words("m.name")}
    OR {_has_only_the_words("m.id")}
    OR {_has_only_the_words("m.spec")}
    OR (m.id LIKE '%/' || :pattern AND instr({_folded("m.id")} || '/', :folded))
    OR (m.aliases LIKE '%"' || :pattern || '"%'
        AND instr({_folded("m.aliases")}, '"' || trim(:folded, '/') || '"')))"""

BEGINS_WITH_THE_TEXT = f"""(
    ('/' || replace(m.spec, ':', '/') LIKE '%/' || :pattern || '%'
        AND (:parts = 1 OR instr('/' || {_folded("m.spec")}, rtrim(:folded, '/'))))
    OR (m.name LIKE :pattern || '%'
        AND (:parts = 1 OR instr({_folded("m.name")}, trim(:folded, '/')) = 1)))"""

ORDER = (
    # the very id, name or alias; then what begins with the text; then all others
    f"CASE WHEN {IS_THE_TEXT} THEN 0 WHEN {BEGINS_WITH_THE_TEXT} THEN 1 ELSE 2 END",
    "m.status IS 'retired' OR coalesce(m.retires_on <= :today, 0)",  # nobody can call it any more
    "m.first_party IS NOT 1",  # the API of the lab itself before resellers
    "m.status IS 'deprecated' OR coalesce(m.deprecated_on <= :today, 0)",
    "found.relevance",
    "m.release_date DESC",  # newer first, unknown last
    "m.spec",
)

FOUND = {
    "named": "SELECT rowid AS row, 0 AS relevance",
    "described": f"SELECT rowid AS row, bm25(models_fts, {', '.join(map(str, WEIGHTS))}) AS relevance",
}

# the index is about main.models; a temp view named models, where there is one, is of another time
JOINS = {
    "present": "main.models AS m ON m.rowid = found.row",
    "travelled": "main.models AS p ON p.rowid = found.row JOIN models AS m ON m.spec = p.spec",
}

RANKED = {
    (found, join): f"""
        SELECT m.spec
        FROM ({FOUND[found]} FROM models_fts WHERE models_fts MATCH :match LIMIT {MAX_RANKED}) AS found
        JOIN {JOINS[join]}
        WHERE :provider IS NULL OR m.provider = :provider
        ORDER BY {", ".join(ORDER)} LIMIT :upto"""  # noqa: S608 put together from the tables above
    for found in FOUND
    for join in JOINS
}

ROW = f"SELECT {', '.join(ModelRow._fields)} FROM models WHERE spec = ?"  # noqa: S608 fixed names


def search(
    connection: sqlite3.Connection,
    text: str,
    *,
    limit: int = 20,
    offset: int = 0,
    provider: str | None = None,
    today: str | None = None,
) -> list[tuple[Any, ...]]:
    """The models that `text` finds, best first: rows with the columns of ModelRow.

    `provider` is an id of the catalogue. `today` (YYYY-MM-DD) tells which models are deprecated or
    retired by their dates; without it their status alone does. An empty list where nothing matches or
    the text has neither letter nor digit: no text is an error. No more than MAX_RANKED in all.
    """
    upto = min(max(offset, 0) + max(limit, 0), MAX_RANKED)
    values = {"provider": provider, "today": today, **_comparison(text)}
    specs = _ranked(connection, "named", text, {**values, "upto": upto})
    if len(specs) < upto:
        described = _ranked(connection, "described", text, {**values, "upto": upto + len(specs)})
        named = set(specs)
        specs += [spec for spec in described if spec not in named]
    return [
        connection.execute(ROW, (spec,)).fetchone() for spec in specs[max(offset, 0) : upto]
    ]


def _comparison(text: str) -> dict[str, str | int]:
    """What ids and names are compared with, by the names that ORDER binds."""
    parts = split_apart(text)
    folded = plain(text).strip(" /:").replace(":", "/")
    for sign in FOLDED_AWAY:
        folded = folded.replace(sign, "")
    any_order = {f"part{n}": "%" for n in range(MAX_PARTS)}
    any_order.update((f"part{n}", f"%{part}%") for n, part in enumerate(parts[:MAX_PARTS]))
    return {
        "folded": f"/{folded}/",
        "letters": sum(map(len, parts)),
        "parts": len(parts),
        "pattern": "%".join(parts),
        **any_order,
    }


def _ranked(
    connection: sqlite3.Connection, found: str, text: str, values: dict[str, Any]
) -> list[str]:
    """The specs of what was found, best first."""
    expression = match(text, named=found == "named", provider=values["provider"])
    if not expression:
        return []
    view = connection.execute("SELECT 1 FROM temp.sqlite_master WHERE name = 'models'").fetchone()
    statement = RANKED[found, "travelled" if view else "present"]
    return [spec for (spec,) in connection.execute(statement, {**values, "match": expression})]
