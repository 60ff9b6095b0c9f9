"""The prices of one model over time as a whole SVG document, without script and without a style sheet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import TYPE_CHECKING

from llmcat import display
from llmcat.instants import epoch
from llmcat.rendering.price_steps import DRAWN, Series, steps
from llmcat.rendering.ticks import DAY, day_of, linear_ticks, month_ticks

if TYPE_CHECKING:
    from llmcat.history.changes import PriceInterval

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 64, 704, 48, 224
COLOURS = ("#0969da", "#bf5700")
"""Of the lines; both are legible on white and on black."""

GREY = "#808080"


def price_chart(spec: str, prices: Sequence[PriceInterval], until: str) -> str:
    """The plain prices of input and output tokens, those still listed drawn until `until` (UTC); empty
    where none is listed. Suspect prices are left out: a glitch of 50 times would flatten all the rest."""
    end = epoch(until)
    lines = [Series(name, steps(prices, meter, end)) for meter, name in DRAWN.items()]
    drawn = [step for line in lines for step in line.steps]
    if not drawn:
        return ""
    start = min(step.since for step in drawn)
    span = max(end - start, DAY)
    ticks = linear_ticks(max(step.value for step in drawn))
    top = ticks[-1] or 1.0

    def x(second: float) -> float:
        return LEFT + (RIGHT - LEFT) * (min(max(second, start), end) - start) / span

    def y(usd: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * usd / top

    label = f"Listed prices of {spec} over time, USD per 1M tokens"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}"'
        f' height="{HEIGHT}" role="img" aria-label="{escape(label)}" font-family="sans-serif"'
        f' font-size="12" fill="{GREY}">'
        f'<text x="0" y="14" font-size="13">{escape(label)}</text>'
        + "".join(_across(y(tick), display.price(tick)) for tick in ticks)
        + "".join(_below(x(second), text) for second, text in month_ticks(start, end))
        + "".join(_line(line, colour, x, y) for line, colour in zip(lines, COLOURS))
        + _legend(lines)
        + "</svg>"
    )


def _across(height: float, text: str) -> str:
    return (
        f'<path d="M{LEFT} {height:.1f}H{RIGHT}" stroke="{GREY}" stroke-opacity="0.25"/>'
        f'<text x="{LEFT - 8}" y="{height + 4:.1f}" text-anchor="end">{text}</text>'
    )


def _below(place: float, text: str) -> str:
    return f'<text x="{place:.1f}" y="{BOTTOM + 20}" text-anchor="middle">{text}</text>'


def _line(
    line: Series, colour: str, x: Callable[[float], float], y: Callable[[float], float]
) -> str:
    """Horizontal while a price holds, each step with its words for whoever points at it."""
    drawn = ""
    before: float | None = None
    path = ""
    for step in line.steps:
        begin, finish, height = x(step.since), x(step.until), y(step.value)
        joined = before is not None and abs(before - begin) < 0.1
        path += f"{'L' if joined else 'M'}{begin:.1f} {height:.1f}H{finish:.1f}"
        before = finish
        words = f"{line.name}: {display.price(step.value)} from {day_of(step.since).isoformat()}"
        drawn += (
            f'<circle cx="{begin:.1f}" cy="{height:.1f}" r="3.5" fill="{colour}">'
            f"<title>{escape(words)}</title></circle>"
        )
    return (
        f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>{drawn}' if path else ""
    )


def _legend(lines: Sequence[Series]) -> str:
    entries = ""
    for number, (line, colour) in enumerate(zip(lines, COLOURS)):
        now = display.price(line.steps[-1].value) if line.steps else display.UNKNOWN
        place = LEFT + 190 * number
        entries += (
            f'<path d="M{place} 32H{place + 24}" stroke="{colour}" stroke-width="2"/>'
            f'<text x="{place + 32}" y="36">{escape(line.name)} {now}</text>'
        )
    return entries
