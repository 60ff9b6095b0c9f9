"""What an agent can ask of a catalogue over MCP: the calls of Catalog, by the same words.

A newcomer adds a function that takes a Catalog first and answers a shape of shapes.py, and
names it in TOOLS; its docstring and the types of its parameters are what the agent reads.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from llmcat.catalog import Catalog
from llmcat.choosing.select import unmet
from llmcat.errors import UsageError
from llmcat.history.lifecycle import farewell, named_in, replacement_today
from llmcat.instants import UNKNOWN_TIME, instant, today
from llmcat.lookup.former_names import former_spec
from llmcat.mcp import answers, shapes
from llmcat.mcp.signatures import (
    Count,
    Counts,
    Limit,
    MaybeName,
    Name,
    Names,
    Number,
    Options,
    OptionsOfFind,
    Spec,
    Specs,
)
from llmcat.storage.age import beyond, recorded_until

if TYPE_CHECKING:
    from llmcat.lookup.resolve import Resolution

MOST_PRICES = 500
"""Intervals of a price history that are given, the newest."""

CHEAPEST = ("cost_input", "cost_output")


def find(cat: Catalog, limit: Limit = 20, **options: Options) -> shapes.FoundModels:
    """Find the models that fit all options, the cheapest first unless order_by says otherwise.

    Bounds are inclusive, of tokens or of USD per 1M tokens; blend is 3 parts input and 1 part output price.
    What is required or bounded must be known: null is unknown. A price of 0 is free; what a subscription
    pays for has no price, see billing; free=false leaves free offers out. Deprecated and retired models are
    left out. `cost_at_min_context`: the tier that min_context reaches into. `unmet` names what no model meets. For a model by its name use model or search.
    """
    wanted = {"order_by": CHEAPEST, **_given(options)}
    found = cat.find(**wanted, limit=limit + 1)
    return {
        "models": answers.found_models(cat, found[:limit], wanted.get("min_context")),
        "unmet": [] if found else unmet(cat.connection, wanted),
        "more": len(found) > limit,
        **_read_at(cat),
    }


def select(
    cat: Catalog,
    prefer: Annotated[Names, Field(description="providers to prefer, in order")] = None,
    scope: Annotated[Names, Field(description="providers to stay with")] = None,
    **options: OptionsOfFind,
) -> shapes.Selected:
    """The one model to take: fits all options, of the preferred provider, cheapest by blended price.

    The options are those of find. `steps` tell how many models each requirement left, `emptied_by` which left none.
    """
    wanted = _given(options)
    found = cat.explain(prefer=prefer, scope=scope, **wanted)
    taken = [found.model] if found.model else []
    models = answers.found_models(cat, taken, wanted.get("min_context"))
    return {
        "model": models[0] if models else None,
        "considered": found.considered,
        "steps": [{"requirement": step.requirement, "left": step.left} for step in found.steps],
        "emptied_by": found.emptied_by,
        "unmet": list(found.unmet),
        **_read_at(cat),
    }


def model(cat: Catalog, spec: Spec) -> shapes.WholeModel:
    """All that is known of one model: limits, prices by mode and context tier, capabilities, status
    and replacement, where each is known from, and how to call it.

    `meant` says which model the name was understood as. Prices are USD per 1M tokens; null is unknown.
    """
    found = cat.resolve(spec)
    whole = cat.model(found.spec)
    return answers.whole_model(
        found,
        whole,
        cat.provider(whole.provider),
        cat.prices(whole.spec),
        replacement_today(whole, _today(cat), named_in(cat)),
        _read_at(cat),
    )


def offers(cat: Catalog, name: Name, require: Names = None, limit: Limit = 20) -> shapes.Offers:
    """Who serves one model, the cheapest first: by a base model such as deepseek/deepseek-v3.2, its
    name alone, or a spec.

    Those that upstream says are of it (`same`: base_model) come first, then those of an equal id alone,
    cheapest first each, outliers last. Prices are USD per 1M tokens. Deprecated and retired offers are
    left out.
    """
    found = cat.offers(name, require=require or (), limit=limit + 1)
    return {
        "offers": [
            {**answers.found_model(offer.model), "same": offer.same, "outlier": offer.outlier}
            for offer in found[:limit]
        ],
        "more": len(found) > limit,
        **_read_at(cat),
    }


def search(
    cat: Catalog,
    text: Annotated[Name, Field(description="words, an id or a name, or how it begins")],
    provider: MaybeName = None,
    limit: Limit = 10,
) -> shapes.SearchedModels:
    """Search models by words, the best match first, deprecated and retired ones too: see status.

    Where nothing matches, typos are mended and `searched` says what was searched instead.
    """
    found = cat.search(text, limit=limit + 1, provider=provider)
    if not found and (corrected := cat.correct(text)):
        text, found = corrected, cat.search(corrected, limit=limit + 1, provider=provider)
    return {
        "models": list(map(answers.found_model, found[:limit])),
        "searched": text,
        "more": len(found) > limit,
        **_read_at(cat),
    }


def cost(
    cat: Catalog,
    spec: Spec,
    input_tokens: Annotated[Count, Field(description="cached and audio ones included")] = None,
    output_tokens: Annotated[Count, Field(description="reasoning and audio ones included")] = None,
    usage: Annotated[
        dict[str, Any] | None,
        Field(description="in place of counts: the usage object that an API or SDK returned"),
    ] = None,
    at: Annotated[
        MaybeName, Field(description="when, UTC: 2026-03-01 or 2026-03-01T10:00Z; else now")
    ] = None,
    mode: Annotated[
        MaybeName, Field(description="standard, batch, flex, …; else what the usage says")
    ] = None,
    region: Annotated[MaybeName, Field(description="where served: eu, us-east-1, …")] = None,
    calls: Annotated[int, Field(ge=1)] = 1,
    **counts: Counts,
) -> shapes.ModelCost:
    """What one call costs in US dollars, exactly, line by line, with tiers for long inputs; and what `calls` of
    them cost.

    An unknown price is an error, never 0; where another price stands in for it, `assumed` says so, and
    what has no price at all stands in `unbilled`.
    """
    given = _given({"input_tokens": input_tokens, "output_tokens": output_tokens, **counts})
    found = cat.resolve(spec, at=at)
    if usage is None:
        priced = cat.cost(spec, **given, at=at, mode=mode or "standard", region=region or "")
    elif given:
        raise UsageError(f"usage says all counts; leave out {', '.join(given)}")
    else:
        priced = cat.cost_of(spec, usage, at=at, mode=mode, region=region)
    ends = at and beyond(cat.connection, instant(at))
    model_named = named_in(cat)
    model = None if at else model_named(found.spec)
    lifecycle = model and farewell(model, today(), model_named)
    return answers.model_cost(
        found, priced, calls, [ends] if ends else [], lifecycle, _read_at(cat)
    )


def compare(cat: Catalog, specs: Specs) -> shapes.ComparedModels:
    """Models side by side: in what they differ, which is cheapest and which takes most; unknown values
    win nothing. `unknown` has the names that nobody has, with suggestions."""
    found: list[Resolution] = []
    unknown: list[shapes.UnknownName] = []
    for spec in specs:
        try:
            found.append(cat.resolve(spec))
        except LookupError as error:
            unknown.append({"name": spec, "why": str(error)})
    compared = cat.compare([meant.spec for meant in found])
    return answers.compared_models(found, compared, unknown, _read_at(cat))


def prices(cat: Catalog, spec: Spec) -> shapes.PriceHistory:
    """Every price that was listed for a model (USD for `per` units), and when, the oldest first by mode,
    tier and meter. Also for a model that is gone, by its full spec.
    """
    spec = former_spec(cat.connection, spec)
    listed = cat.prices(spec)
    return {
        "spec": spec,
        "prices": list(map(answers.listed_price, listed[-MOST_PRICES:])),
        "more": len(listed) > MOST_PRICES,
        **_read_at(cat),
    }


def changes(
    cat: Catalog,
    since: Annotated[
        MaybeName, Field(description="UTC; else the 30 days before the last reading")
    ] = None,
    until: MaybeName = None,
    kind: Literal["added", "removed", "changed"] | None = None,
    field: Annotated[
        MaybeName, Field(description="such as status, cost_input, or cost: every price")
    ] = None,
    provider: MaybeName = None,
    min_ratio: Annotated[Number, Field(description="numbers that moved by it: 0.2 is 20%")] = None,
    direction: Literal["up", "down"] | None = None,
    limit: Annotated[int, Field(ge=1, le=100)] = 50,
) -> shapes.RecentChanges:
    """What changed, the newest first: models added and removed, prices and other fields changed.

    `new` of an added model is its price then. What merely became known is left out, as are price moves so
    large that they are probably mistakes.
    """
    since = since or _month_before(_read_at(cat)["as_of"] or UNKNOWN_TIME)
    found = cat.changes(
        since,
        until,
        kind=kind,
        field=field,
        provider=provider,
        min_ratio=min_ratio,
        direction=direction,
        backfill=False,
    )
    return {
        "since": since,
        "changes": list(map(answers.recent_change, islice(reversed(found), limit))),
        "recorded_until": recorded_until(cat.connection),
        "more": len(found) > limit,
        **_read_at(cat),
    }


def deprecations(
    cat: Catalog,
    days: Annotated[int, Field(ge=0, le=3650)] = 90,
    provider: MaybeName = None,
    limit: Limit = 50,
) -> shapes.Deprecations:
    """The models in service that will be deprecated or retired within `days` days, the next first, and
    what to use in their place."""
    wanted = provider and cat.provider(provider).id
    ending = [one for one in cat.deprecations(days) if wanted in (None, one.provider)]
    return {
        "models": [
            answers.ending_model(one, replacement_today(one, _today(cat), named_in(cat)))
            for one in ending[:limit]
        ],
        "more": len(ending) > limit,
        **_read_at(cat),
    }


TOOLS: tuple[Callable[..., Any], ...] = (
    *(find, select, model, offers, search),
    *(cost, compare, prices, changes, deprecations),
)
"""The tools in the order in which an agent reads of them."""


def _given(arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments that were given a value."""
    return {name: value for name, value in arguments.items() if value is not None}


def _read_at(cat: Catalog) -> shapes.ReadAt:
    """When the newest of the catalogue's data were read, and how many days ago, if any source tells."""
    info = cat.info()
    age = info.age
    return {
        "as_of": None if age is None else str(info["built_at"]),
        "age_days": None if age is None else age.days,
    }


def _today(cat: Catalog) -> str:
    return (cat.at or today())[: len("YYYY-MM-DD")]


def _month_before(moment: str) -> str:
    return f"{date.fromisoformat(moment[:10]) - timedelta(days=30)}T00:00:00Z"
