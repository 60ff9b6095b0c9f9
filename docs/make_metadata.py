"""Write what datasette-metadata.yml says of tables and columns: `make_metadata.py [--check]`.

Descriptions come from catalog.db.template, source and licence from RIGHTS. They stand in a marked block
at the end of each table's entry; all else in the file is written by hand and left alone.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from llmcat.pipeline.tables.create_tables import Column, columns

TARGET = Path(__file__).parent.parent / "datasette-metadata.yml"

RIGHTS = {
    "source": "models.dev, with corrections of llmcat",
    "source_url": "https://models.dev/",
    "license": "MIT",
    "license_url": "https://github.com/anomalyco/models.dev/blob/dev/LICENSE",
}
"""Of every table: rows of their own come with llmcat, under the same licence."""

UNITS = {
    "USD per 1M tokens": "US dollars per million tokens",
    "tokens": "in tokens",
    "USD": "US dollars",
    **{
        f"USD per {unit}": f"US dollars per {unit}"
        for unit in ("image", "second", "character", "page", "request", "query")
    },
    "seconds since 1970, UTC": "in seconds since 1970, UTC",
    "YYYY-MM-DD": "as YYYY-MM-DD",
    "YYYY-MM-DDTHH:MM:SSZ": "as YYYY-MM-DDTHH:MM:SSZ",
}
"""The template's units in words."""

UNTOLD = {"models_fts"}
"""Tables whose columns the template does not describe, since they repeat those of another."""

BEGIN = "        # generated from catalog.db.template by `make generate`; do not edit\n"
END = "        # end of what is generated\n"
TABLES, QUERIES = "    tables:\n", "    queries:\n"


def generated(text: str) -> str:
    """`text` of the metadata with every generated block as it has to be.

    Raises ValueError for a table that the template does not have, and for a unit without words.
    """
    for table, lines in described():
        text = _with_block(
            text, table, BEGIN + "".join(f"        {line}\n" for line in lines) + END
        )
    tables = text.partition(TABLES)[2].partition(QUERIES)[0]
    known = {column.table for column in columns()}
    if stray := sorted(set(re.findall(r"^      (\w+):$", tables, re.MULTILINE)) - known):
        raise ValueError(f"catalog.db.template has no table {', '.join(stray)}")
    return text


def described() -> Iterator[tuple[str, list[str]]]:
    """Every table and view with the YAML lines that describe it."""
    for table in columns():
        if table.column:
            continue
        lines = [f"description: {_quoted(table.description)}"]
        lines += [f"{key}: {_quoted(value)}" for key, value in RIGHTS.items()]
        if table.table not in UNTOLD:
            own = [c for c in columns() if c.table == table.table and c.column]
            lines += ["columns:", *(f"  {c.column}: {_quoted(in_words(c))}" for c in own)]
        yield table.table, lines


def in_words(column: Column) -> str:
    """A column's description with its unit."""
    if column.unit is None:
        return column.description
    if column.unit not in UNITS:
        raise ValueError(f"{column.table}.{column.column}: say {column.unit!r} in words in UNITS")
    return f"{column.description}; {UNITS[column.unit]}"


def _with_block(text: str, table: str, block: str) -> str:
    """`text` with `block` behind what is written by hand about `table`, in place of an older one."""
    entry = re.compile(
        rf"(?P<hand>^      {table}:\n(?:(?!{re.escape(BEGIN)})        .*\n)*)"
        rf"(?:{re.escape(BEGIN)}(?s:.*?){re.escape(END)})?",
        re.MULTILINE,
    )
    if entry.search(text):
        return entry.sub(lambda match: match["hand"] + block, text, count=1)
    return text.replace(QUERIES, f"      {table}:\n{block}{QUERIES}", 1)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # as YAML reads it too


if __name__ == "__main__":
    before = TARGET.read_text(encoding="utf-8")
    after = generated(before)
    if sys.argv[1:] != ["--check"]:
        TARGET.write_text(after, encoding="utf-8")
    elif before != after:
        sys.exit(f"{TARGET.name} is out of date; run `make generate`")
