"""What an agent can ask of a catalogue over MCP, beside SQL.

A newcomer adds a function that takes a Catalog first and answers a shape of shapes.py, and
names it in TOOLS; its docstring and the descriptions of its parameters are what the agent reads.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Annotated, Any, Literal

from mcp.types import ToolAnnotations
from pydantic import BeforeValidator, Field

from llmcat.arguments import token_count
from llmcat.catalog import Catalog
from llmcat.choosing.select import unmet
from llmcat.errors import UsageError
from llmcat.history.lifecycle import named_in, replacement_today
from llmcat.instants import UNKNOWN_TIME, instant, today
from llmcat.lookup.former_names import former_spec
from llmcat.mcp import answers, shapes
from llmcat.mcp.register import FindCatalogue, offered
from llmcat.pricing.counts import METER_OF
from llmcat.storage.age import beyond, recorded_until

if TYPE_CHECKING:
    from llmcat.choosing.options import FindOptions
    from llmcat.lookup.resolve import Resolution

READ_ONLY = ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)

MOST_PRICES = 500
"""Intervals of a price history that are given, the newest."""

Name = Annotated[str, Field(max_length=200)]
Listed = BeforeValidator(lambda value: [value] if isinstance(value, str) else value)
"""One name, not in a list, stands for a list of one."""
Names = Annotated[list[Name] | None, Field(max_length=20), Listed]
Spec = Annotated[
    Name,
    Field(
        description="provider:id, such as openai:gpt-4o; also an alias, a bare id or what LiteLLM,"
        " gateways and clouds write, where it is not ambiguous."
    ),
]
Specs = Annotated[
    list[Name], Field(min_length=1, max_length=6, description="One to six models."), Listed
]
Price = Annotated[
    float | None, Field(ge=0, allow_inf_nan=False, description="USD per 1M tokens, inclusive.")
]
Written = BeforeValidator(token_count)
"""200k and 1M are understood, as people write them."""
Tokens = Annotated[int | None, Field(ge=0, description="Tokens, inclusive."), Written]
Count = Annotated[int | None, Field(ge=0, description="Tokens."), Written]
Units = Annotated[float | None, Field(ge=0, description="How many; a fee beside the tokens.")]
Day = Annotated[Name | None, Field(description="YYYY, YYYY-MM or YYYY-MM-DD.")]
Limit = Annotated[int, Field(ge=1, le=50)]
Capabilities = Annotated[
    Names,
    Field(
        description="Capabilities such as vision, tools, reasoning, structured_outputs, pdf_input,"
        " audio_input, prompt_caching, in any usual spelling."
    ),
]
Order = Annotated[
    Names,
    Field(
        description="Columns such as cost_input, cost_output, release_date, limit_context, or blend"
        " (3 parts input price, 1 part output price); - before one: largest first. Unknown is last."
    ),
]
Provider = Annotated[Name | None, Field(description="A provider's id, such as openai.")]


def find_models(
    cat: Catalog,
    require: Capabilities = None,
    forbid: Capabilities = None,
    min_context: Tokens = None,
    min_output: Tokens = None,
    min_cost_input: Price = None,
    max_cost_input: Price = None,
    max_cost_output: Price = None,
    provider: Names = None,
    family: Names = None,
    task: Annotated[
        Names, Field(description="chat, embedding, rerank, image, transcription, speech, …")
    ] = None,
    billing: Annotated[
        Names, Field(description="token, unit, subscription, free or unknown: how it is paid for.")
    ] = None,
    free: Annotated[bool | None, Field(description="Free of charge, or not.")] = None,
    effort: Annotated[
        Names, Field(description="Reasoning efforts that it takes: low, medium, high, …")
    ] = None,
    parameters: Annotated[
        Names, Field(description="Request parameters that it is known to take, such as seed.")
    ] = None,
    open_weights: bool | None = None,
    first_party: Annotated[
        bool | None, Field(description="Served by the lab that made it, not resold.")
    ] = None,
    released_after: Day = None,
    text: Annotated[Name | None, Field(description="Words in name or description.")] = None,
    order_by: Order = None,
    limit: Limit = 20,
) -> shapes.FoundModels:
    """Find the models that fit all that is asked, the cheapest first unless order_by says otherwise.

    Prices are in USD per 1M tokens, limits in tokens. null is unknown: never 0, free or "no"; what is
    required or bounded must be known. A price of 0 is free; what a subscription pays for has no price:
    see billing. free=false leaves free offers out. Deprecated and retired models are left out.
    `unmet` names what no model of the catalogue meets. For a model by its name use get_model or
    search_models.
    """
    options: FindOptions = {
        "require": require or (),
        "forbid": forbid or (),
        "min_context": min_context,
        "min_output": min_output,
        "min_cost_input": min_cost_input,
        "max_cost_input": max_cost_input,
        "max_cost_output": max_cost_output,
        "provider": provider,
        "family": family,
        "task": task,
        "billing": billing,
        "free": free,
        "effort": effort or (),
        "parameters": parameters or (),
        "open_weights": open_weights,
        "first_party": first_party,
        "released_after": released_after,
        "text": text,
        "order_by": order_by or ("cost_input", "cost_output"),
        "limit": limit + 1,
    }
    found = cat.find(**options)
    return {
        "models": list(map(answers.found_model, found[:limit])),
        "unmet": [] if found else unmet(cat.connection, options),
        "more": len(found) > limit,
        "as_of": _as_of(cat),
    }


def get_model(cat: Catalog, spec: Spec) -> shapes.WholeModel:
    """All that is known of one model: limits, prices by mode and context tier, capabilities, status
    and replacement, where each is known from, and how to call it.

    Prices are in USD per 1M tokens, limits in tokens; null is unknown. `meant` says which model the
    name was understood as. A name that nobody has gets suggestions, never a guess.
    """
    found = cat.resolve(spec)
    model = cat.model(found.spec)
    day = (cat.at or today())[: len("YYYY-MM-DD")]
    return answers.whole_model(
        found,
        model,
        cat.provider(model.provider),
        cat.prices(model.spec),
        _as_of(cat),
        replacement_today(model, day, named_in(cat)),
    )


def model_offers(
    cat: Catalog, model: Spec, require: Capabilities = None, limit: Limit = 20
) -> shapes.Offers:
    """List who serves one model, the cheapest first: by a base model such as deepseek/deepseek-v3.2, its
    name alone, or a spec.

    `same` says how an offer is known to be of it: base_model, as upstream says, or id, an equal id
    alone. Of an outlier the price is at least three times what the others ask. Prices are in USD per
    1M tokens, null is unknown. Deprecated and retired offers are left out.
    """
    found = cat.offers(model, require=require or (), limit=limit + 1)
    return {
        "offers": [
            {**answers.found_model(offer.model), "same": offer.same, "outlier": offer.outlier}
            for offer in found[:limit]
        ],
        "more": len(found) > limit,
        "as_of": _as_of(cat),
    }


def search_models(
    cat: Catalog,
    text: Annotated[Name, Field(description="Words, an id or a name, or how it begins.")],
    provider: Provider = None,
    limit: Limit = 10,
) -> shapes.SearchedModels:
    """Search models by words, the best match first: ids, names, families, then descriptions.

    Deprecated and retired models are among them: see status. Where nothing matches, typos are mended
    and `searched` says what was searched instead. Prices are in USD per 1M tokens, null is unknown.
    """
    found = cat.search(text, limit=limit + 1, provider=provider)
    if not found and (corrected := cat.correct(text)):
        text, found = corrected, cat.search(corrected, limit=limit + 1, provider=provider)
    return {
        "models": list(map(answers.found_model, found[:limit])),
        "searched": text,
        "more": len(found) > limit,
    }


def model_cost(
    cat: Catalog,
    spec: Spec,
    input_tokens: Annotated[
        Count, Field(description="Input tokens, those cached and of audio included.")
    ] = None,
    output_tokens: Annotated[
        Count, Field(description="Output tokens, those of reasoning and audio included.")
    ] = None,
    cache_read_tokens: Count = None,
    cache_write_tokens: Count = None,
    cache_write_1h_tokens: Count = None,
    input_audio_tokens: Count = None,
    output_audio_tokens: Count = None,
    reasoning_tokens: Count = None,
    input_image_tokens: Count = None,
    output_image_tokens: Count = None,
    images: Units = None,
    seconds: Units = None,
    characters: Units = None,
    pages: Units = None,
    requests: Units = None,
    queries: Units = None,
    web_searches: Units = None,
    file_searches: Units = None,
    sessions: Units = None,
    usage: Annotated[
        dict[str, Any] | None,
        Field(description="In place of counts: the usage object that an API or SDK returned."),
    ] = None,
    at: Annotated[
        Name | None, Field(description="When, in UTC: 2026-03-01 or 2026-03-01T10:00Z; else now.")
    ] = None,
    mode: Annotated[
        Name | None,
        Field(description="standard, batch, fast, …; else what the usage says, else standard."),
    ] = None,
    region: Annotated[
        Name | None, Field(description="Where served, such as eu, us-east-1.")
    ] = None,
) -> shapes.ModelCost:
    """What one call costs in US dollars, exactly, line by line, with tiers for long inputs.

    An unknown price is an error, never 0; where another price stands in for it, `assumed` says so, and
    what has no price at all stands in `unbilled`.
    """
    counts = {name: n for name, n in locals().items() if name in METER_OF and n is not None}
    found = cat.resolve(spec)
    if usage is None:
        cost = cat.cost(spec, **counts, at=at, mode=mode or "standard", region=region or "")
    elif counts:
        raise UsageError(f"usage says all counts; leave out {', '.join(counts)}")
    else:
        cost = cat.cost_of(spec, usage, at=at, mode=mode, region=region)
    ends = at and beyond(cat.connection, instant(at))
    return answers.model_cost(found, cost, [ends] if ends else [])


def compare_models(cat: Catalog, specs: Specs) -> shapes.ComparedModels:
    """Models side by side: in what they differ, which is cheapest and which takes most.

    Prices are in USD per 1M tokens, limits in tokens; null is unknown and wins nothing. Names are
    understood as by get_model; one that nobody has is an error with suggestions.
    """
    found: list[Resolution] = [cat.resolve(spec) for spec in specs]
    return answers.compared_models(found, cat.compare([meant.spec for meant in found]))


def price_history(cat: Catalog, spec: Spec) -> shapes.PriceHistory:
    """Every price that was listed for a model, in USD per 1M tokens, and when, the oldest first by
    mode, context tier and meter. Also for a model that is gone, by its full spec.
    """
    spec = former_spec(cat.connection, spec)
    prices = cat.prices(spec)
    return {
        "spec": spec,
        "prices": list(map(answers.listed_price, prices[-MOST_PRICES:])),
        "more": len(prices) > MOST_PRICES,
    }


def recent_changes(
    cat: Catalog,
    since: Annotated[
        Name | None,
        Field(description="From this instant on, UTC; else the 30 days before the last reading."),
    ] = None,
    kind: Literal["added", "removed", "changed"] | None = None,
    field: Annotated[
        Name | None, Field(description="A field, such as cost_input, status or limit_context.")
    ] = None,
    provider: Provider = None,
    min_ratio: Annotated[
        float | None,
        Field(
            ge=0, allow_inf_nan=False, description="Numbers that moved by this part: 0.2 is 20%."
        ),
    ] = None,
    direction: Literal["up", "down"] | None = None,
    limit: Annotated[int, Field(ge=1, le=100)] = 50,
) -> shapes.RecentChanges:
    """What changed, the newest first: models added and removed, prices and other fields changed.

    Prices are in USD per 1M tokens; null is unknown or nothing. What merely became known is left out,
    as are price moves so large that they are probably mistakes of a source.
    """
    since = since or _month_before(_as_of(cat) or UNKNOWN_TIME)
    found = cat.changes(
        since,
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
        "more": len(found) > limit,
        "recorded_until": recorded_until(cat.connection),
    }


TOOLS: tuple[Callable[..., Any], ...] = (
    find_models,
    get_model,
    model_offers,
    search_models,
    model_cost,
    compare_models,
    price_history,
    recent_changes,
)
"""The tools in the order in which an agent reads of them."""


def register(mcp: Any, find: FindCatalogue) -> None:
    """Add the tools to an MCP server; `find` gives the catalogue for each call."""
    for tool in TOOLS:
        mcp.add_tool(offered(find, tool), annotations=READ_ONLY)


def _as_of(cat: Catalog) -> str | None:
    """When the newest of the catalogue's data were read, if any source tells."""
    built_at = str(cat.sql("SELECT built_at FROM catalog")[0]["built_at"])
    return None if built_at == UNKNOWN_TIME else built_at


def _month_before(instant: str) -> str:
    return f"{date.fromisoformat(instant[:10]) - timedelta(days=30)}T00:00:00Z"
