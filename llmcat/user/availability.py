"""What discovery says of availability: rows for the table, and which models are local."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from llmcat.errors import SourceError
from llmcat.pipeline.entries import Reject
from llmcat.pipeline.provider_names import provider_renamer
from llmcat.pipeline.recipe import SourceSpec
from llmcat.pipeline.sources.discovered.found import Found

Row = tuple[str, str, int | None, int | None, str]


@dataclass(slots=True)
class Availability:
    """`rows` of the table availability; `local_specs` are models on this machine, `without_context` those
    of which the server says no context window, nor that they do not chat, `providers` all providers of
    endpoints, `local_providers` of those the ones on this machine, with their address. `answered` is when
    each source answered, by its name."""

    rows: dict[tuple[str, str], Row] = field(default_factory=dict)
    local_specs: set[str] = field(default_factory=set)
    without_context: set[str] = field(default_factory=set)
    providers: set[str] = field(default_factory=set)
    local_providers: dict[str, str] = field(default_factory=dict)
    answered: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        sources: Iterable[SourceSpec],
        aliases: Mapping[str, str],
        known: set[str],
        joins: Mapping[tuple[str, str], str],
    ) -> Availability:
        """What the discovered ones among the sources say; `known` are the catalogue's specs, `joins` its
        aliases."""
        found = cls()
        rename = provider_renamer(aliases)
        for source in sources:
            if source.kind != "discovered":
                continue
            try:
                for document in source.reader.read(source.location):
                    listed = source.reader.found(document)
                    found._take(document.data, listed, rename, known, joins)
                    found.answered[source.name] = document.data["answered_at"] or ""
            except (SourceError, OSError, ValueError, KeyError, TypeError, RecursionError):
                continue  # a damaged answer counts as none, and is a reject of its source
        return found

    def _take(
        self,
        kept: Mapping[str, Any],
        models: Iterable[Found | Reject],
        rename: Any,
        known: set[str],
        joins: Any,
    ) -> None:
        provider, endpoint = rename(kept["provider"]), kept["endpoint"]
        if not kept["answered_at"] or kept["kind"] == "gguf":
            return  # a file is there, which says nothing of who serves it
        self.providers.add(provider)
        at, local = kept["answered_at"], bool(kept["local"])
        if local:
            self.local_providers[provider] = endpoint
        gone = local and bool(kept["error"])  # a server that does not run serves nothing
        listed = set()
        for found in models:
            if isinstance(found, Reject):
                continue
            place, id_ = rename(found.facts["provider"]), found.facts["id"]
            spec = f"{place}:{joins.get((place, id_), id_)}"
            served = None if found.callable is None else int(found.callable)
            self._add(spec, endpoint, int(not gone), 0 if gone else served, at)
            listed.add(spec)
            if local and found.provider is None:
                self.local_specs.add(spec)
                talks = found.facts.get("task") in (None, "chat")
                if talks and not found.facts.get("limit", {}).get("context"):
                    self.without_context.add(spec)
        for spec in known:
            if spec.startswith(f"{provider}:") and spec not in listed:
                self._add(spec, endpoint, 0, None, at)

    def _add(self, spec: str, endpoint: str, listed: int, served: int | None, at: str) -> None:
        """One row; of two that an endpoint has of one model, the one that says more stays."""
        old = self.rows.get((spec, endpoint))
        if old is not None:
            listed, served = max(listed, old[2] or 0), old[3] if served is None else served
        self.rows[spec, endpoint] = (spec, endpoint, listed, served, at)


def put_availability(connection: sqlite3.Connection, available: Availability) -> None:
    """Write the rows of models that the catalogue has."""
    connection.executemany(
        "INSERT OR REPLACE INTO availability SELECT ?1, ?2, ?3, ?4, ?5"
        " WHERE EXISTS (SELECT 1 FROM models WHERE spec = ?1)",
        [row for _, row in sorted(available.rows.items())],
    )
