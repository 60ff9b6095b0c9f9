"""Full-text search as people type: `claude sonnet`, `gpt4o`, `llama3.3 70b`, `azure mistral large`.

A model is found when every word that was typed begins a word of its id, name, provider, family or
aliases; after all of those, when the description has the words that are missing. What fits best comes
first: see ORDER. Nothing is guessed in silence: for words that no model has, `correct` says what was
probably meant, and whoever searches for that tells so.
"""

from __future__ import annotations

import sqlite3
from itertools import groupby
from typing import TYPE_CHECKING, Any

from llmcat.choosing.words import MAX_WORDS, match, plain, split_apart
from llmcat.lookup.providers import provider as provider_named
from llmcat.spec import name_given
from llmcat.storage.models import Reader
from llmcat.storage.views.temp_views import searched_schema

if TYPE_CHECKING:
    from llmcat.storage.rows import Models

WEIGHTS = (10.0, 10.0, 2.0, 4.0, 5.0, 1.0)
"""Weights of the columns of models_fts for bm25, where the description had to help."""

MAX_RANKED = 2_500
"""Matches that are put in order, the first ones in the file: bounds the time at 100,000s of models."""

MAX_RANKED_OF_SEVERAL = 1_250
"""The same for a text of several words, which are dearer to compare and find fewer models."""

MAX_PARTS = 8
"""Parts of a text that are looked for, in any order, in a whole name."""

SHORTEST = 3  # letters of a word that is corrected
MAX_TYPOS = 2  # one in every three letters, and no more than these

LAST = "\U0010ffff"
VOCABULARY = (
    "CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_words USING fts5vocab({}, models_fts, row)"
)
TERMS = "SELECT term, doc FROM temp.search_words WHERE term >= ? AND term < ?"

FOLDED_AWAY = ("-", ".", "_", " ", "@")
"""What does not count when a text is compared with an id or a name; `:` counts as `/`."""

NO_LETTERS = (*FOLDED_AWAY, "/", "(", ")")
"""What is no part of a word."""


def _folded(column: str, signs: tuple[str, ...] = FOLDED_AWAY) -> str:
    column = f"replace({column}, ':', '/')"
    for sign in signs:
        column = f"replace({column}, '{sign}', '')"
    return f"lower({column})"


def _has_only_the_words(column: str) -> str:
    """Whether a column is the text, its words in any order: all of them, and no letter more."""
    return f"""(length({column}) BETWEEN :letters AND :letters + :parts + 2
        AND length({_folded(column, NO_LETTERS)}) = :letters
        AND {" AND ".join(f"{column} LIKE :part{n}" for n in range(MAX_PARTS))})"""


# LIKE is cheap and sorts out most rows before they are folded; a text of one part needs no folding.
# What is bound stands in _comparison
IS_THE_TEXT = f"""
    {_has_only_the_words("m.name")}
    OR {_has_only_the_words("m.id")}
    OR {_has_only_the_words("m.spec")}
    OR (m.id LIKE :ends_segment AND instr({_folded("m.id")} || '/', '/' || :folded || '/'))
    OR (m.aliases IS NOT NULL AND m.aliases LIKE :is_alias
        AND instr({_folded("m.aliases")}, '"' || :folded || '"'))"""

BEGINS_WITH_THE_TEXT = f"""
    ((m.spec LIKE :begins OR m.id LIKE :begins OR m.id LIKE :begins_segment)
        AND (:parts = 1 OR instr('/' || {_folded("m.spec")}, '/' || :folded)))
    OR (m.name LIKE :begins AND (:parts = 1 OR instr({_folded("m.name")}, :folded) = 1))"""


def _first(test: str) -> str:
    """Sorts what passes the test first; in a CASE, AND and OR stop as soon as they can."""
    return f"CASE WHEN {test} THEN 0 ELSE 1 END"


