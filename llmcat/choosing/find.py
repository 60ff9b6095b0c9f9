"""Find: the options become one parameterised SELECT on the plain columns of `models`.

Equal sets of options give equal SQL, which sqlite3 then has prepared already.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Container, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from llmcat import instants
from llmcat.capabilities import CANONICAL, IMPLIED_BY_TASK, canonical, canonical_task
from llmcat.choosing.conditions import (
    CONDITIONS,
    HOLDS,
    PROVIDER,
    Condition,
    Settings,
    blended,
    in_service,
)
from llmcat.choosing.options import MODALITIES, OPTIONS, value_of, with_capabilities
from llmcat.errors import OptionError, ProviderNotFound, UnknownColumn
from llmcat.records import ModelRow
from llmcat.spec import fold_provider
from llmcat.storage.models import Reader
from llmcat.storage.views.temp_views import searched_schema
from llmcat.suggestions import near, near_column

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from llmcat.choosing.keywords import keywords
    from llmcat.choosing.measured import Measured
    from llmcat.choosing.options import FindOptions
    from llmcat.storage.rows import Models

SELECT = "SELECT spec FROM models"

BLEND = {"input": 3.0, "output": 1.0}
"""The blend unless another is given: the input is some three times as long as the output."""

OrderTerm = tuple[str, tuple[Any, ...]]
"""An expression to order by, and what is bound in it."""


class Query(NamedTuple):
    """What find asks: conditions, order, limit, offset. Outliers of the columns `outliers_of` that
    would lead the list, the largest or the smallest, come behind all others."""

    conditions: list[Condition]
    order: list[OrderTerm]
    limit: int = -1
    offset: int = 0
    outliers_of: tuple[str, ...] = ()
    largest_first: bool = False

    def statement(self) -> tuple[str, list[Any]]:
        """The SELECT of the specs, and its parameters."""
        where = (
            f" WHERE {' AND '.join([c.sql for c in self.conditions])}" if self.conditions else ""
        )
        order = ", ".join([expression for expression, _ in self.order])
        wheres = [value for c in self.conditions for value in c.parameters]
        orders = [value for _, bound in self.order for value in bound]
        sql = f"{SELECT}{where} ORDER BY {order} LIMIT ? OFFSET ?"
        return sql, [*wheres, *orders, self.limit, self.offset]

    def specs(self, connection: sqlite3.Connection) -> list[str]:
        """The specs that fit, in order."""
        if not self.outliers_of:
            return [spec for (spec,) in connection.execute(*self.statement())]
        # sorted by SQL they would cost an index, or a second pass; most lists end before they are met
        fields = ", ".join("?" * len(self.outliers_of))
        sign = ">" if self.largest_first else "<"
        found = connection.execute(
            f"SELECT spec FROM outliers WHERE field IN ({fields}) AND (usual IS NULL OR value {sign} usual)",
            self.outliers_of,
        )
        outliers = {spec for (spec,) in found}
        end = self.offset + self.limit if self.limit >= 0 else None
        enough = (
            -1 if end is None else end + len(outliers)
        )  # a bound lets SQLite keep the first ones only
        usual: list[str] = []
        late: list[str] = []
        for (spec,) in connection.execute(*self._replace(limit=enough, offset=0).statement()):
            if len(usual) == end:
                break
            (late if spec in outliers else usual).append(spec)
        return [*usual, *late][self.offset : end]


def find_models(reader: Reader, **options: Unpack[FindOptions]) -> Models:
    """The models that fit all options, in order; options and errors are those of find_specs."""
    given = as_of_reader(reader, **options)
    return reader.several(find_specs(reader.connection, **given), day_given(given))


def as_of_reader(reader: Reader, **options: Unpack[FindOptions]) -> Mapping[str, Any]:
    """The options by their names, with the day of the past that a reader shows where they name no other."""
    if TYPE_CHECKING:
        keywords(**options)  # names them one by one: jedi, which completes in Jupyter, looks here
    given = with_capabilities(options)
    return given if reader.day is None else {"today": reader.day, **given}


def find_specs(connection: sqlite3.Connection, **options: Any) -> list[str]:
    """The specs of the models that fit all options (see OPTIONS), by default ordered by spec.

    Raises OptionError, UnknownCapability and UnknownColumn (all
    ValueErrors) for options that are wrong, ProviderNotFound for a provider that does not exist.
    """
    return query_on(connection, options).specs(connection)


def build_query(
    options: Mapping[str, Any], own_capabilities: Container[str] = ()
) -> tuple[str, list[Any]]:
    """SQL and parameters for the options of find, without looking into a catalogue.

    `own_capabilities` are names that stand only in the catalogue's own arrays.
    """
    return make_query(read_options(options), own_capabilities).statement()


def query_on(connection: sqlite3.Connection, options: Mapping[str, Any]) -> Query:
    """The query, after a look at what this catalogue has: providers, capabilities of its own."""
    wanted = read_options(options)
    check_providers(connection, wanted.get("provider", ()))
    check_modalities(connection, wanted)
    check_tasks(connection, wanted.get("task", ()))
    if "text" in wanted:
        searched_schema(connection)
    known = None
    if not MEASURED.isdisjoint(wanted) or any(
        c.lstrip("-") in UNLISTED for c in wanted.get("order_by", ())
    ):
        from llmcat.choosing.measured import measured

        known = measured(connection)
    return make_query(wanted, own_capabilities(connection, wanted), known)


MEASURED = frozenset(("min_score", "task_complexity", "min_speed"))
UNLISTED = ("score", "speed")
"""Options and orders of what stands in no column."""


def make_query(
    wanted: Mapping[str, Any],
    own_capabilities: Container[str] = (),
    measured: Measured | None = None,
) -> Query:
    """The query for options as read_options gives them."""
    blend = wanted.get("blend", BLEND)
    settings = Settings(wanted.get("today") or instants.today(), blend, own_capabilities, measured)
    conditions = in_service(wanted, settings)
    for name, value in wanted.items():
        if condition := CONDITIONS.get(OPTIONS[name].operator):
            conditions += condition(name, value, settings)
    order = [
        _measured_term(column, wanted, measured)
        if column.removeprefix("-") in UNLISTED
        else order_term(column, blend)
        for column in wanted.get("order_by", ())
    ]
    return Query(
        conditions,
        [*order, ("spec", ())],
        wanted.get("limit", -1),
        wanted.get("offset", 0),
        _leading_outliers(order_by := wanted.get("order_by", ()), blend),
        bool(order_by) and order_by[0].startswith("-"),
    )


def _measured_term(column: str, wanted: Mapping[str, Any], measured: Measured | None) -> OrderTerm:
    """ORDER BY speed, or by the score for the tasks that the options name first (else complex ones)."""
    named = [
        *wanted.get("min_score", ()),
        *filter(None, [wanted.get("task_complexity")]),
        "complex",
    ]
    values = measured.order(column.removeprefix("-"), named[0]) if measured else "{}"
    direction = "DESC" if column.startswith("-") else "ASC"
    return f"json_extract(?, '$.' || json_quote(spec)) {direction} NULLS LAST", (values,)


def day_given(options: Mapping[str, Any]) -> str | None:
    """The day that the option `today` names; None where it is not given."""
    given = options.get("today")
    return None if given is None else str(value_of("today", given))


def _leading_outliers(order_by: Sequence[str], blend: Mapping[str, float]) -> tuple[str, ...]:
    """The columns whose outliers would lead a list in this order."""
    first = order_by[0] if order_by else ""
    column = first.removeprefix("-")
    if column == "blend":
        return tuple(f"cost_{meter}" for meter in blend)
    return (column,) if column.startswith("cost_") or first == "-limit_context" else ()


def read_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options with their values checked, in the order of OPTIONS; None is not given."""
    return {
        name: value_of(name, options[name])
        for name in sorted(options, key=_position)
        if options[name] is not None
    }


