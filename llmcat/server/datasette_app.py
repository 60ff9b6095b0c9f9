"""The Datasette that shows one snapshot: its settings, its metadata, what visitors may do."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from datasette.app import Datasette
from datasette.database import WriteTask
from datasette.plugins import pm

import llmcat.datasette_plugin
from llmcat.datasette_plugin import catalogues
from llmcat.server import Options, ServeError, agents, visitor_errors
from llmcat.server.database import GuardedDatabase
from llmcat.server.snapshot import NAME

if TYPE_CHECKING:
    from llmcat.server.snapshot import Snapshot

PACKAGE = Path(__file__).resolve().parent.parent
METADATA = "datasette-metadata.yml"

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
        internal._execute_writes = partial(_until_told, internal._execute_writes)

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

    def close_databases(self) -> None:
        """Wait for the queries that run, close all connections, end all threads."""
        if self.executor is not None:
            self.executor.shutdown(wait=True)
        for database in self.databases.values():
            database.close()
            if database._write_queue is not None:
                database._write_queue.put(WriteTask(_end_thread, None, None))


def _until_told(write: Callable[[], None]) -> None:
    with suppress(SystemExit):
        write()


def _end_thread(connection: object) -> None:
    raise SystemExit  # the thread that writes to Datasette's own database knows no other end


def build(snapshot: Snapshot, options: Options) -> CatalogueServer:
    """A Datasette that serves `snapshot` as the database `catalog`."""
    plug_in(options.mcp)
    server = CatalogueServer(
        [],
        metadata=metadata(options),
        settings={
            **SETTINGS,
            "allow_download": options.download,
            "default_allow_sql": options.sql,
            "allow_csv_stream": options.download,
        },
        inspect_data={
            NAME: {
                "hash": snapshot.digest,
                "size": snapshot.stamp[3],
                "file": snapshot.path,
                "tables": {table: {"count": count} for table, count in snapshot.counts.items()},
            }
        },
        template_dir=str(PACKAGE / "server" / "templates"),
    )
    server.remove_database("_memory")  # it comes where no file is given
    server.add_database(GuardedDatabase(server, snapshot.path), name=NAME)
    return server


def forget(server: CatalogueServer, snapshot: Snapshot) -> None:
    """Close everything that is open of a snapshot that is served no more, and delete it."""
    server.close_databases()
    agents.forget(server)
    catalogues.forget(snapshot.path)
    snapshot.remove()


def metadata_file() -> Path:
    """datasette-metadata.yml, from the installed package or the checkout."""
    for folder in (PACKAGE, PACKAGE.parent):
        if (path := folder / METADATA).is_file():
            return path
    raise ServeError(f"{METADATA} is missing; install llmcat again")


def metadata(options: Options) -> dict[str, Any]:
    """What Datasette says of the tables, and what visitors may do."""
    read: dict[str, Any] = yaml.safe_load(metadata_file().read_text(encoding="utf-8"))
    read["plugins"] = {**read.get("plugins", {}), **PLUGINS}
    read["allow_sql"] = options.sql
    for database in read.get("databases", {}).values():
        database.pop("allow_sql", None)
    return read


def plug_in(mcp: bool) -> None:
    """Register our own plugins, and datasette-mcp if asked for."""
    if not pm.is_registered(llmcat.datasette_plugin):  # llmcat on the path, but not installed
        pm.register(llmcat.datasette_plugin, "llmcat")
    if not pm.is_registered(visitor_errors):
        pm.register(visitor_errors, "llmcat-serve")
    agents.plug_in(mcp)
