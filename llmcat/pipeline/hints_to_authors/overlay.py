"""Check overlays before they are built: file, line, field, reason. And their JSON Schemas."""

from __future__ import annotations

import functools
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from llmcat.display import shown
from llmcat.errors import SourceError
from llmcat.pipeline.entries import Document, Entry, Layer, Reject, Step
from llmcat.pipeline.hints_to_authors.other_programs import foreign_places
from llmcat.pipeline.hints_to_authors.spelling import Where, misspelled
from llmcat.pipeline.lenient_fields import KEPT
from llmcat.pipeline.provider_names import provider_renamer
from llmcat.pipeline.sources.overlays.format import (
    TomlModel,
    TomlProvider,
    YamlOverlay,
)
from llmcat.pipeline.sources.overlays.other_programs_files import name_program
from llmcat.pipeline.sources.overlays.toml import Toml, is_provider_file, read_toml
from llmcat.pipeline.sources.overlays.translate import RENAMED
from llmcat.pipeline.sources.overlays.yaml import SUFFIXES, TABLES, Yaml, no_overlay, read_yaml
from llmcat.pipeline.stages.normalize import normalize
from llmcat.pipeline.stages.validate import validate

JSON = ".json"
"""YAML can be written so, and most configuration files of other programs are."""

NO_OVERLAY = "is no overlay: the name must end in .yml or .toml"

SCHEMAS = {
    "overlay.schema.json": (YamlOverlay, "A YAML overlay: one provider and its models"),
    "overlay-provider.schema.json": (TomlProvider, "A TOML overlay of a provider"),
    "overlay-model.schema.json": (TomlModel, "A TOML overlay of a model"),
}
"""File name of a schema -> the type it is made from, its title."""


class Finding(NamedTuple):
    """Something about an overlay. `line` is None where a file has none; warnings do not fail."""

    file: str
    line: int | None
    field: str
    reason: str
    warning: bool = False

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        field = f"{self.field}: " if self.field else ""
        return f"{place}: {'warning: ' if self.warning else ''}{field}{self.reason}"


def overlay_files(paths: Iterable[Path]) -> Iterator[Path]:
    """The overlays that `paths` name; a folder stands for all .yml, .yaml and .toml below it."""
    for path in paths:
        if path.is_dir():
            found = (p for p in path.rglob("*") if p.suffix in (*SUFFIXES, ".toml") and p.is_file())
            yield from sorted(found)
        else:
            yield path


def check(path: Path) -> list[Finding]:
    """What is wrong with one overlay, in the order of its lines; empty when nothing is."""
    kind: Yaml | Toml
    form: Any
    try:
        if path.suffix in (*SUFFIXES, JSON):
            kind, document, form = Yaml(), read_yaml(path), YamlOverlay
        elif path.suffix == ".toml":
            kind, document = Toml(), read_toml(path)
            form = TomlProvider if is_provider_file(document.name) else TomlModel
        else:
            return [Finding(str(path), None, "", NO_OVERLAY)]
    except SourceError as error:
        line = error.location.removeprefix(str(path)).lstrip(":")
        return [Finding(str(path), int(line) if line.isdigit() else None, "", error.reason)]
    if isinstance(kind, Yaml) and (reason := no_overlay(document)):
        if path.suffix == JSON and not name_program(document.data):
            return [Finding(str(path), None, "", NO_OVERLAY)]
        return [Finding(str(path), document.line_of(list(document.data)[:1]), "", reason)]
    foreign = dict(foreign_places(document, isinstance(kind, Yaml)))
    failed = [f for f in _against_format(document, form) if not _within(f[0], foreign)]
    slips = {where: reason for where, reason, is_kept in failed if not is_kept}
    findings = [_finding(path, document, where, reason) for where, reason in slips.items()]
    advised = {_place_advised(document, where) for where in slips}
    advice = set(foreign.values())
    for reject in _rejects(kind, document):
        field = (reject.field or "").rpartition(".")[2]
        is_advised = (reject.place, field) in advised or reject.reason.partition(": ")[2] in advice
        if not is_advised:
            findings.append(_rejected(path, reject))
    warnings = {
        **{where: reason for where, reason, is_kept in failed if is_kept},
        **{w: reason for w, reason in misspelled(document.data, form) if not _within(w, foreign)},
        **foreign,
    }
    for where, reason in warnings.items():
        findings.append(_finding(path, document, where, reason)._replace(warning=True))
    return sorted(findings, key=lambda finding: finding.line or 0)


