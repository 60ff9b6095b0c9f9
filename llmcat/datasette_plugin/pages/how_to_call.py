"""How to call a model: the keys, the address, and a few lines that work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from llmcat.records import Model, Provider

ASK = "Say hello."


class Client(NamedTuple):
    """A Python package that speaks a provider's language, and the call with it."""

    package: str
    code: str


OPENAI = Client(
    "openai",
    """\
import os
from openai import OpenAI

client = OpenAI({arguments})
response = client.chat.completions.create(
    model={model!r},
    messages=[{{"role": "user", "content": {ask!r}}}],
)
print(response.choices[0].message.content)""",
)
ANTHROPIC = Client(
    "anthropic",
    """\
import os
from anthropic import Anthropic

client = Anthropic({arguments})
response = client.messages.create(
    model={model!r},
    max_tokens=1024,
    messages=[{{"role": "user", "content": {ask!r}}}],
)
print(response.content[0].text)""",
)
GOOGLE = Client(
    "google-genai",
    """\
import os
from google import genai

client = genai.Client(api_key=os.environ[{key!r}])
response = client.models.generate_content(model={model!r}, contents={ask!r})
print(response.text)""",
)

CLIENTS = {
    "@ai-sdk/openai": OPENAI,
    "@ai-sdk/openai-compatible": OPENAI,
    "@ai-sdk/anthropic": ANTHROPIC,
    "@ai-sdk/google": GOOGLE,
}
"""The provider's npm package says which language it speaks; of others no code is made up."""

OWN_ADDRESS = ("@ai-sdk/openai", "@ai-sdk/anthropic")
"""Packages whose Python clients know their address, unless the provider has another."""

OWN_HOSTS = ("https://api.openai.com", "https://api.anthropic.com")


def how(model: Model, provider: Provider) -> dict[str, Any]:
    """Keys, base URL, model id, npm package and, where the language is known, Python code."""
    serving = model.details.serving
    npm = serving.get("npm") or provider.npm
    api = serving.get("api") or provider.api
    sent = model.provider_model_id or model.id
    client = CLIENTS.get(npm or "")
    talks = model.modalities_output is None or "text" in model.modalities_output
    code = _code(client, npm, api, sent, provider) if client and talks else None
    return {
        "env": list(provider.env),
        "api": api,
        "model": sent,
        "npm": npm,
        "doc": provider.doc,
        "pip": client.package if code and client else None,
        "python": code,
    }


def _code(
    client: Client, npm: str | None, api: str | None, sent: str, provider: Provider
) -> str | None:
    """Nothing where the key or an address that is needed is not known."""
    knows = npm in OWN_ADDRESS and (api is None or api.startswith(OWN_HOSTS))
    if not provider.env or (client is not GOOGLE and not knows and not api):
        return None
    key = next((name for name in provider.env if "KEY" in name or "TOKEN" in name), provider.env[0])
    arguments = [] if knows else [f"base_url={api!r}"]
    arguments.append(f"api_key=os.environ[{key!r}]")
    written = ", ".join(arguments)
    if len(written) > 70:
        written = "".join(f"\n    {argument}," for argument in arguments) + "\n"
    return client.code.format(arguments=written, model=sent, ask=ASK, key=key)