ORDER = (
    _first(IS_THE_TEXT),  # the very id, name or alias
    "m.status IS 'retired' OR coalesce(m.retires_on <= :today, 0)",  # nobody can call it any more
    _first(
        "instr(:words, ' ' || m.provider || ' ')"
    ),  # azure mistral large: the provider that is named
    "m.first_party IS NOT 1",  # the API of the lab itself before resellers
    _first(BEGINS_WITH_THE_TEXT),
    "m.status IS 'deprecated' OR coalesce(m.deprecated_on <= :today, 0)",
    "found.relevance",
    "m.spec IN (SELECT spec FROM outliers)",  # what is too good to be true leads no list
    "m.release_date DESC",  # newer first, unknown last
    "m.spec",
)

FOUND = {
    "named": "SELECT rowid AS row, 0 AS relevance",
    "described": f"SELECT rowid AS row, bm25(models_fts, {', '.join(map(str, WEIGHTS))}) AS relevance",
}

# what the index is about, by the schema that it stands in; see searched_schema
INDEXED = {"main": "main.models", "temp": "temp.models_then"}

RANKED = {
    (found, schema): f"""
        SELECT m.spec
        FROM ({FOUND[found]} FROM models_fts WHERE models_fts MATCH :match LIMIT :most) AS found
        JOIN {table} AS m ON m.rowid = found.row
        WHERE :provider IS NULL OR m.provider = :provider
        ORDER BY {", ".join(ORDER)} LIMIT :upto"""
    for found in FOUND
    for schema, table in INDEXED.items()
}


def search_models(
    reader: Reader, text: str, limit: int, offset: int, provider: str | None
) -> Models:
    """The models that `text` finds, best first; `provider` by its id or another name."""
    name_given(text)
    connection = reader.connection
    within = provider_named(connection, provider).id if provider else None
    return reader.several(
        search(connection, text, limit=limit, offset=offset, provider=within, today=reader.day)
    )


