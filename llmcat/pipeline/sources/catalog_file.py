"""An existing catalog.db as a layer, so that a build is the shipped catalogue plus files of one's own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llmcat.errors import SourceError
from llmcat.pipeline.entries import Document, Entry, Facts, Kind, Reject
from llmcat.pipeline.history.state import follows
from llmcat.pipeline.sources.files import file_sha256
from llmcat.pipeline.tables.unflatten import model_facts, provider_facts
from llmcat.storage.checks import before_use


class CatalogFile:
    """The kind `catalog`."""

    canonical_ids = True

    def read(self, location: Path) -> Iterator[Document]:
        """All rows of the catalogue. Raises SourceError when it is none, or of another schema."""
        if not location.exists():
            raise SourceError(location, "no such file")
        connection = self._connect(location)
        try:
            meta = dict(connection.execute("SELECT * FROM catalog").fetchone() or {})
            data = {
                "providers": [dict(r) for r in connection.execute("SELECT * FROM providers")],
                "models": [
                    dict(row)
                    for row in connection.execute(
                        "SELECT d.*, m.*, d.capabilities AS capability_facts FROM models m JOIN model_details d USING (spec)"
                    )
                ],
            }
        except (sqlite3.Error, TypeError) as error:
            raise SourceError(location, f"cannot be read as a catalogue ({error})") from None
        finally:
            connection.close()
        yield Document(
            name=location.name,
            data=data,
            sha256=file_sha256(location),
            retrieved_at=meta.get("built_at"),
            content_digest=meta.get("content_digest"),
        )

    def _connect(self, location: Path) -> sqlite3.Connection:
        try:
            connection = before_use.connect(str(location))
        except before_use.Untrusted as error:
            raise SourceError(location, f"{error.reason}; {error.way_out}") from None
        connection.row_factory = sqlite3.Row
        return connection

    def translate(self, document: Document) -> Iterator[Entry | Reject]:
        """The facts that were merged into the catalogue; what had been derived is derived anew."""
        for row in document.data["providers"]:
            yield _entry("provider", f"{document.name}: providers {row['id']}", row)
        for row in document.data["models"]:
            yield _entry("model", f"{document.name}: models {row['spec']}", row)


def _entry(kind: Kind, place: str, row: dict[str, Any]) -> Entry | Reject:
    try:
        facts = model_facts(row) if kind == "model" else provider_facts(row)
        return Entry(kind, place, facts, None, provenance=_provenance_of(row, facts))
    except (ValueError, TypeError, AttributeError) as error:  # JSON that is none, or other JSON
        spec = row["spec"] if kind == "model" else row["id"]
        return Reject("", place, kind, spec, f"the row is damaged ({error})", None)


def _provenance_of(row: dict[str, Any], facts: Facts) -> dict[str, str]:
    """Who says what of the facts; what was derived and is left out of them has no source."""
    claimed: dict[str, str] = json.loads(row["provenance"])
    if "*" not in claimed or not all(isinstance(source, str) for source in claimed.values()):
        raise ValueError("provenance names no sources")
    return {
        path: source
        for path, source in claimed.items()
        if path == "*" or path in facts or not follows(source)
    }
