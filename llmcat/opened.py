"""An open catalogue: which file, which connection, how a row becomes a Model.

The file is opened immutable, so no lock is ever taken and no call waits for another process or for the
network: there is nothing to await, and async code calls it as it is.
"""

from __future__ import annotations

import os
import sqlite3
import time
from typing import TYPE_CHECKING, Any

from llmcat.errors import CatalogError, ModelNotFound
from llmcat.records import (
    FIRST_ARRAY,
    FIRST_FLAG,
    JSON_PROVIDER_FIELDS,
    Details,
    Model,
    ModelRow,
    Provider,
)
from llmcat.storage import location, trust
from llmcat.storage.connections import Database
from llmcat.storage.fast_row import ReadRow, Row, reader

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from typing_extensions import Self

    from llmcat.pricing.price_list import Prices
    from llmcat.storage.rows import Rows
    from llmcat.storage.sandbox import Parameters

MODEL_COLUMNS = ", ".join(ModelRow._fields)

DETAILS_ABSENT: dict[str, None] = dict.fromkeys(("links", "weights", "benchmarks", "notes"))
FLAGS: dict[int | None, bool | None] = {None: None, 0: False, 1: True}
ARRAYS = FIRST_FLAG - FIRST_ARRAY

KEPT_MODELS = 20_000
"""How many models and price lists are kept after they were read once."""

NOTICE_SECONDS = 1.0
"""How often a catalogue that watches its file looks whether it was swapped."""


