"""models.dev: api.json, catalog.json (either may be .gz), or a folder of dated snapshots."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from llmcat.errors import SourceError
from llmcat.pipeline.layer import BadRecord, Document, Entry, Facts, Moment, Reject, Step
from llmcat.pipeline.sources.files import MAX_JSON, MAX_TEXT, parse_json, read_bytes, sha256
from llmcat.pipeline.sources.models_dev.git.clone import Clone
from llmcat.pipeline.sources.models_dev.labs import Labs
from llmcat.pipeline.sources.models_dev.translate import translate_model, translate_provider

SNAPSHOT_NAME = re.compile(r"^(\d{4})-(\d\d)-(\d\d)T(\d\d)(\d\d)(\d\d)Z\.json(\.gz)?$")

Count = Callable[[int, int], None]
Location = Path | Sequence[Path]
"""A file or folder, or several files."""


class ModelsDev:
    """The kind `models.dev`. A location is a file, a folder of snapshots or several, or a clone."""

    canonical_ids = True

    def __init__(self) -> None:
        self._clone: Clone | None = None

    def steps(
        self, location: Location | Clone, after: Moment | None, count: Count
    ) -> Iterator[Step]:
        """What changed from snapshot to snapshot, or from commit to commit."""
        if isinstance(location, Clone) or (isinstance(location, Path) and is_clone(location)):
            self._clone = location if isinstance(location, Clone) else Clone(location)
            yield from self._clone.steps(after, count)
        elif not isinstance(location, Path) or location.is_dir():
            yield from snapshot_steps(snapshots(location), after)

    def model_facts(self, record: dict[str, Any]) -> Facts:
        """The facts of a model object of api.json."""
        return translate_model(record)

    def provider_facts(self, record: dict[str, Any]) -> Facts:
        """The facts of a provider object of api.json."""
        if not _is_readable(record):
            raise BadRecord("is no object, or its models are none")
        return translate_provider(record)

    def read(self, location: Location) -> Iterator[Document | Reject]:
        """One document: the file, the newest snapshot, or what the clone publishes now, and the files
        that are broken in it."""
        if self._clone is not None:
            yield self._clone.document()  # steps() walked it
            yield from self._clone.rejects()
            return
        path = snapshots(location)[-1]
        manifest = read_manifest(path)
        data, digest = read_snapshot(path, manifest)
        yield Document(
            name=path.name,
            data=data,
            sha256=digest,
            retrieved_at=snapshot_time(path.name) or manifest.get("retrieved_at"),
            licence=manifest.get("licence"),
        )

    def translate(self, document: Document) -> Iterator[Entry | Reject]:
        """Providers and models of api.json or catalog.json."""
        providers, lab_models = _split(document)
        labs = Labs(lab_models)
        for provider_id, provider in providers.items():
            if not isinstance(provider, dict):
                yield _reject(document, "provider", provider_id, provider, "is no object")
                continue
            yield _provider_entry(document, provider_id, provider)
            models = provider.get("models", {})
            if not isinstance(models, dict):
                yield _reject(document, "provider", provider_id, models, "models is no object")
                continue
            for model_id, model in models.items():
                place = f"{document.name}: {provider_id}.models.{model_id}"
                spec = f"{provider_id}:{model_id}"
                base = labs.model_of(model, f"{provider_id}/{model_id}")
                try:
                    facts = translate_model(model) if base is None else labs.translate(base, model)
                except BadRecord as bad:
                    yield Reject(document.name, place, "model", spec, str(bad), model)
                    continue
                if model.get("id", model_id) != model_id:
                    facts["extra"] = {**facts.get("extra", {}), "id": model["id"]}
                facts["provider"], facts["id"] = provider_id, model_id
                yield Entry("model", place, facts, model)
        for key, record, reason in labs.rejects():
            yield _reject(document, "model", key, record, reason)


def is_clone(path: Path) -> bool:
    """Whether a folder is a git repository, with a work tree or bare."""
    return (path / ".git").exists() or ((path / "HEAD").is_file() and (path / "objects").is_dir())


def snapshots(location: Location) -> list[Path]:
    """The snapshots of a location by time; a file is its own only one.

    Raises SourceError for a folder without any.
    """
    if not isinstance(location, Path):
        return sorted(location, key=lambda path: path.name)
    if not location.is_dir():
        return [location]
    found = [path for path in location.iterdir() if SNAPSHOT_NAME.match(path.name)]
    if not found:
        raise SourceError(location, "holds no snapshot such as 2026-01-13T005434Z.json.gz")
    return sorted(found, key=lambda path: path.name)


def read_snapshot(path: Path, manifest: dict[str, Any]) -> tuple[Any, str]:
    """The JSON in a file and the file's sha256, which must be the manifest's."""
    content = read_bytes(path, MAX_JSON)
    digest = sha256(path.read_bytes()) if path.suffix == ".gz" else sha256(content)
    if manifest.get("sha256") not in (None, digest):
        raise SourceError(path, "does not have the sha256 that the manifest beside it names")
    return parse_json(path, content), digest


def snapshot_steps(paths: Sequence[Path], after: Moment | None) -> Iterator[Step]:
    """What each snapshot changed against the one before it, from the one after `after` on. Those up to
    it are named, and say nothing: whoever recorded `after` knows whether they were told."""
    before: dict[str, Any] = {}
    timed = [(snapshot_time(path.name), path) for path in paths]
    for number, (at, path) in enumerate(timed):
        following = timed[number + 1][0] if number + 1 < len(timed) else None
        if at is None:
            continue
        if after and at <= after.at:
            yield Step(at, _revision(path), {}, {})
            if following and following <= after.at:
                continue
        data, _ = read_snapshot(path, read_manifest(path))
        if not isinstance(data, dict):
            raise SourceError(path, "is no models.dev file: the top is no object")
        bad = {id_: said for id_, said in data.items() if not _is_readable(said)}
        data = {**data, **{id_: before.get(id_, {}) for id_ in bad}}  # as it was, then
        if after is None or at > after.at:
            step = _difference(Moment(at, _revision(path)), before, data)
            step.providers.update(bad)
            yield step
        before = data


def _revision(path: Path) -> str:
    return path.name.partition(".")[0]


def _is_readable(provider: Any) -> bool:
    return isinstance(provider, dict) and isinstance(provider.get("models", {}), dict)


def _difference(moment: Moment, before: dict[str, Any], now: dict[str, Any]) -> Step:
    """Providers and models of two api.json that are not equal."""
    step = Step(*moment, {}, {})
    for provider in sorted(before.keys() | now.keys()):
        old, new = before.get(provider) or {}, now.get(provider) or {}
        old_models, new_models = old.get("models", {}), new.get("models", {})
        bare = [{k: v for k, v in side.items() if k != "models"} for side in (old, new)]
        if bare[0] != bare[1]:
            step.providers[provider] = bare[1] or None
        for model in sorted(old_models.keys() | new_models.keys()):
            if old_models.get(model) != new_models.get(model):
                step.models[provider, model] = new_models.get(model)
    return step


def snapshot_time(name: str) -> str | None:
    """The instant in the name of a snapshot, `YYYY-MM-DDTHH:MM:SSZ`."""
    if match := SNAPSHOT_NAME.match(name):
        year, month, day, hour, minute, second, _ = match.groups()
        return f"{year}-{month}-{day}T{hour}:{minute}:{second}Z"
    return None


def read_manifest(path: Path) -> dict[str, str]:
    """What the folder's manifest.json says of this snapshot; empty where it says nothing."""
    manifest = path.parent / "manifest.json"
    if not manifest.is_file():
        return {}
    said = parse_json(manifest, read_bytes(manifest, MAX_TEXT))
    snapshots = said.get("snapshots") if isinstance(said, dict) else None
    for entry in snapshots if isinstance(snapshots, list) else []:
        if isinstance(entry, dict) and entry.get("file") == path.name:
            known = {"licence": said.get("licence"), **entry}
            return {key: value for key, value in known.items() if isinstance(value, str)}
    return {}


