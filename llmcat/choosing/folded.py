"""Folded: the models that fit, a row each, with all offers of it that fit inside.

Which offers are of one model, upstream says with base_model (lab/model); the lab's own offer, lab:model,
is of it without saying so. Of the others nothing is known, and each is a row of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any, NamedTuple

from llmcat.choosing.conditions import blended
from llmcat.choosing.find import BLEND, query_on
from llmcat.choosing.select import DOUBTFUL_LAST
from llmcat.errors import OptionError

SORTS = ("price", "input", "cached", "output", "context", "released", "offers", "name")
"""Fields of FoldedModel that rows are sorted by; `-` before one: the largest first."""

NOTABLE = "notable"
"""Another order: what its lab and several others offer, the newest first, then the rest as by price. So who
merely looks sees the present models of the labs, and no list says which those are."""

OFFERED_BY = 5
"""How many offers, the lab's own among them, make a model notable."""

PRICES = ("price", "input", "cached", "output")

CLASSIFIER, OUTLIER, WITNESS = "classifier", "outlier", "witness"
"""Why a model comes late: it judges texts and answers nobody, its price stands out from its siblings', no
source but a witness lists it."""

JUDGES = ("guard", "safety", "moderation", "shield", "classif")
"""In the id of a model that sorts or filters texts; sources call most of them chat, and they are cheap."""

IS_CLASSIFIER = " OR ".join(
    ["task IN ('moderation', 'evaluation')", *(f"id LIKE '%{word}%'" for word in JUDGES)]
)


def is_classifier(task: str | None, id: str) -> bool:
    """The same of one model."""
    return task in ("moderation", "evaluation") or any(word in id.lower() for word in JUDGES)


class FoldedModel(NamedTuple):
    """A model: `cheapest` is the spec of its offer to take, `own` that of its lab where that fits as well,
    `free` one that costs nothing beside others that do. `late` is why the model comes behind others, see
    CLASSIFIER. Prices are of the offer to take, in USD per 1M tokens; `price` is the blend, and of what
    gives no tokens the input."""

    base: str
    cheapest: str
    own: str | None
    free: str | None
    offers: int
    late: str | None
    price: float | None
    input: float | None
    cached: float | None
    output: float | None
    context: int | None
    released: str | None
    name: str


def fold(
    connection: sqlite3.Connection, options: Mapping[str, Any], sort: str = "price"
) -> list[FoldedModel]:
    """The models that fit the options of find, in the order of `sort`, one of SORTS or NOTABLE.

    The offer to take is the cheapest by the blend of find, then the lab's own; offers that cost nothing
    come behind those that do, late ones behind all. So do the rows: what is known, in an order of prices
    what is free, what is unknown, what is late. Errors are those of find, and OptionError for
    a `sort` that is none.
    """
    if sort == NOTABLE:
        return _notable_first(fold(connection, options))
    field = sort.removeprefix("-")
    if field not in SORTS:
        raise OptionError(f"sort is one of {', '.join(SORTS)} or {NOTABLE}, not {sort!r}")
    groups: dict[str, list[Any]] = {}
    for row in _offers(connection, options):
        groups.setdefault(row[0], []).append(row)
    models = [_folded(base, offers) for base, offers in groups.items()]
    known = [model for model in models if getattr(model, field) is not None]
    known.sort(key=lambda model: getattr(model, field), reverse=sort.startswith("-"))
    unknown = [model for model in models if getattr(model, field) is None]
    return sorted(
        [*known, *unknown],
        key=lambda model: (
            model.late is not None,
            getattr(model, field) is None,
            field in PRICES and getattr(model, field) == 0,
        ),
    )


def _notable_first(models: list[FoldedModel]) -> list[FoldedModel]:
    def place(model: FoldedModel) -> bool:
        return model.own is not None and model.offers >= OFFERED_BY and not model.late

    notable = sorted(filter(place, models), key=lambda m: m.offers, reverse=True)
    notable.sort(key=lambda model: model.released or "", reverse=True)
    return [*notable, *(model for model in models if not place(model))]


def _offers(connection: sqlite3.Connection, options: Mapping[str, Any]) -> list[Any]:
    """A row for each offer that fits, that to take before the others."""
    query = query_on(connection, options)
    where = " AND ".join(condition.sql for condition in query.conditions) or "1"
    bound = [value for condition in query.conditions for value in condition.parameters]
    blend, weights = blended(BLEND)
    (outlier, _), (witness, _) = DOUBTFUL_LAST
    sql = f"""
SELECT base, spec, first_party, late, price, cost_input, cost_cache_read, cost_output,
    limit_context, release_date, coalesce(name, id)
FROM (
    SELECT *, coalesce(base_model, provider || '/' || id) AS base,
        CASE WHEN {IS_CLASSIFIER} THEN '{CLASSIFIER}' WHEN {outlier} THEN '{OUTLIER}'
            WHEN {witness} THEN '{WITNESS}' END AS late,
        coalesce({blend}, cost_input) AS price
    FROM models WHERE {where}
)
ORDER BY late IS NOT NULL, price IS NULL, price = 0, price, first_party IS NOT 1, spec"""
    return connection.execute(sql, [*weights, *bound]).fetchall()


def _folded(base: str, offers: list[Any]) -> FoldedModel:
    _, spec, _, late, price, input_, cached, output, context, released, name = offers[0]
    own = next((offer for offer in offers if offer[2] == 1), None)
    return FoldedModel(
        base=base,
        cheapest=spec,
        own=own[1] if own else None,
        free=next((offer[1] for offer in offers if price and offer[4] == 0), None),
        offers=len(offers),
        late=late,
        price=price,
        input=input_,
        cached=cached,
        output=output,
        context=context,
        released=released,
        name=own[-1] if own else name,
    )
