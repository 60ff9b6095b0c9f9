"""Price against context window, a point a model: where is the cheap one that takes enough?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup

from llmcat import display
from llmcat.capabilities import canonical
from llmcat.choosing.folded import is_classifier
from llmcat.choosing.measured import Measured, measured, with_own
from llmcat.datasette_plugin.catalogues import provider_names
from llmcat.datasette_plugin.charts.svg import Point, scatter
from llmcat.datasette_plugin.once_a_file import once_a_file
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


CONTEXT = "context"
AXES = {CONTEXT: "context window", "score": "score for complex tasks", "speed": "output speed"}
UNITS = {CONTEXT: "tokens", "score": "0 to 5", "speed": "tokens a second"}
"""What price is set against: the context window, or what was measured where something was."""

CHEAPEST, DEAREST = 12, 6
"""How many points at most have their name beside them."""


class Placed(NamedTuple):
    """A model and its place on the horizontal axis."""

    model: Model
    at: float


def facts(catalog: Catalog, request: PageRequest) -> dict[str, Any]:
    """The models that fit, the cheapest first, from `?offset=` on, and the chart of all. What is free, and
    then classifiers, come behind those with a price.

    `?require=` capabilities, `?provider=`, `?sellers=all` (else only offers of the lab that made the
    model), `?meter=` cost_input or cost_output, `?min_context=` tokens, `?against=` context, or score or
    speed where these are known. Raises what find() raises.
    """
    require = [canonical(name) for name in request.many("require")]
    meter = request.one("meter", "cost_input")
    if meter not in METERS:
        raise OptionError(f"meter is {' or '.join(METERS)}, not {meter!r}")
    known = places(catalog, request.own)
    against = request.one("against", CONTEXT)
    if against not in known:
        raise OptionError(f"against is one of {', '.join(known)}, not {against!r}")
    provider = request.one("provider") or None
    everyone = bool(provider) or request.one("sellers") == "all"
    min_context = request.tokens("min_context")
    found = catalog.find(
        require=require,
        provider=provider,
        first_party=None if everyone else True,
        min_context=min_context or None,
        order_by=meter,
    )
    place = known[against]
    placed = [
        Placed(m, at)
        for m in found
        if getattr(m, meter) is not None
        and (at := m.limit_context if place is None else place.get(m.spec))
    ]
    placed.sort(
        key=lambda p: (is_classifier(p.model.task, p.model.id), not getattr(p.model, meter))
    )
    offset = request.number("offset", 0, 0, len(placed))
    options = {
        "require": require,
        "provider": provider,
        "meter": meter,
        "against": against,
        "min_context": min_context or 0,
        "sellers": "all" if everyone else "labs",
    }
    choice = {name: value for name, value in options.items() if value and value != CONTEXT}
    return {
        "ok": True,
        **options,
        "count": len(found),
        "offset": offset,
        "next_offset": offset + LISTED if offset + LISTED < len(placed) else None,
        "models": [p.model._asdict() for p in placed[offset : offset + LISTED]],
        "_choice": choice,
        "_before": max(0, offset - LISTED) if offset else None,
        "_drawn": len(placed),
        "_chart": chart(placed, meter, against, choice, request.links),
        "_kinds": KINDS,
        "_offered": OFFERED,
        "_meters": METERS,
        "_axes": {name: AXES[name] for name in known},
        "_providers": provider_names(catalog),
    }


@once_a_file
def claimed(catalog: Catalog) -> Measured:
    """Scores and speeds that the catalogue itself has."""
    return measured(catalog.connection, own=False)


def places(catalog: Catalog, own: bool) -> dict[str, Mapping[str, float] | None]:
    """The axes that can be drawn -> spec -> place; None: the context window of the model."""
    known = with_own(claimed(catalog)) if own else claimed(catalog)
    found: dict[str, Mapping[str, float] | None] = {CONTEXT: None}
    if scores := known.scores.get("complex"):
        found["score"] = scores
    if known.speeds:
        found["speed"] = known.speeds
    return found


def outstanding(placed: Sequence[Placed], meter: str) -> list[str]:
    """The specs of models that converse and stand out: those that no other beats, for none is as cheap and
    as far to the right, and the dearest. What is free is left out, and of equal ones the first is taken."""
    converse = [
        p
        for p in placed
        if p.model.task in (None, "chat")
        and getattr(p.model, meter)
        and not is_classifier(p.model.task, p.model.id)
    ]
    best: list[str] = []
    least = float("inf")
    for p in sorted(converse, key=lambda p: (-p.at, getattr(p.model, meter))):
        if (price := getattr(p.model, meter)) < least:
            best.append(p.model.spec)
            least = price
    dearest = sorted(converse, key=lambda p: getattr(p.model, meter))[-DEAREST:]
    return [*best[:CHEAPEST], *(p.model.spec for p in dearest)]


def chart(
    placed: Sequence[Placed], meter: str, against: str, choice: Mapping[str, Any], links: Links
) -> Markup:
    """The scatter plot; empty where there is nothing to draw.

    A point leads to its model. Models that differ by less than a point is wide are one point, which
    leads to their place in the list that `choice` gives.
    """
    best = outstanding(placed, meter)
    together: dict[tuple[str, str, bool | None], list[int]] = {}
    for number, p in enumerate(placed):
        place = f"{getattr(p.model, meter):.2g}", f"{p.at:.2g}", p.model.open_weights
        together.setdefault(place, []).append(number)
    points = []
    for numbers in together.values():
        first = placed[numbers[0]]
        href = links.model(first.model.spec)
        if len(numbers) > 1:
            href = f"{links.page('explorer', **choice, offset=numbers[0])}#list"
        named = [placed[n].model for n in numbers if placed[n].model.spec in best]
        name = (named[0].name or named[0].id) if named else ""
        points.append(_point(first, len(numbers) - 1, meter, against, href)._replace(name=name))
    return scatter(
        f"Price of {METERS[meter]} against {AXES[against]} of {len(placed)} models",
        points,
        (f"{AXES[against]}, {UNITS[against]}", f"USD per 1M {METERS[meter]}"),
        (lambda tick: display.tokens(round(tick)) if tick >= 1 else f"{tick:g}", display.price),
    )


def _point(placed: Placed, more: int, meter: str, against: str, href: str) -> Point:
    model, price = placed.model, getattr(placed.model, meter)
    at = display.tokens(round(placed.at)) if against == CONTEXT else f"{placed.at:.3g}"
    title = (
        f"{model.name or model.spec} ({model.provider}): {display.price(price)},"
        f" {at} {UNITS[against] if against != 'score' else 'of 5'}"
    )
    if more:
        title += f"; and {more} more here"
    return Point(float(placed.at), float(price), title, href, WEIGHTS[model.open_weights])
