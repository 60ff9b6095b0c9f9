"""What visitors ask wrongly, or too much of, is answered 400, as JSON where JSON was asked for, and fills
no log with tracebacks. Datasette 0.65 takes it for a mistake of its own, or for none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from datasette import hookimpl
from datasette.plugins import pm
from datasette.utils import escape_sqlite, tilde_decode, urlsafe_components
from datasette.utils.asgi import Response
from datasette.views.base import DatasetteError
from datasette.views.table import TableView

from llmcat.datasette_plugin.parameters import is_number, wrong_parameter, wrong_query_parameter
from llmcat.server.database import page_key

OURS, THEIRS, FORBIDDEN = 500, 400, 403
MOST_FACETS, LARGEST_FACET, MOST_ROWS_OF_HTML = 12, 200, 200
MOST_FACET_BYTES = 2_000_000
"""Each value of a facet is a link that repeats the whole address: 65 facets of a thousand values were an
answer of 275 MB."""

MEASURE = re.compile(r"(cost|limit)_\w+", re.ASCII)

DATASETTES_OWN = pm.get_plugin("datasette.handle_exception")
"""Imported by its name before Datasette's plugins are, it would stay unregistered."""

DATASETTES_OWN.rich = None  # where rich is installed, each 404 would be printed with all variables

NO_SQL = "SQL of your own is off on this server; the queries under /catalog take parameters"
REFUSED = {"execute-sql": NO_SQL, "_where= is not allowed": NO_SQL}
"""What Datasette says where a permission is missing, and what it means to a visitor."""

TOO_LONG = "The SQL took too long; read less, by conditions that an index helps with"


def too_much(request: Any, metadata: dict[str, Any]) -> str | None:
    """Why a page of a table would be too large: its rows, or its facets."""
    arguments = request.args
    html = not request.url_vars.get("format")
    rows, size = arguments.get("_size") or "", arguments.get("_facet_size") or ""
    if html and (rows == "max" or (is_number(rows) and int(rows) > MOST_ROWS_OF_HTML)):
        return f"a page shows {MOST_ROWS_OF_HTML} rows at most; JSON and CSV have up to 1,000"
    if size and not (is_number(size) and int(size) <= LARGEST_FACET):
        return f"_facet_size is a number up to {LARGEST_FACET}"
    names = [name for name in arguments if name.startswith("_facet") and name != "_facet_size"]
    facets = [(name, value) for name in names for value in arguments.getlist(name)]
    if len(set(facets)) < len(facets):
        return "a facet is named twice"
    if len(facets) > MOST_FACETS:
        return f"{len(facets)} facets are too many; {MOST_FACETS} are the most"
    values = (len(facets) + len(metadata.get("facets", ()))) * int(size or 10)
    if values * len(request.query_string) > MOST_FACET_BYTES:
        return "these facets under so long an address are too much; ask for fewer or smaller ones"
    return None


def without_unknown(request: Any, table: str) -> str | None:
    """Where the models sorted by a price or limit, the smallest first, are without those of which it is
    not known: SQLite puts what is unknown before 0. The headers of the table lead there; the form, which
    a phone shows in their place, cannot. None where that is not asked, or by a program."""
    arguments, column = request.args, request.args.get("_sort") or ""
    if table != "models" or request.url_vars.get("format") or not MEASURE.fullmatch(column):
        return None
    known = "_sort_by_desc" in arguments or f"{column}__notnull" in arguments
    return None if known else f"?{request.query_string}&{column}__notnull=1"


def is_place(text: str, keys: list[str], is_sorted: bool) -> bool:
    """Whether `_next` can be one of ours: a number in a view, which has no `keys`, else the key behind
    which to go on, after the value that is sorted by."""
    return len(urlsafe_components(text)) == len(keys) + is_sorted if keys else text.isdecimal()


class CheckedTable(TableView):  # type: ignore[misc]  # datasette has no stubs
    """Datasette's view of tables, views and queries, behind the checks."""

    async def data(self, request: Any, *arguments: Any, **options: Any) -> Any:
        """What Datasette makes of the request; CSV asks several times for one. Raises DatasetteError
        with status 400 for what it must not be given."""
        database, table = (tilde_decode(request.url_vars[name]) for name in ("database", "table"))
        keys: list[str] = []
        if (db := self.ds.databases.get(database)) is None:
            pass  # Datasette says that it is not there; of a table, too
        elif query := await self.ds.get_canned_query(database, table, request.actor):
            given = {name: request.args.get(name) for name in request.args}
            _refuse(wrong_query_parameter(query, given))
        elif await db.table_exists(table) or table in await db.view_names():
            if (address := without_unknown(request, table)) is not None:
                return Response.redirect(address)
            _refuse(too_much(request, metadata := self.ds.table_metadata(database, table)))
            keys = await db.primary_keys(table)
            if not keys and table not in await db.view_names():
                keys = ["rowid"]
            sorts = [request.args.get("_sort"), request.args.get("_sort_desc")]
            is_sorted = any(sorts) or "sort" in metadata or "sort_desc" in metadata
            if (place := request.args.get("_next")) and not is_place(place, keys, is_sorted):
                _refuse("_next is no place in this list")
        token = page_key.set(", ".join(map(escape_sqlite, keys)))
        try:
            return await super().data(request, *arguments, **options)
        finally:
            page_key.reset(token)


def _refuse(words: str | None) -> None:
    if words:
        raise DatasetteError(words, status=THEIRS)


def mistake(exception: Exception, request: Any) -> DatasetteError | None:
    """The exception as one of a visitor, None where it is ours."""
    if isinstance(exception, DatasetteError):
        # raised without a status only for what was asked wrongly
        exception.status = THEIRS if exception.status == OURS else exception.status
        exception.message = REFUSED.get(exception.message, exception.message)
        if exception.title == "SQL Interrupted":
            exception.message, exception.message_is_html = TOO_LONG, False
        if not request.path.endswith(".json"):  # the page says how to go on
            way_out = {"sql": request.args.get("sql"), "path": request.path}
            exception.error_dict = {**exception.error_dict, **way_out}
        return exception
    if getattr(exception, "status", OURS) != OURS:
        return None
    words = wrong_parameter(request.args)
    if words is None and isinstance(exception, json.JSONDecodeError | RecursionError):
        words = f"a parameter is not JSON: {exception}"
    return None if words is None else DatasetteError(words, status=THEIRS)


@hookimpl(hookwrapper=True)  # type: ignore[untyped-decorator]  # datasette has no stubs
def handle_exception(datasette: Any, request: Any, exception: Exception) -> Iterator[None]:
    """Datasette runs all hooks, its own included, which logs a traceback; but only of what is left."""
    outcome: Any = yield
    if (theirs := mistake(exception, request)) is not None:
        outcome.force_result([DATASETTES_OWN.handle_exception(datasette, request, theirs)])


@hookimpl(tryfirst=True)  # type: ignore[untyped-decorator]  # datasette has no stubs
def forbidden(datasette: Any, request: Any, message: str) -> Any:
    """A refusal says what is off, as JSON to programs; as a page it is Datasette's to make."""
    words = REFUSED.get(message, message)
    if not request.path.endswith(".json"):
        return pm.get_plugin("datasette.forbidden").forbidden(datasette, request, words)
    body = {"ok": False, "error": words, "status": FORBIDDEN, "title": "Forbidden"}
    return Response.json(body, status=FORBIDDEN)
