"""The table of shapes, in the order in which a usage is held against them: the first that fits is its
shape, so that those with keys of their own come before those that many share."""

from __future__ import annotations

from llmcat.pricing.usage import anthropic, google, openai, providers, sdks, telemetry
from llmcat.pricing.usage.shape import Shape

SHAPES: tuple[Shape, ...] = (
    *sdks.OWN_USAGE,
    *providers.SHAPES,
    *telemetry.LANGFUSE,
    *openai.USAGE_API,
    *providers.MEDIA,
    *openai.CHAT_COMPLETIONS,
    *google.SHAPES,
    *telemetry.SPANS,
    *sdks.SHAPES,
    *anthropic.SHAPES,
    *openai.RESPONSES,
)
