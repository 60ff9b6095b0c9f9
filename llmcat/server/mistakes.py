"""Mistakes of visitors that Datasette 0.65 takes for its own: an unknown column to sort by, a facet that
is no JSON. They are answered 400, and fill no log with tracebacks."""

from __future__ import annotations

from json import JSONDecodeError

from datasette import hookimpl
from datasette.utils.asgi import Response
from datasette.views.base import DatasetteError

OURS, THEIRS = 500, 400


@hookimpl(tryfirst=True)  # type: ignore[untyped-decorator]  # datasette has no stubs
def handle_exception(exception: Exception) -> Response | None:
    """Datasette raises DatasetteError, without a status, only for what was asked wrongly."""
    if isinstance(exception, DatasetteError) and exception.status == OURS:
        exception.status = THEIRS
    if isinstance(exception, JSONDecodeError):
        error = f"a parameter is not JSON: {exception}"
        return Response.json({"ok": False, "error": error, "status": THEIRS}, status=THEIRS)
    return None
