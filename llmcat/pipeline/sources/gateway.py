"""The model lists of gateways: OpenRouter's, Vercel's AI Gateway, Hugging Face's router.

One translator reads them; DIALECTS says what each calls a thing. A list is a gateway's own word for its
own prices, and for nobody else's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from llmcat.errors import SourceError
from llmcat.pipeline.entries import BadRecord, Document, Entry, Facts, Reject, Role
from llmcat.pipeline.sources.combine import combined
from llmcat.pipeline.sources.files import MAX_JSON, parse_json, read_bytes, sha256

MILLION, ONE = Decimal(1_000_000), Decimal(1)

TOKEN_PRICES = {
    "prompt": "input",
    "completion": "output",
    "input": "input",
    "output": "output",
    "input_cache_read": "cache_read",
    "input_cache_write": "cache_write",
    "input_cache_write_1h": "cache_write_1h",
    "internal_reasoning": "reasoning",
    "audio": "input_audio",
    "audio_output": "output_audio",
    "input_audio_cache": "cache_read_audio",
    "image": "input_image",
    "image_output": "output_image",
    "image_token": "output_image",
}
"""A gateway's price -> meter, by the token."""

PIECE_PRICES = {"web_search": "web_search", "request": "request"}
"""A gateway's price -> meter, by the one."""

PARAMETERS = {
    "tools": "function_calling",
    "tool_choice": "tool_choice",
    "parallel_tool_calls": "parallel_function_calling",
    "structured_outputs": "structured_outputs",
    "response_format": "json_mode",
    "reasoning": "reasoning",
    "temperature": "temperature",
    "web_search_options": "web_search",
}
"""Request parameter that a model takes -> the capability that this shows."""

TAGS = {
    "tool-use": "function_calling",
    "vision": "vision",
    "reasoning": "reasoning",
    "file-input": "pdf_input",
    "image-generation": "image_generation",
    "implicit-caching": "prompt_caching",
    "explicit-caching": "prompt_caching",
    "web-search": "web_search",
}
"""Vercel's tag -> capability."""

NEVER = "2090"
"""An expiry in or after this year stands for none."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one gateway writes its list: its provider id, where context and longest output stand, and
    how many of its price's unit llmcat's token price buys."""

    provider: str
    context: tuple[str, ...]
    output: tuple[str, ...]
    per: Decimal = MILLION


DIALECTS = {
    "openrouter": Dialect(
        "openrouter", ("context_length",), ("top_provider", "max_completion_tokens")
    ),
    "vercel-gateway": Dialect("vercel", ("context_window",), ("max_tokens",)),
    "huggingface-router": Dialect("huggingface", ("context_length",), (), per=ONE),
    "cloudflare": Dialect("cloudflare-workers-ai", ("context_length",), ("max_output_length",)),
}
"""Hugging Face's prices are USD per 1M tokens already."""


class _Gateway:
    role: Role = "witness"
    kind = ""

    def read(self, location: Path) -> Iterator[Document]:
        """The file. Raises SourceError when it is no list of models."""
        from llmcat.pipeline.sources.models_dev.series import snapshot_time

        data = parse_json(location, read_bytes(location, MAX_JSON))
        self._rows(data, location)
        at, digest = snapshot_time(location.name), sha256(location.read_bytes())
        yield Document(location.name, data, digest, retrieved_at=at)

    def _rows(self, data: Any, location: Any) -> list[Any]:
        """The rows of a list. Raises SourceError for what is none."""
        rows = data.get("data") if isinstance(data, dict) else None
        if not isinstance(rows, list) or not any(
            isinstance(row, dict) and "id" in row for row in rows
        ):
            raise SourceError(location, f"is no list of {self.kind}: no data with models")
        return rows

    def translate(self, document: Document) -> Iterator[Entry | Reject]:
        """An entry a model; a row that only redirects to another becomes an alias of that one."""
        dialect = DIALECTS[self.kind]
        models: dict[str, tuple[str, Facts, list[Any]]] = {}
        rows = self._rows(document.data, document.name)
        rows = sorted(rows, key=lambda row: isinstance(row, dict) and "alias_target" in row)
        for number, row in enumerate(rows):
            id_ = row.get("id") if isinstance(row, dict) else None
            place = f"{document.name}: {id_ if isinstance(id_, str) else number}"
            try:
                facts = {**_facts(row, dialect), "provider": dialect.provider}
            except BadRecord as bad:
                yield Reject("", place, "model", f"{dialect.provider}:{id_}", str(bad), row)
                continue
            place, held, raw = models.get(facts["id"], (place, {}, []))
            models[facts["id"]] = place, combined(held, facts), [*raw, row]
        for place, facts, raw in models.values():
            yield Entry("model", place, facts, raw)


