"""What one file of models.dev claims: the providers and models of an api.json or catalog.json."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from llmcat.errors import SourceError
from llmcat.pipeline.entries import BadRecord, Entry, Key, Reject
from llmcat.pipeline.sources.models_dev.labs import Labs
from llmcat.pipeline.sources.models_dev.translate import model_entry, provider_entry
from llmcat.pipeline.sources.overlays.other_programs_files import name_program
from llmcat.pipeline.sources.size_limits import within_limit


class Claims:
    """Every provider and model of a file as a record of its own.

    `records` are those of providers, without their models, and those of models, each with the record
    of its lab (None in an api.json). `unreadable` are the providers that are no object, or whose models
    are none: provider -> that, and why.
    """

    def __init__(self, name: str, data: Any) -> None:
        """Raises SourceError with the file's name where `data` is nothing of models.dev."""
        providers, lab_models = _halves(name, data)
        within_limit(len(providers) + len(lab_models), name)
        self._name, self._data = name, data
        self._labs = Labs(lab_models)
        self._has_models = bool(lab_models)
        self._model_of: dict[Key, str] = {}
        self.records: dict[Key, Any] = {}
        self.unreadable: dict[str, tuple[Any, str]] = {}
        for id_, provider in providers.items():
            if not isinstance(provider, dict):
                self.unreadable[id_] = provider, "is no object"
                continue
            models = provider.get("models", {})
            self._has_models = self._has_models or "models" in provider
            self.records[id_] = {key: record for key, record in provider.items() if key != "models"}
            if not isinstance(models, dict):
                self.unreadable[id_] = models, "models is no object"
                continue
            within_limit(len(self.records) + len(models), name)
            for model_id, model in models.items():
                base = self._labs.model_of(model, f"{id_}/{model_id}") if lab_models else None
                self.records[id_, model_id] = model, base and lab_models[base]
                if base is not None:
                    self._model_of[id_, model_id] = base

    def entry(self, key: Key, place: str) -> Entry | Reject:
        """The record under `key` in llmcat's words."""
        if isinstance(key, str):
            return provider_entry(place, key, self.records[key])
        provider, id_ = key
        model, _ = self.records[key]
        base = self._model_of.get(key)
        if base is None:
            return model_entry(place, provider, id_, model)
        try:
            return model_entry(place, provider, id_, model, self._labs.translate(base, model))
        except BadRecord as bad:
            return Reject("", place, "model", f"{provider}:{id_}", str(bad), model)

    def keep_unpublished(self, before: Mapping[Key, Any], keys: Iterable[str]) -> None:
        """Let models have those of `keys` that they had `before`, where no model here has them."""
        models = [(key, record) for key, record in self.records.items() if isinstance(key, tuple)]
        for name in keys:
            if any(isinstance(model, dict) and name in model for _, (model, _) in models):
                continue
            for key, (model, base) in models:
                earlier, _ = before.get(key, (None, None))
                if isinstance(model, dict) and isinstance(earlier, dict) and name in earlier:
                    self.records[key] = {**model, name: earlier[name]}, base

    def require_models(self) -> None:
        """Raise SourceError where no provider has so much as an empty table of models."""
        if not self._has_models:
            program = name_program(self._data)
            nothing = "is no models.dev file: no provider with models in it"
            raise SourceError(self._name, program or nothing)

    def rejects(self, name: str) -> Iterator[Reject]:
        """The providers that are unreadable, and what could not be taken from the labs; `name` stands
        in their places."""
        for id_, (record, reason) in self.unreadable.items():
            yield Reject("", f"{name}: {id_}", "provider", id_, reason, record)
        for key, record, reason in self._labs.rejects(self._model_of.values()):
            yield Reject("", f"{name}: {key}", "model", key, reason, record)
        offers: dict[str, list[Any]] = {}
        for offered, key in self._model_of.items():
            offers.setdefault(key, []).append(self.records[offered][0])
        for key, fault in self._labs.overridden_faults(offers):
            reject = Reject("", f"{name}: {key}", "model", key, fault.reason, fault.value)
            yield reject._replace(field=fault.field)


def _halves(name: str, data: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The providers, and in a catalog.json the models of the labs."""
    if not isinstance(data, dict):
        raise SourceError(name, "is no models.dev file: the top is no object")
    if data.keys() == {"models", "providers"}:
        providers, lab_models = data["providers"], data["models"]
        if not isinstance(providers, dict) or not isinstance(lab_models, dict):
            raise SourceError(name, "is no models.dev catalog.json")
        if not isinstance(providers.get("id"), str):  # else it is a provider that is called so
            return providers, lab_models
    return data, {}
