"""An existing catalog.db as a layer, so that a build is the shipped catalogue plus files of one's own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from llmcat.errors import SourceError
from llmcat.pipeline.entries import Document, Entry, Facts, Kind, Reject
from llmcat.pipeline.history.state import follows
from llmcat.pipeline.sources.files import file_sha256
from llmcat.pipeline.tables.unflatten import model_facts, provider_facts
from llmcat.storage.checks import before_use

MODELS = """
SELECT d.*, m.*, d.capabilities AS capability_facts FROM models m JOIN model_details d USING (spec)"""


class CatalogFile:
    """The kind `catalog`."""

    canonical_ids = True

    def read(self, location: Path) -> Iterator[Document]:
        """All rows of the catalogue. Raises SourceError when it is none, or of another schema."""
        if not location.exists():
            raise SourceError(location, "no such file")
        with closing(self._connect(location)) as connection:
            yield document_of(connection, location, file_sha256(location))

    def _connect(self, location: Path) -> sqlite3.Connection:
        try:
            return before_use.connect(str(location))
        except before_use.Untrusted as error:
            raise SourceError(location, f"{error.reason}; {error.way_out}") from None

    def translate(self, document: Document) -> Iterator[Entry | Reject]:
        """The facts that were merged into the catalogue; what had been derived is derived anew."""
        for row in document.data["providers"]:
            yield _entry("provider", f"{document.name}: providers {row['id']}", row)
        for row in document.data["models"]:
            yield _entry("model", f"{document.name}: models {row['spec']}", row)


def document_of(connection: sqlite3.Connection, location: Path, sha256: str) -> Document:
    """All rows of the catalogue behind `connection`, which is called `location`. Raises SourceError."""
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    try:
        meta = dict(cursor.execute("SELECT * FROM catalog").fetchone() or {})
        data = {
            "providers": [dict(row) for row in cursor.execute("SELECT * FROM providers")],
            "models": [dict(row) for row in cursor.execute(MODELS)],
        }
    except (sqlite3.Error, TypeError) as error:
        raise SourceError(location, f"cannot be read as a catalogue ({error})") from None
    return Document(
        name=location.name,
        data=data,
        sha256=sha256,
        retrieved_at=meta.get("built_at"),
        content_digest=meta.get("content_digest"),
    )


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
