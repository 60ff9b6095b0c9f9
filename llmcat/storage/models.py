"""Rows of an open catalogue as Model, Provider and Details, kept once they were read."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from llmcat import instants
from llmcat.errors import ModelNotFound
from llmcat.records import (
    FIRST_ARRAY,
    FIRST_FLAG,
    JSON_PROVIDER_FIELDS,
    Details,
    Model,
    ModelRow,
    Provider,
    set_attributes,
)
from llmcat.storage.checks.damage import damaged, tells_damage
from llmcat.storage.connections import KeptConnection
from llmcat.storage.fast_row import Row, RowReader, SharedReader, TakingReader
from llmcat.storage.rows import Models
from llmcat.storage.views.status_on import status_on

if TYPE_CHECKING:
    from datetime import date

    from llmcat.pricing.price_list import Prices
    from llmcat.storage.connections import Connection
    from llmcat.storage.open_file import OpenFile
    from llmcat.storage.views.view import View

PROVIDER_COLUMNS = ", ".join(Provider._fields)

DETAILS_ABSENT: dict[str, None] = dict.fromkeys(
    ("dated_prices", "links", "weights", "benchmarks", "notes")
)
FLAGS: dict[int | None, bool | None] = {None: None, 0: False, 1: True}
ARRAYS = FIRST_FLAG - FIRST_ARRAY
STATUS, DEPRECATED_ON, RETIRES_ON = map(
    ModelRow._fields.index, ("status", "deprecated_on", "retires_on")
)

new_tuple = tuple.__new__

KEPT_MODELS = 20_000
"""How many models and price lists are kept after they were read once."""

DETAILS_OF = f"SELECT {', '.join(Details._fields)} FROM model_details WHERE spec = ?"

ReadDetails = Callable[[str], Details]
MakeRowReader = Callable[["Connection"], RowReader]


class Reader:
    """What is read from one open file. Another file gets another reader, so that nothing mixes.

    `models` and `prices` are what was read before, `ending` the models whose status will be another on a
    day to come, as they are on `ending_day`; `view` is what of the file is shown. `day` is the day
    on which a model is or is not in service; None: today. `shared` is what its models read with, see
    Model.read_with(). A Model refers to `file` and never to its
    reader: that keeps the file open for its details, and lets a reader go as soon as nobody asks it.
    """

    def __init__(
        self,
        file: OpenFile,
        view: View,
        make_row_reader: MakeRowReader = TakingReader,
        read_details: ReadDetails | None = None,
    ) -> None:
        self.file = file
        self.view = view
        self.day = view.at and view.at[:10]
        self.models: dict[str, Model] = {}
        self.ending: dict[str, Model] = {}
        self.ending_day = ""
        self.prices: dict[tuple[str, str | date | None], Prices] = {}
        self._make_row_reader = make_row_reader
        self.shared: dict[str, Callable[..., Any]] = {
            "_read_details": read_details or details_reader(file)
        }
        self._ends: dict[Row, Row] = {}
        self._arrays = DecodedArrays(file.path)

    def __del__(self, ending: Callable[[], bool] = sys.is_finalizing) -> None:
        if not ending():  # then the names of modules are None
            self.file.retire()  # no call is under way: what Models may ask for, the kept connection has

    @property
    def connection(self) -> Connection:
        """This thread's connection to the file."""
        return self.file.connection

    def one(self, spec: str) -> Model | None:
        """The model with exactly this spec: the call that must be fast."""
        try:
            rows = self.file.local.mine.rows or self._rows()
        except AttributeError:
            rows = self._rows()
        row = rows.one(spec)
        return None if row is None else self.model(row)

    def several(self, specs: Sequence[str], day: str | None = None) -> Models:
        """The models with these specs, in this order, their status that of `day`; without one, of the
        reader's. They are kept, so that a question that is asked again reads only which models fit."""
        if day is not None and day != self.day:
            found = {row[0]: self.model(row, day) for row in self._rows().some(specs)}
        else:
            found = {spec: kept for spec in specs if (kept := self.kept(spec)) is not None}
            if missing := [spec for spec in specs if spec not in found]:
                for row in self._rows().some(missing):
                    found[row[0]] = self.keep(row[0], self.model(row))
        if len(found) < len(specs):
            raise damaged(self.file.path, "an index names a model that is not there")
        return Models([found[spec] for spec in specs])

    def _rows(self) -> RowReader:
        """What reads rows in this thread."""
        mine = self.file.mine
        if mine.rows is None:
            connection = self.connection
            shared = isinstance(connection, KeptConnection)
            mine.rows = SharedReader(connection) if shared else self._make_row_reader(connection)
        return mine.rows

    def kept(self, spec: str) -> Model | None:
        """The model that was read for `spec` before; None where none was, or its status may have changed."""
        found = self.models.get(spec)
        if found is None and self.ending and self.ending_day == instants.today():
            return self.ending.get(spec)
        return found

    def keep(self, spec: str, model: Model) -> Model:
        """`model`, kept as the answer to `spec`: until tomorrow where its status will be another one day."""
        kept = self.models
        if self.day is None and (model[RETIRES_ON] or model[DEPRECATED_ON]):
            day = instants.today()
            if _is_ending(model, day):
                kept = self.ending = self.ending if day == self.ending_day else {}
                self.ending_day = day
        if len(kept) >= KEPT_MODELS:
            kept.clear()
        kept[spec] = model
        return model

    def keep_prices(self, spec: str, at: str | date | None, prices: Prices) -> Prices:
        """`prices`, kept as the answer to `spec` and `at`."""
        if len(self.prices) >= KEPT_MODELS:
            self.prices.clear()
        self.prices[spec, at] = prices
        return prices

    def model(self, row: Row, day: str | None = None) -> Model:
        """A row of `models` as a Model, its status that of `day`; without one, of the reader's."""
        if row[RETIRES_ON] is not None or row[DEPRECATED_ON] is not None:
            row = _with_status_on(row, day or self.day or instants.today())
        end = row[FIRST_ARRAY:]
        decoded = self._ends.get(end) or self._decoded(end)
        model: Model = new_tuple(Model, row[:FIRST_ARRAY] + decoded)
        set_attributes(model, self.shared)
        return model

    def _decoded(self, end: Row) -> Row:
        """The arrays and flags of a row, decoded and kept, for many models end alike."""
        if len(self._ends) >= KEPT_MODELS:
            self._ends.clear()
        arrays = map(self._arrays.__getitem__, end[:ARRAYS])
        found = self._ends[end] = (*arrays, *map(FLAGS.get, end[ARRAYS:]))
        return found


