"""How the model lists of providers are asked: a row each. To add a provider, add a row.

`seen` says where the shape of the answer is known from. A row whose answer nobody has seen, but whose
fields are those of the provider's own SDK, says "SDK"; such ones are unverified.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Page = Any
"""A parsed answer."""


class Hosted(NamedTuple):
    """How one provider's list is asked.

    `base` is the address before the path; {NAME} in it is an environment variable. `env` are the
    variables that may hold the key, the first choice first; with `public` it is asked without one, too.
    `header` carries the key, `{}` in place of it. Of `paths` the first is the list, what others answer
    may be missing. `next_page` gives the query that asks for the page after this one.
    """

    base: str
    env: tuple[str, ...]
    seen: str
    paths: tuple[str, ...] = ("/models",)
    header: tuple[str, str] = ("Authorization", "Bearer {}")
    headers: Mapping[str, str] = {}
    next_page: Callable[[Page], str | None] = lambda page: None
    public: bool = False
    verified: bool = False


def _after(page: Page) -> str | None:
    last = page.get("last_id")
    return f"limit=1000&after_id={last}" if page.get("has_more") is True and last else None


def _token(field: str, parameter: str, size: str = "") -> Callable[[Page], str | None]:
    def next_page(page: Page) -> str | None:
        from urllib.parse import quote

        token = page.get(field)
        if not isinstance(token, str) or not token:
            return None
        return f"{size}{'&' if size else ''}{parameter}={quote(token, safe='')}"

    return next_page


def _links_next(page: Page) -> str | None:
    links = page.get("links")
    following = links.get("next") if isinstance(links, dict) else None
    return following.partition("?")[2] or None if isinstance(following, str) else None


def _numbered(page: Page) -> str | None:
    """Cloudflare's pages: where it does not say how many there are, one that is full has one after it."""
    paging, rows = page.get("result_info"), page.get("result")
    if not isinstance(paging, dict) or not isinstance(rows, list):
        return None
    number, last, size = (paging.get(key) for key in ("page", "total_pages", "per_page"))
    if not isinstance(number, int):
        return None
    is_full = isinstance(size, int) and 0 < size <= len(rows)
    more = number < last if isinstance(last, int) else is_full
    return f"format=openrouter&page={number + 1}" if more else None


