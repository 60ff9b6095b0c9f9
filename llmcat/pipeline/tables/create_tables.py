"""catalog.db.template: the schema, read for what it says and for what it makes."""

from __future__ import annotations

import functools
import re
from typing import NamedTuple

from llmcat.storage.template import template

CREATE = re.compile(r"^CREATE (?:VIRTUAL )?(?:TABLE|VIEW) \"?(\w+)\"?")
VIEW_COLUMN = re.compile(r'^    .+ AS "?([a-z0-9_]+)"?,? -- (.+)$')
COLUMN = re.compile(r'^    "?([a-z0-9_]+)"? [A-Z]+[^-]*-- (.+)$')
BARE_COLUMN = re.compile(r"^    ([a-z0-9_]+) [A-Z]+(?: NOT NULL)?,?$")
COLUMNS_OF_MODELS = re.compile(r"^    [a-z0-9_]+(?:, [a-z0-9_]+)*,?$")
DESCRIBED_BY = {"detail_log": "model_details"}
UNIT = re.compile(r"^(.*?) \[([^\]]+)\]$")


class Column(NamedTuple):
    """One line of the template: `column` is empty for the table itself, `unit` is None for words."""

    table: str
    column: str
    description: str
    unit: str | None


def schema_and_seal() -> tuple[str, str]:
    """The SQL that makes the tables, and the pragmas that come last and mark the file as whole."""
    schema, mark, seal = template().partition("PRAGMA application_id")
    return schema, mark + seal


@functools.cache
def columns() -> tuple[Column, ...]:
    """Every table and column with its description and unit, in the template's order."""
    found: list[Column] = []
    comment: list[str] = []
    table = ""
    for line in template().splitlines():
        if create := CREATE.match(line):
            found.append(_column(create[1], "", " ".join(comment)))
            # a search index repeats columns that are described in their own table
            table = "" if line.startswith("CREATE VIRTUAL") else create[1]
        elif line.startswith("-- "):
            comment.append(line[3:])
        elif not line.startswith(" "):
            # a blank line, SELECT, FROM, the closing bracket
            comment = []
            table = "" if line.startswith((")", "FROM")) else table
        elif table:
            found.extend(_columns_in(table, line, found))
    return tuple(found)


def _columns_in(table: str, line: str, found: list[Column]) -> list[Column]:
    """The columns in a line of a table or a view; what a view or a log has in common with models or
    model_details is described there."""
    if match := COLUMN.match(line) or VIEW_COLUMN.match(line):
        return [_column(table, match[1], match[2])]
    if COLUMNS_OF_MODELS.match(line):
        models = {c.column: c for c in found if c.table == "models"}
        names = re.findall(r"\w+", line)
        return [models[name]._replace(table=table) for name in names if name in models]
    if match := BARE_COLUMN.match(line):
        like = DESCRIBED_BY.get(table, "models")
        return [c._replace(table=table) for c in found if (c.table, c.column) == (like, match[1])]
    return []


@functools.cache
def columns_of(table: str) -> tuple[str, ...]:
    """The names of a table's columns in order."""
    return tuple(c.column for c in columns() if c.table == table and c.column)


def _column(table: str, column: str, text: str) -> Column:
    if match := UNIT.match(text):
        return Column(table, column, match[1], match[2])
    return Column(table, column, text, None)
