"""What can be wrong inside of a catalogue, a check for each kind: `llmcat check` and Catalog(verify=True).

A check is a function on a connection and its path that gives findings; a new one is a line in CHECKS.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import NamedTuple

from llmcat.storage.checks import before_use, sha256
from llmcat.storage.checks.content_digest import BLOCK, content_digest
from llmcat.storage.checks.damage import damaged
from llmcat.storage.template import template

FINDINGS_OF_EACH = 20
"""How many findings of one check are told."""

FINDINGS_TOLD = 6
"""How many of all findings an error tells; `llmcat check` tells them all."""


class Finding(NamedTuple):
    """Something that is wrong: which check found it, and what it says, in one line. A warning may be
    right all the same."""

    check: str
    message: str
    warning: bool = False


Check = Callable[[sqlite3.Connection, str], Iterator[str]]

DETAILS = (
    *("limits", "cost", "modes", "regions", "hours", "dated_prices", "capabilities", "serving"),
    *("links", "weights", "benchmarks", "notes", "task_complexity_score", "metadata", "extra"),
    "provenance",
)
"""The columns of model_details, each a text of its own in detail_log."""

REAL_JSON = {
    "models": ("modalities_input", "modalities_output", "capabilities", "tags", "aliases"),
    "providers": (
        *("env", "endpoints", "authentication", "features", "limitations", "extra", "provenance"),
    ),
    "model_details": DETAILS,
}
"""Columns that hold JSON; the other types are read from the template."""

REFERENCES = (
    ("models", "provider", "providers", "id"),
    ("outliers", "spec", "models", "spec"),
    ("disagreements", "spec", "models", "spec"),
    ("provider_aliases", "provider", "providers", "id"),
    ("detail_log", "model", "specs", "number"),
    *(("detail_log", name, "texts", "number") for name in DETAILS),
    ("version_log", "model", "specs", "number"),
    ("version_log", "origin", "origins", "number"),
    ("version_log", "ability", "abilities", "number"),
    ("version_log", "rest", "texts", "number"),
    ("price_log", "model", "specs", "number"),
    ("price_log", "origin", "origins", "number"),
    ("price_log", "meter", "words", "number"),
    ("price_log", "corroborated_by", "texts", "number"),
    ("change_log", "model", "specs", "number"),
    ("change_log", "field", "words", "number"),
    ("change_log", "origin", "origins", "number"),
)
"""Table and column that name a row, the table where it stands and its key: the foreign keys, which the
schema does not declare, for SQLite would check them at every insert of a build."""


def same_bytes(connection: sqlite3.Connection, path: str) -> Iterator[str]:
    """The sha256 beside the file, where there is one."""
    sums = sha256.beside(path)
    if sums and sha256.of_file(path) not in sums:
        yield f"its bytes are not those that were installed (see {path}{sha256.SUFFIX})"


def whole_pages(connection: sqlite3.Connection, path: str) -> Iterator[str]:
    """SQLite's own check of pages, rows and indexes."""
    for (verdict,) in connection.execute(f"PRAGMA integrity_check({FINDINGS_OF_EACH})"):
        if verdict != "ok":
            yield " ".join(str(verdict).split())


def same_content(connection: sqlite3.Connection, path: str) -> Iterator[str]:
    """The digest of all rows that the file says of itself."""
    (stated,) = connection.execute("SELECT content_digest FROM catalog").fetchone()
    if digest_of(connection) != stated:
        yield "its rows are not those that were written (their digest is another)"


def digest_of(connection: sqlite3.Connection) -> str:
    """The digest of all rows as they are."""
    tables = [
        line.split()[2] for line in template().splitlines() if line.startswith("CREATE TABLE")
    ]
    return content_digest(tables, lambda table: _blocks(connection, table))


def _blocks(connection: sqlite3.Connection, table: str) -> Iterator[list[object]]:
    cursor = connection.execute(f'SELECT * FROM "{table}"')
    while rows := cursor.fetchmany(BLOCK):
        yield rows


