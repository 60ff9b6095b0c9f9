"""Tables as CSV and Parquet: models as they are, and the prices of all times for the warehouse.

`prices` has a row for each price and interval, under each name by which a call may know the model: its spec,
its aliases, what the provider's API calls it. So a table of calls is joined on the name, and priced where it
lies; docs/warehouse.md has the SQL.
"""

from __future__ import annotations

import csv
import io
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from llmcat.errors import LlmcatError
from llmcat.exports.export import Export

if TYPE_CHECKING:
    from llmcat.catalog import Catalog

MODELS = "SELECT * FROM models ORDER BY spec"

PRICES = """
WITH names AS (
    SELECT spec, spec AS name FROM models
    UNION SELECT spec, provider || ':' || alias FROM aliases
    UNION SELECT spec, provider || ':' || provider_model_id FROM models
    WHERE provider_model_id IS NOT NULL
    UNION SELECT spec, spec FROM prices
), known AS (
    SELECT spec, mode, region, meter, min(valid_from) AS since
    FROM prices WHERE hours IS NULL GROUP BY spec, mode, region, meter
), billed AS (
    SELECT p.*, CASE WHEN p.valid_from = k.since THEN '1970-01-01T00:00:00Z' ELSE p.valid_from END
        AS billed_from
    FROM prices p
    LEFT JOIN known k ON k.spec = p.spec AND k.mode = p.mode AND k.region IS p.region
        AND k.meter = p.meter
    WHERE NOT (p.meter = 'reasoning' AND p.mode = 'standard' AND EXISTS (
        SELECT 1 FROM prices o WHERE o.spec = p.spec AND o.meter = 'output' AND o.mode = p.mode
            AND o.region IS p.region AND o.hours IS p.hours AND o.min_context = p.min_context
            AND o.usd = p.usd AND o.valid_from <= p.valid_from
            AND coalesce(o.valid_to, '9') >= coalesce(p.valid_to, '9')
    ))
)
SELECT n.name, p.spec, p.mode, coalesce(p.region, '') AS region, coalesce(p.hours, '') AS hours,
    p.min_context, p.meter, coalesce(p.unit, '') AS unit, p.usd, p.per, '' AS usd_per_unit,
    replace(replace(p.billed_from, 'T', ' '), 'Z', '') AS valid_from,
    replace(replace(p.valid_to, 'T', ' '), 'Z', '') AS valid_to,
    replace(replace(p.valid_from, 'T', ' '), 'Z', '') AS known_from, p.suspect
FROM billed p
JOIN names n ON n.spec = p.spec
WHERE p.valid_to IS NULL OR p.valid_to <> p.valid_from
ORDER BY n.name, p.mode, p.region, p.hours, p.min_context, p.meter, p.valid_from
"""
"""As a bill has them: what a mode, a region or a meter cost first holds for the time before that as well,
and a reasoning price that only repeats the output's is left out, for it follows that into tiers and modes."""

TYPES = {"INTEGER": "BIGINT", "REAL": "DOUBLE", "TEXT": "VARCHAR", "": "VARCHAR"}
"""SQLite's types -> DuckDB's."""

PRICE_TYPES = {
    "min_context": "BIGINT",
    "usd": "DOUBLE",
    "per": "BIGINT",
    "suspect": "BIGINT",
    "usd_per_unit": "DECIMAL(21, 18)",
    "valid_from": "TIMESTAMP",
    "valid_to": "TIMESTAMP",
    "known_from": "TIMESTAMP",
}
"""Times are in UTC. A product of usd_per_unit with a DECIMAL(16, 3) is exact."""

PLACES = Decimal(1).scaleb(-18)


def models_as_csv(catalog: Catalog) -> Export:
    """The table models, a row a model."""
    return _csv(catalog, MODELS)


def prices_as_csv(catalog: Catalog) -> Export:
    """The prices of all times, flat."""
    return _csv(catalog, PRICES, _with_unit_prices)


def models_as_parquet(catalog: Catalog) -> Export:
    """The table models, a row a model."""
    types = dict(catalog.connection.execute("SELECT name, type FROM pragma_table_info('models')"))
    return _parquet(catalog, MODELS, {name: TYPES[type_] for name, type_ in types.items()})


def prices_as_parquet(catalog: Catalog) -> Export:
    """The prices of all times, flat."""
    return _parquet(catalog, PRICES, PRICE_TYPES, _with_unit_prices)


def _with_unit_prices(columns: list[str], rows: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    """The rows with usd / per in its column: an exact decimal, of which no query can lose a digit."""
    usd, per, unit_price = map(columns.index, ("usd", "per", "usd_per_unit"))
    for row in rows:
        cells = list(row)
        cells[unit_price] = (Decimal(repr(cells[usd])) / cells[per]).quantize(PLACES)
        yield cells


def _as_they_are(columns: list[str], rows: Iterable[Sequence[Any]]) -> Iterable[Sequence[Any]]:
    return rows


def _rows(catalog: Catalog, query: str) -> tuple[list[str], Iterator[Sequence[Any]]]:
    cursor = catalog.connection.execute(query)
    return [column[0] for column in cursor.description], iter(cursor)


Change = Callable[[list[str], Iterable[Sequence[Any]]], Iterable[Sequence[Any]]]


def _text(catalog: Catalog, query: str, change: Change) -> tuple[list[str], str, int]:
    """The columns, the rows as CSV and their number. NULL is an empty field without quotes, an empty text "".

    csv of Python 3.10 cannot tell the two apart, so texts are quoted here.
    """
    columns, rows = _rows(catalog, query)
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(columns)
    count = 0
    for row in change(columns, rows):
        text.write(",".join(map(_field, row)) + "\n")
        count += 1
    return columns, text.getvalue(), count


def _field(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    return f"{value:f}" if isinstance(value, Decimal) else repr(value)


def _csv(catalog: Catalog, query: str, change: Change = _as_they_are) -> Export:
    _, text, count = _text(catalog, query, change)
    return Export(text.encode(), count, Counter())


def _parquet(
    catalog: Catalog, query: str, types: dict[str, str], change: Change = _as_they_are
) -> Export:
    """By DuckDB, an extra: it reads the CSV with the types given and packs it."""
    try:
        import duckdb
    except ImportError:
        raise LlmcatError(
            "Parquet needs the package duckdb: pip install 'llmcat[warehouse]'"
        ) from None
    columns, text, count = _text(catalog, query, change)
    declared = ", ".join(f"'{name}': '{types.get(name, 'VARCHAR')}'" for name in columns)
    with TemporaryDirectory(prefix="llmcat-") as folder:
        source, target = os.path.join(folder, "rows.csv"), os.path.join(folder, "rows.parquet")
        with open(source, "w", encoding="utf-8", newline="") as stream:
            stream.write(text)
        with duckdb.connect() as connection:
            connection.execute(
                f"COPY (SELECT * FROM read_csv('{source}', header = true, columns = {{{declared}}},"
                " nullstr = '', allow_quoted_nulls = false, quote = '\"', escape = '\"'))"
                f" TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
            )
        with open(target, "rb") as stream:
            return Export(stream.read(), count, Counter())
