"""A plain mapping handed over in Python: overrides for tests, tenants, one run.

Two shapes are understood, as in LLMModels:

    {"openai": {"base_url": "…", "models": [{"id": "gpt-4o", "cost": {"input": 0}}]}}
    {"providers": [{"id": "sandbox"}], "models": [{"provider": "sandbox", "id": "fake"}]}

Keys are those of overlays; `models` may also be a mapping of id to model.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from llmcat.errors import SourceError
from llmcat.pipeline.entries import BadRecord, Document, Entry, Reject, Role, spec_of
from llmcat.pipeline.sources.files import sha256
from llmcat.pipeline.sources.overlays.other_programs_files import name_program
from llmcat.pipeline.sources.overlays.translate import plain, translate_model, translate_provider
from llmcat.pipeline.sources.size_limits import check_json


class MappingSource:
    """The kind `mapping`."""

    role: Role = "correction"

    def read(self, location: Any) -> Iterator[Document]:
        """The mapping itself, dates as text."""
        if not isinstance(location, Mapping):
            raise SourceError("mapping", f"is a {type(location).__name__}, not a mapping")
        try:
            data = plain(location)
            content = json.dumps(data, sort_keys=True, default=repr).encode("utf-8", "replace")
        except (RecursionError, TypeError, ValueError):
            raise SourceError("mapping", "is nested too deeply or has unorderable keys") from None
        check_json("mapping", content)
        yield Document("mapping", data, sha256(content))

    def translate(self, document: Document) -> Iterator[Entry | Reject]:
        """Providers and models of either shape."""
        data = document.data
        if program := name_program(data):
            raise SourceError("mapping", program)
        if data.keys() <= {"providers", "models"}:
            yield from translate_lists(document)
            return
        for provider_id, provider in data.items():
            place = f"mapping: {provider_id}"
            if not isinstance(provider, Mapping):
                yield Reject("", place, "provider", str(provider_id), "is no mapping", provider)
                continue
            rest = dict(provider)
            models = rest.pop("models", [])
            yield _provider(document, str(provider_id), provider_id, rest)
            if isinstance(models, Mapping):
                models = [_with_id(model, id_) for id_, model in models.items()]
            if not isinstance(models, list):
                reason = "models is neither a list nor a mapping"
                yield Reject("", place, "provider", str(provider_id), reason, models)
                continue
            for number, model in enumerate(models):
                yield _model(document, f"{provider_id}.models.{number}", provider_id, model)


def translate_lists(document: Document) -> Iterator[Entry | Reject]:
    """Lists of providers and of models: LLMModels' snapshot.json, chuk-llm's model_overrides.yaml. A
    model names its provider, else the provider of the file is meant."""
    owner = document.data.get("provider")
    data = document.data
    for key in ("providers", "models"):
        if key in data and not isinstance(data[key], list):
            reason = f"{key} is a {type(data[key]).__name__}, not a list"
            yield Reject("", document.place(key), "file", None, reason, data[key])
    for number, provider in enumerate(_list(data, "providers")):
        yield _provider(document, f"providers.{number}", None, provider)
    for number, model in enumerate(_list(data, "models")):
        if isinstance(model, Mapping) and "id" not in model and "provider" in model:
            model = {**model, "id": model.get("name")}
        yield _model(document, f"models.{number}", owner, model)


def _with_id(model: Any, id_: Any) -> Any:
    if model is None or isinstance(model, Mapping):
        return {**(model or {}), "id": id_}
    return model


def _list(data: Mapping[str, Any], key: str) -> list[Any]:
    value = data.get(key)
    return value if isinstance(value, list) else []


def _provider(document: Document, place: str, id_: str | None, record: Any) -> Entry | Reject:
    where = document.place(*place.split("."))
    if not isinstance(record, Mapping):
        return Reject("", where, "provider", id_, "is no mapping", record)
    rest = dict(record)
    given_id = rest.pop("id", id_)
    try:
        return Entry("provider", where, {**translate_provider(rest), "id": given_id}, record)
    except BadRecord as bad:
        return Reject("", where, "provider", spec_of({"id": given_id}), str(bad), record)


def _model(document: Document, place: str, provider: str | None, record: Any) -> Entry | Reject:
    where = document.place(*place.split("."))
    if not isinstance(record, Mapping):
        return Reject("", where, "model", None, "is no mapping", record)
    rest = dict(record)
    identity = {"provider": rest.pop("provider", provider), "id": rest.pop("id", None)}
    try:
        return Entry("model", where, {**translate_model(rest), **identity}, record)
    except BadRecord as bad:
        return Reject("", where, "model", spec_of(identity), str(bad), record)