_POSITIONS = {name: position for position, name in enumerate(OPTIONS)}


def _position(name: str) -> int:
    try:
        return _POSITIONS[name]
    except KeyError:
        hint = "".join(
            f"; did you mean {other}?" for other in near(name.lower(), (*OPTIONS, *CANONICAL))[:1]
        )
        raise OptionError(f"no option {name!r}{hint}") from None


def order_term(column: str, blend: Mapping[str, float] = BLEND) -> OrderTerm:
    """ORDER BY a column of `models` or the blend; `-` before it: largest first. NULLs last always."""
    name = column.removeprefix("-")
    if name == "blend":
        expression, bound = blended(blend)
    elif name in ModelRow._fields:
        expression, bound = name, ()
    else:
        raise UnknownColumn(
            name, near_column(name.lower(), (*ModelRow._fields, "blend", *UNLISTED))
        )
    direction = "DESC" if column.startswith("-") else "ASC"
    return f"{expression} {direction} NULLS LAST", bound


def own_capabilities(connection: sqlite3.Connection, wanted: Mapping[str, Any]) -> set[str]:
    """Which of the names in require and forbid llmcat does not know but this catalogue does."""
    named = {canonical(name) for option in ("require", "forbid") for name in wanted.get(option, ())}
    held = f"SELECT 1 FROM models WHERE {HOLDS.format('capabilities')} LIMIT 1"
    return {
        name for name in named - CANONICAL.keys() if connection.execute(held, (name,)).fetchone()
    }


def check_tasks(connection: sqlite3.Connection, tasks: Sequence[str]) -> None:
    """Raises OptionError for a task that neither llmcat nor any model of this catalogue knows."""
    for name in tasks:
        task = canonical_task(name)
        exists = "SELECT 1 FROM models WHERE task = ? LIMIT 1"
        if task not in IMPLIED_BY_TASK and not connection.execute(exists, (task,)).fetchone():
            known = ", ".join(IMPLIED_BY_TASK)
            raise OptionError(f"no task {name!r}; there are {known}")


def check_modalities(connection: sqlite3.Connection, wanted: Mapping[str, Any]) -> None:
    """Raise OptionError, with suggestions, for a modality that neither llmcat nor the catalogue knows."""
    for option in ("modalities_input", "modalities_output"):
        for name in wanted.get(option, ()):
            held = f"SELECT 1 FROM models WHERE {HOLDS.format(option)} LIMIT 1"
            if name not in MODALITIES and not connection.execute(held, (name,)).fetchone():
                hint = ", ".join(near(name.lower(), MODALITIES)) or ", ".join(MODALITIES)
                raise OptionError(f"no modality {name!r}; did you mean {hint}?")


def check_providers(connection: sqlite3.Connection, names: Sequence[str]) -> None:
    """Raise ProviderNotFound, with suggestions, for a provider that the catalogue does not have."""
    for name in names:
        id_ = fold_provider(name)
        found = connection.execute(
            f"SELECT 1 FROM providers WHERE id = {PROVIDER}"
            f" UNION ALL SELECT 1 FROM models WHERE provider = {PROVIDER} LIMIT 1",
            (id_,) * 4,
        ).fetchone()
        if not found:
            known = [id_ for (id_,) in connection.execute("SELECT id FROM providers")]
            raise ProviderNotFound(name, near(id_.lower(), known))