class Opened:
    """What every catalogue has, whatever it is asked: its file, its connections, its SQL."""

    at: str | None

    def __init__(self, path: str | os.PathLike[str] | None = None, *, watch: bool = False) -> None:
        self._asked_path = path
        self._watch = watch
        self.at: str | None = None
        self.epoch = 0
        self.reload()

    @classmethod
    def from_sources(cls, *sources: Any, provider_aliases: Mapping[str, str] = {}) -> Self:
        """A catalogue in memory, through the same pipeline as `llmcat build`; no file is made.

        A source is a mapping (`{"openai": {"models": [{"id": "gpt-4o", "cost": {"input": 0}}]}}`) or
        a pair of kind and path (`("yaml", "models.yml")`), lowest precedence first. Raises SourceError
        and EmptyCatalog as a build does.
        """
        from llmcat.pipeline.memory import in_memory

        catalog = cls.__new__(cls)
        catalog._asked_path = None
        catalog._watch = False
        catalog.at = None
        catalog.epoch = 1
        catalog._take_up(":memory:", in_memory(sources, provider_aliases))
        return catalog

    def with_overrides(self, *overrides: Any) -> Self:
        """This catalogue with `overrides` (sources as in from_sources) on top, in memory."""
        if self.at is not None:
            raise CatalogError(
                f"what was said by {self.at} is over; override the present catalogue"
            )
        if self.path == ":memory:":
            raise CatalogError("a catalogue in memory has no file to build upon; use from_sources")
        aliases = dict(self.connection.execute("SELECT alias, provider FROM provider_aliases"))
        return type(self).from_sources(("catalog", self.path), *overrides, provider_aliases=aliases)

    def as_of(self, at: str | date, *, clamp: bool = False) -> Self:
        """The catalogue as it was at an instant: the same calls, the user's SQL too, on that past.

        `at` is a day (its first second), a datetime, or text such as "2026-03-01T10:00Z". What is
        recorded is what the sources said then, and which providers were there; what is said of these,
        aliases and what is derived are today's, and of a provider gone since only its id is known.
        Raises TooEarly before the first record, unless `clamp` takes that one.
        """
        from llmcat.history import changes
        from llmcat.instants import instant

        moment = changes.clamp(self.connection, instant(at), clamp)
        past = type(self).__new__(type(self))
        past._asked_path, past._watch, past.epoch = self.path, False, self.epoch
        past.at = moment
        past._take_up(self.path, self._present)
        return past

    def reload(self) -> None:
        """Open the file again, or the one that is the newest now, and forget what was read.

        Raises CatalogError, and stays with the old file, when the new one is no catalogue.
        """
        path = location.locate(self._asked_path)
        present = _open(path)
        if self.at is not None:
            present.close()  # opened to be looked at; the past has connections of its own
        if self.epoch:
            self.close()
        self._take_up(path, present)
        self.epoch += 1

    def _take_up(self, path: str, present: Database) -> None:
        self.path = path
        self._present = self._database = present
        if (moment := self.at) is not None:
            from llmcat.history.as_of import travel

            self._database = present.prepared(lambda connection: travel(connection, moment))
        self._model_class = Model.of(self._details)
        self._stamp = _stamp(path)
        self._next_look = time.monotonic() + NOTICE_SECONDS
        self._models: dict[str, Model] = {}
        self._prices: dict[tuple[str, str | date | None], Prices] = {}
        self._ends: dict[Row, Row] = {}
        self._arrays: dict[str | None, tuple[str, ...]] = {None: ()}

    def _notice_swap(self) -> None:
        if (now := time.monotonic()) >= self._next_look:
            self._next_look = now + NOTICE_SECONDS
            if _stamp(self.path) not in (self._stamp, None):
                try:
                    self.reload()
                except CatalogError:
                    return  # half a file, or none of ours: the old one serves on, and we look again

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Catalog({self.path!r})"

    def close(self) -> None:
        """Close the connections of all threads."""
        self._database.close()

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's read-only connection to the file."""
        if self._watch:
            self._notice_swap()
        return self._database.connection

    @property
    def database(self) -> Any:
        """This thread's connection as a sqlite_utils.Database."""
        import sqlite_utils

        return sqlite_utils.Database(self.connection)

    def sql(
        self,
        sql: str,
        parameters: Parameters = (),
        *,
        max_seconds: float = 5.0,
        max_rows: int = 100_000,
    ) -> Rows:
        """The rows of a SELECT as dictionaries: `cat.sql("select … where id = :id", {"id": …})`.

        Runs read-only behind an authorizer. Raises QueryError for SQL that is wrong, that would
        write, or that goes over a limit.
        """
        from llmcat.storage.rows import Rows, distinct
        from llmcat.storage.sandbox import query

        if self._watch:
            self._notice_swap()
        names, rows = query(
            self._database.sandbox, sql, parameters, max_seconds=max_seconds, max_rows=max_rows
        )
        names = distinct(names)
        return Rows((dict(zip(names, row)) for row in rows), names)

    def info(self) -> dict[str, Any]:
        """The row of `catalog`, with `sources`: the rows of `sources` in order of precedence."""
        facts = self.sql("SELECT * FROM catalog")[0]
        return {**facts, "sources": self.sql("SELECT * FROM sources ORDER BY position")}

    def _one(self, spec: str) -> Model | None:
        """The model with exactly this spec: the call that must be fast."""
        local = self._database.local
        try:
            read_row: ReadRow = local.read_row
        except AttributeError:
            read_row = local.read_row = self._reader()
        row = read_row(spec)
        return None if row is None else self._to_model(row)

    def _reader(self) -> ReadRow:
        if self.at is None:
            return reader(self.connection)
        from llmcat.history.as_of import reader_then

        return reader_then(self.connection, self.at)

    def _to_model(self, row: Row) -> Model:
        """A row of MODEL_COLUMNS as a Model."""
        end = row[FIRST_ARRAY:]
        try:
            decoded = self._ends[end]
        except KeyError:
            decoded = self._decode_end(end)
        return tuple.__new__(self._model_class, row[:FIRST_ARRAY] + decoded)

    def _decode_end(self, end: Row) -> Row:
        """Arrays and flags, decoded. Many models end alike, so what was decoded once is kept."""
        arrays, flags = end[:ARRAYS], end[ARRAYS:]
        if len(self._ends) >= KEPT_MODELS:
            self._ends.clear()
        decoded = self._ends[end] = (*map(self._decode_array, arrays), *map(FLAGS.get, flags))
        return decoded

    def _decode_array(self, text: str | None) -> tuple[str, ...]:
        """A JSON array as a tuple; the few hundred different texts of a file are kept."""
        if text not in self._arrays:
            self._arrays[text] = tuple(_json_loads(text))
        return self._arrays[text]

    def _to_provider(self, row: tuple[Any, ...]) -> Provider:
        said = dict(zip(Provider._fields, row))
        for field in JSON_PROVIDER_FIELDS:
            empty: Any = {} if field in ("limitations", "extra", "provenance") else ()
            value = _json_loads(said[field]) if said[field] is not None else empty
            said[field] = tuple(value) if isinstance(empty, tuple) else value
        said["local"] = FLAGS[said["local"]]
        return Provider(**said)

    def _details(self, spec: str) -> Details:
        if self.at is not None:
            from llmcat.history.past_details import details_then

            if (then := details_then(self.connection, spec, self.at)) is not None:
                return then
        row = self.connection.execute(
            f"SELECT {', '.join(Details._fields)} FROM model_details WHERE spec = ?", (spec,)
        ).fetchone()
        if row is None:
            raise ModelNotFound(spec)
        values = {
            name: DETAILS_ABSENT.get(name, {}) if text is None else _json_loads(text)
            for name, text in zip(Details._fields[1:], row[1:])
        }
        return Details(spec, **values)


def _open(path: str) -> Database:
    """The database in a file, once it has shown that it is a catalogue."""
    trust.check_header(path)
    database = Database(trust.uri(path), trust.guard)
    try:
        trust.check_schema(database.connection, path)
    except sqlite3.Error as error:
        database.close()
        raise trust.unreadable(path, error) from None
    except BaseException:
        database.close()
        raise
    return database


def _stamp(path: str) -> tuple[int, ...] | None:
    """What changes when a file is swapped; None where there is no file."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size


def _json_loads(text: str | None) -> Any:
    import json

    return json.loads(text) if text is not None else None
