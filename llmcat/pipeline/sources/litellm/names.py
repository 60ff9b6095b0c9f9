"""The keys of LiteLLM's map: provider, model, region and image size in one path.

    gpt-4o                                  openai, gpt-4o
    azure/eu/gpt-4o-2024-08-06              azure, gpt-4o-2024-08-06, region eu
    bedrock/us-gov-west-1/xai.grok-4.7      amazon-bedrock, xai.grok-4.7, region us-gov-west-1
    low/1024-x-1024/gpt-image-1             openai, gpt-image-1, size low_1024_x_1024
    vertex_ai/claude-haiku-4-5@20251001     google-vertex-anthropic, claude-haiku-4-5@20251001

A region, a size or a commitment is no part of a model's id: its prices belong to the model.
"""

from __future__ import annotations

import re
from typing import NamedTuple

ROUTES = {
    "azure": ("azure",),
    "azure_ai": ("azure_ai",),
    "azure_text": ("azure",),
    "bedrock": ("bedrock", "converse", "invoke"),
    "bedrock_converse": ("bedrock", "converse", "invoke"),
    "bedrock_mantle": ("bedrock_mantle",),
    "fireworks_ai-embedding-models": ("fireworks_ai",),
    "amazon_nova": ("amazon-nova", "amazon_nova"),
    "cohere_chat": ("cohere",),
    "text-completion-openai": ("openai", "text-completion-openai"),
    "text-completion-codestral": ("text-completion-codestral",),
}
"""litellm_provider -> the first segments of a key that name it; others are named by themselves, and
the many `vertex_ai-…` by `vertex_ai`."""

PROVIDERS = {
    "azure_text": "azure",
    "bedrock_converse": "bedrock",
    "bedrock_mantle": "bedrock",
    "cohere_chat": "cohere",
    "fireworks_ai-embedding-models": "fireworks_ai",
    "text-completion-codestral": "codestral",
    "text-completion-openai": "openai",
}
"""litellm_provider -> another that serves the same models under the same ids."""

OWN_PROVIDER = "vertex_ai-anthropic_models"
"""Of the many `vertex_ai-…` the one that is a provider of its own."""

REGION = re.compile(
    r"^(us|eu|apac|global|us-gov|(?:us-gov|[a-z]{2})-[a-z]+-\d)$"  # data zones, then AWS regions
)
EVERYWHERE = {"global", "global-standard"}
"""Deployments that are everywhere: their price is the plain one."""

SIZE = re.compile(r"^(\d+-x-\d+|max-x-max|\d+-steps|max-steps|low|medium|high|hd|standard)$")
COMMITMENT = re.compile(r"^\d+-month-commitment$")
SIZE_CLASS = re.compile(
    r"^(together-ai|fireworks-ai)-(embedding-)?(up-to-|above-)?[\d.]+[bm]?|^fireworks-ai-default$"
)
"""Price classes such as together-ai-4.1b-8b: a table for models without an entry, no models."""


class Name(NamedTuple):
    """What a key names. `region` empty: everywhere; `size`: the suffix that its image meters take;
    `commitment`: the price is of reserved capacity, not of a call."""

    provider: str
    id: str
    region: str = ""
    size: str = ""
    commitment: str = ""


def name_of(key: str, provider: str) -> Name | None:
    """What `key` names at `provider` (a litellm_provider); None where it names no model."""
    if SIZE_CLASS.match(key):
        return None
    route = "vertex_ai" if provider.startswith("vertex_ai") else provider
    routes = {*ROUTES.get(provider, (route, route.replace("_", "-")))}
    region, sizes, commitment = "", [], ""
    segments = key.split("/")
    while len(segments) > 1:
        first = segments[0]
        if SIZE.match(first):
            sizes.append(first)
        elif COMMITMENT.match(first):
            commitment = first
        elif REGION.match(first) or first in EVERYWHERE or (first == "*" and region == ""):
            region = "" if first in EVERYWHERE or first == "*" else first
        elif first in routes:
            routes.remove(first)  # a second one is of the id: perplexity/perplexity/sonar
        else:
            break
        segments.pop(0)
    if provider.startswith("vertex_ai") and provider != OWN_PROVIDER:
        provider = "vertex_ai"
    size = "_".join(sizes).replace("-", "_").lower()
    return Name(PROVIDERS.get(provider, provider), "/".join(segments), region, size, commitment)
