"""The reader: Catalog opens one catalog.db and answers from it.

Nothing here imports the pipeline, pydantic, httpx, click, yaml or sqlite_utils: a program that only
reads pays for sqlite3 alone. The file is opened immutable, so no lock is ever taken and no call can
wait for another process: there is nothing to await.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterable
from typing import Any

from llmcat import location
from llmcat.errors import CatalogError, ModelNotFound, ProviderNotFound
from llmcat.records import (
    FIRST_ARRAY,
    FIRST_FLAG,
    JSON_PROVIDER_FIELDS,
    Details,
    Model,
    ModelRow,
    Provider,
)
from llmcat.sandbox import Parameters, harden, query

APPLICATION_ID = 1280068931
SCHEMA_VERSION = 1

MODEL_COLUMNS = ", ".join(ModelRow._fields)
DETAILS_ABSENT: dict[str, None] = dict.fromkeys(("links", "weights", "benchmarks", "notes"))
FLAGS: dict[int | None, bool | None] = {None: None, 0: False, 1: True}


class Catalog:
    """A catalogue of models, read from one SQLite file.

    `path` names the file; without it $LLMCAT_DB, then the newest one installed, then the one in the
    package. Safe to share between threads: each gets a connection of its own. A context manager;
    `close()` closes the connections of all threads.

    Raises CatalogError when the file is missing or is no catalogue.
    """

    def __init__(self, path: str | os.PathLike[str] | None = None) -> None:
        self.path = location.locate(path)
        self._uri = location.uri(self.path)
        self._open: list[sqlite3.Connection] = []
        self._local = threading.local()
        self._arrays: dict[str | None, tuple[str, ...]] = {None: ()}
        self._check()

    def __enter__(self) -> Catalog:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Catalog({self.path!r})"

    def close(self) -> None:
        """Close the connections of all threads."""
        while self._open:
            self._open.pop().close()
        self._local = threading.local()

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's read-only connection."""
        try:
            connection: sqlite3.Connection = self._local.connection
        except AttributeError:
            connection = self._local.connection = self._connect()
        return connection

    def _connect(self) -> sqlite3.Connection:
        # check_same_thread off: close() may be called from another thread than the one that opened
        connection = sqlite3.connect(
            self._uri, uri=True, isolation_level=None, check_same_thread=False
        )
        self._open.append(connection)
        return connection

    def _check(self) -> None:
        if not os.path.isfile(self.path):
            raise CatalogError(
                f"{self.path}: no such file; make it with `llmcat build -o {self.path}`"
            )
        try:
            found = self.connection.execute("PRAGMA application_id").fetchone()[0]
            version = self.connection.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.Error as error:
            self.close()
            raise CatalogError(f"{self.path}: cannot be read as a catalogue ({error})") from None
        if found != APPLICATION_ID:
            self.close()
            raise CatalogError(f"{self.path}: is a SQLite file but no llmcat catalogue")
        if version != SCHEMA_VERSION:
            self.close()
            raise CatalogError(
                f"{self.path}: has schema {version}, this llmcat reads schema {SCHEMA_VERSION};"
                " build it again with this llmcat"
            )

    def model(self, spec: str) -> Model:
        """The model that `spec` (`provider:id`) names, by id or alias.

        Raises ModelNotFound, a LookupError, with suggestions.
        """
        if found := self._model_of(spec):
            return found
        provider, _, name = spec.strip().partition(":")
        row = self.connection.execute(
            "SELECT spec FROM aliases WHERE provider = ? AND alias = ?", (provider, name)
        ).fetchone()
        if row and (found := self._model_of(row[0])):
            return found
        raise ModelNotFound(spec, self._suggestions(name or provider))

    def _model_of(self, spec: str) -> Model | None:
        row = self.connection.execute(
            f"SELECT {MODEL_COLUMNS} FROM models WHERE spec = ?", (spec,)
        ).fetchone()
        return self._to_model(row) if row else None

    def models(self, provider: str | None = None) -> list[Model]:
        """All models, or those of one provider, ordered by spec.

        Raises ProviderNotFound, a LookupError, for a provider that does not exist.
        """
        if provider is None:
            rows = self.connection.execute(f"SELECT {MODEL_COLUMNS} FROM models ORDER BY spec")
        else:
            rows = self.connection.execute(
                f"SELECT {MODEL_COLUMNS} FROM models WHERE provider = ? ORDER BY spec",
                (self.provider(provider).id,),
            )
        return [self._to_model(row) for row in rows]

    def provider(self, id: str) -> Provider:
        """The provider with this id, or known by this other name; `-` and `_` count alike.

        Raises ProviderNotFound, a LookupError, with suggestions.
        """
        folded = id.strip().lower().replace("_", "-")
        row = self.connection.execute(
            f"SELECT {', '.join(Provider._fields)} FROM providers"
            " WHERE id = coalesce((SELECT provider FROM provider_aliases WHERE alias = ?), ?)",
            (folded, folded),
        ).fetchone()
        if row is None:
            near = self._near(
                folded, (p for (p,) in self.connection.execute("SELECT id FROM providers"))
            )
            raise ProviderNotFound(id, near)
        return self._to_provider(row)

    def providers(self) -> list[Provider]:
        """All providers, ordered by id."""
        rows = self.connection.execute(
            f"SELECT {', '.join(Provider._fields)} FROM providers ORDER BY id"
        )
        return [self._to_provider(row) for row in rows]

    def sql(
        self,
        sql: str,
        parameters: Parameters = (),
        *,
        max_seconds: float = 5.0,
        max_rows: int = 100_000,
    ) -> list[dict[str, Any]]:
        """The rows of a SELECT as dictionaries: `cat.sql("select … where id = :id", {"id": …})`.

        Runs read-only behind an authorizer. Raises QueryError for SQL that is wrong, that would
        write, or that goes over a limit.
        """
        try:
            connection: sqlite3.Connection = self._local.sandbox
        except AttributeError:
            connection = self._local.sandbox = harden(self._connect())
        names, rows = query(connection, sql, parameters, max_seconds=max_seconds, max_rows=max_rows)
        return [dict(zip(names, row)) for row in rows]

    def info(self) -> dict[str, Any]:
        """The row of `catalog`, with `sources`: the rows of `sources` in order of precedence."""
        facts = self.sql("SELECT * FROM catalog")[0]
        return {**facts, "sources": self.sql("SELECT * FROM sources ORDER BY position")}

    def _to_model(self, row: tuple[Any, ...]) -> Model:
        arrays = self._arrays
        try:
            decoded = [arrays[text] for text in row[FIRST_ARRAY:FIRST_FLAG]]
        except KeyError:
            decoded = [self._decode_array(text) for text in row[FIRST_ARRAY:FIRST_FLAG]]
        model: Model = tuple.__new__(
            Model, (*row[:FIRST_ARRAY], *decoded, *map(FLAGS.__getitem__, row[FIRST_FLAG:]))
        )
        model._read_details = self._details
        return model

    def _decode_array(self, text: str | None) -> tuple[str, ...]:
        """A JSON array as a tuple; the few hundred different texts of a file are kept."""
        if text not in self._arrays:
            self._arrays[text] = tuple(_json_loads(text))
        return self._arrays[text]

    def _to_provider(self, row: tuple[Any, ...]) -> Provider:
        said = dict(zip(Provider._fields, row))
        for field in JSON_PROVIDER_FIELDS:
            empty: Any = () if field in ("env", "endpoints", "authentication", "features") else {}
            value = _json_loads(said[field]) if said[field] is not None else empty
            said[field] = tuple(value) if isinstance(empty, tuple) else value
        said["local"] = FLAGS[said["local"]]
        return Provider(**said)

    def _details(self, spec: str) -> Details:
        row = self.connection.execute(
            f"SELECT {', '.join(Details._fields)} FROM model_details WHERE spec = ?", (spec,)
        ).fetchone()
        if row is None:
            raise ModelNotFound(spec)
        values = {
            name: DETAILS_ABSENT.get(name, {}) if text is None else _json_loads(text)
            for name, text in zip(Details._fields[1:], row[1:])
        }
        return Details(spec, **values)

    def _suggestions(self, name: str) -> list[str]:
        ids = dict(self.connection.execute("SELECT id, spec FROM models ORDER BY spec DESC"))
        return [ids[id_] for id_ in self._near(name, ids)]

    def _near(self, name: str, names: Iterable[str]) -> list[str]:
        from difflib import get_close_matches

        return get_close_matches(name, list(names), n=3, cutoff=0.6)


def _json_loads(text: str | None) -> Any:
    import json

    return json.loads(text) if text is not None else None