HOSTED: dict[str, Hosted] = {
    "openai": Hosted(
        "https://api.openai.com/v1",
        ("OPENAI_API_KEY",),
        "an answer of August 2026, SDK openai 3.57 types/model.py",
        verified=True,
    ),
    "anthropic": Hosted(
        "https://api.anthropic.com/v1",
        ("ANTHROPIC_API_KEY",),
        "an answer of August 2026, SDK anthropic 2.14 types/model_info.py",
        ("/models?limit=1000",),
        ("x-api-key", "{}"),
        {"anthropic-version": "2023-06-01"},
        _after,
        verified=True,
    ),
    "google": Hosted(
        "https://generativelanguage.googleapis.com/v1beta",
        ("GEMINI_API_KEY", "GOOGLE_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY"),
        "an answer of August 2026, SDK google-genai 3.6 types.py",
        ("/models?pageSize=1000",),
        ("x-goog-api-key", "{}"),
        next_page=_token("nextPageToken", "pageToken", "pageSize=1000"),
        verified=True,
    ),
    "xai": Hosted(
        "https://api.x.ai/v1",
        ("XAI_API_KEY",),
        "an answer of August 2026, models.dev sync/providers/xai.ts",
        ("/language-models", "/image-generation-models", "/video-generation-models", "/models"),
        verified=True,
    ),
    "mistral": Hosted(
        "https://api.mistral.ai/v1",
        ("MISTRAL_API_KEY",),
        "SDK mistralai 3.7 basemodelcard.py, modelcapabilities.py",
    ),
    "groq": Hosted(
        "https://api.groq.com/openai/v1", ("GROQ_API_KEY",), "samples in public documentation"
    ),
    "deepseek": Hosted(
        "https://api.deepseek.com", ("DEEPSEEK_API_KEY",), "chuk-llm 0.20 registry/sources"
    ),
    "openrouter": Hosted(
        "https://openrouter.ai/api/v1",
        ("OPENROUTER_API_KEY",),
        "an answer of August 2026, SDK openrouter 1.3 components/model.py",
        next_page=_links_next,
        public=True,
        verified=True,
    ),
    "togetherai": Hosted(
        "https://api.together.xyz",
        ("TOGETHER_API_KEY",),
        "SDK together 3.1 types/supported_model.py",
        ("/v2/supported-models?limit=1000",),
        next_page=_token("next_cursor", "after", "limit=1000"),
    ),
    "fireworks-ai": Hosted(
        "https://api.fireworks.ai",
        ("FIREWORKS_API_KEY",),
        "SDK fireworks-ai 1.2 types/model.py",
        ("/v1/accounts/fireworks/models?pageSize=200",),
        next_page=_token("nextPageToken", "pageToken", "pageSize=200"),
    ),
    "cohere": Hosted(
        "https://api.cohere.com/v1",
        ("COHERE_API_KEY", "CO_API_KEY"),
        "SDK cohere 7.3 types/get_model_response.py",
        ("/models?page_size=1000",),
        next_page=_token("next_page_token", "page_token", "page_size=1000"),
    ),
    "huggingface": Hosted(
        "https://router.huggingface.co/v1",
        ("HF_TOKEN",),
        "models.dev sync/providers/huggingface.ts",
        public=True,
    ),
    "vercel": Hosted(
        "https://ai-gateway.vercel.sh/v1",
        ("AI_GATEWAY_API_KEY",),
        "models.dev sync/providers/vercel.ts",
        public=True,
    ),
    "github-models": Hosted(
        "https://models.github.ai",
        ("GITHUB_TOKEN", "GH_TOKEN"),
        "public programs that read it",
        ("/catalog/models",),
    ),
    "cloudflare-workers-ai": Hosted(
        "https://api.cloudflare.com/client/v4/accounts/{CLOUDFLARE_ACCOUNT_ID}/ai",
        ("CLOUDFLARE_API_KEY", "CLOUDFLARE_API_TOKEN"),
        "SDK cloudflare 5.9, models.dev sync",
        ("/models/search?format=openrouter",),
        next_page=_numbered,
    ),
    "azure": Hosted(
        "https://{AZURE_RESOURCE_NAME}.openai.azure.com/openai",
        ("AZURE_API_KEY", "AZURE_OPENAI_API_KEY"),
        "SDK azure-mgmt-cognitiveservices 14.1 _models_py3.py; paths and deployments from memory",
        ("/deployments?api-version=2022-12-01", "/models?api-version=2024-10-21"),
        ("api-key", "{}"),
    ),
    "amazon-bedrock": Hosted(
        "https://bedrock.{AWS_REGION}.amazonaws.com",
        ("AWS_BEARER_TOKEN_BEDROCK",),
        "botocore 1.44 service model",
        ("/foundation-models", "/inference-profiles?maxResults=1000"),
        next_page=_token("nextToken", "nextToken", "maxResults=1000"),
    ),
    "google-vertex": Hosted(
        "https://{GOOGLE_VERTEX_LOCATION}-aiplatform.googleapis.com/v1beta1",
        ("GOOGLE_VERTEX_ACCESS_TOKEN",),
        "SDK google-genai 3.6 models.py, _api_client.py",
        ("/publishers/google/models?pageSize=1000",),
        next_page=_token("nextPageToken", "pageToken", "pageSize=1000"),
    ),
    "ollama-cloud": Hosted(
        "https://ollama.com",
        ("OLLAMA_API_KEY",),
        "ollama api/types.go of August 2026",
        ("/api/tags",),
    ),
}
"""Provider id -> how its list is asked."""

WITHOUT_A_LIST = {"perplexity": ("PERPLEXITY_API_KEY",)}
"""Providers whose API lists no models, and the variables with their keys: with one set, all that the
catalogue knows of them counts as available."""