def search(
    connection: sqlite3.Connection,
    text: str,
    *,
    limit: int = 20,
    offset: int = 0,
    provider: str | None = None,
    today: str | None = None,
) -> list[str]:
    """The specs of the models that `text` finds, best first.

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
    return specs[max(offset, 0) : upto]


COUNTED = """
SELECT count(*) FROM (SELECT rowid AS row FROM models_fts WHERE models_fts MATCH :match LIMIT :most) AS found
JOIN {} AS m ON m.rowid = found.row WHERE :provider IS NULL OR m.provider = :provider"""


def count_found(connection: sqlite3.Connection, text: str, provider: str | None = None) -> int:
    """How many models `text` finds, up to MAX_RANKED: much cheaper than to put them in order."""
    expression = match(text, named=False, provider=provider)
    if not expression:
        return 0
    statement = COUNTED.format(INDEXED[searched_schema(connection)])
    values = {"match": expression, "most": MAX_RANKED, "provider": provider}
    return int(connection.execute(statement, values).fetchone()[0])


def _comparison(text: str) -> dict[str, str | int]:
    """What ids and names are compared with, by the names that ORDER binds."""
    parts = split_apart(text)
    pattern = "%".join(parts)
    typed = plain(text).replace(":", "/")
    folded = "".join([sign for sign in typed if sign.isalnum() or sign == "/"]).strip("/")
    any_order = {f"part{n}": "%" for n in range(MAX_PARTS)}
    any_order.update((f"part{n}", f"%{part}%") for n, part in enumerate(parts[:MAX_PARTS]))
    return {
        "folded": folded,
        "words": f" {' '.join(typed.lower().split())} ",
        "letters": sum(map(len, parts)),
        "parts": len(parts),
        "most": MAX_RANKED if len(parts) == 1 else MAX_RANKED_OF_SEVERAL,
        "begins": f"{pattern}%",
        "begins_segment": f"%/{pattern}%",
        "ends_segment": f"%/{pattern}",
        "is_alias": f'%"{pattern}"%',
        **any_order,
    }


def _ranked(
    connection: sqlite3.Connection, found: str, text: str, values: dict[str, Any]
) -> list[str]:
    """The specs of what was found, best first."""
    expression = match(text, named=found == "named", provider=values["provider"])
    if not expression:
        return []
    statement = RANKED[found, searched_schema(connection)]
    return [spec for (spec,) in connection.execute(statement, {**values, "match": expression})]


def correct(connection: sqlite3.Connection, text: str) -> str | None:
    """The text with its unknown words spelled as the nearest words of the catalogue.

    `cluade sonet` gives `claude sonnet`, `gpt4omini` gives `gpt4o mini`. Numbers stay as they are.
    None when every word is known, when a word is near to none, or when the corrected text finds
    nothing either. For a text that search finds nothing for; say that you search for another.
    """
    folded = plain(text).strip()
    runs = ["".join(run) for _, run in groupby(folded, str.isalpha)]
    if sum(run.isalpha() for run in runs) > MAX_WORDS:
        return None
    corrected = ""
    try:
        searched_schema(connection)
        for before, run in zip(["", *runs], runs):
            if (word := _spelled(connection, run, before)) is None:
                return None
            corrected += word
        found = corrected != folded and _finds(connection, match(corrected))
    except sqlite3.Error:  # a connection that may not make temp tables: it can do without
        return None
    return corrected if found else None


def _spelled(connection: sqlite3.Connection, run: str, before: str) -> str | None:
    """One run of letters, or of other signs, as the catalogue spells it; None: not near to any."""
    if not run.isalpha() or len(run) < SHORTEST or _finds(connection, f'"{run}"*'):
        return run
    if before[-1:].isdigit() and (parts := _behind_digit(connection, run)):
        return parts
    initial = _terms(connection, run[0], chr(ord(run[0]) + 1))
    if near := _nearest(run, initial, typos=min(len(run) // 3, MAX_TYPOS)):
        return near
    terms = _terms(connection, "", LAST)
    return _nearest(run, terms, typos=1) or _in_two(run, terms)


def _finds(connection: sqlite3.Connection, expression: str) -> bool:
    found = "SELECT 1 FROM models_fts WHERE models_fts MATCH ? LIMIT 1"
    return connection.execute(found, (expression,)).fetchone() is not None


def _terms(connection: sqlite3.Connection, first: str, behind: str) -> dict[str, int]:
    """The words of the index from `first` to before `behind`, and in how many models each is."""
    connection.execute(VOCABULARY.format(searched_schema(connection)))
    rows = connection.execute(TERMS, (first, behind))
    return {term: models for term, models in rows if term.isalpha() and len(term) >= SHORTEST}


def _nearest(word: str, terms: dict[str, int], typos: int) -> str | None:
    """The term with the fewest typos, `typos` at most; of several, the one of most models."""
    distances = {
        term: distance(word, term) for term in terms if abs(len(term) - len(word)) <= typos
    }
    near = [term for term, far in distances.items() if far <= typos]
    return min(near, key=lambda term: (distances[term], -terms[term], term), default=None)


def _behind_digit(connection: sqlite3.Connection, run: str) -> str | None:
    """`omini` behind the 4 of `gpt4omini`: the o belongs to the number."""
    for at in range(1, min(SHORTEST, len(run) - SHORTEST + 1)):
        if _finds(connection, f'"{run[at:]}"'):
            return f"{run[:at]} {run[at:]}"
    return None


def _in_two(run: str, terms: dict[str, int]) -> str | None:
    """Two words that were written as one."""
    for at in range(SHORTEST, len(run) - SHORTEST + 1):
        if run[:at] in terms and run[at:] in terms:
            return f"{run[:at]} {run[at:]}"
    return None


def distance(word: str, term: str) -> int:
    """How many letters were left out, added, mistaken or swapped with their neighbour."""
    older: list[int] = []
    old = list(range(len(term) + 1))
    for i, letter in enumerate(word):
        new = [i + 1]
        for j, other in enumerate(term):
            best = min(old[j + 1] + 1, new[j] + 1, old[j] + (letter != other))
            if older and j and letter == term[j - 1] and word[i - 1] == other:
                best = min(best, older[j - 1] + 1)
            new.append(best)
        older, old = old, new
    return old[-1]
