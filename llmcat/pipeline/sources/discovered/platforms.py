"""The lists of those who serve the models of others: Groq, Together, Fireworks, GitHub Models."""

from __future__ import annotations

from typing import Any

from llmcat.pipeline.entries import Facts
from llmcat.pipeline.sources.discovered.found import Found, id_of, sparse
from llmcat.pipeline.sources.discovered.scalars import (
    MILLION,
    day,
    flags,
    limits,
    price,
    table,
    words,
)

TOGETHER_FEATURES = {
    "FEATURE_TOOL_CALLING": "function_calling",
    "FEATURE_STRUCTURED_OUTPUT": "structured_outputs",
    "FEATURE_REASONING": "reasoning",
    "CAPABILITY_CHAT": "chat",
    "CAPABILITY_EMBEDDING": "embeddings",
    "CAPABILITY_RERANKING": "rerank",
    "CAPABILITY_IMAGE_GENERATION": "image_generation",
    "CAPABILITY_VIDEO_GENERATION": "video_generation",
}
SERVERLESS = "PRODUCT_SERVERLESS"
"""Together's word for what a key may call; without it a model wants an endpoint of one's own."""

FIREWORKS = {"supportsTools": "function_calling", "supportsImageInput": "vision"}
GITHUB_TAGS = {
    "reasoning": "reasoning",
    "agents": "function_calling",
    "tool-calling": "function_calling",
}


def groq(row: Any) -> Found:
    """Groq's list has limits; a model that is not active is refused."""
    return Found(
        sparse(
            id=id_of(row, "id"),
            limit=limits(row, context="context_window", output="max_completion_tokens"),
        ),
        row,
        callable=False if row.get("active") is False else None,
    )


def together(row: Any) -> Found:
    """Together's list of what it supports, prices per 1M tokens; a model is called by its name."""
    cost: Facts = {}
    for key, meter in (("input", "input"), ("output", "output"), ("cachedInput", "cache_read")):
        usd = price(table(row.get("pricing")).get(key), MILLION / MILLION, f"pricing.{key}")
        if usd is not None:
            cost[meter] = usd
    if not cost.get("input") and not cost.get("output"):
        cost = {}
    sides = {
        side: [
            word.removeprefix("MODALITY_").lower() for word in words(row.get(f"{side}Modalities"))
        ]
        for side in ("input", "output")
    }
    features = [*words(row.get("features")), *words(row.get("capabilities"))]
    status, products = row.get("status"), words(row.get("products"))
    return Found(
        sparse(
            id=id_of(row, "name", "id"),
            name=row.get("displayName"),
            status="deprecated"
            if isinstance(status, str) and status.endswith("_DEPRECATED")
            else None,
            limit=limits(row, context="contextLength"),
            cost=cost,
            modalities=sparse(**sides),
            capabilities={TOGETHER_FEATURES[f]: True for f in features if f in TOGETHER_FEATURES},
        ),
        row,
        callable=False if products and SERVERLESS not in products else None,
    )


def fireworks(row: Any) -> Found:
    """Fireworks' list; a model is called by its whole name, accounts/…. One that is not serverless wants
    a deployment of one's own."""
    ready = row.get("state") in (None, "", "READY") and row.get("supportsServerless") is not False
    able = flags(row, FIREWORKS)
    if row.get("kind") == "EMBEDDING_MODEL":
        able["embeddings"] = True
    return Found(
        sparse(
            id=id_of(row, "name"),
            name=row.get("displayName"),
            limit=limits(row, context="contextLength"),
            capabilities=able,
            retires_on=day(row.get("deprecationDate")),
        ),
        row,
        callable=None if ready else False,
    )


def github_models(row: Any) -> Found:
    """GitHub's catalogue, a bare array; an empty one means that the token lacks models:read."""
    sides = {side: words(row.get(f"supported_{side}_modalities")) for side in ("input", "output")}
    return Found(
        sparse(
            id=id_of(row, "id"),
            name=row.get("name"),
            description=row.get("summary"),
            limit=limits(
                table(row.get("limits")), input="max_input_tokens", output="max_output_tokens"
            ),
            modalities=sparse(**sides),
            capabilities={GITHUB_TAGS[t]: True for t in words(row.get("tags")) if t in GITHUB_TAGS},
        ),
        row,
    )
