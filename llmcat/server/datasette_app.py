"""The Datasette that shows one snapshot: its settings, its metadata, what visitors may do."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from datasette.app import Datasette
from datasette.inspect import inspect_tables
from datasette.plugins import pm
from datasette.views.table import TableView
from jinja2 import Template

import llmcat.datasette_plugin
from llmcat.datasette_plugin import catalogues, mcp_plugin
from llmcat.datasette_plugin.metadata import metadata
from llmcat.server import Options, visitor_errors
from llmcat.server.database import KEPT, GuardedDatabase
from llmcat.storage.checks import before_use
from llmcat.storage.files.private_copy import Snapshot

NAME = "catalog"
"""The database's name in every URL and in the metadata, whatever the file is called."""

SETTINGS = {
    "suggest_facets": False,  # half the time of a table page
    "default_page_size": 50,
    "default_facet_size": 8,
    "max_returned_rows": 1000,
    "sql_time_limit_ms": 1000,
    "facet_time_limit_ms": 200,  # what takes longer is counted in the background
    "truncate_cells_html": 120,
    "cache_size_kb": 8000,
}


class Unawaited(Template):
    """A template whose values are all there: to await each of them would take half of its time."""

    async def render_async(self, *arguments: Any, **values: Any) -> str:
        """The page, as Datasette asks for it."""
        return self.render(*arguments, **values)


class CatalogueServer(Datasette):  # type: ignore[misc]  # datasette has no stubs
    """A Datasette of one file that never changes."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.jinja_env.is_async, self.jinja_env.template_class = False, Unawaited
        self._allows: dict[tuple[Any, ...], Any] = {}

    def _routes(self) -> list[tuple[Any, Any]]:
        """Datasette's, with tables and queries behind our checks."""
        checked = visitor_errors.CheckedTable.as_view(self)
        return [
            (pattern, checked if getattr(view, "view_class", None) is TableView else view)
            for pattern, view in super()._routes()
        ]

    def absolute_url(self, request: Any, path: str) -> str:
        """The path alone: whoever asks chooses the Host, and others may get the answer from a cache."""
        return str(path)

    async def refresh_schemas(self) -> None:
        """Datasette would copy the schema before every answer, for plugins that none of ours is."""

    async def permission_allowed(
        self, actor: Any, action: str, resource: Any = None, default: Any = False
    ) -> Any:
        """What visitors may do, found out once: Datasette copies all metadata each time, several times for
        an answer, and ours is long: 70% of the time of a row as JSON. Other plugins may decide anew."""
        key, hooks = (action, resource, default), pm.hook
        others = hooks.get_metadata.get_hookimpls() or hooks.permission_allowed.get_hookimpls()[1:]
        if actor or others or key not in self._allows:
            allowed = await super().permission_allowed(actor, action, resource, default)
            if actor or others or len(self._allows) >= KEPT:
                return allowed
            self._allows[key] = allowed
        return self._allows[key]

    def stop_queries(self) -> None:
        """Interrupt the queries that run and let none begin."""
        self.databases[NAME].stop()
        self.executor.shutdown(wait=False, cancel_futures=True)


def build(snapshot: Snapshot, options: Options) -> CatalogueServer:
    """A Datasette that serves `snapshot` as the database `catalog`."""
    plug_in(options.mcp)
    words = metadata()
    words["plugins"] = {
        "llmcat": {"home": True, "own": not options.public},
        "datasette-mcp": {"canned_queries": True},
    }
    words["allow_sql"] = options.sql
    with closing(before_use.connect(snapshot.path)) as connection:
        connection.row_factory = sqlite3.Row
        tables = inspect_tables(connection, {})
    file = {"hash": snapshot.digest, "size": snapshot.stamp[3], "file": snapshot.path}
    server = CatalogueServer(
        [],
        metadata=words,
        settings={
            **SETTINGS,
            "allow_download": options.download,
            "default_allow_sql": options.sql,
            "allow_csv_stream": options.download,
        },
        inspect_data={NAME: {**file, "tables": tables}},
        template_dir=str(Path(__file__).parent / "templates"),
    )
    server.remove_database("_memory")  # it comes where no file is given
    server.add_database(GuardedDatabase(server, snapshot.path), name=NAME)
    return server


def close(server: CatalogueServer, snapshot: Snapshot) -> None:
    """Close everything that is open of a snapshot that is served no more, and delete it."""
    server.executor.shutdown(wait=True)
    server.databases[NAME].close()
    mcp_plugin.forget(server)
    catalogues.forget(snapshot.path)
    shutil.rmtree(snapshot.folder, ignore_errors=True)


def plug_in(mcp: bool) -> None:
    """Register our own plugins, and datasette-mcp if asked for: Datasette loads whatever is installed.
    Raises ServeError when agents are wanted and datasette-mcp is not installed."""
    # the first may be on the path without being installed
    for plugin, name in ((llmcat.datasette_plugin, "llmcat"), (visitor_errors, "llmcat-serve")):
        if not pm.is_registered(plugin):
            pm.register(plugin, name)
    mcp_plugin.switch(mcp)
