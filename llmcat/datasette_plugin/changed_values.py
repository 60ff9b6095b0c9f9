"""A value that changed, in words: whatever a field may hold, for it may hold anything."""

from __future__ import annotations

import json
from typing import Any

from llmcat import display


def in_words(value: Any, field: str) -> str:
    """The value of `field` on one line; None is "unknown", an empty list "none".

    Prices and limits read as they do everywhere; lists of texts are joined, what is nested is JSON.
    """
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return display.flag(value)
    if isinstance(value, (int, float)):
        return _number(value, field)
    if isinstance(value, str):
        return display.text(value)
    if isinstance(value, list) and all(isinstance(member, str) for member in value):
        return display.names(value) if value else "none"
    return display.text(json.dumps(value, ensure_ascii=False, separators=(",", ":")))


def _number(value: float, field: str) -> str:
    """`field` is a column (cost_input) or a path (modes.fast.cost.input, limits.context)."""
    parts = field.split(".")
    if field.startswith("cost_") or "cost" in parts:
        return display.price(value)
    if isinstance(value, int) and (field.startswith("limit_") or "limits" in parts):
        return display.tokens(value)
    return str(value)
