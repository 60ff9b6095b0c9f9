"""Mistakes of visitors that Datasette 0.65 takes for its own, an unknown column to sort by, a facet that is
no JSON, or for no mistake: SQLite reads the name of a column that is not there as a text, and finds
nothing. They are answered 400, as JSON where JSON was asked for, and fill no log with tracebacks."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Any

from datasette import hookimpl
from datasette.filters import FilterArguments, Filters
from datasette.plugins import pm
from datasette.utils import urlsafe_components
from datasette.utils.asgi import Response
from datasette.views.base import DatasetteError

from llmcat.suggestions import near

OURS, THEIRS, FORBIDDEN = 500, 400, 403

DATASETTES_OWN = pm.get_plugin("datasette.handle_exception")
"""Imported by its name before Datasette's plugins are, it would stay unregistered."""

DATASETTES_OWN.rich = None  # where rich is installed, each 404 would be printed with all variables


def _is_number(value: str) -> bool:
    return value.strip().isdecimal()


def _is_facet(value: str) -> bool:
    if not value.startswith("{"):
        return True
    facet = json.loads(value)
    return isinstance(facet.get("column") or facet.get("simple"), str)


def _is_through(value: str) -> bool:
    through = json.loads(value)
    return isinstance(through, dict) and all(
        isinstance(through.get(key), str if key != "value" else (str, int, float))
        for key in ("table", "column", "value")
    )


PARAMETERS: dict[str, tuple[Callable[[str], bool], str]] = {
    "_timelimit": (_is_number, "is a number of milliseconds"),
    "_facet": (_is_facet, 'is a column, or JSON: {"column": …}'),
    "_through": (_is_through, 'is JSON: {"table": …, "column": …, "value": …}'),
}
"""What Datasette takes apart without a look: beginnings of names, what fits, and the words for it."""


def wrong_parameter(arguments: Any) -> str | None:
    """What is wrong with the parameters of a request, if anything that we know of is."""
    for name in arguments:
        for beginning, (fits, words) in PARAMETERS.items():
            if name.startswith(beginning):
                for value in arguments.getlist(name):
                    try:
                        right = fits(value)
                    except (ValueError, RecursionError):
                        right = False
                    if not right:
                        return f"{name} {words}"
    return None


def wrong_filter(names: Iterable[str], columns: Sequence[str]) -> str | None:
    """What is wrong with the filters among the parameters: `cost_input`, `cost_input__lte`."""
    lookups = [filter.key for filter in Filters._filters]
    for name in names:
        if name.startswith("_") and "__" not in name:
            continue  # Datasette's own
        column, _, lookup = name.rpartition("__") if "__" in name else (name, "", "exact")
        if column not in columns:
            return f"there is no column {column}{_meant(column, columns)}"
        if lookup not in lookups:
            return f"{name}: there is no comparison {lookup}{_meant(lookup, lookups)}"
    return None


def _meant(word: str, known: Sequence[str]) -> str:
    close = near(word, known, 1)
    return f"; did you mean {close[0]}?" if close else f"; there are {', '.join(known)}"


def is_place(text: str, keys: Sequence[str], is_sorted: bool) -> bool:
    """Whether `_next` can be one of ours: a number in a view, which has no `keys`, else the key behind
    which to go on, after the value that is sorted by."""
    if not keys:
        return text.isdecimal()
    return len(urlsafe_components(text)) == len(keys) + is_sorted


@hookimpl  # type: ignore[untyped-decorator]  # datasette has no stubs
def filters_from_request(
    request: Any, database: str, table: str, datasette: Any
) -> Callable[[], Awaitable[Any]]:
    """Look at filters and place before Datasette asks the table; it calls this for every one."""

    async def looked_at() -> Any:
        db = datasette.get_database(database)
        columns = await db.table_columns(table)
        if words := wrong_filter(request.args, [*columns, "rowid"]):
            raise DatasetteError(words, status=THEIRS)
        if place := request.args.get("_next"):
            keys = await db.primary_keys(table)
            if not keys and table not in await db.view_names():
                keys = ["rowid"]
            asked = [request.args.get(name) for name in ("_sort", "_sort_desc")]
            said = datasette.table_metadata(database, table)
            is_sorted = any(asked) or "sort" in said or "sort_desc" in said
            if not is_place(place, keys, is_sorted):
                raise DatasetteError("_next is no place in this list", status=THEIRS)
        return FilterArguments([])

    return looked_at


def mistake(exception: Exception, arguments: Any) -> DatasetteError | None:
    """The exception as one of a visitor, None where it is ours."""
    if isinstance(exception, DatasetteError):
        # raised without a status only for what was asked wrongly
        exception.status = THEIRS if exception.status == OURS else exception.status
        exception.message = REFUSED.get(exception.message, exception.message)
        return exception
    if getattr(exception, "status", OURS) != OURS:
        return None
    words = wrong_parameter(arguments)
    if words is None and isinstance(exception, json.JSONDecodeError | RecursionError):
        words = f"a parameter is not JSON: {exception}"
    return None if words is None else DatasetteError(words, status=THEIRS)


@hookimpl(hookwrapper=True)  # type: ignore[untyped-decorator]  # datasette has no stubs
def handle_exception(datasette: Any, request: Any, exception: Exception) -> Iterator[None]:
    """Datasette runs all hooks, its own included, which logs a traceback; but only of what is left."""
    outcome: Any = yield
    if (theirs := mistake(exception, request.args)) is not None:
        outcome.force_result([DATASETTES_OWN.handle_exception(datasette, request, theirs)])


NO_SQL = "SQL of your own is off on this server; the queries under /catalog take parameters"
REFUSED = {"execute-sql": NO_SQL, "_where= is not allowed": NO_SQL}
"""What Datasette says where a permission is missing, and what it means to a visitor."""


@hookimpl(tryfirst=True)  # type: ignore[untyped-decorator]  # datasette has no stubs
def forbidden(datasette: Any, request: Any, message: str) -> Any:
    """A refusal says what is off, as JSON to programs; as a page it is Datasette's to make."""
    words = REFUSED.get(message, message)
    if not request.path.endswith(".json"):
        return pm.get_plugin("datasette.forbidden").forbidden(datasette, request, words)
    said = {"ok": False, "error": words, "status": FORBIDDEN, "title": "Forbidden"}
    return Response.json(said, status=FORBIDDEN)
