"""Prices, token counts, states and abilities as they stand in our pages: made once, for a page has hundreds,
and most of them several times. Templates call this module `figures`."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from llmcat import display

ABLE = {
    "vision": "vision",
    "tools": "tools",
    "reasoning": "reasoning",
    "structured_output": "JSON Schema",
    "audio_input": "audio",
    "video_input": "video",
    "pdf_input": "PDF",
    "image_generation": "makes images",
    "embeddings": "embeddings",
}
"""Column -> the word on its chip."""

LATE = {
    "classifier": ("it judges or sorts texts and does not converse", "classifier"),
    "outlier": ("its price is far from what others ask for the same model", "stands out"),
    "witness": ("no source but a witness lists this offer", "one witness"),
}
"""Why a model does not come where its price would put it -> the reason, and the word for it."""


@lru_cache(maxsize=10_000)
def price(usd: float | None, digits: int = 0) -> Markup:
    """A price; of a column whose longest has `digits` behind its point, with room for as many."""
    if usd is None:
        return Markup('<span class="llmcat-number" title="unknown">?</span>')
    if not usd:
        return Markup('<span class="llmcat-number llmcat-free">free</span>')
    shown = display.price(usd)
    missing = digits - len(shown.partition(".")[2]) if digits > 2 else 0
    return Markup(f'<span class="llmcat-number">{shown}{room(missing)}</span>')


def room(digits: int) -> Markup:
    """As wide as so many digits."""
    if digits <= 0:
        return Markup("")
    return Markup(f'<span class="llmcat-pad" aria-hidden="true">{"0" * digits}</span>')


@lru_cache(maxsize=10_000)
def tokens(count: int | None) -> Markup:
    """A number of tokens, exact in its title."""
    title = "unknown" if count is None else f"{count:,} tokens"
    return Markup(f'<span class="llmcat-number" title="{title}">{display.tokens(count)}</span>')


def status(value: str | None) -> Markup:
    """The state of a model that is not simply in service."""
    if not value or value == "active":
        return Markup("")
    shown = escape(value)
    return Markup(f'<span class="llmcat-status llmcat-status-{shown}">{shown}</span>')


def late(kind: str | None) -> Markup:
    """Why a model comes behind others; empty for one that does not."""
    if not kind:
        return Markup("")
    why, word = LATE[kind]
    return Markup(f'<small class="llmcat-late" title="{why}">{word}</small>')


def able(model: Any) -> Markup:
    """The chips of what a row of `models` can do."""
    has = tuple(label for name, label in ABLE.items() if model[name])
    return _chips(has, bool(model["open_weights"]))


@lru_cache(maxsize=1_000)
def _chips(labels: tuple[str, ...], open_weights: bool) -> Markup:
    chips = "".join(f'\n<span class="llmcat-chip">{label}</span>' for label in labels)
    if open_weights:
        chips += '<span class="llmcat-chip llmcat-chip-open">open weights</span>'
    return Markup(f'<span class="llmcat-abilities">{chips}\n</span>')
