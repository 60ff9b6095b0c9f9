"""Answers of endpoints as the providers' SDKs and recorded answers shape them, and facts that each gives."""

from __future__ import annotations

from typing import Any, NamedTuple

YES = {"supported": True}
NO = {"supported": False}


class Shape(NamedTuple):
    """An answer, as it is kept, of a kind of endpoint, and by id some facts that it gives."""

    answer: dict[str, Any]
    facts: dict[str, dict[str, Any]]
    callable: dict[str, bool | None] = {}
    rejects: int = 0


def listed(path: str, key: str, *rows: dict[str, Any]) -> dict[str, Any]:
    """One list of one page."""
    return {path: [{key: [*rows]}]}


SHAPES: dict[str, Shape] = {
    "openai": Shape(
        listed("/models", "data", {"id": "gpt-4o", "shutdown_date": "2027-03-01"}, {"id": "o3"}),
        {"gpt-4o": {"retires_on": "2027-03-01"}, "o3": {}},
    ),
    "deepseek": Shape(
        listed("/models", "data", {"id": "deepseek-chat", "object": "model"}),
        {"deepseek-chat": {}},
    ),
    "anthropic": Shape(
        listed(
            *("/models", "data"),
            {
                "id": "claude-opus-4-5",
                "lifecycle": "deprecated",
                "deprecated_at": "2026-10-01T00:00:00Z",
                "retires_at": "2999-02-01T00:00:00Z",
                "max_input_tokens": 200_000,
                "max_tokens": 64_000,
                "capabilities": {
                    "image_input": YES,
                    "code_execution": NO,
                    "server_tools": {**YES, "code_execution": YES, "web_search": NO},
                    "effort": {**YES, "low": YES, "max": NO},
                    "thinking": YES,
                },
            },
            {"id": "claude-2", "lifecycle": "deprecated", "retires_at": "2025-07-21T00:00:00Z"},
        ),
        {
            "claude-opus-4-5": {
                "status": "deprecated",
                "deprecated_on": "2026-10-01",
                "limit": {"context": 200_000, "output": 64_000},
                "capabilities": {
                    "vision": True,
                    "code_execution": True,
                    "web_search": False,
                    "reasoning": {"supported": True, "effort_levels": ["low"]},
                },
            },
            "claude-2": {
                "status": "deprecated",
                "metadata": {"retirement_overdue_since": "2025-07-21"},
            },
        },
    ),
    "google": Shape(
        listed(
            *("/models", "models"),
            {
                "name": "models/gemini-2.5-pro",
                "displayName": "Gemini 2.5 Pro",
                "inputTokenLimit": 1_048_576,
                "outputTokenLimit": 65_536,
                "supportedGenerationMethods": ["generateContent", "createCachedContent"],
                "thinking": True,
            },
        ),
        {
            "gemini-2.5-pro": {
                "limit": {"context": 1_048_576, "output": 65_536},
                "capabilities": {"chat": True, "context_caching": True, "reasoning": True},
            }
        },
    ),
    "google-vertex": Shape(
        listed(
            *("/publishers/google/models", "publisherModels"),
            {
                "name": "publishers/google/models/gemini-2.5-flash",
                "versionId": "default",
                "launchStage": "GA",
                "supportedActions": {"openGenie": {}},
            },
        ),
        {"gemini-2.5-flash": {}},
    ),
    "xai": Shape(
        listed(
            *("/language-models", "models"),
            {
                "id": "grok-4",
                "aliases": ["grok-4-latest"],
                "input_modalities": ["text", "image"],
                "prompt_text_token_price": 30_000,
                "completion_text_token_price": 150_000,
                "cached_prompt_text_token_price": 7_500,
                "prompt_text_token_price_long_context": 60_000,
                "long_context_threshold": 128_000,
                "max_prompt_length": 256_000,
            },
        )
        | listed("/models", "data", {"id": "grok-4"}),
        {
            "grok-4": {
                "aliases": ["grok-4-latest"],
                "limit": {"context": 256_000},
                "cost": {
                    "input": 3.0,
                    "output": 15.0,
                    "cache_read": 0.75,
                    "tiers": [{"min_context": 128_000, "input": 6.0}],
                },
            }
        },
    ),
    "mistral": Shape(
        listed(
            *("/models", "data"),
            {
                "id": "mistral-medium-2505",
                "aliases": ["mistral-medium-latest"],
                "max_context_length": 131_072,
                "deprecation": "2026-12-31T12:00:00Z",
                "deprecation_replacement_model": "mistral-medium-2604",
                "capabilities": {"completion_chat": True, "vision": True, "audio_speech": False},
            },
        ),
        {
            "mistral-medium-2505": {
                "aliases": ["mistral-medium-latest"],
                "status": "deprecated",
                "retires_on": "2026-12-31",
                "replacement": "mistral-medium-2604",
                "limit": {"context": 131_072},
                "capabilities": {"chat": True, "vision": True, "speech_synthesis": False},
            }
        },
    ),
    "cohere": Shape(
        listed(
            *("/models", "models"),
            {
                "name": "command-a-03-2025",
                "context_length": 256_000.0,
                "endpoints": ["chat"],
                "features": ["tools", "json_schema"],
                "is_deprecated": False,
            },
            {"name": "command-light", "is_deprecated": True, "features": None},
        ),
        {
            "command-a-03-2025": {
                "limit": {"context": 256_000},
                "capabilities": {
                    "function_calling": True,
                    "structured_outputs": True,
                    "chat": True,
                },
            },
            "command-light": {"status": "deprecated"},
        },
    ),
    "groq": Shape(
        listed(
            *("/models", "data"),
            {
                "id": "llama-3.3-70b-versatile",
                "active": True,
                "context_window": 131_072,
                "max_completion_tokens": 32_768,
            },
            {"id": "gemma-7b-it", "active": False},
        ),
        {"llama-3.3-70b-versatile": {"limit": {"context": 131_072, "output": 32_768}}},
        {"llama-3.3-70b-versatile": None, "gemma-7b-it": False},
    ),
    "togetherai": Shape(
        listed(
            *("/v2/supported-models", "data"),
            {
                "id": "m1",
                "name": "Qwen/Qwen3-235B",
                "contextLength": "262144",
                "capabilities": ["CAPABILITY_CHAT"],
                "features": ["FEATURE_TOOL_CALLING"],
                "inputModalities": ["MODALITY_TEXT"],
                "products": ["PRODUCT_SERVERLESS", "PRODUCT_DEDICATED"],
                "status": "SUPPORTED_MODEL_STATUS_DEPRECATED",
                "pricing": {"input": 0.5, "output": 1.5, "cachedInput": 0.1},
            },
            {"id": "m2", "name": "lab/own", "products": ["PRODUCT_DEDICATED"]},
        ),
        {
            "Qwen/Qwen3-235B": {
                "status": "deprecated",
                "limit": {"context": 262_144},
                "cost": {"input": 0.5, "output": 1.5, "cache_read": 0.1},
                "modalities": {"input": ["text"]},
                "capabilities": {"function_calling": True, "chat": True},
            }
        },
        {"Qwen/Qwen3-235B": None, "lab/own": False},
    ),
    "fireworks-ai": Shape(
        listed(
            *("/v1/accounts/fireworks/models", "models"),
            {
                "name": "accounts/fireworks/models/kimi-k2",
                "contextLength": 131_072,
                "state": "READY",
                "supportsServerless": True,
                "supportsTools": True,
                "deprecationDate": {"year": 2027, "month": 1, "day": 31},
            },
            {"name": "accounts/fireworks/models/a", "state": "UPLOADING"},
            {"name": "accounts/fireworks/models/b", "supportsServerless": False},
            {"name": "accounts/fireworks/models/embed", "kind": "EMBEDDING_MODEL"},
        ),
        {
            "accounts/fireworks/models/kimi-k2": {
                "limit": {"context": 131_072},
                "retires_on": "2027-01-31",
                "capabilities": {"function_calling": True},
            },
            "accounts/fireworks/models/embed": {"capabilities": {"embeddings": True}},
        },
        {
            "accounts/fireworks/models/kimi-k2": None,
            "accounts/fireworks/models/a": False,
            "accounts/fireworks/models/b": False,
        },
    ),
    "github-models": Shape(
        {
            "/catalog/models": [
                [
                    {
                        "id": "openai/gpt-4.1",
                        "limits": {"max_input_tokens": 1_048_576, "max_output_tokens": 32_768},
                        "supported_input_modalities": ["text", "image"],
                        "tags": ["multimodal", "agents"],
                    }
                ]
            ]
        },
        {
            "openai/gpt-4.1": {
                "limit": {"input": 1_048_576, "output": 32_768},
                "modalities": {"input": ["text", "image"]},
                "capabilities": {"function_calling": True},
            }
        },
    ),
    "openrouter": Shape(
        listed(
            *("/models", "data"),
            {
                "id": "moonshotai/kimi-k2",
                "context_length": 262_144,
                "pricing": {"prompt": "0.0000006", "completion": "0.0000025"},
                "top_provider": {"max_completion_tokens": 65_536},
                "expiration_date": "2098-12-31",
            },
            {"id": "openrouter/auto", "pricing": {"prompt": "-1", "completion": "-1"}},
        ),
        {
            "moonshotai/kimi-k2": {
                "limit": {"context": 262_144, "output": 65_536},
                "cost": {"input": 0.6, "output": 2.5},
            },
            "openrouter/auto": {},
        },
    ),
    "vercel": Shape(
        listed(
            *("/models", "data"),
            {
                "id": "zai/glm-5",
                "context_window": 0,
                "max_tokens": 96_000,
                "tags": ["tool-use"],
                "pricing": {"input": "0.0000006", "output": "0.0000022"},
            },
        ),
        {
            "zai/glm-5": {
                "limit": {"output": 96_000},
                "cost": {"input": 0.6, "output": 2.2},
                "capabilities": {"function_calling": True},
            }
        },
    ),
    "huggingface": Shape(
        listed(
            *("/models", "data"),
            {
                "id": "Qwen/Qwen3-32B",
                "providers": [
                    {
                        "provider": "groq",
                        "status": "live",
                        "context_length": 131_072,
                        "pricing": {"input": 0.29, "output": 0.59},
                        "supports_tools": True,
                    }
                ],
            },
            {"id": "lab/gone", "providers": [{"provider": "nscale", "status": "error"}]},
        ),
        {
            "Qwen/Qwen3-32B": {
                "limit": {"context": 131_072},
                "cost": {"input": 0.29, "output": 0.59},
                "capabilities": {"function_calling": True},
            }
        },
        {"Qwen/Qwen3-32B": None, "lab/gone": False},
    ),
    "cloudflare-workers-ai": Shape(
        listed(
            *("/models/search", "result"),
            {
                "id": "@cf/openai/gpt-oss-120b",
                "context_length": 128_000,
                "pricing": {"prompt": "0.00000035", "completion": "0.00000075"},
            },
        ),
        {
            "@cf/openai/gpt-oss-120b": {
                "limit": {"context": 128_000},
                "cost": {"input": 0.35, "output": 0.75},
            }
        },
    ),
    "azure": Shape(
        {
            "/deployments": [
                {"data": [{"id": "my-4o", "model": "gpt-4o", "status": "succeeded"}]},
            ],
            "/models": [
                {
                    "data": [
                        {
                            "id": "gpt-4o",
                            "capabilities": {"chat_completion": True},
                            "lifecycle_status": "preview",
                        }
                    ]
                }
            ],
            "models": [
                {
                    "value": [
                        {
                            "model": {
                                "name": "gpt-35-turbo",
                                "capabilities": {
                                    "chatCompletion": "true",
                                    "maxContextToken": "16384",
                                },
                                "deprecation": {"inference": "2027-01-01T00:00:00Z"},
                                "replacementConfig": {"targetModelName": "gpt-5-mini"},
                                "lifecycleStatus": "Deprecating",
                            }
                        },
                        {"model": {"name": "ada", "lifecycleStatus": "Deprecated"}},
                    ]
                }
            ],
        },
        {
            "gpt-4o": {"status": "beta", "capabilities": {"chat": True}},
            "gpt-35-turbo": {
                "status": "deprecated",
                "limit": {"context": 16_384},
                "retires_on": "2027-01-01",
                "replacement": "gpt-5-mini",
            },
            "ada": {"status": "retired"},
        },
    ),
    "amazon-bedrock": Shape(
        listed(
            *("/foundation-models", "modelSummaries"),
            {
                "modelId": "amazon.nova-pro-v1:0",
                "inputModalities": ["TEXT", "IMAGE"],
                "responseStreamingSupported": True,
                "inferenceTypesSupported": ["ON_DEMAND"],
                "modelLifecycle": {"status": "LEGACY", "endOfLifeTime": 1_800_000_000},
            },
            {"modelId": "meta.llama4-v1:0", "inferenceTypesSupported": []},
            {"modelId": "cohere.rare-v1:0", "inferenceTypesSupported": ["PROVISIONED"]},
        )
        | listed(
            *("/inference-profiles", "inferenceProfileSummaries"),
            {"inferenceProfileId": "us.meta.llama4-v1:0"},
        ),
        {
            "amazon.nova-pro-v1:0": {
                "status": "deprecated",
                "retires_on": "2027-01-15",
                "modalities": {"input": ["text", "image"]},
                "capabilities": {"streaming": True},
            },
            "us.meta.llama4-v1:0": {},
        },
        {
            "amazon.nova-pro-v1:0": None,
            "meta.llama4-v1:0": None,
            "us.meta.llama4-v1:0": None,
            "cohere.rare-v1:0": False,
        },
    ),
    "ollama": Shape(
        {
            "tags": {
                "models": [
                    {
                        "model": "llama3.2:latest",
                        "details": {"context_length": 131_072, "parameter_size": "3.2B"},
                        "capabilities": ["completion", "tools"],
                    },
                    {
                        "model": "gpt-oss:120b-cloud",
                        "remote_host": "https://ollama.com:443",
                        "remote_model": "gpt-oss:120b",
                    },
                ]
            },
            "ps": {"models": [{"model": "llama3.2:latest", "context_length": 4096}]},
            "show": {"llama3.2:latest": {"parameters": "num_ctx    8192\nstop    x"}},
        },
        {
            "llama3.2:latest": {
                "aliases": ["llama3.2"],
                "limit": {"context": 4096},
                "weights": {"trained_context": 131_072, "parameters": "3.2B"},
                "capabilities": {"chat": True, "function_calling": True},
            },
            "gpt-oss:120b": {"provider": "ollama-cloud", "aliases": ["gpt-oss:120b-cloud"]},
        },
        {"llama3.2:latest": True, "gpt-oss:120b": None},
    ),
    "ollama-cloud": Shape(
        listed("/api/tags", "models", {"model": "glm-5:cloud", "name": "glm-5:cloud"}),
        {"glm-5:cloud": {}},
        {"glm-5:cloud": None},
    ),
    "lmstudio": Shape(
        {
            "v1": {
                "models": [
                    {
                        "key": "google/gemma-3-12b",
                        "type": "llm",
                        "max_context_length": 131_072,
                        "loaded_instances": [{"config": {"context_length": 4096}}],
                        "capabilities": {"vision": True, "trained_for_tool_use": False},
                    },
                    {"key": "nomic-embed", "type": "embedding", "loaded_instances": []},
                ]
            }
        },
        {
            "google/gemma-3-12b": {
                "limit": {"context": 4096},
                "weights": {"trained_context": 131_072},
                "capabilities": {"chat": True, "vision": True, "function_calling": False},
            },
            "nomic-embed": {"capabilities": {"embeddings": True}},
        },
        {"google/gemma-3-12b": True, "nomic-embed": None},
    ),
    "openai-compatible": Shape(
        {
            "models": {
                "data": [
                    {"id": "a/b", "context_length": "32768"},
                    {"id": "m", "owned_by": "vllm", "max_model_len": 40_960, "parent": None},
                    {"id": "l", "owned_by": "vllm", "max_model_len": None, "parent": "m"},
                    {"id": "s", "owned_by": "sglang", "max_model_len": 32_768},
                    {"id": "k", "owned_by": "koboldcpp"},
                ]
            },
            "model_info": {"tool_call_parser": "qwen25", "has_image_understanding": False},
            "context": {"value": 8192},
            "version": {"vision": True},
        },
        {
            "a/b": {"limit": {"context": 32_768}},
            "m": {"limit": {"context": 40_960}},
            "l": {"limit": {"context": 40_960}, "weights": {"adapter_of": "m"}},
            "s": {
                "limit": {"context": 32_768},
                "capabilities": {"vision": False, "function_calling": True},
            },
            "k": {"limit": {"context": 8192}, "capabilities": {"vision": True}},
        },
        {"a/b": None, "m": True, "l": True, "s": True, "k": True},
    ),
    "gguf": Shape(
        {
            "models": [{"id": "tiny", "provider": "llamacpp", "limit": {}}],
            "unreadable": [{"file": "damaged.gguf", "reason": "is cut short"}],
        },
        {"tiny": {"provider": "llamacpp"}},
        {"tiny": None},
        rejects=1,
    ),
}
"""Kind of an endpoint -> what it answers."""