class OpenRouter(_Gateway):
    """The kind `openrouter`: what GET /api/v1/models gives."""

    kind = family = "openrouter"
    authoritative = frozenset(["openrouter"])


class VercelGateway(_Gateway):
    """The kind `vercel-gateway`: what Vercel's AI Gateway gives at /v1/models."""

    kind = family = "vercel-gateway"
    authoritative = frozenset(["vercel"])


class HuggingFaceRouter(_Gateway):
    """The kind `huggingface-router`: what router.huggingface.co gives at /v1/models."""

    kind = family = "huggingface-router"
    authoritative = frozenset(["huggingface"])


def facts_of_row(row: Any, kind: str) -> Facts:
    """The facts of one row of a list of this kind. Raises BadRecord for one without an id."""
    return _facts(row, DIALECTS[kind])


def _facts(row: Any, dialect: Dialect) -> Facts:
    if not isinstance(row, dict) or not isinstance(row.get("id"), str):
        raise BadRecord("is no model with an id")
    rest = {key: value for key, value in row.items() if value not in (None, {}, [])}
    target = rest.get("alias_target")
    if isinstance(target, dict) and isinstance(target.get("slug"), str):
        redirects = {"redirects": {rest["id"]: rest}}
        return {
            "id": target["slug"],
            "aliases": [rest["id"]],
            "extra": {dialect.provider: redirects},
        }
    facts: Facts = {"id": rest.pop("id")}
    for key in ("name", "description"):
        if isinstance(rest.get(key), str):
            facts[key] = rest.pop(key)
    _limits(rest, dialect, facts)
    _modalities(rest, facts)
    _capabilities(rest, facts)
    _dates(rest, facts)
    _only_server(rest, facts)
    if isinstance(rest.get("pricing"), dict):
        _prices(rest, dialect, facts)
    if isinstance(repository := rest.get("hugging_face_id"), str):
        facts["weights"] = {"hugging_face": repository}
        del rest["hugging_face_id"]
    if rest:
        facts["extra"] = {dialect.provider: rest}
    return facts


def _only_server(rest: Facts, facts: Facts) -> None:
    """Hugging Face's router lists who serves a model. Where it is one alone, the model's price, context
    and abilities are its own."""
    servers = rest.get("providers")
    if not isinstance(servers, list) or len(servers) != 1 or not isinstance(servers[0], dict):
        return
    [server] = servers
    if isinstance(server.get("pricing"), dict):
        rest["pricing"] = server["pricing"]
    if type(size := server.get("context_length")) is int and size > 0:
        facts["limit"] = {"context": size}
    for key, name in (
        ("supports_tools", "function_calling"),
        ("supports_structured_output", "structured_outputs"),
    ):
        if isinstance(able := server.get(key), bool):
            facts.setdefault("capabilities", {})[name] = able


def _limits(rest: Facts, dialect: Dialect, facts: Facts) -> None:
    """0 is "not known" in these lists."""
    limit = {}
    for name, path in (("context", dialect.context), ("output", dialect.output)):
        value: Any = rest
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if path and type(value) is int and value > 0:
            limit[name] = value
            if len(path) == 1:
                del rest[path[0]]
    if limit:
        facts["limit"] = limit


