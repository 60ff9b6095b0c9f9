"""Variants: what is written behind the id of a model and does not change the model or its price.

Dates of snapshots, efforts of reasoning, ways of routing. A variant that the catalogue has as a model
of its own is that model; only where it has none is it the model before the suffix, and the answer says
so. What has prices of its own (`:free`, `:extended`, a fine-tune) is not here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from llmcat.lookup.spellings import VERTEX


class Variant(NamedTuple):
    """A suffix: a regular expression whose group `id` is the model before it.

    `providers` are those that write it; None: whoever. `also` is said beside how it is billed.
    """

    rule: str
    pattern: str
    providers: tuple[str, ...] | None = None
    also: str = ""


OPENAI = r"(?:openai/)?(?:gpt-|chatgpt-|o\d|codex-|computer-use-|omni-moderation)[\w.-]*?"
CLAUDE = r"(?:anthropic/)?claude-[\w.-]+?"
EFFORT = r"(?:none|minimal|low|medium|high|xhigh)"
OPENROUTER = ("openrouter",)

VARIANTS = (
    # OpenAI's answers name the snapshot: gpt-4o-mini-2024-07-18
    Variant("snapshot", rf"(?P<id>{OPENAI})-20\d\d-[01]\d-[0-3]\d"),
    # Anthropic's too: claude-opus-4-6-20260205, at Vertex claude-opus-4-6@20260205
    Variant("snapshot", rf"(?P<id>{CLAUDE})-20\d\d[01]\d[0-3]\d"),
    Variant("snapshot", rf"(?P<id>{CLAUDE})@20\d\d[01]\d[0-3]\d", VERTEX),
    # OpenRouter's answers and slugs: moonshotai/kimi-k3-20260715, google/gemini-3.6-flash-20260721
    Variant("snapshot", r"(?P<id>[\w.-]+/[\w.-]+?)-20\d\d[01]\d[0-3]\d", OPENROUTER),
    # Cursor, Codex and gateways write the effort behind the id: gpt-5.4-high, o4-mini-low
    Variant("effort", rf"(?P<id>(?:openai/)?(?:gpt-[5-9][\w.-]*?|o[134](?:-mini|-pro)?))-{EFFORT}"),
    # CLIProxyAPI in brackets, of any model: gpt-5.4(xhigh), gemini-3.1-pro-preview(8192)
    Variant("effort", rf"(?P<id>.+?) ?\((?:{EFFORT[3:-1]}|max|auto|\d+)\)"),
    # claude-opus-4-6-thinking, claude-opus-4-6-thinking-high
    Variant("thinking", rf"(?P<id>{CLAUDE})-thinking(?:-(?:low|medium|high|max))?"),
    # OpenRouter's, of Anthropic's; those of other labs are offers at prices of their own
    Variant("thinking", r"(?P<id>anthropic/claude-[\w.-]+):thinking", OPENROUTER),
    # OpenRouter's ways of choosing among those that serve a model
    Variant("routing", r"(?P<id>.+/.+):(?:nitro|floor)", OPENROUTER),
    Variant("online", r"(?P<id>.+/.+):online", OPENROUTER, "; its web searches are billed apart"),
)

NO_VARIANT = frozenset(
    (
        "gpt-4o-2024-05-13",  # $5 and $15, twice the price of gpt-4o
        "gpt-4o-audio-preview-2024-10-01",  # audio at more than twice the price of its successor
        "gpt-4o-realtime-preview-2024-10-01",
        "deepseek-v4-flash-20260731",  # OpenRouter's deepseek-v4-flash-0731, a later model
        "glm-4.6-20251208",  # OpenRouter's glm-4.6v
    )
)
"""Ids that look like a variant and are another model, or have prices of their own: where the catalogue
lacks them, there is no answer."""

SNAPSHOT = (
    r"(?:-latest|[-@]20\d\d-?(?:0[1-9]|1[0-2])-?[0-3]\d|-(?:0[1-9]|1[0-2])-20\d\d"
    r"|-2[3-9](?:0[1-9]|1[0-2])|-(?:0[1-9]|1[0-2])[0-3]\d)?(?:-v\d+:\d+|-maas)?"
)
"""What follows the name of a model in the id of its snapshots: the day or month of it, or `latest`, and
what Bedrock and Vertex write behind that."""

RULES = tuple(dict.fromkeys(variant.rule for variant in VARIANTS))

LONGEST = 200
"""Longer text is no id with a suffix."""


def without(rule: str, name: str) -> Iterator[tuple[Variant, str]]:
    """The variants of this rule that `name` may be, each with the id before the suffix."""
    import re

    if len(name) > LONGEST or name.lower().rpartition("/")[2] in NO_VARIANT:
        return
    for variant in VARIANTS:
        if variant.rule == rule and (match := re.fullmatch(variant.pattern, name, re.IGNORECASE)):
            yield variant, match["id"]


def is_snapshot(suffix: str) -> bool:
    """Whether nothing but a snapshot's date, `latest` or a cloud's version stands behind an id."""
    import re

    return re.fullmatch(SNAPSHOT, suffix, re.IGNORECASE) is not None


def billed_as(rule: str, name: str, spec: str) -> str | None:
    """What to say of a variant that is billed as the model before its suffix; None: it is none."""
    if rule == "undated":
        return f"{name} names no snapshot: taken as {spec}"
    if rule not in RULES:
        return None
    also = next((variant.also for variant in VARIANTS if variant.rule == rule), "")
    return f"{name} has no prices of its own: billed as {spec}{also}"
