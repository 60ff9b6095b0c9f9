"""The template, the records and the table of capabilities tell the same story."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest

from llmcat import capabilities, records
from llmcat.history.version_log import ABILITIES, AS_LOGGED, LOGGED
from llmcat.meters import COLUMN_METERS
from llmcat.pipeline.tables.create_tables import columns, columns_of
from llmcat.storage.template import APPLICATION_ID, schema_version, template

OF_A_VERSION = {"valid_from", "valid_to", "source"}


@pytest.fixture(scope="module")
def empty() -> Iterator[sqlite3.Connection]:
    """What `sqlite3 new.db < catalog.db.template` makes."""
    connection = sqlite3.connect(":memory:")
    connection.executescript(template())
    yield connection
    connection.close()


def declared(connection: sqlite3.Connection, table: str) -> dict[str, str]:
    """Column -> type, as SQLite understood the template."""
    return {row[1]: row[2] for row in connection.execute(f"PRAGMA table_xinfo({table})")}


def test_the_template_makes_a_valid_empty_catalogue(empty: sqlite3.Connection) -> None:
    """Marked, versioned, whole, and without a row."""
    assert empty.execute("PRAGMA application_id").fetchone() == (1280068931,)
    assert empty.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
    assert empty.execute("PRAGMA user_version").fetchone() == (schema_version(),)
    assert empty.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert empty.execute("SELECT count(*) FROM models").fetchone() == (0,)
    assert empty.execute(
        "SELECT count(*) FROM models_fts WHERE models_fts MATCH 'x'"
    ).fetchone() == (0,)


def test_the_mark_comes_last() -> None:
    """A half-made file must not look whole."""
    assert template().index("COMMIT;") < template().index("PRAGMA application_id")


def test_every_table_and_column_is_described(empty: sqlite3.Connection) -> None:
    """What SQLite made and what the comments describe is the same, in the same order."""
    made = empty.execute(
        "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')"
        " AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'models_fts%' ORDER BY rowid"
    ).fetchall()
    described = [column.table for column in columns() if not column.column]
    assert [name for name in described if name != "models_fts"] == [name for (name,) in made]
    for (name,) in made:
        assert columns_of(name) == tuple(declared(empty, name))
    assert all(column.description.strip() for column in columns())


def test_a_unit_is_no_part_of_the_description() -> None:
    """The words in brackets at the end are the unit."""
    found = {(c.table, c.column): c for c in columns()}
    assert found["models", "cost_input"].unit == "USD per 1M tokens"
    assert found["models", "limit_context"].unit == "tokens"
    assert found["models", "name"].unit is None
    assert all("[" not in c.description for c in columns())


@pytest.mark.parametrize(
    ("record", "table"),
    [
        (records.ModelRow, "models"),
        (records.Details, "model_details"),
        (records.Provider, "providers"),
    ],
)
def test_records_are_rows(record: type, table: str) -> None:
    """The fields of a record are the columns of its table, in order."""
    assert record._fields == columns_of(table)  # type: ignore[attr-defined]


def test_a_version_is_a_model_and_a_time(empty: sqlite3.Connection) -> None:
    """model_versions has the columns of models, so that a view of it can stand in for models."""
    models, of_versions = columns_of("models"), tuple(declared(empty, "model_versions"))
    assert of_versions[: len(models)] == models
    assert set(of_versions) >= OF_A_VERSION
    assert set(of_versions) - set(models) <= OF_A_VERSION


def test_arrays_and_flags_stand_where_the_reader_looks() -> None:
    """The reader decodes by position: scalars, then arrays, then flags."""
    fields = records.ModelRow._fields
    first_array, first_flag = records.FIRST_ARRAY, records.FIRST_FLAG
    assert fields[first_array:first_flag] == records.ARRAY_FIELDS
    assert fields[first_flag:] == records.FLAG_FIELDS
    annotations = records.ModelRow.__annotations__
    kinds = [str(getattr(annotations[f], "__forward_arg__", annotations[f])) for f in fields]
    assert set(kinds[first_array:first_flag]) == {"tuple[str, ...]"}
    assert set(kinds[first_flag:]) == {"bool | None"}
    assert not {"tuple[str, ...]", "bool | None"} & set(kinds[:first_array])


def test_capabilities_with_a_column_have_one() -> None:
    """Every column that the table of capabilities names is a flag, and no flag is left over."""
    flags = set(records.FLAG_FIELDS) - {"open_weights", "first_party", "contested"}
    assert set(capabilities.COLUMNS.values()) == flags


def test_meters_with_a_column_have_one() -> None:
    """input, output, cache_read, …: a column each."""
    costs = [field for field in records.ModelRow._fields if field.startswith("cost_")]
    assert costs == [f"cost_{meter}" for meter in COLUMN_METERS]


def test_the_log_of_versions_holds_every_column_of_models() -> None:
    """Itself, among the abilities, or derived by the view; nothing twice, and nothing that is not theirs."""
    kept = [
        *(c for c in columns_of("version_log") if c in records.ModelRow._fields),
        *columns_of("abilities")[1:],
        *AS_LOGGED,
    ]
    kept.remove("provider_model_id")  # in the log where it is not the id
    assert sorted(kept) == sorted(records.ModelRow._fields)
    assert columns_of("abilities")[1:] == ABILITIES


def test_the_view_of_versions_reads_the_log_as_time_travel_does() -> None:
    """One list of columns, in the template and in version_log.py."""
    view = template().partition("CREATE VIEW model_versions AS")[2].partition(";\n\n")[0]
    past = " ".join(view.partition("UNION ALL\nSELECT")[2].partition("FROM version_log")[0].split())
    ends = ", strftime('%Y-%m-%dT%H:%M:%SZ', v.until, 'unixepoch')"
    assert past == " ".join(LOGGED.split()) + ends
