"""How the world writes model ids: what stands around them, before them, and inside version numbers.
What stands behind them, such as dates and efforts, is in variants.py.

Other names of providers (`gemini`, `vertex_ai`, `together_ai`) are not here: they are data of the
recipe and stand in the catalogue's table provider_aliases.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Wrapping(NamedTuple):
    """Something written around an id: a regular expression whose group `id` is the id inside, and whose
    group `region`, where there is one, says where it is served.

    `providers` limits where the id inside is looked for; None: wherever the text is.
    """

    rule: str
    pattern: str
    providers: tuple[str, ...] | None


BEDROCK = ("amazon-bedrock",)
VERTEX = ("google-vertex", "google-vertex-anthropic")
ALSO_AT = {"google-vertex": "google-vertex-anthropic"}
"""A cloud of which some models stand under a second provider: vertex_ai/claude-3-5-haiku."""
AZURE = ("azure", "azure-cognitive-services")
EVERYWHERE = ("global", "global-standard")
"""Names of regions that mean no region in particular."""

GEOGRAPHIES = "us|eu|apac|global|jp|au|ca|in|us-gov"
"""What Bedrock writes before an id for inference across the regions of a geography."""

WRAPPINGS = (
    # LiteLLM's proxy and Pydantic's gateway name themselves before the model
    Wrapping("proxy", r"(?:litellm_proxy|gateway)/(?P<id>.+)", None),
    # the addresses that clouds are called at; what is in the path may be wrapped itself
    Wrapping(
        "address",
        r"https?://bedrock-runtime[\w-]*\.(?P<region>[\w-]+)\.amazonaws\.com/model/"
        r"(?P<id>[^?]+?)(?:/(?:converse|invoke)[\w-]*)?(?:\?.*)?",
        BEDROCK,
    ),
    Wrapping(
        "address",
        r"https?://(?:[\w-]+-)?aiplatform\.googleapis\.com/v\d\w*/"
        r"(?P<id>(?:projects|publishers)/[^?]+?)(?::\w+)?(?:\?.*)?",
        None,
    ),
    Wrapping(
        "address",
        r"https?://generativelanguage\.googleapis\.com/v\d\w*/models/(?P<id>[^:?]+)(?::\w+)?(?:\?.*)?",
        ("google",),
    ),
    Wrapping(
        "address",
        r"https?://[\w.-]+\.azure\.com/openai/deployments/(?P<id>[^/?]+)(?:[/?].*)?",
        AZURE[:1],
    ),
    Wrapping(
        "address",
        r"https?://openrouter\.ai/(?:models/)?(?P<id>[\w.~-]+/[\w.:-]+)(?:[/?].*)?",
        ("openrouter",),
    ),
    Wrapping("address", r"https?://[\w.:-]+/(?:\w+/)*v\d\w*/models/(?P<id>[^?]+)(?:\?.*)?", None),
    # weights by their page, and Hugging Face's own short form
    Wrapping("address", r"(?:https?://)?(?:huggingface|hf)\.co/(?P<id>[\w.-]+/[\w.-]+)/?", None),
    Wrapping("address", r"hf:(?P<id>[\w.-]+/[\w.-]+)", None),
    # arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-…
    Wrapping(
        "arn",
        r"arn:aws[\w-]*:bedrock:(?P<region>[^:]*):\d*:(?:foundation-model|inference-profile)/(?P<id>.+)",
        BEDROCK,
    ),
    # LiteLLM: bedrock/converse/…, bedrock/us-west-2/…
    Wrapping("route", r"(?:converse|invoke)/(?P<id>.+)", BEDROCK),
    Wrapping("region", r"(?P<region>[a-z]{2}(?:-gov)?-[a-z]+-\d)/(?P<id>.+)", BEDROCK),
    # LiteLLM: azure/eu/…, azure/us-gov/…, azure/global-standard/…
    Wrapping("region", r"(?P<region>eu|us|apac|us-gov|global|global-standard)/(?P<id>.+)", AZURE),
    # openai/responses/…, azure/responses/…
    Wrapping("route", r"responses/(?P<id>.+)", ("openai", "azure")),
    # projects/acme/locations/us-east5/publishers/google/models/gemini-2.5-pro
    Wrapping(
        "resource-path",
        r"/?(?:projects/[^/]+/locations/(?P<region>[^/]+)/)?publishers/[^/]+/models/(?P<id>.+)",
        VERTEX[:1],
    ),
    # LangChain and Vertex's model garden: anthropic/claude-…, meta/llama-…
    Wrapping(
        "resource-path", r"(?:google|anthropic|meta|mistralai|openai|qwen)/(?P<id>.+)", VERTEX[:1]
    ),
    # the Gemini API: models/gemini-2.5-pro
    Wrapping("resource-path", r"/?models/(?P<id>.+)", None),
    # ft:gpt-4o-2024-08-06:acme::abc is priced as ft:gpt-4o-2024-08-06, where that has prices
    Wrapping("fine-tune", r"(?P<id>ft:[^:]+):.*", None),
    # Claude Code: claude-sonnet-4-5[1m]
    Wrapping("context-suffix", r"(?P<id>.+)\[\d+[km]\]", None),
    # Bedrock's provisioned sizes: amazon.nova-pro-v1:0:300k
    Wrapping("context-suffix", r"(?P<id>.+:\d+):(?:\d+k|mm)", BEDROCK),
    # cross-region inference: the regional row is found before this, where there is one
    Wrapping("bedrock-region", rf"(?P<region>{GEOGRAPHIES})\.(?P<id>.+)", BEDROCK),
)
"""In the order in which they are tried, matched against the whole text whatever the case."""

FINE_TUNE = Wrapping("fine-tune", r"ft:(?P<id>[^:]+)(?::.*)?", None)
"""The base model of a fine-tune: another model at another price, so only for who wants the base."""

ROUTED = ("fastest", "cheapest", "preferred")
"""What Hugging Face's router takes behind a colon in place of a provider."""