def _modalities(rest: Facts, facts: Facts) -> None:
    architecture = rest.get("architecture")
    if not isinstance(architecture, dict):
        return
    sides = {side: architecture.get(f"{side}_modalities") for side in ("input", "output")}
    if found := {side: names for side, names in sides.items() if names}:
        facts["modalities"] = found


def _capabilities(rest: Facts, facts: Facts) -> None:
    """What a listed parameter shows; one that is not listed shows nothing."""
    capabilities: Facts = {}
    parameters = rest.get("supported_parameters")
    if isinstance(parameters, list):
        facts["serving"] = {"known_params": rest.pop("supported_parameters")}
        capabilities.update({PARAMETERS[p]: True for p in parameters if p in PARAMETERS})
    for tag in rest.get("tags", ()):
        if tag in TAGS:
            capabilities[TAGS[tag]] = True
    if isinstance(reasoning := rest.get("reasoning"), dict):
        efforts = reasoning.get("supported_efforts")
        capabilities["reasoning"] = {
            "supported": True,
            **({"effort_levels": efforts} if efforts else {}),
        }
    if capabilities:
        facts["capabilities"] = capabilities


def _dates(rest: Facts, facts: Facts) -> None:
    expires = rest.get("expiration_date")
    if isinstance(expires, str) and expires < NEVER:
        facts["retires_on"] = rest.pop("expiration_date")
    if isinstance(cutoff := rest.get("knowledge_cutoff"), str):
        facts["knowledge"] = cutoff
        del rest["knowledge_cutoff"]
    if isinstance(released := rest.get("released"), int):
        facts["release_date"] = datetime.fromtimestamp(released, timezone.utc).date().isoformat()


def _prices(rest: Facts, dialect: Dialect, facts: Facts) -> None:
    """Prices as decimal texts. -1 is a price that varies, and two zeros are free only where the id says
    so: what is no price stays in extra."""
    pricing = rest.pop("pricing")
    cost = _table(pricing, dialect.per)
    if not facts["id"].endswith(":free") and not cost.get("input") and not cost.get("output"):
        cost = {meter: price for meter, price in cost.items() if price}
    unread = {k: v for k, v in pricing.items() if KEYS.get(k) not in cost and k not in TIERED}
    tiers: dict[int, Facts] = {}
    for key in TIERED.intersection(pricing):
        if left := [
            tier for tier in pricing[key] if not _take(key, tier, dialect.per, facts, tiers)
        ]:
            unread[key] = left
    if tiers:
        cost["tiers"] = [{"min_context": size, **tiers[size]} for size in sorted(tiers)]
    if cost:
        facts["cost"] = cost
    if unread:
        rest["pricing"] = unread


KEYS = {**TOKEN_PRICES, **PIECE_PRICES}
TIERED = {
    "overrides",
    "input_tiers",
    "output_tiers",
    "input_cache_read_tiers",
    "input_cache_write_tiers",
}


def _take(key: str, tier: Any, per: Decimal, facts: Facts, tiers: dict[int, Facts]) -> bool:
    """Take in the prices of a context tier: whether they could be."""
    if not isinstance(tier, dict):
        return False
    if key == "overrides":
        size, table = tier.get("min_prompt_tokens"), _table(tier, per)
    else:
        size, table = tier.get("min"), _table({key.removesuffix("_tiers"): tier.get("cost")}, per)
    if not table or not isinstance(size, int) or len({"utc_start", "utc_days"}.intersection(tier)):
        return False
    if size:  # what holds from the first token on is the plain price, which is listed
        tiers.setdefault(size, {}).update(table)
    return True


def _table(pricing: Mapping[str, Any], per: Decimal) -> Facts:
    cost: Facts = {}
    for names, scale in ((TOKEN_PRICES, per), (PIECE_PRICES, ONE)):
        for key, meter in names.items():
            if key in pricing and (price := _price(pricing[key], scale)) is not None:
                cost[meter] = price
    return cost


def _price(value: Any, scale: Decimal) -> float | None:
    """A price in llmcat's unit; None for what is none, such as -1."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        return None
    return float(price * scale) if price.is_finite() and price >= 0 else None
