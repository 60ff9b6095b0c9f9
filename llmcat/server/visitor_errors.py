"""What visitors ask wrongly, or too much of, is answered 400, as JSON where JSON was asked for, and fills
no log with tracebacks. Datasette 0.65 takes it for a mistake of its own, or for none."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from datasette import hookimpl
from datasette.plugins import pm
from datasette.utils import escape_sqlite, tilde_decode
from datasette.utils.asgi import Response
from datasette.views.base import DatasetteError
from datasette.views.table import TableView

from llmcat.datasette_plugin.parameters import in_full, wrong_parameter, wrong_query_parameter
from llmcat.datasette_plugin.table_pages import is_place, too_much, without_unknown
from llmcat.server.database import page_key

OURS, THEIRS, FORBIDDEN = 500, 400, 403

DATASETTES_OWN = pm.get_plugin("datasette.handle_exception")
"""Imported by its name before Datasette's plugins are, it would stay unregistered."""

DATASETTES_OWN.rich = None  # where rich is installed, each 404 would be printed with all variables

NO_SQL = "SQL of your own is off on this server; the queries under /catalog take parameters"
REFUSED = {"execute-sql": NO_SQL, "_where= is not allowed": NO_SQL}
"""What Datasette says where a permission is missing, and what it means to a visitor."""

TOO_LONG = "The SQL took too long; read less, by conditions that an index helps with"


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
            _refuse(wrong_query_parameter(query, in_full(request, query)))
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
