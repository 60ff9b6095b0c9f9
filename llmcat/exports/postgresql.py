"""The catalogue as tables of a PostgreSQL that a team runs already: `llmcat export postgresql://…`.

The tables stand in a schema of their own and stay: a refresh deletes the rows and copies the new ones in one
transaction, so that readers see the old catalogue or the new one, and their rights and views live on. Then
NOTIFY says the digest. By psycopg 3, an extra.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from llmcat.errors import LlmcatError
from llmcat.records import ARRAY_FIELDS, FLAG_FIELDS, JSON_PROVIDER_FIELDS

if TYPE_CHECKING:
    from llmcat.catalog import Catalog

SCHEMA = "llmcat"
CHANNEL = "llmcat"
NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")

TABLES: dict[str, str] = {
    "catalog": "",
    "sources": "position",
    "providers": "id",
    "models": "spec",
    "model_details": "spec",
    "aliases": "provider, alias, spec",
    "provider_aliases": "alias",
    "meters": "meter",
    "outliers": "field, spec",
    "disagreements": "",
    "prices": "",
    "changes": "",
}
"""Table or view of the catalogue -> the primary key of its copy."""

JSON = {
    *ARRAY_FIELDS,
    *JSON_PROVIDER_FIELDS,
    *("limits", "cost", "modes", "regions", "dated_prices", "serving", "links", "weights"),
    *("benchmarks", "metadata", "old", "new", "filters", "value", "other_value", "corroborated_by"),
    ("model_details", "hours"),
    ("model_details", "notes"),
    ("model_details", "task_complexity_score"),
}
NOT_JSON = {("outliers", "value")}
FLAGS = {*FLAG_FIELDS, "local", "suspect", "backfill"}
NUMBERS = {"usd", "ratio", "score", "usual", ("outliers", "value")}
INSTANTS = {"at", "valid_from", "valid_to", "built_at", "retrieved_at"}
"""Columns by their name, or by table and name: what they are in PostgreSQL. Others are as in SQLite."""

INDEXES = """
CREATE INDEX ON models USING gin (capabilities jsonb_path_ops);
CREATE INDEX ON models USING gin (modalities_input jsonb_path_ops);
CREATE INDEX ON models USING gin (tags jsonb_path_ops);
CREATE INDEX ON models (cost_input, spec);
CREATE INDEX ON models (limit_context);
CREATE INDEX ON models (provider, id);
CREATE INDEX ON models (base_model);
CREATE INDEX ON models (release_date DESC);
CREATE INDEX ON aliases (alias);
CREATE INDEX ON prices (spec, meter, valid_from);
CREATE INDEX ON changes (at);
CREATE INDEX ON changes (spec, at)
"""


class Mirror(NamedTuple):
    """The result of an export; `changed` is False where the same catalogue was there already."""

    changed: bool
    rows: int
    digest: str


def export(
    catalog: Catalog, address: str, *, schema: str = SCHEMA, reader: str | None = None
) -> Mirror:
    """Fill the tables in `schema` of the database at `address`; they are made where they are not there.

    `reader` is a role that may read them, made where there is none. Raises LlmcatError.
    """
    for name in filter(None, (schema, reader)):
        if not NAME.fullmatch(name):
            raise LlmcatError(f"{name!r} is no name: small letters, digits and _")
    try:
        import psycopg
    except ImportError:
        raise LlmcatError(
            "PostgreSQL needs the package psycopg: pip install 'llmcat[postgresql]'"
        ) from None
    shown = re.sub(r"//[^/]*@", "//", address).partition("?")[0]
    try:
        with psycopg.connect(address, connect_timeout=10) as connection:
            return _export(connection, catalog, schema, reader)
    except psycopg.Error as error:
        reason = " ".join(str(error).split())[:300]
        raise LlmcatError(f"{shown}: {reason}; what was there stays") from None


def _export(connection: Any, catalog: Catalog, schema: str, reader: str | None) -> Mirror:
    digest = str(catalog.info()["content_digest"])
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"llmcat {schema}"])
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        cursor.execute(f"SET LOCAL search_path TO {schema}")
        _make(cursor, catalog, schema)
        if reader:
            _grant(cursor, schema, reader)
        cursor.execute("SELECT content_digest FROM catalog")
        if cursor.fetchone() == (digest,):
            return Mirror(False, 0, digest)
        rows = 0
        for table in TABLES:
            cursor.execute(f"DELETE FROM {table}")
            rows += _copy(cursor, catalog, table)
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, digest])
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ANALYZE {schema}.{table}")
    return Mirror(True, rows, digest)


def _make(cursor: Any, catalog: Catalog, schema: str) -> None:
    """Make tables, indexes, views and comments, unless they are there in this very layout. Another
    layout, of another llmcat, is replaced as long as nothing of a user's depends on it."""
    statements = list(_definition(catalog))
    layout = sha256("\n".join(statements).encode()).hexdigest()
    cursor.execute("SELECT obj_description(%s::regnamespace, 'pg_namespace')", [schema])
    there = str(cursor.fetchone()[0] or "")
    if there.endswith(layout):
        return
    for view in reversed(_views()):
        cursor.execute(f"DROP VIEW IF EXISTS {view}")
    for table in TABLES:
        cursor.execute(
            f"DROP TABLE IF EXISTS {table}"
        )  # no CASCADE: what depends on it is a user's
    for statement in statements:
        cursor.execute(statement)
    comment = f"The catalogue of llmcat, filled by llmcat export. Layout {layout}"
    cursor.execute(f"COMMENT ON SCHEMA {schema} IS '{comment}'")