def _split(document: Document) -> tuple[dict[str, Any], dict[str, Any]]:
    data = document.data
    if not isinstance(data, dict):
        raise SourceError(document.name, "is no models.dev file: the top is no object")
    if data.keys() == {"models", "providers"}:
        providers, lab_models = data["providers"], data["models"]
        if not isinstance(providers, dict) or not isinstance(lab_models, dict):
            raise SourceError(document.name, "is no models.dev catalog.json")
        if not isinstance(providers.get("id"), str):  # else it is a provider that is called so
            return providers, lab_models
    if not any(isinstance(p, dict) and "models" in p for p in data.values()):
        raise SourceError(document.name, "is no models.dev file: no provider with models in it")
    return data, {}


def _reject(document: Document, kind: str, key: str, record: Any, reason: str) -> Reject:
    return Reject(document.name, f"{document.name}: {key}", kind, key, reason, record)


def _provider_entry(document: Document, provider_id: str, provider: dict[str, Any]) -> Entry:
    facts = translate_provider(provider)
    if provider.get("id", provider_id) != provider_id:
        facts["extra"] = {**facts.get("extra", {}), "id": provider["id"]}
    facts["id"] = provider_id
    raw = {key: value for key, value in provider.items() if key != "models"}
    return Entry("provider", f"{document.name}: {provider_id}", facts, raw)
