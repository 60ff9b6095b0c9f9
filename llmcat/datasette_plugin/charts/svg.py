"""Charts without JavaScript: lines in SVG that stretch, text and points in HTML that do not.

The drawing is 100 units wide and high, whatever the window; labels are placed by percent, so that they
stay legible on a phone. Everything drawn is also said: each chart has a label, each point a title, and
the pages put the figures into a table beside it. Texts are escaped where they are put in: Markup.format
takes ten times as long, and a page has a thousand points.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from markupsafe import Markup, escape

from llmcat import display
from llmcat.rendering.price_steps import Series, Step
from llmcat.rendering.ticks import DAY, day_of, linear_ticks, log_range, log_ticks, month_ticks

UNIT = "USD per 1M tokens"
LEAST_SEEN = 0.01
"""Part of the width: prices that all held for less would be specks in an empty chart."""


class Point(NamedTuple):
    """A model in a scatter plot; `y` 0 is free and drawn in a band of its own below the scale. `name` is
    written beside a point that stands out."""

    x: float
    y: float
    title: str
    href: str
    kind: int
    name: str = ""


def step_chart(label: str, series: Sequence[Series], start: float, end: float) -> Markup:
    """Prices over time from `start` to `end`, each series a line of steps from zero up.

    Returns an HTML figure; empty where there is nothing to draw, or nothing long enough to be seen.
    """
    values = [step.value for line in series for step in line.steps]
    span = max(end - start, DAY)
    if all(step.until - step.since < LEAST_SEEN * span for line in series for step in line.steps):
        return Markup("")
    ticks = linear_ticks(max(values))
    top = ticks[-1] or 1.0

    def x(second: float) -> float:
        return 100 * (min(max(second, start), end) - start) / span

    def y(value: float) -> float:
        return 100 * value / top

    lines = "".join(
        f'<path class="llmcat-line llmcat-s{n}" d="{_path(line, x, y)}"/>'
        for n, line in enumerate(series, 1)
    )
    dots = "".join(
        f'<i class="llmcat-dot llmcat-s{n}" style="left:{x(step.since):.2f}%;bottom:{y(step.value):.2f}%"'
        f' title="{escape(_label(line.name, step))}"></i>'
        for n, line in enumerate(series, 1)
        for step in line.steps
    )
    marks = f'<b class="llmcat-axis-y">{UNIT}</b>'
    marks += _y_marks([(y(tick), display.price(tick)) for tick in ticks])
    marks += _x_marks([(x(second), text) for second, text in month_ticks(start, end)])
    grid = _grid([y(tick) for tick in ticks])
    return _figure(label, grid + lines, marks + dots, _legend(series))


def scatter(
    label: str,
    points: Sequence[Point],
    axes: tuple[str, str],
    say: tuple[Callable[[float], str], Callable[[float], str]],
) -> Markup:
    """Points on two logarithmic scales; empty where there is none.

    `axes` names the horizontal and the vertical one, `say` writes their ticks. A name is left out where it
    would lie on another. Each point is a link;
    they are not tab stops, for there may be a thousand: the page lists the same models beside.
    """
    if not points:
        return Markup("")
    left, right = log_range([point.x for point in points])
    low, high = log_range([point.y for point in points if point.y] or [1.0])
    band = 8.0  # percent of the height that the free ones have

    def x(value: float) -> float:
        return 100 * (math.log10(value) - left) / (right - left)

    def y(value: float) -> float:
        return band + (100 - band) * (math.log10(value) - low) / (high - low) if value else band / 2

    y_ticks = [(y(tick), say[1](tick)) for tick in log_ticks(low, high)]
    dots = "".join(
        f'<a class="llmcat-point llmcat-s{point.kind}" tabindex="-1" href="{escape(point.href)}"'
        f' title="{escape(point.title)}" style="left:{x(point.x):.2f}%;bottom:{y(point.y):.2f}%"></a>'
        for point in points
    )
    named = [(x(point.x), y(point.y), point) for point in points if point.name]
    dots += _names(named)
    marks = _y_marks([(band / 2, "free"), *y_ticks])
    marks += _x_marks([(x(tick), say[0](tick)) for tick in log_ticks(left, right)])
    names = f'<b class="llmcat-axis-x">{escape(axes[0])}</b><b class="llmcat-axis-y">{escape(axes[1])}</b>'
    grid = _grid([band / 2, *(height for height, _ in y_ticks)])
    return _figure(label, grid, marks + names + dots, "", "llmcat-scatter")


ROOM = (17.0, 4.5)
"""What a name needs, in percent of the width and height."""


def _names(points: Sequence[tuple[float, float, Point]]) -> str:
    """The names of points, each a link, to the left of those in the right half."""
    placed: list[tuple[float, float]] = []
    names = []
    for left, bottom, point in points:
        middle = left + (ROOM[0] / 2 if left < 60 else -ROOM[0] / 2)
        if any(abs(middle - x) < ROOM[0] and abs(bottom - y) < ROOM[1] for x, y in placed):
            continue
        placed.append((middle, bottom))
        side = "" if left < 60 else " llmcat-name-left"
        names.append(
            f'<a class="llmcat-name{side}" tabindex="-1" href="{escape(point.href)}"'
            f' title="{escape(point.title)}" style="left:{left:.2f}%;bottom:{bottom:.2f}%">'
            f"{escape(point.name)}</a>"
        )
    return "".join(names)


def _figure(
    label: str, drawing: str, marks: str, legend: str, kind: str = "llmcat-steps"
) -> Markup:
    """The chart of HTML that is safe already; `label` is a text."""
    return Markup(
        f'<figure class="llmcat-chart {kind}"><div class="llmcat-plot">'
        '<svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img"'
        f' aria-label="{escape(label)}">{drawing}</svg>{marks}</div>{legend}</figure>'
    )


def _grid(heights: Sequence[float]) -> str:
    drawn = "".join(f"M0 {100 - height:.2f}H100" for height in heights)
    return f'<path class="llmcat-grid" d="{drawn}"/>'


def _path(line: Series, x: Callable[[float], float], y: Callable[[float], float]) -> str:
    """Horizontal while a price holds, vertical where the next one follows at once."""
    parts: list[str] = []
    before: float | None = None
    for step in line.steps:
        begin, end, height = x(step.since), x(step.until), 100 - y(step.value)
        joined = before is not None and abs(before - begin) < 0.01
        parts.append(f"{'L' if joined else 'M'}{begin:.2f} {height:.2f}H{end:.2f}")
        before = end
    return "".join(parts)


def _label(name: str, step: Step) -> str:
    return f"{name}: {display.price(step.value)} from {day_of(step.since).isoformat()}"


def _legend(series: Sequence[Series]) -> str:
    entries = "".join(
        '<li><svg class="llmcat-key" viewBox="0 0 24 6" aria-hidden="true">'
        f'<path class="llmcat-line llmcat-s{n}" d="M0 3H24"/></svg>{escape(line.name)}'
        f" <b>{display.price(line.steps[-1].value) if line.steps else '?'}</b></li>"
        for n, line in enumerate(series, 1)
    )
    return f"<figcaption><ul>{entries}</ul></figcaption>"


def _y_marks(ticks: Sequence[tuple[float, str]]) -> str:
    return "".join(
        f'<span class="llmcat-y" style="bottom:{place:.2f}%">{escape(text)}</span>'
        for place, text in ticks
    )


def _x_marks(ticks: Sequence[tuple[float, str]]) -> str:
    return "".join(
        f'<span class="llmcat-x" style="left:{place:.2f}%">{escape(text)}</span>'
        for place, text in ticks
    )
