"""YAML overlays: ExLLM's provider files in both forms, a file or a folder of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import yaml

from llmcat.display import shown
from llmcat.errors import SourceError
from llmcat.pipeline.entries import BadRecord, Document, Entry, Reject, Role
from llmcat.pipeline.sources.files import MAX_TEXT, decode, read_bytes, sha256
from llmcat.pipeline.sources.overlays.mapping import translate_lists
from llmcat.pipeline.sources.overlays.other_programs_files import name_program
from llmcat.pipeline.sources.overlays.translate import (
    PROVIDER_FIELDS,
    translate_model,
    translate_provider,
)
from llmcat.pipeline.sources.size_limits import (
    HAND,
    MAX_DEPTH,
    check_brackets_of_lines,
    too_deep,
    too_many,
)
from llmcat.suggestions import near

SUFFIXES = (".yml", ".yaml")
LIKENESS = 0.75
CAPABILITIES_STEM = "_capabilities"

TABLES = ("model_capabilities", "models")
OWN_KEYS = {"provider", "providers", *TABLES, *PROVIDER_FIELDS, "base_url", "metadata", "extra"}
"""Keys of which a file has at least one. Where it has none it is no overlay, or one of another shape."""

INTEGER = re.compile(r"^[-+]?(0|[1-9][0-9_]*)$")
FLOAT = re.compile(
    r"^[-+]?(\.[0-9]+|[0-9][0-9_]*\.[0-9_]*|[0-9][0-9_]*(?=[eE]))([eE][-+]?[0-9]+)?$"
)
WORDS = {
    **dict.fromkeys(("true", "yes", "on"), True),
    **dict.fromkeys(("false", "no", "off"), False),
    **dict.fromkeys(("null", "~", ""), None),
}
"""YAML 1.1's words; ExLLM's files were written for it."""

Path_ = tuple[str | int, ...]


class Yaml:
    """The kind `yaml`."""

    role: Role = "correction"

    def read(self, location: Path) -> Iterator[Document | Reject]:
        """A document a file, by name, capabilities files first: the plain file outranks them."""
        if not location.is_dir():
            yield read_yaml(location)
            return
        files = sorted(
            (path for path in location.iterdir() if path.suffix in SUFFIXES and path.is_file()),
            key=lambda path: (not path.stem.endswith(CAPABILITIES_STEM), path.name),
        )
        if not files:
            raise SourceError(location, "holds no .yml or .yaml file")
        for path in files:
            try:
                yield read_yaml(path)
            except SourceError as error:
                yield Reject("", error.location, "file", path.stem, error.reason, None)

    def translate(self, document: Document) -> Iterator[Entry | Reject]:
        """The provider of the file and its models."""
        stem = Path(document.name).stem.removesuffix(CAPABILITIES_STEM)
        data = dict(document.data)
        if reason := no_overlay(document):
            yield Reject("", document.place(*islice(data, 1)), "file", stem, reason, data)
            return
        if isinstance(data.get("models"), list) or isinstance(data.get("providers"), list):
            yield from translate_lists(document)
            return
        provider = claimed if (claimed := data.pop("provider", None)) is not None else stem
        tables = [(key, data.pop(key)) for key in TABLES if key in data]
        if isinstance(data.get("default_model"), str):
            data["default_model"] = data["default_model"].removeprefix(f"{provider}/")
        try:
            facts = translate_provider(data)
        except BadRecord as bad:
            yield Reject("", document.place(), "provider", str(provider), str(bad), data)
        else:
            yield Entry("provider", document.place("provider"), {**facts, "id": provider}, data)
        for key, models in tables:
            if not isinstance(models, Mapping):
                reason = f"{key} must be a table of models by id"
                yield Reject("", document.place(key), "file", str(provider), reason, models)
                continue
            yield from _models(document, key, provider, models)


def no_overlay(document: Document) -> str | None:
    """Why a file says nothing of a provider, if it does not.

    Its name can stand for a provider that is not named, but it must not make one of just any mapping.
    """
    data: Mapping[str, Any] = document.data
    if program := name_program(data):
        return program
    if not OWN_KEYS.isdisjoint(data):
        return None
    provider, hint = Path(document.name).stem, ""
    for key, value in data.items():
        if isinstance(value, Mapping) and not OWN_KEYS.isdisjoint(value):
            provider, hint = key, ""  # providers by id, as with_overrides takes them
            break
        if meant := near(key, sorted(OWN_KEYS), 1, LIKENESS):
            hint = f"; or is {shown(key)} meant to be {meant[0]}?"
    example = provider if provider.isprintable() and len(provider) < 60 else "ID"
    return (
        f"says nothing of a provider; a file is one: write `provider: {example}`, and its models"
        f" under `models`, by id{hint}"
    )


def _models(
    document: Document, key: str, provider: Any, models: Mapping[str, Any]
) -> Iterator[Entry | Reject]:
    """The models of one table. Of ids that differ by the provider's own prefix alone the explicit
    one, without prefix, wins, else the later one; the raw id stays as an alias."""
    prefix = f"{provider}/"
    winners: dict[str, str] = {}
    for raw_id in models:
        id_ = raw_id.removeprefix(prefix) or raw_id
        if id_ not in winners or winners[id_] != id_:
            winners[id_] = raw_id
    for raw_id, record in models.items():
        place = document.place(key, raw_id)
        id_ = raw_id.removeprefix(prefix) or raw_id
        spec = f"{provider}:{id_}"
        if winners[id_] != raw_id:
            reason = _conflict(raw_id, record, winners[id_], models[winners[id_]])
            yield Reject("", place, "model", spec, reason, record)
            continue
        try:
            if record is not None and not isinstance(record, Mapping):
                raise BadRecord("a model must be a table")
            facts = translate_model(record or {})
        except BadRecord as bad:
            yield Reject("", place, "model", spec, str(bad), record)
            continue
        if written := [raw for raw in (prefix + id_,) if raw in models and raw != id_]:
            facts["aliases"] = [*facts.get("aliases", ()), *written]
        yield Entry("model", place, {**facts, "provider": provider, "id": id_}, record)


def _conflict(raw_id: str, record: Any, winner: str, kept: Any) -> str:
    same = f"the same model as {winner!r}, which is kept"
    if record == kept:
        return f"{same}; both say the same"
    if isinstance(record, Mapping) and isinstance(kept, Mapping):
        keys = sorted(k for k in record.keys() | kept.keys() if record.get(k) != kept.get(k))
        return f"{same}; they disagree on {', '.join(keys)}"
    return same


def read_yaml(path: Path) -> Document:
    """One YAML file whose top is a mapping. Raises SourceError with file, line and reason."""
    content = read_bytes(path, MAX_TEXT)
    lines: dict[Path_, int] = {}
    data = parse_yaml(path, decode(path, content), lines)
    if not isinstance(data, dict):
        raise SourceError(path, "the top must be a mapping, such as `provider: openai`")

    def line_of(where: Sequence[str | int]) -> int | None:
        for end in range(len(where), -1, -1):
            if (line := lines.get(tuple(where[:end]))) is not None:
                return line
        return None

    return Document(path.name, data, sha256(content), line_of=line_of)


def parse_yaml(path: Path, text: str, lines: dict[Path_, int]) -> Any:
    """Parse from events, so that nothing is expanded or built that was not written.

    Aliases and duplicate keys are refused, keys stay text as written (`no:` and `4.5:` are ids), and
    dates stay text. `lines` receives the line of every key and item.
    """
    check_brackets_of_lines(path, text)
    try:
        return _Builder(path, text, lines).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", str(error))
        line = f":{mark.line + 1}" if mark else ""
        raise SourceError(f"{path}{line}", f"no YAML: {problem}") from None


class _Builder:
    def __init__(self, path: Path, text: str, lines: dict[Path_, int]) -> None:
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.path, self.lines, self.count = path, lines, 0
        self.events: Any = yaml.parse(text, Loader=loader)

    def document(self) -> Any:
        next(self.events)  # stream start
        if isinstance(next(self.events), yaml.StreamEndEvent):
            return None
        value = self.value(next(self.events), ())
        next(self.events)  # document end
        if not isinstance(next(self.events), yaml.StreamEndEvent):
            raise SourceError(self.path, "holds more than one document")
        return value

    def value(self, event: Any, where: Path_) -> Any:
        if len(where) > MAX_DEPTH:
            raise too_deep(f"{self.path}:{event.start_mark.line + 1}")
        if isinstance(event, yaml.AliasEvent):
            raise self.error(event, "aliases (*name) are not allowed; write the value out")
        self.count += 1
        if self.count > HAND.values:
            raise too_many(f"{self.path}:{event.start_mark.line + 1}", HAND.values)
        self.lines.setdefault(where, event.start_mark.line + 1)
        if isinstance(event, yaml.ScalarEvent):
            return self.scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = []
            while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
                items.append(self.value(event, (*where, len(items))))
            return items
        return self.mapping(where)

    def mapping(self, where: Path_) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self.error(event, "a key must be plain text")
            key: str = event.value
            if key in mapping:
                raise self.error(event, f"the key {key!r} stands twice")
            place = (*where, key)
            mark: Any = event.start_mark
            self.lines[place] = mark.line + 1
            mapping[key] = self.value(next(self.events), place)
        return mapping

    def scalar(self, event: Any) -> Any:
        text: str = event.value
        if event.tag == "tag:yaml.org,2002:str" or not event.implicit[0]:
            if event.tag not in (None, "!", "tag:yaml.org,2002:str"):
                raise self.error(event, f"the tag {event.tag} is not allowed")
            return text
        if text.lower() in WORDS:
            return WORDS[text.lower()]
        digits = text.replace("_", "")
        if INTEGER.match(text):
            if len(digits) > 4_000:
                raise self.error(event, "the number is too long")
            return int(digits)
        if FLOAT.match(text):
            return float(digits)
        return text

    def error(self, event: Any, reason: str) -> SourceError:
        return SourceError(f"{self.path}:{event.start_mark.line + 1}", reason)
