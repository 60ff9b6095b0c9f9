"""models.dev's models.json: the facts of a model itself, whoever serves it, by lab/model.

Its facts fill what the offers of the model leave open (benchmarks, weights, links, licence, dates), and
dispute nothing: an offer may have a smaller window than its lab's.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from llmcat.errors import SourceError
from llmcat.pipeline.entries import BadRecord, Document, Entry, Reject, Role, of_base_model
from llmcat.pipeline.sources.models_dev.labs import OF_ONE_OFFER
from llmcat.pipeline.sources.models_dev.series import read_snapshot, snapshots
from llmcat.pipeline.sources.models_dev.translate import translate_model


class ModelsJson:
    """The kind `models.dev-labs`: models.json as models.dev publishes it."""

    canonical_ids = True
    role: Role = "witness"
    family = "models.dev"

    def read(self, location: Path) -> Iterator[Document]:
        """One document: the file, or the newest of a folder."""
        yield read_snapshot(snapshots(location)[-1])

    def translate(self, document: Document) -> Iterator[Entry | Reject]:
        """An entry for each model of a lab. What holds for its own offer alone stands in `extra`."""
        if not isinstance(document.data, dict):
            raise SourceError(document.name, "is no models.json: it holds no object")
        for key, record in document.data.items():
            place = f"{document.name}: {key}"
            lab, slash, id_ = key.partition("/")
            try:
                if not slash or not isinstance(record, dict):
                    raise BadRecord("is no model of a lab, lab/model")
                facts = translate_model({k: v for k, v in record.items() if k not in OF_ONE_OFFER})
            except BadRecord as error:
                yield Reject("", place, "model", None, str(error), record)
                continue
            if kept := {name: record[name] for name in OF_ONE_OFFER if name in record}:
                facts["extra"] = {**kept, **facts.get("extra", {})}
            facts = {**facts, "provider": lab, "id": id_, "base_model": key}
            yield Entry("model", place, facts, record, matches=of_base_model)