def _definition(catalog: Catalog) -> Iterator[str]:
    """The statements that make everything in the schema."""
    described = _descriptions(catalog)
    for table, key in TABLES.items():
        columns = [f"{_quoted(name)} {type_}" for name, type_ in _columns(catalog, table)]
        primary = [f"PRIMARY KEY ({key})"] if key else []
        yield f"CREATE TABLE {table} ({', '.join([*columns, *primary])})"
        for name in ["", *(name for name, _ in _columns(catalog, table))]:
            if text := described.get((table, name)):
                what = f"COLUMN {table}.{_quoted(name)}" if name else f"TABLE {table}"
                yield f"COMMENT ON {what} IS '{text.replace(chr(39), chr(39) * 2)}'"
    yield from (statement.strip() for statement in INDEXES.split(";"))
    for comment, statement in _view_statements():
        yield statement
        name = statement.split()[2]
        yield f"COMMENT ON VIEW {name} IS '{comment.replace(chr(39), chr(39) * 2)}'"


def _view_statements() -> list[tuple[str, str]]:
    """Comment and statement of each view."""
    text = (files("llmcat.exports") / "postgresql_views.sql").read_text(encoding="utf-8")
    found = re.findall(r"^-- ([^\n]+)\n(CREATE VIEW .*?);$", text, re.DOTALL | re.MULTILINE)
    return [(comment, statement) for comment, statement in found]


def _views() -> list[str]:
    return [statement.split()[2] for _, statement in _view_statements()]


def _descriptions(catalog: Catalog) -> dict[tuple[str, str], str]:
    rows = catalog.connection.execute(
        'SELECT "table", "column", description, unit FROM catalog_columns'
    )
    return {(t, c): f"{text} [{unit}]" if unit else text for t, c, text, unit in rows}


def _columns(catalog: Catalog, table: str) -> list[tuple[str, str]]:
    """The columns of a table or view, with their types in PostgreSQL."""
    found = catalog.connection.execute("SELECT name, type FROM pragma_table_info(?)", [table])
    return [(name, _type(table, name, type_)) for name, type_ in found]


def _type(table: str, name: str, sqlite_type: str) -> str:
    def among(names: set[Any]) -> bool:
        return name in names or (table, name) in names

    if among(JSON) and (table, name) not in NOT_JSON:
        return "jsonb"
    if among(FLAGS):
        return "boolean"
    if among(INSTANTS):
        return "timestamptz"
    if among(NUMBERS) or sqlite_type == "REAL":
        return "numeric"
    if sqlite_type == "INTEGER" or name in ("min_context", "per"):
        return "bigint"
    return "text"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _copy(cursor: Any, catalog: Catalog, table: str) -> int:
    """Copy all rows of a table; returns how many."""
    types = [type_ for _, type_ in _columns(catalog, table)]
    count = 0
    with cursor.copy(f"COPY {table} FROM STDIN") as copy:
        for row in catalog.connection.execute(f"SELECT * FROM {table}"):
            copy.write_row([_value(value, type_) for value, type_ in zip(row, types)])
            count += 1
    return count


def _value(value: Any, type_: str) -> Any:
    """A value as PostgreSQL takes it. It has no NUL, in texts or in JSON: that becomes U+FFFD."""
    if value is None:
        return None
    if type_ == "boolean":
        return bool(value)
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").replace("\\u0000", "\\ufffd")
    return repr(value) if type_ == "numeric" else value


def _grant(cursor: Any, schema: str, reader: str) -> None:
    """Let a role read everything in the schema."""
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [reader])
    if cursor.fetchone() is None:
        cursor.execute(f"CREATE ROLE {reader} NOLOGIN")
    cursor.execute(f"GRANT USAGE ON SCHEMA {schema} TO {reader}")
    cursor.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {reader}")