class DecodedArrays(dict["str | None", "tuple[str, ...]"]):
    """JSON array -> its items. A file has a few hundred different ones, so each is decoded once."""

    def __init__(self, path: str) -> None:
        super().__init__({None: ()})
        self._path = path

    def __missing__(self, text: str) -> tuple[str, ...]:
        values = _plain_items(text) or _json_loads(text)
        if type(values) is not list:
            raise damaged(self._path, f"a value that cannot be read: {str(text)[:40]!r}")
        found = self[text] = tuple(values)
        return found


def _plain_items(text: str) -> list[str] | None:
    """The items of a JSON array of texts as a build writes it, nothing escaped; None for any other JSON.

    So the first answer of a program need not wait for the import of json.
    """
    items = text[2:-2].split('","')
    is_plain = text.startswith('["') and text.endswith('"]') and "\\" not in text
    return items if is_plain and text.count('"') == 2 * len(items) else None


def _with_status_on(row: Row, day: str) -> Row:
    status = status_on(row[STATUS], row[DEPRECATED_ON], row[RETIRES_ON], day)
    return row if status == row[STATUS] else (*row[:STATUS], status, *row[STATUS + 1 :])


def _is_ending(model: Model, day: str) -> bool:
    """Whether a day on which the status will be another is still to come."""
    retires, deprecated = model.retires_on, model.deprecated_on
    return (retires is not None and retires > day) or (deprecated is not None and deprecated > day)


def details_reader(file: OpenFile) -> ReadDetails:
    """A function from a spec to its details in `file`. Raises ModelNotFound."""

    def read_details(spec: str) -> Details:
        row = file.connection.execute(DETAILS_OF, (spec,)).fetchone()
        if row is None:
            raise ModelNotFound(spec)
        values = {
            name: DETAILS_ABSENT.get(name, {}) if text is None else _json_loads(text)
            for name, text in zip(Details._fields[1:], row[1:])
        }
        return Details(spec, **values)

    return tells_damage(lambda spec: file.path)(read_details)


def to_provider(row: Row) -> Provider:
    """A row of PROVIDER_COLUMNS as a Provider."""
    values = dict(zip(Provider._fields, row))
    for field in JSON_PROVIDER_FIELDS:
        empty: Any = {} if field in ("limitations", "extra", "provenance") else ()
        value = _json_loads(values[field]) if values[field] is not None else empty
        values[field] = tuple(value) if isinstance(empty, tuple) else value
    values["local"] = FLAGS[values["local"]]
    return Provider(**values)


def _json_loads(text: str | None) -> Any:
    import json

    return json.loads(text) if text is not None else None
