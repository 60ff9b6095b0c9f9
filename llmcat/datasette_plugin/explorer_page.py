"""Price against context window, a point a model: where is the cheap one that takes enough?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from llmcat import humane
from llmcat.capabilities import canonical
from llmcat.datasette_plugin.charts import Point, scatter
from llmcat.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcat.catalog import Catalog
    from llmcat.datasette_plugin.asked import Asked
    from llmcat.records import Model

OFFERED = (
    *("vision", "function_calling", "reasoning", "structured_outputs", "audio_input"),
    *("video_input", "pdf_input", "image_generation", "attachment", "temperature"),
)
"""Capabilities to filter by."""

METERS = {"cost_input": "prompt", "cost_output": "answer"}
LISTED = 25
CLOSED, OPEN, UNKNOWN = 1, 2, 3
WEIGHTS = {True: OPEN, False: CLOSED, None: UNKNOWN}
KINDS = {CLOSED: "closed", OPEN: "open weights", UNKNOWN: "weights unknown"}


def facts(catalog: Catalog, asked: Asked) -> dict[str, Any]:
    """The models that fit, the cheapest first, and their chart.

    `?require=` capabilities, `?provider=`, `?sellers=all` (else only offers of the lab that made the
    model), `?meter=` cost_input or cost_output, `?min_context=` tokens. Raises what find() raises.
    """
    require = [canonical(name) for name in asked.many("require")]
    meter = asked.one("meter", "cost_input")
    if meter not in METERS:
        raise OptionError(f"meter is {' or '.join(METERS)}, not {meter!r}")
    provider = asked.one("provider") or None
    everyone = bool(provider) or asked.one("sellers") == "all"
    found = catalog.find(
        require=require,
        provider=provider,
        first_party=None if everyone else True,
        min_context=asked.number("min_context", 0, 0, 10**9) or None,
        order_by=meter,
    )
    placed = [m for m in found if m.limit_context and getattr(m, meter) is not None]
    return {
        "ok": True,
        "require": require,
        "provider": provider,
        "meter": meter,
        "min_context": asked.number("min_context", 0, 0, 10**9),
        "sellers": "all" if everyone else "labs",
        "count": len(found),
        "models": [model._asdict() for model in placed[:LISTED]],
        "_drawn": len(placed),
        "_chart": chart(placed, meter, asked),
        "_kinds": KINDS,
        "_offered": OFFERED,
        "_meters": METERS,
        "_providers": [(p.id, p.name or p.id) for p in catalog.providers()],
    }


def chart(models: Sequence[Model], meter: str, asked: Asked) -> Markup:
    """The scatter plot; empty where there is nothing to draw."""
    together: dict[tuple[str, str, bool | None], list[Model]] = {}
    for m in models:
        place = f"{getattr(m, meter):.2g}", f"{m.limit_context:.2g}", m.open_weights
        together.setdefault(place, []).append(m)
    points = [_point(group, meter, asked) for group in together.values()]
    return scatter(
        f"Price of the {METERS[meter]} against context window of {len(models)} models",
        points,
        ("context window, tokens", f"USD per 1M tokens of the {METERS[meter]}"),
        (lambda tick: humane.tokens(round(tick)), humane.price),
    )


def _point(group: Sequence[Model], meter: str, asked: Asked) -> Point:
    """Models that differ by less than a point is wide are one point, which says so."""
    first = group[0]
    price, context = getattr(first, meter), first.limit_context or 1
    title = (
        f"{first.name or first.spec} ({first.provider}): {humane.price(price)},"
        f" {humane.tokens(context)} tokens"
    )
    if len(group) > 1:
        title += f"; and {len(group) - 1} more here"
    href = asked.links.model(first.spec)
    return Point(float(context), float(price), title, href, WEIGHTS[first.open_weights])
