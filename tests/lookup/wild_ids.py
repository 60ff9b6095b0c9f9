"""Ids as people, gateways and clouds write them, the catalogue that they are looked up in, and what they mean."""

from __future__ import annotations

from typing import Any

SONNET = "claude-sonnet-4-5-20250929"
BEDROCK_SONNET = f"anthropic.{SONNET}-v1:0"


def ids(*names: str) -> dict[str, Any]:
    return {"models": [{"id": name} for name in names]}


MODELS: dict[str, Any] = {
    "openai": {
        "models": [
            {"id": "gpt-4o", "name": "GPT-4o"},
            {"id": "gpt-4o-2024-08-06"},
            {"id": "gpt-4o-mini", "aliases": ["gpt-4-legacy"]},
            {"id": "gpt-5", "aliases": ["gpt-5-2025-08-07"]},
            {"id": "gpt-5-pro", "aliases": ["gpt-5"]},
            {"id": "gpt-3.5-turbo", "lifecycle": {"status": "retired"}},
            {"id": "ft:gpt-3.5-turbo"},
        ]
    },
    "anthropic": {
        "models": [
            {"id": "claude-sonnet-4-5", "name": "Claude Sonnet 4.5 (latest)"},
            {"id": SONNET, "name": "Claude Sonnet 4.5"},
            {"id": "claude-3-7-sonnet-20250219", "aliases": ["claude-3-7-sonnet-latest"]},
            {"id": "claude-opus-4-6", "name": "Claude Opus 4.6"},
        ]
    },
    "google": {"models": [{"id": "gemini-2.5-pro", "name": "Gemini 2.5 Pro"}]},
    "google-vertex": {
        "models": [
            {"id": "gemini-2.5-pro", "name": "Gemini 2.5 Pro"},
            {"id": "claude-sonnet-4-5@20250929", "name": "Claude Sonnet 4.5"},
            {"id": "claude-opus-4-6@default", "name": "Claude Opus 4.6"},
        ]
    },
    "google-vertex-anthropic": ids("claude-sonnet-4-5@20250929"),
    "amazon-bedrock": ids(BEDROCK_SONNET, f"us.{BEDROCK_SONNET}", "amazon.nova-pro-v1:0"),
    "azure": ids("gpt-4o", "gpt-4-legacy"),
    "azure-cognitive-services": ids("deepseek-r1"),
    "openrouter": ids(
        "anthropic/claude-sonnet-4.5",
        "openai/gpt-4o",
        "x-ai/grok-4.3",
        "deepseek/deepseek-r1",
        "deepseek/deepseek-r1:free",
        "moonshotai/kimi-k2:thinking",
        "zai-org/GLM-4.7",
        "openrouter/auto",
    ),
    "vercel": ids(
        "anthropic/claude-sonnet-4.5",
        "openai/gpt-4o",
        "xai/grok-4.3",
        "deepseek/deepseek-r1",
        "openrouter/auto",
    ),
    "github-copilot": ids("claude-opus-4.6", "gpt-4o"),
    "xai": {"models": [{"id": "grok-4.3", "aliases": ["grok-4.3-latest", "grok-code-fast-1"]}]},
    "zai": ids("glm-4.7"),
    "alibaba": ids("qwen3-32b", "qwen2-5-vl-7b-instruct"),
    "groq": ids("qwen/qwen3-32b", "llama-3.3-70b-versatile", "openai/gpt-oss-120b"),
    "togetherai": ids("meta-llama/Llama-3.3-70B-Instruct-Turbo", "openai/gpt-oss-120b"),
    "llama": ids("llama-3.3-70b-instruct"),
    "fireworks-ai": ids("accounts/fireworks/models/deepseek-v3p1"),
    "cloudflare-workers-ai": ids("@cf/openai/gpt-oss-120b"),
    "ollama-cloud": ids("gpt-oss:120b"),
    "mistral": ids("mistral-large-latest"),
    "302ai": ids("grok-code-fast-1", "Foo", "foo", "FOo"),
    "poe": ids("grok-code-fast-1"),
    "helicone": ids("gpt-5-2025-08-07"),
}


