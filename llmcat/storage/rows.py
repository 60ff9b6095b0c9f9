"""The rows of a query: a list of dictionaries that other libraries can take over."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from llmcat.errors import LlmcatError

if TYPE_CHECKING:
    from llmcat.records import Model
    from llmcat.storage.open_file import OpenFile
    from llmcat.storage.sandbox.sql import Parameters


class Rows(list[dict[str, Any]]):
    """Rows as dictionaries, column name to value.

    `columns` are the names in the query's order; they are known even where there is no row.
    """

    def __init__(self, rows: Iterable[dict[str, Any]] = (), columns: Iterable[str] = ()) -> None:
        super().__init__(rows)
        self.columns = tuple(columns) or tuple(self[0] if self else ())

    @classmethod
    def of(cls, models: Iterable[Model]) -> Rows:
        """Models as rows, so that what `find` gives can become a data frame too."""
        return cls(model._asdict() for model in models)

    def to_dicts(self) -> list[dict[str, Any]]:
        """A plain list of plain dictionaries."""
        return [dict(row) for row in self]

    def to_pandas(self) -> Any:
        """A pandas.DataFrame. Raises LlmcatError where pandas is not installed."""
        return _library("pandas").DataFrame(self.to_dicts(), columns=list(self.columns))

    def to_polars(self) -> Any:
        """A polars.DataFrame. Raises LlmcatError where polars is not installed."""
        return _library("polars").DataFrame(self._by_column(), infer_schema_length=None)

    def to_arrow(self) -> Any:
        """A pyarrow.Table. Raises LlmcatError where pyarrow is not installed."""
        return _library("pyarrow").table(self._by_column())

    def _by_column(self) -> dict[str, list[Any]]:
        return {
            name: [list(v) if isinstance(v := row[name], tuple) else v for row in self]
            for name in self.columns
        }


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


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise LlmcatError(f"{name} is not installed; `pip install {name}`") from None
