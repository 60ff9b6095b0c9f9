"""Google's shapes: generateContent, Live, Vertex AI and the Interactions API."""

from __future__ import annotations

import re

from llmcat.pricing.usage.shape import Shape

GENERATE = {
    "promptTokenCount": "input",
    "candidatesTokenCount": "output",
    "responseTokenCount": "output",
    "thoughtsTokenCount": "+reasoning",
    "toolUsePromptTokenCount": "+input",
    "cachedContentTokenCount": "cache_read",
    "totalTokenCount": "-",
    "promptTokensDetails": "input[]",
    "promptTokenDetails": "input[]",
    "toolUsePromptTokensDetails": "tool[]",
    "cacheTokensDetails": "cached[]",
    "candidatesTokensDetails": "output[]",
    "responseTokensDetails": "output[]",
    "trafficType": "@tier",
    "serviceTier": "@tier",
    "pydantic_ai_gateway": "-",
}


def _snake(key: str) -> str:
    return re.sub("([A-Z])", r"_\1", key).lower()


SPELLED_BOTH_WAYS = {
    **GENERATE,
    **{_snake(key): word for key, word in GENERATE.items()},
}

INTERACTIONS = {
    "total_input_tokens": "input",
    "total_output_tokens": "output",
    "total_cached_tokens": "cache_read",
    "total_thought_tokens": "+reasoning",
    "total_reasoning_tokens": "+reasoning",
    "total_tool_use_tokens": "+input",
    "total_tokens": "-",
    "initial_input_tokens": "-",
    "input_tokens_by_modality": "input[]",
    "output_tokens_by_modality": "output[]",
    "cached_tokens_by_modality": "cached[]",
    "tool_use_tokens_by_modality": "tool[]",
}


SHAPES = (
    Shape(
        "Gemini generateContent, Live, Vertex AI",
        SPELLED_BOTH_WAYS,
        "google-genai GenerateContentResponseUsageMetadata, UsageMetadata (Live); recorded answers",
        any_of=(
            "promptTokenCount",
            "prompt_token_count",
            "candidatesTokenCount",
            "candidates_token_count",
            "responseTokenCount",
            "response_token_count",
        ),
        includes="input holds cached; tool results and thoughts stand beside",
    ),
    Shape(
        "Gemini Interactions",
        INTERACTIONS,
        "google-genai interactions Usage",
        any_of=("total_input_tokens", "total_output_tokens"),
        includes="input holds cached; tool results and thoughts stand beside",
    ),
)
