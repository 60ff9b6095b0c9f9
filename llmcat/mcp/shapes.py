"""The shapes of what agents are told. Types for us: an agent reads the answers themselves.

None is always "unknown", which is neither 0 nor free nor "no".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypedDict

if TYPE_CHECKING:
    from typing_extensions import NotRequired

Spec = str  # provider:id, the name of one model at one provider
Price = float | None  # USD per 1M tokens; null: unknown, 0: free
Tokens = int | None  # tokens; null: unknown
Day = str | None  # YYYY, YYYY-MM or YYYY-MM-DD; null: unknown
Instant = str  # UTC
Known = bool | None  # null: unknown
More = bool  # whether there are more than were given


class ReadAt(TypedDict):
    """How old the catalogue's data are; None: no source tells."""

    as_of: str | None  # when they were last read, UTC
    age_days: int | None


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
    capabilities: list[str]  # what it is known to have
    open_weights: Known
    cost_at_min_context: NotRequired[dict[str, float]]  # where a tier holds for that much input


class FoundModels(ReadAt):
    """Models that fit, in order."""

    models: list[FoundModel]
    unmet: list[str]  # what no model of the catalogue meets
    more: More


class Step(TypedDict):
    """A requirement, and how many models it left."""

    requirement: str
    left: int


class Selected(ReadAt):
    """The model to take, and how it was found."""

    model: FoundModel | None
    considered: int
    steps: list[Step]
    emptied_by: str | None
    unmet: list[str]


class Offered(FoundModel):
    """One offer of a model."""

    same: Literal["base_model", "id"]  # by what it is known to be of this model
    outlier: bool  # its price stands out from those of the others


class Offers(ReadAt):
    """Who serves one model, the cheapest first."""

    offers: list[Offered]
    more: More


class SearchedModels(ReadAt):
    """Models by words, the best match first."""

    models: list[FoundModel]
    searched: str  # the text, its typos mended if it found nothing
    more: More


class ListedPrice(TypedDict):
    """A price that is listed, or was from valid_from until before valid_to."""

    mode: str
    region: str | None  # null: everywhere that has no price of its own
    min_context: int  # holds for calls of more input tokens than this
    hours: str | None  # of the week in UTC; null: all others
    meter: str
    usd: float  # US dollars for `per` of `unit`; 0 is free
    per: int  # 1,000,000 for tokens, else 1
    unit: str | None  # token, image, second, …; null: not known
    valid_from: Instant
    valid_to: str | None  # UTC; null: it still holds
    effective_from: Day  # when it took effect, where that is known
    suspect: bool  # stands out so far that it is probably a mistake
    source: str
    corroborated_by: list[str]  # who else says the same


class HowToCall(TypedDict):
    """What a program needs to call models of the provider."""

    name: str | None
    base_url: str | None
    key_variables: list[str]  # environment variables of its keys
    npm: str | None
    documentation: str | None


class WholeModel(FoundModel, ReadAt):
    """A model with all that is known of it."""

    meant: Meant
    id: str  # what the provider's API calls it
    description: str | None
    base_model: str | None
    first_party: bool | None  # served by the lab that made it
    license: str | None
    quality_tier: str | None
    knowledge: Day
    deprecated_on: Day
    retires_on: Day
    replacement: str | None  # what to use in its place; where that ended too, its own
    input_tokens: Tokens
    modalities_input: list[str]
    modalities_output: list[str]
    lacks: list[str]  # what it is known not to have
    aliases: list[str]
    prices: list[ListedPrice]  # now, by mode, context tier and meter
    call: HowToCall
    sources: dict[str, str]  # field: where it is known from; *: rest


class BilledLine(TypedDict):
    """What is billed at one meter."""

    meter: str
    quantity: float
    unit: str | None
    price_usd: float  # per 1M tokens, or per one of another unit
    usd: float


class Unbilled(TypedDict):
    """A count for which no price was found."""

    key: str
    quantity: float


class ModelCost(ReadAt):
    """What a call costs in US dollars."""

    meant: Meant
    total_usd: float
    calls_usd: NotRequired[float]  # of several such calls
    charged_usd: float | None  # what the response itself says it cost
    mode: str
    region: str | None
    context_tier: int  # the input tokens above which these prices hold
    breakdown: list[BilledLine]
    assumed: list[str]  # where an unknown price was replaced, and how
    unbilled: list[Unbilled]  # not in the total: no price is known
    lifecycle: str | None  # when the model ends or ended and what to take instead; null: in service


class Difference(TypedDict):
    """A field in which models differ; a value by spec, null: unknown."""

    field: str
    values: dict[str, Any]


class UnknownName(TypedDict):
    """A name that no model has."""

    name: str
    why: str  # with suggestions


class ComparedModels(ReadAt):
    """Models side by side. The winners are given where at least two values are known."""

    models: list[FoundModel]
    meant: list[Meant]
    unknown: list[UnknownName]
    differences: list[Difference]
    cheapest: dict[str, list[str]]  # price: the specs with the lowest
    largest: dict[str, list[str]]  # limit: the specs with the largest


class PriceHistory(ReadAt):
    """Every price of a model since records began, and those that hold now (valid_to null)."""

    spec: Spec
    prices: list[ListedPrice]
    more: More


class RecentChange(TypedDict):
    """What the sources began to say at an instant."""

    at: Instant
    spec: str  # the model, or the provider where there is no colon
    kind: str
    field: str | None
    old: Any
    new: Any


class RecentChanges(ReadAt):
    """Changes, the newest first."""

    since: Instant
    changes: list[RecentChange]
    recorded_until: str | None  # nothing is recorded after this, UTC; null is unknown
    more: More


class EndingModel(TypedDict):
    """A model that will be deprecated or retired."""

    spec: Spec
    name: str | None
    status: str | None
    deprecated_on: Day
    retires_on: Day
    replacement: str | None


class Deprecations(ReadAt):
    """Models that end, the next first."""

    models: list[EndingModel]
    more: More
