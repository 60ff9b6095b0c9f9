"""Combine: several rows of one source that speak of one model become one record."""

from __future__ import annotations

from llmcat.pipeline.entries import Facts


def combined(facts: Facts, more: Facts) -> Facts:
    """Two parts of one model's facts: tables deeply, lists one after the other, the first value stays."""
    result = dict(facts)
    for key, value in more.items():
        old = result.get(key)
        if isinstance(old, dict) and isinstance(value, dict):
            result[key] = combined(old, value)
        elif isinstance(old, list) and key == "aliases":
            result[key] = [*old, *value]
        else:
            result.setdefault(key, value)
    return result