def same_counts(connection: sqlite3.Connection, path: str) -> Iterator[str]:
    """As many models and providers as the file says of itself."""
    for table in ("models", "providers"):
        stated, there = connection.execute(
            f"SELECT {table}, (SELECT count(*) FROM {table}) FROM catalog"
        ).fetchone()
        if stated != there:
            yield f"it says {stated} {table} and holds {there}"


def known_references(connection: sqlite3.Connection, path: str) -> Iterator[str]:
    """Every row that another one names is there."""
    for table, column, parent, key in REFERENCES:
        missing, example = connection.execute(
            f"SELECT count(*), min({column}) FROM {table} WHERE {column} NOT IN (SELECT {key} FROM {parent})"
        ).fetchone()
        if missing:
            yield f"{missing:,} rows of {table} name a {column} that is not in {parent}, such as {example}"


def readable_values(connection: sqlite3.Connection, path: str) -> Iterator[str]:
    """JSON that is JSON, and numbers that are numbers."""
    for table, names in REAL_JSON.items():
        key = "id" if table == "providers" else "spec"
        for name in names:
            bad = connection.execute(
                f"SELECT {key} FROM {table} WHERE {name} IS NOT NULL AND NOT json_valid({name}) LIMIT 1"
            ).fetchone()
            if bad:
                yield f"{table}.{name} of {bad[0]} is no JSON"
    for name, type_ in connection.execute(
        "SELECT name, type FROM pragma_table_info('models') WHERE type IN ('REAL', 'INTEGER')"
    ).fetchall():
        bad = connection.execute(
            f"SELECT spec FROM models WHERE typeof({name}) NOT IN ('null', ?) LIMIT 1",
            (type_.lower(),),
        ).fetchone()
        if bad:
            yield f"models.{name} of {bad[0]} is no number"


def searchable_words(connection: sqlite3.Connection, path: str) -> Iterator[str]:
    """The full-text index has a word for each model; its own check needs a file that may be written, so
    it is done on a copy in memory."""
    with closing(sqlite3.connect(":memory:")) as copy:
        connection.backup(copy)
        try:
            copy.execute("INSERT INTO models_fts (models_fts, rank) VALUES ('integrity-check', 1)")
        except sqlite3.DatabaseError as error:
            yield f"its full-text index does not fit its models ({error})"


CHECKS: dict[str, Check] = {
    "sha256": same_bytes,
    "pages": whole_pages,
    "content": same_content,
    "counts": same_counts,
    "references": known_references,
    "values": readable_values,
    "search": searchable_words,
}
"""Name of a check -> what does it, the strictest and quickest first."""

VERIFY = ("sha256", "content")


def check(path: str, names: tuple[str, ...] = tuple(CHECKS)) -> list[Finding]:
    """What is wrong with the catalogue at `path`; empty where nothing is. Runs the checks of these names.

    A file that is no catalogue of this schema has one finding, of "file".
    """
    try:
        connection = before_use.connect(path)
    except before_use.Untrusted as error:
        return [Finding("file", f"{error.reason}; {error.way_out}")]
    found = []
    with closing(connection):
        for name in names:
            try:
                for message in CHECKS[name](connection, path):
                    found.append(Finding(name, message))  # one by one: the next may not be readable
            except (sqlite3.Error, OSError, ValueError, TypeError) as error:
                found.append(Finding(name, f"cannot be read ({error})"))
    return found


def verify(path: str) -> None:
    """Raise CatalogError, which names what is wrong, unless the file's bytes and rows are those that were
    written."""
    if check(path, VERIFY):
        known = [finding.message for finding in check(path)]
        more = f"; and {len(known) - FINDINGS_TOLD} more" if len(known) > FINDINGS_TOLD else ""
        raise damaged(path, "; ".join(known[:FINDINGS_TOLD]) + more)
