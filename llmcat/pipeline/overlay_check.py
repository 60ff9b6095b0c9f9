"""Check overlays before they are built: file, line, field, reason. And their JSON Schemas."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError

from llmcat.errors import SourceError
from llmcat.pipeline.layer import Document, Entry, Layer, Reject
from llmcat.pipeline.normalize import normalize
from llmcat.pipeline.overlay_format import (
    OverlayModel,
    OverlayProviderFields,
    TomlModel,
    TomlProvider,
    YamlOverlay,
)
from llmcat.pipeline.sources.toml import Toml, is_provider_file, read_toml
from llmcat.pipeline.sources.yaml import LIKENESS, SUFFIXES, Yaml, no_overlay, read_yaml
from llmcat.pipeline.validate import validate

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
        if path.suffix in SUFFIXES:
            kind, document, form = Yaml(), read_yaml(path), YamlOverlay
        elif path.suffix == ".toml":
            kind, document = Toml(), read_toml(path)
            form = TomlProvider if is_provider_file(document.name) else TomlModel
        else:
            return [
                Finding(str(path), None, "", "is no overlay: the name must end in .yml or .toml")
            ]
    except SourceError as error:
        line = error.location.removeprefix(str(path)).lstrip(":")
        return [Finding(str(path), int(line) if line.isdigit() else None, "", error.reason)]
    if isinstance(kind, Yaml) and (reason := no_overlay(document)):
        return [Finding(str(path), document.line_of(list(document.data)[:1]), "", reason)]
    findings = _against_format(path, document, form)
    findings = findings or _against_facts(path, kind, document)
    findings += _misspelled(path, document, form)
    return sorted(findings, key=lambda finding: finding.line or 0)


def _against_format(path: Path, document: Document, form: Any) -> list[Finding]:
    try:
        TypeAdapter(form).validate_python(document.data)
    except ValidationError as error:
        findings: dict[str, Finding] = {}
        for failure in error.errors(include_url=False):
            where = _written_path(failure["loc"], document.data)
            field = ".".join(map(str, where))
            value = failure["input"]
            found = "" if isinstance(value, (dict, list)) else f", not {value!r:.60}"
            line = document.line_of(where)
            findings.setdefault(field, Finding(str(path), line, field, failure["msg"] + found))
        # of a union's branches, the failure that names the innermost field says most
        return [
            finding
            for field, finding in findings.items()
            if not any(other.startswith(f"{field}.") for other in findings)
        ]
    return []


def _written_path(location: tuple[Any, ...], data: Any) -> list[int | str]:
    """The part of pydantic's location that was written: it also names branches of unions."""
    where: list[int | str] = []
    for part in location:
        if (isinstance(data, Mapping) and part in data) or (
            isinstance(data, list) and isinstance(part, int) and part < len(data)
        ):
            data = data[part]
        else:
            continue
        where.append(part)
    return where or list(location[:1])


def _against_facts(path: Path, kind: Yaml | Toml, document: Document) -> list[Finding]:
    """What the build itself would reject."""
    layer = Layer(document.name, "overlay", document.name)
    for entry in kind.translate(document):
        if isinstance(entry, Entry):
            layer.entries.append(entry)
        else:
            layer.rejects.append(entry)
    validate(normalize(layer, {}))
    return [_finding(path, reject) for reject in layer.rejects]


def _finding(path: Path, reject: Reject) -> Finding:
    line = reject.place.rpartition(":")[2]
    return Finding(
        str(path), int(line) if line.isdigit() else None, reject.spec or "", reject.reason
    )


def _misspelled(path: Path, document: Document, form: Any) -> Iterator[Finding]:
    """Keys that nobody knows but that look like one that is known."""
    tables: list[tuple[list[str | int], Any, Any]] = [([], document.data, form)]
    if form is YamlOverlay:
        for key in ("models", "model_capabilities"):
            models = document.data.get(key)
            for id_, model in (models if isinstance(models, Mapping) else {}).items():
                tables.append(([key, id_], model, OverlayModel))
    for where, table, table_form in tables:
        known = [*table_form.__annotations__, *_inherited(table_form)]
        for key in table if isinstance(table, Mapping) else ():
            near = [] if key in known else get_close_matches(key, known, n=1, cutoff=LIKENESS)
            if near:
                reason = f"is unknown and only kept in extra; did you mean {near[0]}?"
                line = document.line_of([*where, key])
                yield Finding(
                    str(path), line, ".".join(map(str, [*where, key])), reason, warning=True
                )


def _inherited(form: Any) -> Iterable[str]:
    bases = {TomlModel: OverlayModel, TomlProvider: OverlayProviderFields}
    bases[YamlOverlay] = OverlayProviderFields
    return bases[form].__annotations__ if form in bases else ()


def schemas() -> dict[str, str]:
    """File name -> JSON Schema of each overlay format, as it is committed in build/."""
    result = {}
    for name, (form, title) in SCHEMAS.items():
        schema = TypeAdapter(form).json_schema()
        schema.update({"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title})
        result[name] = json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    return result
