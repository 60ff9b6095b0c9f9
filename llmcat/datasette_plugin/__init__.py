"""What Datasette shows of a catalogue: readable cells, and pages for models, prices and changes.

The hooks are those that Datasette 0.65 and 1.0 share, so the plugin works in anybody's Datasette; it
touches catalogues only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasette import hookimpl

from llmcat import display
from llmcat.datasette_plugin import cells, editing, figures, hardening, menu, parameters, styles
from llmcat.datasette_plugin.pages import routes

if TYPE_CHECKING:
    import sqlite3

    from datasette.app import Datasette
    from jinja2 import Environment


@hookimpl
def prepare_connection(conn: sqlite3.Connection, database: str, datasette: Datasette) -> None:
    """Put every connection to a catalogue behind the authorizer and the size limits."""
    hardening.prepare(conn, database, datasette)


@hookimpl
def render_cell(row: Any, value: Any, column: str, database: str, datasette: Datasette) -> Any:
    """Prices, tokens, dates, chips and links in place of raw values."""
    return cells.render(row, value, column, database, datasette)


@hookimpl
def filters_from_request(request: Any, database: str, table: str, datasette: Datasette) -> Any:
    """A filter that names no column is an error, where SQLite would find nothing."""
    return parameters.check_filters(request, database, table, datasette)


@hookimpl
def register_routes(datasette: Datasette) -> list[tuple[str, Any]]:
    """The pages of a model, of a comparison, the explorer, what is new, the search."""
    return routes.routes(datasette)


@hookimpl
def menu_links(datasette: Datasette) -> list[dict[str, str]]:
    """The pages in Datasette's own menu."""
    return menu.entries(datasette)


@hookimpl
def extra_css_urls(template: str, database: str | None, datasette: Datasette) -> list[str]:
    """Our stylesheet, on pages that show a catalogue."""
    return styles.urls(template, database, datasette)


@hookimpl
def prepare_jinja2_environment(env: Environment) -> None:
    """Templates write prices and token counts by `figures`."""
    env.globals["figures"] = figures


@hookimpl
def extra_template_vars(template: str, datasette: Datasette) -> dict[str, Any]:
    """For all pages: how values are shown; for those of queries: what stands in boxes at first."""
    return {"display": display, "query_defaults": parameters.defaults}


@hookimpl(optionalhook=True)
def skip_csrf(datasette: Datasette, scope: dict[str, Any]) -> bool:
    """The forms that edit have a token of their own, and no cookie."""
    return editing.is_form(scope["path"])


@hookimpl(optionalhook=True)
def register_mcp_tools(datasette: Datasette, mcp: Any) -> None:
    """What an agent can ask beyond SQL, where datasette-mcp is installed."""
    from llmcat.datasette_plugin import agents

    agents.register(datasette, mcp)
