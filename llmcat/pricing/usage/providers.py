"""Shapes of one provider each, where they are no copy of OpenAI's: Bedrock, Cohere, DashScope, Mistral
OCR, xAI's SDK, Ollama, llama.cpp."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmcat.pricing.counts import number
from llmcat.pricing.usage.fields import fields_of, items_of
from llmcat.pricing.usage.shape import Shape

if TYPE_CHECKING:
    from llmcat.pricing.usage.reading import Reading

CONVERSE = {
    "inputTokens": "input",
    "outputTokens": "output",
    "totalTokens": "-",
    "cacheReadInputTokens": "+cache_read",
    "cacheReadInputTokenCount": "+cache_read",
    "cacheWriteInputTokens": "+written",
    "cacheWriteInputTokenCount": "+written",
    "cacheDetails": "-",
    "serverToolUsage": "-",
}
INVOKE = {
    "inputTokenCount": "input",
    "outputTokenCount": "output",
    "cacheReadInputTokenCount": "+cache_read",
    "cacheWriteInputTokenCount": "+written",
    "invocationLatency": "-",
    "firstByteLatency": "-",
}
HEADERS = {
    "x-amzn-bedrock-input-token-count": "input",
    "x-amzn-bedrock-output-token-count": "output",
    "x-amzn-bedrock-cache-read-input-token-count": "+cache_read",
    "x-amzn-bedrock-cache-write-input-token-count": "+written",
    "x-amzn-bedrock-invocation-latency": "-",
}
COHERE = {
    "billed_units/input_tokens": "input",
    "billed_units/output_tokens": "output",
    "billed_units/search_units": "query",
    "billed_units/images": "image_input",
    "billed_units/image_tokens": "all_image",
    "billed_units/text_tokens": "-",
    "billed_units/pages": "page",
    "tokens": "-",
    "cached_tokens": "-",
    "api_version": "-",
    "warnings": "-",
}
DASHSCOPE = {
    "input_tokens": "input",
    "output_tokens": "output",
    "total_tokens": "-",
    "prompt_tokens_details/cached_tokens": "cache_read",
    "prompt_tokens_details/cache_creation_input_tokens": "written",
    "prompt_tokens_details/cache_creation/ephemeral_5m_input_tokens": "write_5m",
    "input_tokens_details/text_tokens": "-",
    "input_tokens_details/image_tokens": "all_image",
    "input_tokens_details/audio_tokens": "all_audio",
    "input_tokens_details/video_tokens": "all_video",
    "output_tokens_details/text_tokens": "-",
    "output_tokens_details/reasoning_tokens": "reasoning",
    "output_tokens_details/audio_tokens": "output_audio",
    "image_tokens": "all_image",
    "audio_tokens": "all_audio",
    "video_tokens": "all_video",
    "image_count": "image",
    "video_duration": "second",
    "video_count": "-",
    "characters": "character",
    "duration": "second",
}
OCR = {"pages_processed": "page", "pages_processed_annotation": "-", "doc_size_bytes": "-"}
XAI_SDK = {
    "prompt_tokens": "input",
    "completion_tokens": "output",
    "reasoning_tokens": "+reasoning",
    "total_tokens": "-",
    "prompt_text_tokens": "-",
    "cached_prompt_text_tokens": "cache_read",
    "prompt_image_tokens": "all_image",
    "cost_in_usd_ticks": "$ticks",
    "server_side_tools_used": "-",
}
TITAN = {
    "inputTextTokenCount": "input",
    "results/tokenCount": "output",
    "totalOutputTextTokenCount": "output",
    "index": "-",
    "embedding": "-",
    "embeddingsByType": "-",
    "amazon-bedrock-invocationMetrics": "-",
}
OLLAMA = {
    "prompt_eval_count": "input",
    "eval_count": "output",
    "total_duration": "-",
    "load_duration": "-",
    "prompt_eval_duration": "-",
    "eval_duration": "-",
    "embeddings": "-",
    "context": "-",
    "message": "-",
    "logprobs": "-",
}
LLAMA_CPP = {
    "cache_n": "+cache_read",
    "prompt_n": "input",
    "predicted_n": "output",
    "prompt_ms": "-",
    "prompt_per_token_ms": "-",
    "prompt_per_second": "-",
    "predicted_ms": "-",
    "predicted_per_token_ms": "-",
    "predicted_per_second": "-",
}


def _writes_by_time(reading: Reading, body: Mapping[str, Any]) -> None:
    """Converse says for how long each write to the cache was made: {"ttl": "1h", "inputTokens": 9}."""
    for item in items_of(body.get("cacheDetails")) or ():
        detail = fields_of(item)
        if detail.get("ttl") == "1h" and detail.get("inputTokens"):
            count = number(detail["inputTokens"], "cacheDetails.inputTokens")
            reading.add("cache_write_1h", count)
            reading.add("cache_write", -min(count, reading.counts.get("cache_write", 0)))


SHAPES = (
    Shape(
        "Bedrock Converse",
        CONVERSE,
        "botocore bedrock-runtime TokenUsage; recorded answers",
        any_of=("cacheReadInputTokens", "cacheWriteInputTokens", "serverToolUsage"),
        includes="cached and written stand beside the input",
        finish=_writes_by_time,
    ),
    Shape(
        "Bedrock InvokeModel",
        INVOKE,
        "amazon-bedrock-invocationMetrics of a stream's last chunk: recorded by"
        " opentelemetry-instrumentation-botocore; langchain-aws 1.9.1 for the cache",
        any_of=("inputTokenCount", "outputTokenCount"),
        includes="cached and written stand beside the input",
    ),
    Shape(
        "Bedrock InvokeModel, headers",
        HEADERS,
        "headers recorded by opentelemetry-instrumentation-botocore; langchain-aws 1.9.1 for the cache",
        any_of=("x-amzn-bedrock-input-token-count", "x-amzn-bedrock-output-token-count"),
        includes="cached and written stand beside the input",
        text=True,
    ),
    Shape(
        "Bedrock InvokeModel, Llama",
        {
            "prompt_token_count": "input",
            "generation_token_count": "output",
            "amazon-bedrock-invocationMetrics": "-",
        },
        "answer recorded by opentelemetry-instrumentation-botocore",
        keys=("generation_token_count",),
    ),
    Shape(
        "Bedrock InvokeModel, Titan",
        TITAN,
        "answers recorded by opentelemetry-instrumentation-botocore",
        keys=("inputTextTokenCount",),
    ),
    Shape(
        "Cohere",
        COHERE,
        "cohere Usage, ApiMeta; recorded answers",
        any_of=("billed_units",),
        includes="billed_units are what is billed, tokens are what was processed",
    ),
    Shape(
        "Mistral OCR",
        OCR,
        "mistralai OCRUsageInfo",
        keys=("pages_processed",),
        includes="pages",
    ),
    Shape(
        "xAI SDK",
        XAI_SDK,
        "xai-sdk usage_pb2.SamplingUsage",
        any_of=("prompt_text_tokens", "cached_prompt_text_tokens", "prompt_image_tokens"),
        includes="input holds cached and images; reasoning stands beside the output",
    ),
    Shape(
        "DashScope",
        DASHSCOPE,
        "dashscope GenerationUsage, MultiModalConversationUsage",
        keys=("prompt_tokens_details", "input_tokens"),
        includes="input holds cached, images, audio, video",
    ),
    Shape(
        "Ollama",
        OLLAMA,
        "ollama 0.6.3 ChatResponse, EmbedResponse",
        any_of=("prompt_eval_count", "eval_count"),
    ),
    Shape(
        "llama.cpp timings",
        LLAMA_CPP,
        "llama-server, recorded answer",
        keys=("prompt_n",),
        includes="cached stand beside the input",
    ),
)
MEDIA = (
    Shape(
        "DashScope, media",
        DASHSCOPE,
        "dashscope MultiModalConversationUsage, ImageSynthesisUsage, VideoSynthesisUsage",
        any_of=("image_count", "video_duration", "characters", "image_tokens", "video_tokens"),
        includes="input holds images, audio, video",
    ),
)
