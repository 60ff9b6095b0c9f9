"""How the world writes model ids: what stands around them, before them, and inside version numbers.

Other names of providers (`gemini`, `vertex_ai`, `together_ai`) are not here: they are data of the
recipe and stand in the catalogue's table provider_aliases.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple


class Wrapping(NamedTuple):
    """Something written around an id: a regular expression whose one group is the id inside.

    `providers` limits where the id inside is looked for; None: wherever the text is.
    """

    rule: str
    pattern: str
    providers: tuple[str, ...] | None


BEDROCK = ("amazon-bedrock",)
VERTEX = ("google-vertex", "google-vertex-anthropic")

WRAPPINGS = (
    # LiteLLM's proxy and Pydantic's gateway name themselves before the model
    Wrapping("proxy", r"(?:litellm_proxy|gateway)/(.+)", None),
    # arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-…
    Wrapping(
        "arn",
        r"arn:aws[\w-]*:bedrock:[^:]*:\d*:(?:foundation-model|inference-profile)/(.+)",
        BEDROCK,
    ),
    # LiteLLM: bedrock/converse/…, bedrock/us-west-2/…
    Wrapping("route", r"(?:converse|invoke|[a-z]{2}(?:-gov)?-[a-z]+-\d)/(.+)", BEDROCK),
    # openai/responses/…, azure/responses/…
    Wrapping("route", r"responses/(.+)", ("openai", "azure")),
    # projects/acme/locations/us-east5/publishers/google/models/gemini-2.5-pro
    Wrapping(
        "resource-path",
        r"(?:projects/[^/]+/locations/[^/]+/)?publishers/[^/]+/models/(.+)",
        VERTEX[:1],
    ),
    # the Gemini API: models/gemini-2.5-pro
    Wrapping("resource-path", r"models/(.+)", None),
    # ft:gpt-4o-2024-08-06:acme::abc is made from gpt-4o-2024-08-06
    Wrapping("fine-tune", r"ft:([^:]+)(?::.*)?", None),
    # Claude Code: claude-sonnet-4-5[1m]
    Wrapping("context-suffix", r"(.+)\[\d+[km]\]", None),
    # cross-region inference: the regional row is found before this, where there is one
    Wrapping("bedrock-region", r"(?:us|eu|apac|global|jp|au|ca|us-gov)\.(.+)", BEDROCK),
)
"""In the order in which they are tried, matched against the whole text whatever the case."""

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


def unwrap(text: str) -> Iterator[tuple[Wrapping, str]]:
    """Every wrapping that `text` wears, with the id inside."""
    import re

    for wrapping in WRAPPINGS:
        if match := re.fullmatch(wrapping.pattern, text, re.IGNORECASE):
            yield wrapping, match[1]
