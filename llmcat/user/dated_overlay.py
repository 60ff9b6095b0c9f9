"""One overlay of the user's, at the instant from which on it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from llmcat.instants import instant, utc_text
from llmcat.pipeline.entries import Document, Entry, Moment, Reject, Role, Step
from llmcat.pipeline.sources.overlays.toml import Toml, read_toml
from llmcat.pipeline.sources.overlays.yaml import Yaml, read_yaml

UPDATED = re.compile(r"^updated_at\s*[:=]\s*[\"']?([0-9][0-9TZ:. +-]*)", re.MULTILINE)
LISTS = ("models", "providers", "model_capabilities")


class DatedOverlay:
    """A source with one step: what the file says, from the day in its `updated_at` on, else from the
    time at which it was written."""

    role: Role = "correction"
    own = True
    """It is the user's to mend: nothing of it is kept once it is gone."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.kind = "toml" if path.suffix == ".toml" else "yaml"

    def read(self, location: Any) -> Iterator[Document | Reject]:
        """The file. Raises SourceError with file, line and reason."""
        document = read_toml(self._path) if self.kind == "toml" else read_yaml(self._path)
        yield document

    def translate(self, document: Document) -> Iterator[Entry | Reject]:
        """Its entries; a TOML file with a table of models is read as the YAML of the same shape."""
        if self.kind == "toml" and not any(key in document.data for key in LISTS):
            yield from Toml().translate(document)
        else:
            yield from Yaml().translate(document)

    def steps(self, location: Any, after: Moment | None, count: Any) -> Iterator[Step]:
        """The one step."""
        entries: list[Entry] = []
        rejects: list[Reject] = []
        for document in self.read(location):
            if isinstance(document, Document):
                for found in self.translate(document):
                    if isinstance(found, Entry):
                        entries.append(found)
                    else:
                        rejects.append(found)
                yield Step(
                    self.at(), "overlay", entries, rejects=rejects, document=document.without_data()
                )

    def at(self) -> str:
        """Since when it holds, UTC."""
        text = self._path.read_text(encoding="utf-8", errors="replace")
        if found := UPDATED.search(text):
            try:
                return instant(found[1].strip())
            except ValueError:
                pass
        return utc_text(datetime.fromtimestamp(self._path.stat().st_mtime, timezone.utc))