def _within(where: Where, places: Collection[Where]) -> bool:
    """Whether `where` is one of `places` or below one."""
    return any(where[:end] in places for end in range(1, len(where) + 1))


def _place_advised(document: Document, where: Where) -> tuple[str, str]:
    """The place of the record, as the build names it, and the field that the format found wrong: the
    build rejects the same field, by the name that it has among the facts."""
    names = [part for part in where if isinstance(part, str)]
    field = RENAMED.get(names[-1], names[-1]).rpartition(".")[2]
    if where[0] in TABLES and len(where) > 1:
        return document.place(*where[:2]), field
    return document.place("id"), field


def _finding(path: Path, document: Document, where: Where, reason: str) -> Finding:
    return Finding(str(path), document.line_of(where), ".".join(map(str, where)), reason)


def _against_format(document: Document, form: Any) -> Iterator[tuple[Where, str, bool]]:
    """Where the file is not of the format, why, and whether the build keeps it all the same."""
    try:
        _checker(form).validate_python(_without_nulls(document.data))
    except ValidationError as error:
        found: dict[Where, tuple[str, bool]] = {}
        for failure in error.errors(include_url=False):
            where = _written_path(failure["loc"], document.data)
            value = failure["input"]
            quoted = "" if isinstance(value, (dict, list)) else f", not {shown(value)}"
            found.setdefault(where, (failure["msg"] + quoted, failure["type"] == KEPT))
        # of a union's branches, the failure that names the innermost field says most
        for where, (reason, is_kept) in found.items():
            if not any(other[: len(where)] == where != other for other in found):
                yield where, reason, is_kept


@functools.cache
def _checker(form: Any) -> TypeAdapter[Any]:
    """The checker of a format, which takes a while to make."""
    return TypeAdapter(form)


def _without_nulls(value: Any) -> Any:
    """Null is no value, wherever it stands in a table."""
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _written_path(location: tuple[Any, ...], data: Any) -> Where:
    """The part of pydantic's location that was written: it also names branches of unions."""
    where: list[str | int] = []
    for part in location:
        if (isinstance(data, Mapping) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        ):
            data = data[part]
        else:
            continue
        where.append(part)
    return tuple(where) or location[:1]


def _rejects(kind: Yaml | Toml, document: Document) -> list[Reject]:
    """What the build itself would reject."""
    translated = list(kind.translate(document))
    step = Step(
        None,
        "",
        [entry for entry in translated if isinstance(entry, Entry)],
        rejects=[reject for reject in translated if isinstance(reject, Reject)],
        layer=Layer(document.name, "overlay", document.name),
    )
    return list(validate(normalize(step, provider_renamer({}))).rejects)


def _rejected(path: Path, reject: Reject) -> Finding:
    line = reject.place.rpartition(":")[2]
    return Finding(
        str(path), int(line) if line.isdigit() else None, reject.spec or "", reject.reason
    )


def _allow_nulls(schema: Any) -> None:
    """Let every key that may be missing be null, too, as the build does."""
    for item in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(item, (dict, list)):
            _allow_nulls(item)
    properties: Any = schema.get("properties") if isinstance(schema, dict) else None
    if isinstance(properties, dict):
        for name in properties.keys() - set(schema.get("required", ())):
            properties[name] = {"anyOf": [properties[name], {"type": "null"}]}


def _close_tables_of_names(schema: Any) -> None:
    """A table whose keys follow a pattern has no other keys, which JSON Schema would allow."""
    for item in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(item, (dict, list)):
            _close_tables_of_names(item)
    if isinstance(schema, dict) and "patternProperties" in schema:
        schema["additionalProperties"] = False


def schemas() -> dict[str, str]:
    """File name -> JSON Schema of each overlay format, as it is committed in build/."""
    result = {}
    for name, (form, title) in SCHEMAS.items():
        schema = TypeAdapter(form).json_schema()
        _close_tables_of_names(schema)
        _allow_nulls(schema)
        schema.update({"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title})
        result[name] = json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    return result
