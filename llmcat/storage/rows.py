"""What a call gives several of: lists that show themselves in a notebook and become data frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, SupportsIndex, TypeVar, overload

from llmcat.errors import LlmcatError
from llmcat.records import Model, ModelRow, Provider

if TYPE_CHECKING:
    from typing_extensions import Self

    from llmcat.storage.open_file import OpenFile
    from llmcat.storage.sandbox.sql import Parameters

Row = TypeVar("Row")


class Table(list[Row]):
    """A list of records, in a notebook a table; a slice of it is one, too.

    `columns` are its names in order, known even where there is no row; `shown` those of them that a
    notebook shows, all unless said. Frames have all columns. Where the values of one are of several
    types, or dictionaries, polars and Arrow get them as JSON.
    """

    columns: Sequence[str] = ()
    shown: ClassVar[Sequence[str]] = ()

    def to_dicts(self) -> list[dict[str, Any]]:
        """A plain list of plain dictionaries, ready for json.dumps."""
        return [row.as_dict() for row in self]  # type: ignore[attr-defined]

    def to_pandas(self) -> Any:
        """A pandas.DataFrame. Raises LlmcatError where pandas is not installed."""
        return _library("pandas").DataFrame(self.to_dicts(), columns=list(self.columns))

    def to_polars(self) -> Any:
        """A polars.DataFrame. Raises LlmcatError where polars is not installed."""
        return _library("polars").DataFrame(self._by_column(), infer_schema_length=None)

    def to_arrow(self) -> Any:
        """A pyarrow.Table. Raises LlmcatError where pyarrow is not installed."""
        return _library("pyarrow").table(self._by_column())

    @overload
    def __getitem__(self, at: SupportsIndex) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Self: ...
    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return self._part(found) if type(at) is slice else found

    def _part(self, rows: list[Row]) -> Self:
        """Some of the rows, as the same kind of list."""
        return type(self)(rows)

    def _repr_html_(self) -> str:
        from llmcat.rendering.table import MOST_ROWS, table

        return table(self.shown or self.columns, self[:MOST_ROWS].to_dicts(), len(self))

    def _by_column(self) -> dict[str, list[Any]]:
        rows = self.to_dicts()
        return {name: _of_one_type([row[name] for row in rows]) for name in self.columns}


class Rows(Table[dict[str, Any]]):
    """Rows as dictionaries, column name to value, in the order of the query."""

    def __init__(self, rows: Iterable[dict[str, Any]] = (), columns: Iterable[str] = ()) -> None:
        super().__init__(rows)
        self.columns = tuple(columns) or tuple(self[0] if self else ())

    def to_dicts(self) -> list[dict[str, Any]]:
        """A plain list of plain dictionaries."""
        return [dict(row) for row in self]

    def _part(self, rows: list[dict[str, Any]]) -> Rows:
        return Rows(rows, self.columns)


class Models(Table[Model]):
    """Models in the order of the answer."""

    columns = ModelRow._fields
    shown = (
        *("spec", "name", "limit_context", "limit_output", "cost_input", "cost_output"),
        *("capabilities", "release_date", "status"),
    )


class Providers(Table[Provider]):
    """Providers by id."""

    columns = Provider._fields
    shown = ("id", "name", "api", "env", "features", "local")


def select(
    file: OpenFile,
    sql: str,
    parameters: Parameters = (),
    max_seconds: float = 5.0,
    max_rows: int = 100_000,
) -> Rows:
    """The rows of a SELECT, read behind the authorizer. Raises QueryError."""
    from llmcat.storage.sandbox.sql import query

    connection = file.sandbox
    with connection.turn:
        names, rows = query(connection, sql, parameters, max_seconds=max_seconds, max_rows=max_rows)
    names = distinct(names)
    return Rows((dict(zip(names, row)) for row in rows), names)


def distinct(names: Iterable[str]) -> list[str]:
    """The names of columns, each once: of `m.spec, a.spec` the second is `spec_2`, so that none is lost."""
    taken: dict[str, None] = {}
    for name in names:
        number, other = 1, name
        while other in taken:
            number += 1
            other = f"{name}_{number}"
        taken[other] = None
    return list(taken)


def _of_one_type(values: list[Any]) -> list[Any]:
    """The values of a column, as JSON where they are of several types, or dictionaries."""
    types = {type(value) for value in values} - {type(None)}
    if dict not in types and (len(types) <= 1 or types == {int, float}):
        return values
    import json

    return [None if value is None else json.dumps(value, ensure_ascii=False) for value in values]


def _library(name: str) -> Any:
    from importlib import import_module

    try:
        return import_module(name)
    except ImportError:
        raise LlmcatError(f"{name} is not installed; `pip install {name}`") from None
