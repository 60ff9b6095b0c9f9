"""What became known of everybody at once: a source began to publish a field, and no model changed.

In July 2026 models.dev began to say which reasoning efforts 1,200 models take, in September which model
4,200 offers serve. A change for each would bury all others. So where a field becomes known, or unknown,
of SHARE of all models at one instant, no change is recorded; the states of the models tell it still.
Prices are recorded always: whoever looks for the price of a day has to find where it comes from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from llmcat.pipeline.tables.flatten import Row

SHARE = 0.1
"""Of the models that there were then."""

AT_LEAST = 100
"""Models; in a small catalogue a tenth may be a single provider that changed."""


def without_new_fields(changes: Sequence[Row], models_at: Mapping[str, int]) -> list[Row]:
    """The changes without those; `models_at` is how many models there were at each instant. What is
    of other instants was judged when it was recorded."""
    counts = Counter(key for row in changes if (key := _key(row)))
    many = {
        key
        for key, number in counts.items()
        if number >= max(AT_LEAST, SHARE * models_at.get(key[0], number / SHARE + 1))
    }
    return [row for row in changes if _key(row) not in many] if many else list(changes)


def _key(row: Row) -> tuple[str, str, bool, str] | None:
    """Instant, field, direction and source where a field became known or unknown; no price."""
    at, _, kind, field, old, new, *_, source = row
    if kind != "changed" or (old is not None and new is not None) or field.startswith("cost"):
        return None
    return at, field, new is None, source
