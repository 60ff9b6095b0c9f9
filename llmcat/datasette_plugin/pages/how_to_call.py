"""How to call a model: the keys, the address, and a few lines that work, in the words of its kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from llmcat.datasette_plugin.pages import code_samples
from llmcat.datasette_plugin.pages.code_samples import Call, Sample

if TYPE_CHECKING:
    from llmcat.records import Details, Model, Provider

OPENAI, ANTHROPIC, GOOGLE = "openai", "anthropic", "google"

LANGUAGES = {
    "@ai-sdk/openai": OPENAI,
    "@ai-sdk/openai-compatible": OPENAI,
    "@ai-sdk/anthropic": ANTHROPIC,
    "@ai-sdk/google": GOOGLE,
    "@ai-sdk/cerebras": OPENAI,
    "@ai-sdk/deepinfra": OPENAI,
    "@openrouter/ai-sdk-provider": OPENAI,
}
"""The provider's npm package says which language its address speaks; of others no code is made up."""

OWN_ADDRESSES = {
    "@ai-sdk/openai": "https://api.openai.com/v1",
    "@ai-sdk/anthropic": "https://api.anthropic.com/v1",
    "@ai-sdk/google": "https://generativelanguage.googleapis.com/v1beta",
}
"""Packages whose clients know their address, unless the provider has another."""

VARIABLE = re.compile(r"[A-Za-z_]\w*", re.ASCII)
CONTINUED = ("chat", "realtime", "search")
"""Kinds that converse."""


class Chosen(NamedTuple):
    """Where a model is served: its package, address and key."""

    npm: str | None
    api: str | None
    key: str | None


def how(model: Model, details: Details, provider: Provider) -> dict[str, Any]:
    """Keys, base URL, model id, npm package and code where the language is known."""
    serving = details.serving
    npm = serving.get("npm") or provider.npm
    place = Chosen(npm, serving.get("api") or provider.api, _key(provider))
    sent = model.provider_model_id or model.id
    return {
        "env": list(provider.env),
        "api": place.api,
        "model": sent,
        "npm": npm,
        "doc": provider.doc,
        "samples": [sample._asdict() for sample in _samples(model, sent, place)],
    }


def _key(provider: Provider) -> str | None:
    names = [name for name in provider.env if VARIABLE.fullmatch(name)]
    keys = [name for name in names if "KEY" in name or "TOKEN" in name]
    return next(iter(keys or names), None)


def kind_of(model: Model) -> str | None:
    """What the model is called for; None where that is not known, and it may not converse."""
    if model.task in CONTINUED:
        return "chat"
    if model.task:
        return str(model.task)
    talks = not model.modalities_output or "text" in model.modalities_output
    return "chat" if talks and not model.embeddings else None


def _samples(model: Model, sent: str, place: Chosen) -> list[Sample]:
    kind = kind_of(model)
    if kind is None or place.key is None:
        return []
    language = LANGUAGES.get(place.npm or "")
    own = OWN_ADDRESSES.get(place.npm or "")
    base = (place.api or own or "").rstrip("/")
    call = Call(
        kind=kind,
        model=sent,
        provider=model.provider,
        key=place.key,
        npm=place.npm or "",
        base=base if base.startswith(("https://", "http://")) else "",
        knows_address=own is not None and base == own,
    )
    found = []
    if language and call.base:
        found += [
            code_samples.python(call, language),
            code_samples.curl(call, language),
        ]
    found += [code_samples.ai_sdk(call), code_samples.litellm(call)]
    return [sample for sample in found if sample is not None]
