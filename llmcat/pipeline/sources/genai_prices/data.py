"""The kind `genai-prices`: the list of providers that genai-prices publishes, a JSON file or .gz of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from llmcat.errors import SourceError
from llmcat.pipeline.entries import BadRecord, Document, Entry, Facts, Reject, Role
from llmcat.pipeline.sources.files import MAX_JSON, parse_json, read_bytes, sha256
from llmcat.pipeline.sources.genai_prices.prices import price_facts
from llmcat.pipeline.sources.genai_prices.rules import matcher
from llmcat.pipeline.sources.models_dev.series import snapshot_time

KNOWN = {
    "id",
    "match",
    "prices",
    "price_variants",
    "context_window",
    "deprecated",
    "price_comments",
}

LATEST = "9999-12-31"
"""Where the file's own day is not known, the last price that it lists holds."""


class GenaiPrices:
    """An entry speaks of every id of its provider that matches its rule, and makes no id."""

    role: Role = "witness"
    family = "genai-prices"

    def read(self, location: Path) -> Iterator[Document]:
        """The file. Raises SourceError when it is no list of providers."""
        data = parse_json(location, read_bytes(location, MAX_JSON))
        if not isinstance(data, list) or not any(_is_provider(provider) for provider in data):
            raise SourceError(
                location, "is no data of genai-prices: no list of providers with models"
            )
        at = snapshot_time(location.name)
        digest = sha256(location.read_bytes())
        yield Document(location.name, data, digest, retrieved_at=at, licence="MIT")

    def translate(self, document: Document) -> Iterator[Entry | Reject]:
        """An entry a model, in the order of the file: of several that match an id, the first counts."""
        today = (document.retrieved_at or LATEST)[:10]
        for number, provider in enumerate(document.data):
            if not _is_provider(provider):
                yield _reject(document, str(number), provider, "is no provider with id and models")
                continue
            yield _provider(document, provider)
            for model in provider["models"]:
                place = f"{document.name}: {provider['id']}.{_id_of(model)}"
                try:
                    facts = _facts(model, today)
                    facts["provider"] = provider["id"]
                    yield Entry("model", place, facts, model, matches=matcher(model.get("match")))
                except BadRecord as bad:
                    spec = f"{provider['id']}:{_id_of(model)}"
                    yield Reject("", place, "model", spec, str(bad), model)


def _is_provider(provider: Any) -> bool:
    return (
        isinstance(provider, dict)
        and isinstance(provider.get("id"), str)
        and isinstance(provider.get("models"), list)
    )


def _provider(document: Document, provider: dict[str, Any]) -> Entry:
    """What an entry says of the provider itself: what tells its calls apart, and where it lists prices."""
    claimed = {
        k: v for k, v in provider.items() if k not in ("id", "name", "models") and v is not None
    }
    facts: Facts = (
        {"id": provider["id"], "extra": {"genai_prices": claimed}}
        if claimed
        else {"id": provider["id"]}
    )
    return Entry("provider", f"{document.name}: {provider['id']}", facts, claimed)


def _id_of(model: Any) -> str:
    return str(model.get("id")) if isinstance(model, dict) else "?"


def _facts(model: Any, today: str) -> Facts:
    if not isinstance(model, dict) or not isinstance(model.get("id"), str):
        raise BadRecord("is no model with an id")
    facts = {**price_facts(model, today), "id": model["id"]}
    if isinstance(window := model.get("context_window"), int):
        facts["limit"] = {"context": window}
    if model.get("deprecated") is True:
        facts["status"] = "deprecated"
    if comments := model.get("price_comments"):
        facts["notes"] = comments
    if rest := {k: v for k, v in model.items() if k not in KNOWN and v is not None}:
        held = facts.get("extra", {}).get("genai_prices", {})
        facts["extra"] = {"genai_prices": {**held, **rest}}
    return facts


def _reject(document: Document, place: str, record: Any, reason: str) -> Reject:
    return Reject("", f"{document.name}: {place}", "provider", place, reason, record)
