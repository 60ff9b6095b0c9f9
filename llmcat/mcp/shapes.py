"""The shapes of what agents are told: typed, so that every tool says what it answers.

null is always "unknown", which is neither 0 nor free nor "no".
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field
from typing_extensions import TypedDict

Spec = Annotated[str, Field(description="provider:id, the name of one model at one provider")]
Price = Annotated["float | None", Field(description="USD per 1M tokens; null: unknown, 0: free")]
Tokens = Annotated["int | None", Field(description="tokens; null: unknown")]
Day = Annotated["str | None", Field(description="YYYY, YYYY-MM or YYYY-MM-DD; null: unknown")]
Instant = Annotated[str, Field(description="UTC")]
Known = Annotated["bool | None", Field(description="null: unknown")]
More = Annotated[bool, Field(description="whether there are more than were given")]
AsOf = Annotated[
    str | None, Field(description="when the catalogue's data were last read, UTC; null is unknown")
]


class Meant(TypedDict):
    """Which model was understood by the name that was asked for, and by what rule."""

    name: str
    spec: Spec
    rule: str


class FoundModel(TypedDict):
    """What is needed to choose a model."""

    spec: Spec
    name: str | None
    provider: str
    family: str | None
    status: str | None
    release_date: Day
    context_tokens: Tokens
    output_tokens: Tokens
    cost_input: Price
    cost_output: Price
    cost_cache_read: Price
    capabilities: Annotated[list[str], Field(description="what it is known to have")]
    open_weights: Known


class FoundModels(TypedDict):
    """Models that fit, in order."""

    models: list[FoundModel]
    unmet: Annotated[list[str], Field(description="what no model of the catalogue meets")]
    more: More
    as_of: AsOf


class Offered(FoundModel):
    """One offer of a model."""

    same: Annotated[
        Literal["base_model", "id"], Field(description="by what it is known to be of this model")
    ]
    outlier: Annotated[bool, Field(description="its price stands out from those of the others")]


class Offers(TypedDict):
    """Who serves one model, the cheapest first."""

    offers: list[Offered]
    more: More
    as_of: AsOf


class SearchedModels(TypedDict):
    """Models by words, the best match first."""

    models: list[FoundModel]
    searched: Annotated[str, Field(description="the text, its typos mended if it found nothing")]
    more: More


class ListedPrice(TypedDict):
    """A price that is listed, or was from valid_from until before valid_to."""

    mode: str
    region: Annotated[
        str | None, Field(description="null: everywhere that has no price of its own")
    ]
    min_context: Annotated[int, Field(description="holds for calls of more input tokens than this")]
    hours: Annotated[str | None, Field(description="of the week in UTC; null: all others")]
    meter: str
    usd: Annotated[float, Field(description="US dollars for `per` of `unit`; 0 is free")]
    per: Annotated[int, Field(description="1,000,000 for tokens, else 1")]
    unit: Annotated[str | None, Field(description="token, image, second, …; null: not known")]
    valid_from: Instant
    valid_to: Annotated[str | None, Field(description="UTC; null: it still holds")]
    effective_from: Annotated[Day, Field(description="when it took effect, where that is known")]
    suspect: Annotated[bool, Field(description="stands out so far that it is probably a mistake")]
    source: str
    corroborated_by: Annotated[list[str], Field(description="who else says the same")]


class HowToCall(TypedDict):
    """What a program needs to call models of the provider."""

    name: str | None
    base_url: str | None
    key_variables: Annotated[list[str], Field(description="environment variables of its keys")]
    npm: str | None
    documentation: str | None


class WholeModel(FoundModel):
    """A model with all that is known of it."""

    meant: Meant
    id: Annotated[str, Field(description="what the provider's API calls it")]
    description: str | None
    base_model: str | None
    first_party: Annotated[bool | None, Field(description="served by the lab that made it")]
    license: str | None
    quality_tier: str | None
    knowledge: Day
    deprecated_on: Day
    retires_on: Day
    replacement: Annotated[
        str | None, Field(description="what to use in its place; where that ended too, its own")
    ]
    input_tokens: Tokens
    modalities_input: list[str]
    modalities_output: list[str]
    lacks: Annotated[list[str], Field(description="what it is known not to have")]
    aliases: list[str]
    prices: Annotated[list[ListedPrice], Field(description="now, by mode, context tier and meter")]
    call: HowToCall
    sources: Annotated[dict[str, str], Field(description="field: where it is known from; *: rest")]
    as_of: AsOf


class BilledLine(TypedDict):
    """What is billed at one meter."""

    meter: str
    quantity: float
    unit: str | None
    price_usd: Annotated[float, Field(description="per 1M tokens, or per one of another unit")]
    usd: float


class Unbilled(TypedDict):
    """A count for which no price was found."""

    key: str
    quantity: float


class ModelCost(TypedDict):
    """What a call costs in US dollars."""

    meant: Meant
    total_usd: float
    charged_usd: Annotated[float | None, Field(description="what the response itself says it cost")]
    mode: str
    region: str | None
    context_tier: Annotated[
        int, Field(description="the input tokens above which these prices hold")
    ]
    breakdown: list[BilledLine]
    assumed: Annotated[list[str], Field(description="where an unknown price was replaced, and how")]
    unbilled: Annotated[list[Unbilled], Field(description="not in the total: no price is known")]


class Difference(TypedDict):
    """A field in which models differ; a value by spec, null: unknown."""

    field: str
    values: dict[str, Any]


class ComparedModels(TypedDict):
    """Models side by side. The winners are given where at least two values are known."""

    models: list[FoundModel]
    meant: list[Meant]
    differences: list[Difference]
    cheapest: Annotated[dict[str, list[str]], Field(description="price: the specs with the lowest")]
    largest: Annotated[dict[str, list[str]], Field(description="limit: the specs with the largest")]


class PriceHistory(TypedDict):
    """Every price of a model since records began, and those that hold now (valid_to null)."""

    spec: Spec
    prices: list[ListedPrice]
    more: More


class RecentChange(TypedDict):
    """What the sources began to say at an instant."""

    at: Instant
    spec: Annotated[str, Field(description="the model, or the provider where there is no colon")]
    kind: str
    field: str | None
    old: Any
    new: Any
    became_known: Annotated[bool, Field(description="nothing changed: an unknown became known")]


class RecentChanges(TypedDict):
    """Changes, the newest first."""

    since: Instant
    changes: list[RecentChange]
    recorded_until: Annotated[
        str | None, Field(description="nothing is recorded after this, UTC; null is unknown")
    ]
    more: More
