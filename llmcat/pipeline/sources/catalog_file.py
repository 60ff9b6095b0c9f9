"""An existing catalog.db as a layer, so that a build is the shipped catalogue plus files of one's own."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llmcat.errors import SourceError
from llmcat.pipeline.layer import Document, Entry, Facts, Kind, Reject
from llmcat.pipeline.sources.files import file_sha256
from llmcat.pipeline.tables.flatten import DETAIL_FACTS
from llmcat.storage import trust

DERIVED = "derived"

MODEL_SCALARS = (
    "name",
    "family",
    "base_model",
    "provider_model_id",
    "task",
    "description",
    "status",
    "release_date",
    "last_updated",
    "knowledge",
    "deprecated_on",
    "retires_on",
    "replacement",
    "license",
    "quality_tier",
)
MODEL_ARRAYS = ("aliases", "tags")
PROVIDER_SCALARS = ("name", "api", "npm", "doc", "default_model")
PROVIDER_JSON = ("env", "endpoints", "authentication", "features", "limitations", "extra")


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
                        "SELECT d.*, m.*, d.capabilities AS said FROM models m JOIN model_details d USING (spec)"
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
            connection = trust.connect(str(location))
        except trust.Untrusted as error:
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
        facts = _model_facts(row) if kind == "model" else _provider_facts(row)
        return Entry(kind, place, facts, None, said_by=_said_by(row))
    except (ValueError, TypeError, AttributeError) as error:  # JSON that is none, or other JSON
        spec = row["spec"] if kind == "model" else row["id"]
        return Reject("", place, kind, spec, f"the row is damaged ({error})", None)


def _said_by(row: dict[str, Any]) -> dict[str, str]:
    said: dict[str, str] = json.loads(row["provenance"])
    if "*" not in said or not all(isinstance(source, str) for source in said.values()):
        raise ValueError("provenance names no sources")
    return {path: source for path, source in said.items() if source != DERIVED or path == "*"}


def _provider_facts(row: dict[str, Any]) -> Facts:
    facts = {key: row[key] for key in ("id", *PROVIDER_SCALARS) if row[key] is not None}
    for key in PROVIDER_JSON:
        if row[key] is not None:
            facts[key] = json.loads(row[key])
    if row["local"] is not None:
        facts["local"] = bool(row["local"])
    if excluded := facts.get("extra", {}).pop("exclude_models", None):
        facts["exclude_models"] = excluded
    return facts


def _model_facts(row: dict[str, Any]) -> Facts:
    derived = {path for path, source in json.loads(row["provenance"]).items() if source == DERIVED}
    facts: Facts = {"provider": row["provider"], "id": row["id"]}
    for key in MODEL_SCALARS:
        if row[key] is not None and key not in derived:
            facts[key] = row[key]
    if facts.get("provider_model_id") == facts["id"]:
        del facts["provider_model_id"]
    for key in MODEL_ARRAYS:
        if row[key] is not None:
            facts[key] = json.loads(row[key])
    for column, key in DETAIL_FACTS.items():
        if row[column] is not None:
            facts[key] = json.loads(row[column])
    if row["said"] is not None:
        facts["capabilities"] = json.loads(row["said"])
    if row["open_weights"] is not None:
        facts["open_weights"] = bool(row["open_weights"])
    for side in ("input", "output"):
        if row[f"modalities_{side}"] is not None:
            modalities = facts.setdefault("modalities", {})
            modalities[side] = json.loads(row[f"modalities_{side}"])
    return facts
