"""What follows of a provider where no source says it: whether it is a service, and its default model."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from llmcat.pipeline.layer import Facts
from llmcat.storage.status import ENDED

HERE = ("localhost", "127.0.0.1", "0.0.0.0", "::1")
"""Hosts that are the user's own machine."""

TIERS = ("balanced", "best", "cheap")
"""What a default model should be, the best choice first."""


def is_local(provider: Facts) -> bool | None:
    """Whether it runs on the user's machine: told from its base URL; with a key, or a base URL
    elsewhere, it is a service. None where neither is known."""
    if api := provider.get("api"):
        try:
            return urlsplit(api).hostname in HERE
        except ValueError:  # a base URL with placeholders where the host should be
            return False
    return False if provider.get("env") else None


def default_model(models: Iterable[Facts]) -> str | None:
    """The id of the model to take when none is named: one that converses and is in service, of the
    balanced tier where there is one, the newest; None where none is known to converse."""
    conversing = [
        facts for facts in models if converses(facts) and facts.get("status") not in ENDED
    ]
    if not conversing:
        return None
    tested = [facts for facts in conversing if facts.get("status") in (None, "active")]
    tiers = {tier: rank for rank, tier in enumerate(TIERS)}

    def rank(facts: Facts) -> tuple[int, str]:
        return -tiers.get(facts.get("quality_tier", ""), len(TIERS)), facts.get("release_date", "")

    best = max(map(rank, tested or conversing))
    ids: list[str] = [facts["id"] for facts in tested or conversing if rank(facts) == best]
    return min(ids)


def converses(facts: Facts) -> bool:
    """Whether a model is known to take a conversation."""
    said: Mapping[str, object] = facts.get("capabilities", {}).get("chat", {})
    return said.get("supported", facts.get("follows", {}).get("chat")) is True
