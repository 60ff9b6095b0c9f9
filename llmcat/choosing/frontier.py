"""Price against score against speed: which models are the best for some weighing of the three."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from llmcat.choosing.find import BLEND, query_on
from llmcat.choosing.measured import measured
from llmcat.choosing.options import value_of

if TYPE_CHECKING:
    import sqlite3


class Point(NamedTuple):
    """A model: its blended price in USD per 1M tokens, its score, its output tokens a second (None: not
    measured), and whether it is on the best edge."""

    spec: str
    price: float
    score: float
    speed: float | None
    best: bool


FIELDS = Point._fields


def frontier(
    connection: sqlite3.Connection, options: Mapping[str, Any], own: bool = True
) -> list[Point]:
    """The models that fit the options of find and have a price and a score, the cheapest first. Without
    `own`, by what the catalogue itself says: the user's own scores and calls stay out."""
    requested = dict(options)
    blend = BLEND if requested.get("blend") is None else value_of("blend", requested["blend"])
    complexity, least = _least_score(requested)
    known = measured(connection, own)
    scores = known.scores.get(complexity, {})
    found: list[Point] = []
    requested.pop("min_score", None)
    for spec in query_on(connection, requested).specs(connection):
        prices = [_price(connection, spec, meter) for meter in blend]
        if scores.get(spec, -1.0) >= least and None not in prices:
            total = sum(w * p for w, p in zip(blend.values(), prices) if p is not None)
            price = round(total / sum(blend.values()), 9)
            found.append(Point(spec, price, scores[spec], known.speeds.get(spec), False))
    marked = [one._replace(best=not any(beats(other, one) for other in found)) for one in found]
    return sorted(marked, key=lambda one: (one.price, -one.score, one.spec))


def beats(other: Point, one: Point) -> bool:
    """Whether `other` is as cheap, as good and as fast as `one`, and better in one of these. A speed that
    was not measured is worse than any."""
    ours = (-one.price, one.score, one.speed or 0.0)
    theirs = (-other.price, other.score, other.speed or 0.0)
    return theirs != ours and all(b >= a for a, b in zip(ours, theirs))


def _least_score(options: Mapping[str, Any]) -> tuple[str, float]:
    """Whose scores are meant, and from which one on."""
    from llmcat.choosing.measured import scores_given

    if named := options.get("min_score"):
        return next(iter(scores_given("min_score", named).items()))
    return str(options.get("task_complexity") or "complex"), 0.0


def _price(connection: sqlite3.Connection, spec: str, meter: str) -> float | None:
    price: float | None = connection.execute(
        f"SELECT cost_{meter} FROM models WHERE spec = ?", (spec,)
    ).fetchone()[0]
    return price
