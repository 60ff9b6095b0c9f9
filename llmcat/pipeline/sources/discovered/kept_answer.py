"""The kind `discovered`: the kept answer of one endpoint, as entries and as availability."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from llmcat.errors import SourceError
from llmcat.pipeline.entries import BadRecord, Document, Entry, Reject, Role
from llmcat.pipeline.sources.combine import combined
from llmcat.pipeline.sources.discovered import clouds, platforms, servers, vendors
from llmcat.pipeline.sources.discovered.found import Found, id_of
from llmcat.pipeline.sources.files import MAX_JSON, read_bytes, sha256
from llmcat.pipeline.sources.gateway import facts_of_row

Reader = Callable[[dict[str, Any]], Iterator["Found | BadRecord"]]


ODD = (AttributeError, TypeError, KeyError, ValueError, OverflowError)
"""What reading raises where a table, a list or a number is none."""


def _rows(key: str, translate: Callable[[Any], Found]) -> Reader:
    """A reader of lists whose rows stand under `key`."""

    def read(answer: dict[str, Any]) -> Iterator[Found | BadRecord]:
        for row in vendors.each(answer, key):
            try:
                if not isinstance(row, dict):
                    raise BadRecord("is no table")
                yield translate(row)
            except BadRecord as bad:
                yield bad
            except ODD as error:
                yield BadRecord(f"has another shape than is known ({type(error).__name__})")

    return read


def _gateway(kind: str) -> Callable[[Any], Found]:
    def translate(row: Any) -> Found:
        id_of(row, "id")
        servers = row.get("providers")
        live = isinstance(servers, list) and [s for s in servers if isinstance(s, dict)]
        dead = bool(live) and not any(s.get("status", "live") == "live" for s in live or ())
        return Found(facts_of_row(row, kind), row, callable=False if dead else None)

    return translate


READERS: dict[str, Reader] = {
    "openai": _rows("data", vendors.openai),
    "deepseek": _rows("data", vendors.openai),
    "anthropic": _rows("data", vendors.anthropic),
    "google": _rows("models", vendors.google),
    "google-vertex": _rows("publisherModels", vendors.google),
    "mistral": _rows("data", vendors.mistral),
    "cohere": _rows("models", vendors.cohere),
    "groq": _rows("data", platforms.groq),
    "togetherai": _rows("data", platforms.together),
    "fireworks-ai": _rows("models", platforms.fireworks),
    "github-models": _rows("data", platforms.github_models),
    "openrouter": _rows("data", _gateway("openrouter")),
    "vercel": _rows("data", _gateway("vercel-gateway")),
    "huggingface": _rows("data", _gateway("huggingface-router")),
    "cloudflare-workers-ai": _rows("result", _gateway("cloudflare")),
    "azure": clouds.azure,
    "amazon-bedrock": clouds.bedrock,
    "ollama": servers.ollama,
    "lmstudio": servers.lmstudio,
    "openai-compatible": servers.openai_compatible,
}
"""Kind of an endpoint -> who reads its answer."""


def _xai(answer: dict[str, Any]) -> Iterator[Found | BadRecord]:
    """Language models stand under `models` in their own list, and under `data` in the plain one."""
    for key in ("models", "data"):
        yield from _rows(key, vendors.xai)(answer)


def _ollama_cloud(answer: dict[str, Any]) -> Iterator[Found | BadRecord]:
    for page in answer.get("/api/tags", ()):
        for found in servers.ollama({"tags": page}):
            yield found if isinstance(found, BadRecord) else found._replace(callable=None)


def _gguf(answer: dict[str, Any]) -> Iterator[Found | BadRecord]:
    """Model files by their headers, translated when they were read."""
    for row in answer.get("models", ()):
        yield Found({k: v for k, v in row.items() if k != "provider"}, None, None, row["provider"])
    for file in answer.get("unreadable", ()):
        yield BadRecord(f"{file['file']} {file['reason']}")


READERS["gguf"] = _gguf
READERS["xai"] = _xai
READERS["ollama-cloud"] = _ollama_cloud


OF_KNOWN = frozenset(
    (
        *(
            "id",
            "provider",
            "limit",
            "cost",
            "status",
            "deprecated_on",
            "retires_on",
            "replacement",
        ),
        *("capabilities", "modalities", "aliases", "weights", "metadata"),
    )
)
"""What a list says of a model that the catalogue knows: the endpoint's own limits, prices, lifecycle and
abilities. Its name, say, is better known there."""


class Discovered:
    """What one endpoint answered last: its file in the folder of discovered answers."""

    role: Role = "correction"

    def __init__(
        self, joins: Mapping[tuple[str, str], str] = {}, known: Container[str] = frozenset()
    ) -> None:
        """`joins` are ids that the catalogue has as aliases: provider and alias -> id; `known` are the
        specs that it has: of these a list says no more than OF_KNOWN."""
        self._joins, self._known = joins, known
        self._found: dict[str, list[Found | Reject]] = {}

    def read(self, location: Path) -> Iterator[Document]:
        """The file. Raises SourceError for one that is damaged."""
        content = read_bytes(location, MAX_JSON)
        try:
            kept = json.loads(content)
            kept["kind"], kept["provider"], kept["name"], kept["answer"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise SourceError(location, "is no answer that discovery kept") from None
        yield Document(f"discovered {kept['name']}", kept, sha256(content), kept.get("answered_at"))

    def found(self, document: Document) -> list[Found | Reject]:
        """What the file lists; it is read once for all who ask."""
        if document.sha256 not in self._found:
            self._found[document.sha256] = [*read_answer(document.data)]
        return self._found[document.sha256]

    def translate(self, document: Document) -> Iterator[Entry | Reject]:
        """An entry a model; what several rows say of one is one entry."""
        entries: dict[tuple[str, str], Entry] = {}
        if document.data.get("key_command"):
            id_ = document.data["provider"]
            facts: dict[str, Any] = {"id": id_, "extra": {"key_command": True}}
            yield Entry("provider", f"{document.name}: {id_}", facts, None)
        for found in self.found(document):
            if isinstance(found, Reject):
                yield found
                continue
            facts = found.facts
            key = facts["provider"], facts["id"]
            if canonical := self._joins.get(key):
                facts = {**facts, "id": canonical}
                facts.pop("name", None)
                key = facts["provider"], canonical
            if ":".join(key) in self._known:
                facts = {name: value for name, value in facts.items() if name in OF_KNOWN}
            place = f"{document.name}: {facts['id']}"
            if (old := entries.get(key)) is not None:
                facts = combined(old.facts, facts)
            entries[key] = Entry("model", place, facts, found.row)
        yield from entries.values()


def read_answer(kept: dict[str, Any]) -> Iterable[Found | Reject]:
    """The models of an endpoint's answer, each with its provider, and what could not be taken."""
    reader = READERS.get(kept["kind"])
    answer = kept["answer"]
    if reader is None or not isinstance(answer, dict):
        return
    number = 0
    try:
        for number, found in enumerate(reader(answer)):
            if isinstance(found, BadRecord):
                place = f"discovered {kept['name']}: {number}"
                yield Reject("", place, "model", None, str(found), None)
                continue
            provider = found.provider or kept["provider"]
            yield found._replace(facts={**_tables(found.facts), "provider": provider})
    except ODD as error:
        reason = f"has another shape than is known of {kept['kind']} ({type(error).__name__})"
        place = f"discovered {kept['name']}: {number + 1}"
        yield Reject("", place, "model", None, reason, None)


def _tables(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts whose names are texts: what stands there and is none is left out."""
    return {
        key: value
        for key, value in facts.items()
        if key not in TEXTS or (isinstance(value, str) and value)
    }


TEXTS = ("name", "family", "description", "license", "replacement", "task")
