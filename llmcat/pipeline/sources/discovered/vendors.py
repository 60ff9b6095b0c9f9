"""The lists of those who make models: OpenAI, Anthropic, Google, xAI, Mistral, Cohere."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from llmcat.pipeline.entries import Facts
from llmcat.pipeline.sources.discovered.found import Found, id_of, sparse
from llmcat.pipeline.sources.discovered.scalars import (
    day,
    flags,
    limits,
    price,
    rows,
    table,
    tokens,
    words,
)

XAI_SCALE = Decimal("0.0001")
"""xAI's prices are USD per 1M tokens, times 10,000."""

ANTHROPIC = {
    "image_input": "vision",
    "pdf_input": "pdf_input",
    "structured_outputs": "structured_outputs",
    "thinking": "reasoning",
    "citations": "citations",
    "batch": "batch",
    "context_management": "context_management",
}
ANTHROPIC_TOOLS = {"web_search": "web_search", "code_execution": "code_execution"}
"""Under `server_tools`; a `code_execution` beside it is about calling other tools from such code."""

MISTRAL = {
    "completion_chat": "chat",
    "function_calling": "function_calling",
    "reasoning": "reasoning",
    "vision": "vision",
    "ocr": "ocr",
    "moderation": "moderation",
    "audio": "audio_input",
    "audio_transcription": "speech_recognition",
    "audio_speech": "speech_synthesis",
    "fine_tuning": "fine_tuning",
    "completion_fim": "fill_in_the_middle",
    "classification": "classification",
}
GOOGLE_METHODS = {
    "generateContent": "chat",
    "embedContent": "embeddings",
    "predict": "image_generation",
    "predictLongRunning": "video_generation",
    "createCachedContent": "context_caching",
}
COHERE = {"tools": "function_calling", "vision": "vision", "json_schema": "structured_outputs"}
COHERE_ENDPOINTS = {"chat": "chat", "embed": "embeddings", "rerank": "rerank"}


def openai(row: Any) -> Found:
    """OpenAI's own list says that a model is there, and when it will not be."""
    return Found(sparse(id=id_of(row, "id"), retires_on=day(row.get("shutdown_date"))), row)


def anthropic(row: Any) -> Found:
    """Anthropic's list has limits, a tree of capabilities and the lifecycle. `lifecycle` decides: a day of
    retirement that has passed on a model that is merely deprecated is overdue."""
    claims = table(row.get("capabilities"))
    able: Facts = {}
    for branch, names in (
        (claims, ANTHROPIC),
        (table(claims.get("server_tools")), ANTHROPIC_TOOLS),
    ):
        for name, capability in names.items():
            if isinstance(supported := table(branch.get(name)).get("supported"), bool):
                able[capability] = supported
    efforts = table(claims.get("effort"))
    levels = [
        level for level, claimed in efforts.items() if table(claimed).get("supported") is True
    ]
    if levels and able.get("reasoning"):
        able["reasoning"] = {"supported": True, "effort_levels": levels}
    lifecycle = row.get("lifecycle")
    facts = sparse(
        id=id_of(row, "id"),
        name=row.get("display_name"),
        status=lifecycle if lifecycle in ("active", "deprecated", "retired") else None,
        deprecated_on=day(row.get("deprecated_at")),
        retires_on=day(row.get("retires_at")),
        limit=limits(row, context="max_input_tokens", output="max_tokens"),
        capabilities=able,
    )
    if lifecycle == "deprecated" and facts.get("retires_on"):
        from llmcat.instants import today

        if facts["retires_on"] <= today():
            facts["metadata"] = {"retirement_overdue_since": facts.pop("retires_on")}
    return Found(facts, row)


def google(row: Any) -> Found:
    """Gemini's list; a model's name has `models/` or `publishers/…/models/` before its id."""
    methods = words(row.get("supportedGenerationMethods") or row.get("supportedActions"))
    able: Facts = {GOOGLE_METHODS[name]: True for name in methods if name in GOOGLE_METHODS}
    if isinstance(row.get("thinking"), bool):
        able["reasoning"] = row["thinking"]
    stage = row.get("launchStage")
    return Found(
        sparse(
            id=id_of(row, "name").rpartition("models/")[2],
            name=row.get("displayName"),
            description=row.get("description"),
            status={"DEPRECATED": "deprecated", "ALPHA": "alpha", "BETA": "beta"}.get(str(stage)),
            limit=limits(row, context="inputTokenLimit", output="outputTokenLimit"),
            capabilities=able,
        ),
        row,
    )


def xai(row: Any) -> Found:
    """xAI's lists have prices, limits, aliases and modalities. It is cut to what the key may use."""
    cost: Facts = {}
    tier: Facts = {}
    for meter, key in (
        ("input", "prompt_text_token_price"),
        ("output", "completion_text_token_price"),
        ("cache_read", "cached_prompt_text_token_price"),
    ):
        if (usd := price(row.get(key), XAI_SCALE, key)) is not None:
            cost[meter] = usd
        if (usd := price(row.get(f"{key}_long_context"), XAI_SCALE, key)) is not None:
            tier[meter] = usd
    threshold = tokens(row.get("long_context_threshold"), "long_context_threshold")
    if tier and isinstance(threshold, int) and tier.get("input") != cost.get("input"):
        cost["tiers"] = [{"min_context": threshold, **tier}]
    if not cost.get("input") and not cost.get("output"):
        cost = {}  # models that are paid by the image list zeros
    modalities = sparse(
        input=words(row.get("input_modalities")), output=words(row.get("output_modalities"))
    )
    context = tokens(row.get("context_length") or row.get("max_prompt_length"), "context_length")
    return Found(
        sparse(
            id=id_of(row, "id"),
            aliases=words(row.get("aliases")),
            cost=cost,
            modalities=modalities,
            limit=sparse(context=context),
        ),
        row,
    )


def mistral(row: Any) -> Found:
    """Mistral's list has thirteen flags and the lifecycle, and a row for each alias."""
    return Found(
        sparse(
            id=id_of(row, "id"),
            name=row.get("name"),
            aliases=[alias for alias in words(row.get("aliases")) if alias != row["id"]],
            limit=limits(row, context="max_context_length"),
            capabilities=flags(table(row.get("capabilities")), MISTRAL),
            retires_on=day(row.get("deprecation")),
            status="deprecated" if day(row.get("deprecation")) else None,
            replacement=row.get("deprecation_replacement_model"),
        ),
        row,
    )


def cohere(row: Any) -> Found:
    """Cohere's list names a model's endpoints and features; null features are not known."""
    able: Facts = {COHERE[name]: True for name in words(row.get("features")) if name in COHERE}
    able |= {
        COHERE_ENDPOINTS[name]: True
        for name in words(row.get("endpoints"))
        if name in COHERE_ENDPOINTS
    }
    return Found(
        sparse(
            id=id_of(row, "name"),
            status="deprecated" if row.get("is_deprecated") is True else None,
            limit=limits(row, context="context_length"),
            capabilities=able,
        ),
        row,
    )


def each(answer: dict[str, Any], key: str) -> Iterator[Any]:
    """The rows under `key` on all pages of all lists; a bare array is a page of rows."""
    for pages in answer.values():
        for page in rows(pages):
            yield from rows(page if isinstance(page, list) else table(page).get(key))
