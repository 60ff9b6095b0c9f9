"""Price against context window, a point a model: where is the cheap one that takes enough?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from llmcat import display
from llmcat.capabilities import canonical
from llmcat.datasette_plugin.charts.svg import Point, scatter
from llmcat.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from llmcat.catalog import Catalog
    from llmcat.datasette_plugin.links import Links
    from llmcat.datasette_plugin.pages.request import PageRequest
    from llmcat.records import Model

OFFERED = (
    *("vision", "function_calling", "reasoning", "structured_outputs", "audio_input"),
    *("video_input", "pdf_input", "image_generation", "attachment", "temperature"),
)
"""Capabilities to filter by."""

METERS = {"cost_input": "input tokens", "cost_output": "output tokens"}
LISTED = 50
"""Models on one page of the list, which has all that are drawn: a point is small, and has no name."""

CLOSED, OPEN, UNKNOWN = 1, 2, 3
WEIGHTS = {True: OPEN, False: CLOSED, None: UNKNOWN}
KINDS = {CLOSED: "closed", OPEN: "open weights", UNKNOWN: "weights unknown"}


def facts(catalog: Catalog, request: PageRequest) -> dict[str, Any]:
    """The models that fit, the cheapest first, from `?offset=` on, and the chart of all.

    `?require=` capabilities, `?provider=`, `?sellers=all` (else only offers of the lab that made the
    model), `?meter=` cost_input or cost_output, `?min_context=` tokens. Raises what find() raises.
    """
    require = [canonical(name) for name in request.many("require")]
    meter = request.one("meter", "cost_input")
    if meter not in METERS:
        raise OptionError(f"meter is {' or '.join(METERS)}, not {meter!r}")
    provider = request.one("provider") or None
    everyone = bool(provider) or request.one("sellers") == "all"
    found = catalog.find(
        require=require,
        provider=provider,
        first_party=None if everyone else True,
        min_context=request.number("min_context", 0, 0, 10**9) or None,
        order_by=meter,
    )
    placed = [m for m in found if m.limit_context and getattr(m, meter) is not None]
    offset = request.number("offset", 0, 0, len(placed))
    options = {
        "require": require,
        "provider": provider,
        "meter": meter,
        "min_context": request.number("min_context", 0, 0, 10**9),
        "sellers": "all" if everyone else "labs",
    }
    choice = {name: value for name, value in options.items() if value}
    return {
        "ok": True,
        **options,
        "count": len(found),
        "offset": offset,
        "next_offset": offset + LISTED if offset + LISTED < len(placed) else None,
        "models": [model._asdict() for model in placed[offset : offset + LISTED]],
        "_choice": choice,
        "_before": max(0, offset - LISTED) if offset else None,
        "_drawn": len(placed),
        "_chart": chart(placed, meter, choice, request.links),
        "_kinds": KINDS,
        "_offered": OFFERED,
        "_meters": METERS,
        "_providers": [(p.id, p.name or p.id) for p in catalog.providers()],
    }


def chart(models: Sequence[Model], meter: str, choice: Mapping[str, Any], links: Links) -> Markup:
    """The scatter plot; empty where there is nothing to draw.

    A point leads to its model. Models that differ by less than a point is wide are one point, which
    leads to their place in the list that `choice` gives.
    """
    together: dict[tuple[str, str, bool | None], list[int]] = {}
    for number, m in enumerate(models):
        place = f"{getattr(m, meter):.2g}", f"{m.limit_context:.2g}", m.open_weights
        together.setdefault(place, []).append(number)
    points = []
    for numbers in together.values():
        first = models[numbers[0]]
        href = links.model(first.spec)
        if len(numbers) > 1:
            href = f"{links.page('explorer', **choice, offset=numbers[0])}#list"
        points.append(_point(first, len(numbers) - 1, meter, href))
    return scatter(
        f"Price of {METERS[meter]} against context window of {len(models)} models",
        points,
        ("context window, tokens", f"USD per 1M {METERS[meter]}"),
        (lambda tick: display.tokens(round(tick)), display.price),
    )


def _point(model: Model, more: int, meter: str, href: str) -> Point:
    price, context = getattr(model, meter), model.limit_context or 1
    title = (
        f"{model.name or model.spec} ({model.provider}): {display.price(price)},"
        f" {display.tokens(context)} tokens"
    )
    if more:
        title += f"; and {more} more here"
    return Point(float(context), float(price), title, href, WEIGHTS[model.open_weights])
