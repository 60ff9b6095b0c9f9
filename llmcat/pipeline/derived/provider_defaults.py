"""What follows of a provider where no source says it: whether it is a service, and its default model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from urllib.parse import urlsplit

from llmcat.pipeline.entries import Facts
from llmcat.storage.views.status_on import ENDED

HERE = ("localhost", "127.0.0.1", "0.0.0.0", "::1")
"""Hosts that are the user's own machine."""

PAID = ("token", "unit", "subscription")
"""How a model is billed at a service."""

WIDELY = 10
"""Providers that offer a model which is more than a speciality of one."""

TIERS = ("balanced", "best", "cheap")
"""What a default model should be, the best choice first."""


def is_local(provider: Facts, models: Iterable[Facts] = ()) -> bool | None:
    """Whether it runs on the user's machine: told from its base URL; with a key, a base URL elsewhere,
    or a model that is paid for, it is a service. None where nothing of that is known."""
    if api := provider.get("api"):
        try:
            return urlsplit(api).hostname in HERE
        except ValueError:  # a base URL with placeholders where the host should be
            return False
    if provider.get("env") or any(facts.get("billing") in PAID for facts in models):
        return False
    return None


def default_model(
    models: Iterable[Facts], offers: Callable[[Facts], int] = lambda facts: 0
) -> str | None:
    """The id of the model to take when none is named: one that converses and is in service, the
    provider's own where it is a lab, else one that WIDELY or more providers offer; of the balanced tier
    where there is one, the newest. None where none is known to converse.

    `offers` says how many providers offer a model.
    """
    conversing = [
        facts for facts in models if converses(facts) and facts.get("status") not in ENDED
    ]
    if not conversing:
        return None
    tested = [facts for facts in conversing if facts.get("status") in (None, "active")]
    tiers = {tier: rank for rank, tier in enumerate(TIERS)}

    def rank(facts: Facts) -> tuple[bool, bool, int, str]:
        tier = -tiers.get(facts.get("quality_tier", ""), len(TIERS))
        own = facts.get("first_party") is True
        return own, offers(facts) >= WIDELY, tier, facts.get("release_date", "")

    ranked: list[tuple[tuple[bool, bool, int, str], str]] = [
        (rank(facts), facts["id"]) for facts in tested or conversing
    ]
    best, _ = max(ranked)
    return min(id_ for how, id_ in ranked if how == best)


def converses(facts: Facts) -> bool:
    """Whether a model is known to take a conversation."""
    claimed: Mapping[str, object] = facts.get("capabilities", {}).get("chat", {})
    return claimed.get("supported", facts.get("follows", {}).get("chat")) is True