WILD = {
    # specs, and LangChain's provider:id
    "openai:gpt-4o": ("openai:gpt-4o", "spec"),
    "gpt-4o@openai": ("openai:gpt-4o", "spec"),
    "OpenAI:GPT-4o": ("openai:gpt-4o", "case"),
    "openai:gpt-5-2025-08-07": ("openai:gpt-5", "alias"),
    "azure_openai:gpt-4o": ("azure:gpt-4o", "spec"),
    "google_genai:gemini-2.5-pro": ("google:gemini-2.5-pro", "spec"),
    "google_vertexai:gemini-2.5-pro": ("google-vertex:gemini-2.5-pro", "spec"),
    "anthropic:claude-sonnet-4-5": ("anthropic:claude-sonnet-4-5", "spec"),
    f"bedrock_converse:us.{BEDROCK_SONNET}": (f"amazon-bedrock:us.{BEDROCK_SONNET}", "spec"),
    "mistralai:mistral-large-latest": ("mistral:mistral-large-latest", "spec"),
    "google-vertex:claude-sonnet-4-5@20250929": (
        "google-vertex:claude-sonnet-4-5@20250929",
        "spec",
    ),
    "google_anthropic_vertex:claude-sonnet-4-5@20250929": (
        "google-vertex-anthropic:claude-sonnet-4-5@20250929",
        "spec",
    ),
    "vercel:xai/grok-4.3": ("vercel:xai/grok-4.3", "spec"),
    # LiteLLM's provider/id
    "openai/gpt-4o": ("openai:gpt-4o", "prefix"),
    "azure/gpt-4o": ("azure:gpt-4o", "prefix"),
    "azure_ai/deepseek-r1": ("azure-cognitive-services:deepseek-r1", "prefix"),
    "gemini/gemini-2.5-pro": ("google:gemini-2.5-pro", "prefix"),
    "vertex_ai/claude-sonnet-4-5@20250929": ("google-vertex:claude-sonnet-4-5@20250929", "prefix"),
    "vertex_ai/claude-opus-4-6": ("google-vertex:claude-opus-4-6@default", "default-version"),
    # without the date of the snapshot, and the end of an id at the provider that is named
    "mistral-large": ("mistral:mistral-large-latest", "undated"),
    "claude-3-7-sonnet": ("anthropic:claude-3-7-sonnet-20250219", "undated"),
    "claude-3.7-sonnet": ("anthropic:claude-3-7-sonnet-20250219", "undated"),
    "amazon-bedrock:anthropic.claude-sonnet-4-5": (f"amazon-bedrock:{BEDROCK_SONNET}", "undated"),
    "vertex_ai/claude-sonnet-4-5": ("google-vertex:claude-sonnet-4-5@20250929", "undated"),
    "fireworks_ai/deepseek-v3p1": (
        "fireworks-ai:accounts/fireworks/models/deepseek-v3p1",
        "last-part",
    ),
    "groq/gpt-oss-120b": ("groq:openai/gpt-oss-120b", "last-part"),
    "groq/llama-3.3-70b-versatile": ("groq:llama-3.3-70b-versatile", "prefix"),
    "groq/openai/gpt-oss-120b": ("groq:openai/gpt-oss-120b", "prefix"),
    "together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo": (
        "togetherai:meta-llama/Llama-3.3-70B-Instruct-Turbo",
        "prefix",
    ),
    "fireworks_ai/accounts/fireworks/models/deepseek-v3p1": (
        "fireworks-ai:accounts/fireworks/models/deepseek-v3p1",
        "prefix",
    ),
    "openrouter/anthropic/claude-sonnet-4.5": ("openrouter:anthropic/claude-sonnet-4.5", "prefix"),
    "openrouter/deepseek/deepseek-r1:free": ("openrouter:deepseek/deepseek-r1:free", "prefix"),
    "openrouter/openrouter/auto": ("openrouter:openrouter/auto", "prefix"),
    "openrouter/auto": ("openrouter:openrouter/auto", "prefix"),
    "cloudflare/@cf/openai/gpt-oss-120b": (
        "cloudflare-workers-ai:@cf/openai/gpt-oss-120b",
        "prefix",
    ),
    "litellm_proxy/openai/gpt-4o": ("openai:gpt-4o", "prefix"),
    "openai/responses/gpt-5-pro": ("openai:gpt-5-pro", "route"),
    # Bedrock
    f"bedrock/us.{BEDROCK_SONNET}": (f"amazon-bedrock:us.{BEDROCK_SONNET}", "prefix"),
    f"us.{BEDROCK_SONNET}": (f"amazon-bedrock:us.{BEDROCK_SONNET}", "unique"),
    f"apac.{BEDROCK_SONNET}": (f"amazon-bedrock:{BEDROCK_SONNET}", "bedrock-region"),
    f"us-gov.{BEDROCK_SONNET}": (f"amazon-bedrock:{BEDROCK_SONNET}", "bedrock-region"),
    f"bedrock/converse/us.{BEDROCK_SONNET}": (f"amazon-bedrock:us.{BEDROCK_SONNET}", "route"),
    f"bedrock/eu-west-1/{BEDROCK_SONNET}": (f"amazon-bedrock:{BEDROCK_SONNET}", "region"),
    f"arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.{BEDROCK_SONNET}": (
        f"amazon-bedrock:us.{BEDROCK_SONNET}",
        "arn",
    ),
    f"bedrock/arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.{BEDROCK_SONNET}": (
        f"amazon-bedrock:{BEDROCK_SONNET}",
        "bedrock-region",
    ),
    f"arn:aws:bedrock:us-east-1::foundation-model/{BEDROCK_SONNET}": (
        f"amazon-bedrock:{BEDROCK_SONNET}",
        "arn",
    ),
    # Google's resource names
    "models/gemini-2.5-pro": ("google:gemini-2.5-pro", "resource-path"),
    "publishers/google/models/gemini-2.5-pro": ("google-vertex:gemini-2.5-pro", "resource-path"),
    "projects/acme/locations/us-east5/publishers/anthropic/models/claude-sonnet-4-5@20250929": (
        "google-vertex:claude-sonnet-4-5@20250929",
        "resource-path",
    ),
    # the ids of gateways without a gateway: the lab's own model
    "anthropic/claude-sonnet-4.5": ("anthropic:claude-sonnet-4-5", "version-spelling"),
    f"anthropic/{SONNET}": (f"anthropic:{SONNET}", "prefix"),
    "xai/grok-4.3": ("xai:grok-4.3", "prefix"),
    "x-ai/grok-4.3": ("xai:grok-4.3", "prefix"),
    "zai-org/GLM-4.7": ("zai:glm-4.7", "case"),
    "qwen/qwen3-32b": ("alibaba:qwen3-32b", "lab-prefix"),
    "meta-llama/Llama-3.3-70B-Instruct": ("llama:llama-3.3-70b-instruct", "case"),
    # suffixes are part of an id, or they are not there
    "deepseek/deepseek-r1:free": ("openrouter:deepseek/deepseek-r1:free", "unique"),
    "moonshotai/kimi-k2:thinking": ("openrouter:moonshotai/kimi-k2:thinking", "unique"),
    "gpt-oss:120b": ("ollama-cloud:gpt-oss:120b", "unique"),
    "@cf/openai/gpt-oss-120b": ("cloudflare-workers-ai:@cf/openai/gpt-oss-120b", "unique"),
    # fine-tunes, Claude Code, bare ids, aliases, capitals, versions, names
    "ft:gpt-3.5-turbo:acme::abc": ("openai:ft:gpt-3.5-turbo", "fine-tune"),
    "openai:ft:gpt-3.5-turbo:acme::abc": ("openai:ft:gpt-3.5-turbo", "fine-tune"),
    "gpt-4o-mini-2024-07-18": ("openai:gpt-4o-mini", "snapshot"),
    "gpt-4o-2024-11-20": ("openai:gpt-4o", "snapshot"),
    "azure/gpt-4o-2024-11-20": ("azure:gpt-4o", "snapshot"),
    "openai/gpt-4o-2024-11-20": ("openai:gpt-4o", "snapshot"),
    "openrouter/openai/gpt-4o-2024-11-20": ("openrouter:openai/gpt-4o", "snapshot"),
    "openrouter/moonshotai/kimi-k2:thinking": ("openrouter:moonshotai/kimi-k2:thinking", "prefix"),
    "openrouter/x-ai/grok-4.3-20260708": ("openrouter:x-ai/grok-4.3", "snapshot"),
    "claude-opus-4-6-20260205": ("anthropic:claude-opus-4-6", "snapshot"),
    "vertex_ai/claude-opus-4-6@20260205": ("google-vertex:claude-opus-4-6@default", "snapshot"),
    "gpt-5-high": ("openai:gpt-5", "effort"),
    "gpt-5-2025-08-07-low": ("openai:gpt-5", "effort"),
    "gpt-5(xhigh)": ("openai:gpt-5", "effort"),
    "gemini-2.5-pro(8192)": ("google:gemini-2.5-pro", "effort"),
    "claude-opus-4-6-thinking": ("anthropic:claude-opus-4-6", "thinking"),
    "anthropic/claude-sonnet-4.5:thinking": (
        "openrouter:anthropic/claude-sonnet-4.5",
        "thinking",
    ),
    "anthropic/claude-sonnet-4.5:nitro": ("openrouter:anthropic/claude-sonnet-4.5", "routing"),
    "openrouter/openai/gpt-4o:floor": ("openrouter:openai/gpt-4o", "routing"),
    "openai/gpt-4o:online": ("openrouter:openai/gpt-4o", "online"),
    # Hugging Face's router
    "openai/gpt-oss-120b:groq": ("groq:openai/gpt-oss-120b", "router"),
    "openai/gpt-oss-120b:together": ("togetherai:openai/gpt-oss-120b", "router"),
    # addresses
    f"https://bedrock-runtime.us-east-1.amazonaws.com/model/us.{BEDROCK_SONNET}/converse": (
        f"amazon-bedrock:us.{BEDROCK_SONNET}",
        "address",
    ),
    "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:generateContent": (
        "google:gemini-2.5-pro",
        "address",
    ),
    "https://acme.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=1": (
        "azure:gpt-4o",
        "address",
    ),
    "https://openrouter.ai/x-ai/grok-4.3": ("openrouter:x-ai/grok-4.3", "address"),
    "https://api.openai.com/v1/models/gpt-4o": ("openai:gpt-4o", "address"),
    "https://huggingface.co/zai-org/GLM-4.7": ("zai:glm-4.7", "case"),
    "azure/eu/gpt-4o": ("azure:gpt-4o", "region"),
    "amazon.nova-pro-v1:0:300k": ("amazon-bedrock:amazon.nova-pro-v1:0", "context-suffix"),
    "claude-sonnet-4-5[1m]": ("anthropic:claude-sonnet-4-5", "context-suffix"),
    "gpt-4o": ("openai:gpt-4o", "first-party"),
    SONNET: (f"anthropic:{SONNET}", "unique"),
    "claude-3-7-sonnet-latest": ("anthropic:claude-3-7-sonnet-20250219", "alias"),
    "GPT-4O": ("openai:gpt-4o", "case"),
    "claude-sonnet-4.5": ("anthropic:claude-sonnet-4-5", "version-spelling"),
    "claude-3.7-sonnet-20250219": ("anthropic:claude-3-7-sonnet-20250219", "version-spelling"),
    "gemini-2-5-pro": ("google:gemini-2.5-pro", "version-spelling"),
    "Gemini 2.5 Pro": ("google:gemini-2.5-pro", "name"),
    "Claude Sonnet 4.5": (f"anthropic:{SONNET}", "name"),
    "claude  sonnet 4.5": (f"anthropic:{SONNET}", "name"),
    "Anthropic: Claude Opus 4.6": ("anthropic:claude-opus-4-6", "name"),
    "  gpt-3.5-turbo ": ("openai:gpt-3.5-turbo", "unique"),
}
"""What stands in configurations and logs -> the spec that is meant and the rule that finds it."""
