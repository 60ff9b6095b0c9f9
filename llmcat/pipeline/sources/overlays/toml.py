"""TOML overlays in LLMModels' layout: a folder a provider, provider.toml in it, a file a model."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from llmcat.errors import SourceError
from llmcat.pipeline.entries import BadRecord, Document, Entry, Reject, Role, spec_of
from llmcat.pipeline.sources.files import MAX_TEXT, decode, read_bytes, sha256
from llmcat.pipeline.sources.overlays.translate import plain, translate_model, translate_provider
from llmcat.pipeline.sources.size_limits import check_toml, too_deep

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TABLE = re.compile(r"^\[\[?([^\]]+)\]\]?\s*(#.*)?$")
KEY = re.compile(r"""^("[^"]*"|'[^']*'|[A-Za-z0-9_-]+)((?:\s*\.\s*[A-Za-z0-9_-]+)*)\s*=""")


class Toml:
    """The kind `toml`."""

    role: Role = "correction"

    def read(self, location: Path) -> Iterator[Document | Reject]:
        """The files of each provider's folder in turn, the provider's own first.

        `location` may hold such folders, be one, or be a single file of one.
        """
        if not location.is_dir():
            yield read_toml(location)
            return
        folders = sorted(path for path in location.iterdir() if path.is_dir())
        if any(location.glob("*.toml")):
            folders = [location]
        read = 0
        for path in (path for folder in folders for path in _files(folder)):
            read += 1
            if isinstance(path, Reject):
                yield path
                continue
            try:
                yield read_toml(path)
            except SourceError as error:
                yield Reject("", error.location, "file", path.stem, error.reason, None)
        if not read:
            raise SourceError(location, "holds no <provider>/*.toml")

    def translate(self, document: Document) -> Iterator[Entry | Reject]:
        """One provider, or one model."""
        folder = document.name.rpartition("/")[0]
        record = document.data
        if is_provider_file(document.name):
            id_ = record.get("id", folder)
            try:
                facts = translate_provider({k: v for k, v in record.items() if k != "id"})
            except BadRecord as bad:
                spec = spec_of({"id": id_})
                yield Reject("", document.place(), "provider", spec, str(bad), record)
            else:
                yield Entry("provider", document.place("id"), {**facts, "id": id_}, record)
            return
        provider = record.get("provider", folder)
        try:
            if "id" not in record:
                raise BadRecord('the id is missing; add id = "…"')
            known = {key: value for key, value in record.items() if key not in ("id", "provider")}
            facts = translate_model(known)
        except BadRecord as bad:
            spec = spec_of({"provider": provider, "id": record.get("id", "")})
            yield Reject("", document.place(), "model", spec, str(bad), record)
            return
        facts.update(provider=provider, id=record["id"])
        yield Entry("model", document.place("id"), facts, record)


def is_provider_file(name: str) -> bool:
    """Whether `folder/file.toml` describes the provider itself."""
    folder, _, file = name.rpartition("/")
    return file in ("provider.toml", f"{folder}.toml")


def _files(folder: Path) -> list[Path] | list[Reject]:
    try:
        files = [path for path in folder.iterdir() if path.suffix == ".toml" and path.is_file()]
    except OSError as error:
        reason = f"cannot be read ({error.strerror})"
        return [Reject("", str(folder), "file", folder.name, reason, None)]
    return sorted(files, key=lambda p: (not is_provider_file(f"{folder.name}/{p.name}"), p.name))


def read_toml(path: Path) -> Document:
    """One TOML file. Raises SourceError with file, line and reason."""
    content = read_bytes(path, MAX_TEXT)
    text = decode(path, content)
    check_toml(path, text)
    try:
        data = plain(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = f":{where[1]}" if where else ""
        reason = str(error).partition(" (at ")[0]
        raise SourceError(f"{path}{line}", f"no TOML: {reason}") from None
    except RecursionError:
        raise too_deep(path) from None
    except ValueError as error:  # integers of more than 4,300 digits, dates that do not exist
        raise SourceError(path, f"no TOML: {str(error).partition(';')[0]}") from None
    # by the path as given: a symbolic link has the provider of the folder that it lies in
    name = f"{os.path.basename(os.path.dirname(os.path.abspath(path)))}/{path.name}"
    return Document(name, data, sha256(content), line_of=_line_finder(text))


def _line_finder(text: str) -> Callable[[Sequence[str | int]], int | None]:
    """tomllib keeps no lines: find a key by the table headers above it, as a reader would."""

    def line_of(where: Sequence[str | int]) -> int | None:
        wanted = [str(part) for part in where if isinstance(part, str)]
        table: list[str] = []
        best: tuple[int, int] = (0, 1)
        for number, line in enumerate(text.splitlines(), start=1):
            line = line.strip()
            if header := TABLE.match(line):
                table = [part.strip().strip("\"'") for part in header[1].split(".")]
                found = table
            elif key := KEY.match(line):
                rest = [part.strip() for part in key[2].split(".") if part.strip()]
                found = [*table, key[1].strip("\"'"), *rest]
            else:
                continue
            if found == wanted[: len(found)] and len(found) > best[0]:
                best = (len(found), number)
        return best[1]

    return line_of
