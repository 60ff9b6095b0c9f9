"""What editors complete in calls: the values that options of find have names for.

Only type checkers read this; a test compares each with the table that it stands for. Every option that
takes one of these takes other text, too: a catalogue may have tasks and capabilities of its own.
"""

from __future__ import annotations

from typing import Literal

CapabilityName = Literal[
    "chat",
    "streaming",
    "function_calling",
    "parallel_function_calling",
    "tool_choice",
    "streaming_tool_calls",
    "strict_tools",
    "structured_outputs",
    "strict_json",
    "json_mode",
    "reasoning",
    "temperature",
    "attachment",
    "vision",
    "audio_input",
    "video_input",
    "pdf_input",
    "image_generation",
    "audio_output",
    "embeddings",
    "prompt_caching",
    "web_search",
    "computer_use",
    "code_execution",
    "speech_synthesis",
    "speech_recognition",
    "video_generation",
    "rerank",
    "moderation",
    "ocr",
    "interleaved",
    "context_caching",
    "system_messages",
    "assistants_api",
    "fine_tuning",
    "grounding",
    "long_context",
]

TaskName = Literal[
    "chat",
    "completion",
    "embedding",
    "rerank",
    "transcription",
    "speech",
    "image",
    "video",
    "moderation",
    "ocr",
    "realtime",
    "search",
]

Modality = Literal[
    "text",
    "image",
    "audio",
    "video",
    "pdf",
    "embedding",
]

Billing = Literal[
    "token",
    "unit",
    "subscription",
    "free",
    "unknown",
]

Status = Literal[
    "alpha",
    "beta",
    "active",
    "deprecated",
    "retired",
]

Tier = Literal[
    "best",
    "balanced",
    "cheap",
    "unknown",
]

Effort = Literal[
    "none",
    "minimal",
    "low",
    "medium",
    "high",
    "xhigh",
]

Order = Literal[
    "cost_input",
    "cost_output",
    "blend",
    "-limit_context",
    "-release_date",
    "-score",
    "-speed",
    "spec",
]
"""The orders that people want; any column of models is one, `-` before it: largest first."""
