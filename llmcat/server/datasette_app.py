"""The Datasette that shows one snapshot: its settings, its metadata, what visitors may do."""

from __future__ import annotations

import logging
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datasette import hookimpl
from datasette.app import Datasette
from datasette.database import WriteTask
from datasette.plugins import pm
from datasette.views.table import TableView

import llmcat.datasette_plugin
from llmcat.datasette_plugin import catalogues
from llmcat.datasette_plugin.metadata import metadata
from llmcat.server import Options, ServeError, visitor_errors
from llmcat.server.database import GuardedDatabase
from llmcat.server.snapshot import NAME

if TYPE_CHECKING:
    from llmcat.server.snapshot import Snapshot

SETTINGS = {
    "suggest_facets": False,  # half the time of a table page
    "default_page_size": 50,
    "default_facet_size": 8,
    "max_returned_rows": 1000,
    "sql_time_limit_ms": 1000,
    "facet_time_limit_ms": 200,  # what takes longer is counted in the background
    "truncate_cells_html": 120,
    "max_csv_mb": 100,
    "cache_size_kb": 8000,
    "num_sql_threads": 3,
}

PLUGINS: dict[str, Any] = {
    "llmcat": {"home": True},
    "datasette-mcp": {"canned_queries": True},
}


class CatalogueServer(Datasette):  # type: ignore[misc]  # datasette has no stubs
    """A Datasette of one file that never changes."""

    _schemas_read = False

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._allows: dict[tuple[str, str], list[Any]] = {}
        internal = self.databases["_internal"]
        internal._execute_writes = partial(_until_exit, internal._execute_writes)

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
        """Read the schema once: Datasette would ask for it before every answer."""
        if not self._schemas_read:
            await super().refresh_schemas()
            self._schemas_read = True

    def _table_permission_allows(self, database: str, table: str) -> list[Any]:
        """Who may see a table. Datasette copies all metadata to find out, twice for each answer, and
        ours is long: 70% of the time of a row as JSON."""
        if pm.hook.get_metadata.get_hookimpls():
            return list(super()._table_permission_allows(database, table))  # may change any time
        if (database, table) not in self._allows:
            self._allows[database, table] = super()._table_permission_allows(database, table)
        return self._allows[database, table]

    def stop_queries(self) -> None:
        """Interrupt the queries that run and let none begin."""
        self.databases[NAME].stop()
        if self.executor is not None:
            self.executor.shutdown(wait=False, cancel_futures=True)

    def close_databases(self) -> None:
        """Wait for the queries that run, close all connections, end all threads."""
        if self.executor is not None:
            self.executor.shutdown(wait=True)
        for database in self.databases.values():
            database.close()
            if database._write_queue is not None:
                database._write_queue.put(WriteTask(_exit, None, None))


def _until_exit(write: Callable[[], None]) -> None:
    with suppress(SystemExit):
        write()


def _exit(connection: object) -> None:
    raise SystemExit  # the thread that writes to Datasette's own database knows no other end


def build(snapshot: Snapshot, options: Options) -> CatalogueServer:
    """A Datasette that serves `snapshot` as the database `catalog`."""
    plug_in(options.mcp)
    words = metadata()
    words["plugins"] = {**words.get("plugins", {}), **PLUGINS}
    words["allow_sql"] = options.sql
    for database in words.get("databases", {}).values():
        database.pop("allow_sql", None)
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
        inspect_data={NAME: {**file, "tables": snapshot.tables}},
        template_dir=str(Path(__file__).parent / "templates"),
    )
    server.remove_database("_memory")  # it comes where no file is given
    server.add_database(GuardedDatabase(server, snapshot.path), name=NAME)
    return server


def close(server: CatalogueServer, snapshot: Snapshot) -> None:
    """Close everything that is open of a snapshot that is served no more, and delete it."""
    server.close_databases()
    # datasette-mcp keeps each Datasette that it has seen
    getattr(sys.modules.get("datasette_mcp"), "_states", {}).pop(server, None)
    catalogues.forget(snapshot.path)
    shutil.rmtree(snapshot.folder, ignore_errors=True)


@hookimpl(optionalhook=True)  # type: ignore[untyped-decorator]  # datasette has no stubs
def register_mcp_tools(mcp: Any) -> None:
    """No tool, but the first sight of the server that datasette-mcp makes an app of. Without sessions:
    one is kept for half an hour after its last call, whoever asks gets one, and no tool needs it."""
    mcp.streamable_http_app = partial(mcp.streamable_http_app, stateless_http=True)


def plug_in(mcp: bool) -> None:
    """Register our own plugins, and datasette-mcp if asked for: Datasette loads whatever is installed.

    Raises ServeError when agents are wanted and datasette-mcp is not installed.
    """
    for plugin, name in (
        (llmcat.datasette_plugin, "llmcat"),  # on the path, but not installed
        (visitor_errors, "llmcat-serve"),
        (sys.modules[__name__], "llmcat-serve-agents"),
    ):
        if not pm.is_registered(plugin):
            pm.register(plugin, name)
    if not mcp:
        if (module := sys.modules.get("datasette_mcp")) is not None and pm.is_registered(module):
            pm.unregister(module)
        return
    try:
        import datasette_mcp
    except ImportError:
        raise ServeError(
            "--mcp needs datasette-mcp and Python 3.11: pip install 'llmcat[mcp]'"
        ) from None
    if not pm.is_registered(datasette_mcp):
        pm.register(datasette_mcp, "mcp")
    logging.getLogger("mcp").setLevel(logging.WARNING)  # else several lines a call