LAB_PREFIXES = {
    "deepseek-ai": "deepseek",
    "kimi": "moonshotai",
    "meta": "llama",
    "minimaxai": "minimax",
    "qwen": "alibaba",
    "xiaomimimo": "xiaomi",
    "zai-org": "zai",
}
"""What gateways and Hugging Face write before the slash -> the provider that is the lab's own API.
Only labs whose word is no name of that provider; those of the others are provider_aliases."""

DEFAULT_VERSION = "@default"
"""What Vertex puts behind an id that is asked for without a version."""

VERSION_SEPARATOR = r"(?<!\d\d\d)(?<=\d)[.-](?=\d{1,2}(?!\d|[bkmt](?![a-z])))"
"""A dot or dash inside a version: between numbers of one or two digits (so never before a year or
a date of eight digits), the right one not a size such as the 8b of llama-3-8b."""

MAX_SEPARATORS = 4
"""So many separators are tried both ways, which gives at most 16 spellings."""


def names_its_geography(spec: str) -> bool:
    """Whether it is one of Bedrock's rows for a geography: its prices hold in all regions of it."""
    import re

    return re.match(rf"amazon-bedrock:(?:{GEOGRAPHIES})\.", spec) is not None


def version_spellings(name: str) -> Iterator[str]:
    """`name` with the dots and dashes of its versions exchanged, all combinations but itself.

    claude-sonnet-4.5 gives claude-sonnet-4-5 and the reverse.
    """
    import re
    from itertools import product

    found = re.finditer(VERSION_SEPARATOR, name, re.IGNORECASE)
    places = [match.start() for match in found][:MAX_SEPARATORS]
    for separators in product(".-", repeat=len(places)):
        letters = list(name)
        for place, separator in zip(places, separators):
            letters[place] = separator
        if (spelled := "".join(letters)) != name:
            yield spelled


def unwrap(text: str, base: bool = False) -> Iterator[tuple[Wrapping, str, str | None]]:
    """Every wrapping that `text` wears, with the id inside and the region that it names; with `base`,
    that of a fine-tune too."""
    import re
    from urllib.parse import unquote

    for wrapping in (*WRAPPINGS, FINE_TUNE) if base else WRAPPINGS:
        if match := re.fullmatch(wrapping.pattern, text, re.IGNORECASE):
            parts = match.groupdict()
            region = (parts.get("region") or "").lower()
            inside = unquote(parts["id"]) if wrapping.rule == "address" else parts["id"]
            yield wrapping, inside, None if region in ("", *EVERYWHERE) else region
