"""Usage objects as providers answer with them."""

from __future__ import annotations

import json
from pathlib import Path

CHAT = {
    "prompt_tokens": 2006,
    "completion_tokens": 300,
    "total_tokens": 2306,
    "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 50},
    "completion_tokens_details": {
        "reasoning_tokens": 192,
        "audio_tokens": 20,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    },
}
RESPONSES = {
    "input_tokens": 328,
    "input_tokens_details": {"cached_tokens": 128},
    "output_tokens": 52,
    "output_tokens_details": {"reasoning_tokens": 40},
    "total_tokens": 380,
}
ANTHROPIC = {
    "input_tokens": 21,
    "cache_creation_input_tokens": 188_086,
    "cache_read_input_tokens": 5_000,
    "cache_creation": {"ephemeral_5m_input_tokens": 86, "ephemeral_1h_input_tokens": 188_000},
    "output_tokens": 393,
    "service_tier": "standard",
}
GEMINI = {
    "promptTokenCount": 5_000,
    "cachedContentTokenCount": 4_000,
    "candidatesTokenCount": 100,
    "thoughtsTokenCount": 250,
    "toolUsePromptTokenCount": 30,
    "totalTokenCount": 5_380,
    "promptTokensDetails": [
        {"modality": "TEXT", "tokenCount": 4_400},
        {"modality": "AUDIO", "tokenCount": 600},
    ],
    "cacheTokensDetails": [
        {"modality": "TEXT", "tokenCount": 3_500},
        {"modality": "AUDIO", "tokenCount": 500},
    ],
    "candidatesTokensDetails": [{"modality": "AUDIO", "tokenCount": 80}],
}


BODIES = json.loads((Path(__file__).parent / "usages.json").read_text("utf-8"))
