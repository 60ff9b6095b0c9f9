"""The format of overlays: what a YAML or TOML file of yours may hold.

Two dialects are one vocabulary here: ExLLM's YAML (context_window, pricing, a list of capabilities)
and LLMModels' TOML (limits, cost, tables of capabilities). These types check files (`llmcat validate`)
and yield the JSON Schemas that editors use (`llmcat schema`). Keys that are not listed are kept in
`extra`; overlay.py turns what is read into facts.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema
from typing_extensions import Required, TypedDict

from llmcat.pipeline import facts
from llmcat.pipeline.dates import WrittenDate, WrittenDay
from llmcat.pipeline.facts import Flag, Id, Price, ProviderId, Text, Tokens, Word
from llmcat.pipeline.lenient_fields import Kept
from llmcat.pipeline.sources.overlays.about_prices import AboutPrices

Status = Annotated[
    facts.Status,
    BeforeValidator(lambda value: value.strip().lower() if isinstance(value, str) else value),
]


def _no_price(value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        raise ValueError("a number here is a price")
    return value


def _no_text(value: Any) -> Any:
    if isinstance(value, str):
        raise ValueError("a text here is a word")
    return value


PriceOrKept = (
    Price | Annotated[Any, AfterValidator(_no_price), WithJsonSchema({"not": {"type": "number"}})]
)
"""Of a key that is not listed: a number is the price of a meter, all else is kept in extra."""

TaskOrKept = (
    Word | Annotated[Any, AfterValidator(_no_text), WithJsonSchema({"not": {"type": "string"}})]
)
"""A word is a task, all else is kept in extra."""

Currency = Annotated[
    str,
    StringConstraints(pattern="^[Uu][Ss][Dd]$"),
    Field(description="USD: prices in another currency are rejected"),
]


class CapabilityTable(TypedDict, total=False, extra_items=Any):
    """Whether it is there, under either name, and facts about it."""

    enabled: Flag
    supported: Flag


Capability = Annotated[
    Flag | CapabilityTable,
    Field(description="true, false, or a table of facts, such as {enabled = true, strict = true}"),
]


class CapabilitiesByName(TypedDict, total=False, extra_items=Capability | None):
    """Flags and tables by name; the rest is what chuk-llm puts among them."""

    max_context: Tokens
    max_output_tokens: Tokens
    input_cost_per_1m: Price
    output_cost_per_1m: Price
    quality_tier: Literal["best", "balanced", "cheap", "unknown"]


class Component(TypedDict, total=False):
    """A price that is not per token."""

    id: Word
    kind: Word
    unit: Word
    per: Price
    rate: Price
    meter: Word
    notes: Text


class ByMeter(TypedDict, total=False):
    """Prices by meter, and when they took effect."""

    input: Price
    output: Price
    cache_read: Price
    cache_write: Price
    reasoning: Price
    input_audio: Price
    output_audio: Price
    image: Price
    second: Price
    character: Price
    page: Price
    request: Price
    query: Price
    cache_write_1h: Price
    cache_read_audio: Price
    input_image: Price
    output_image: Price
    cache_read_image: Price
    input_video: Price
    output_video: Price
    citation: Price
    training: Price
    image_input: Price
    second_input: Price
    character_output: Price
    pixel: Price
    session: Price
    web_search: Price
    file_search: Price
    maps_search: Price
    gb_day: Price
    hour: Price
    cache_storage: Price
    audio: Price
    video: Price
    effective_from: WrittenDay
    components: Annotated[list[Component], Kept()]


class Pricing(ByMeter, AboutPrices, total=False, extra_items=PriceOrKept):
    """Prices by meter in USD per 1M tokens or per image, second, page, … (ExLLM), or components
    (LLMModels)."""

    currency: Currency
    tiers: list[Tier]


class Tier(TypedDict, total=False, extra_items=Price):
    """Prices for the whole request once its input exceeds `min_context` tokens."""

    min_context: Required[Tokens]


class Cost(ByMeter, AboutPrices, total=False, extra_items=PriceOrKept):
    """Prices in USD by meter, per 1M tokens or per image, second, page, …; 0 is free, a missing key is
    unknown."""

    currency: Currency
    tiers: list[Tier]


class PlainCost(ByMeter, total=False, extra_items=Price):
    """Prices of a mode, a region, hours or days past: by meter, and nothing else."""

    tiers: list[Tier]


class Mode(TypedDict, total=False, closed=True):
    """Another way to be served, such as fast or batch: its prices and what to send for it."""

    cost: PlainCost
    body: Any
    headers: Any
    extra: Any


class Region(TypedDict, total=False, closed=True):
    """What a region charges where it has prices of its own."""

    cost: PlainCost
    modes: dict[Word, Mode]


class Hours(TypedDict, total=False, closed=True):
    """What some hours of the week cost; the model's own cost is that of all others, the dearest."""

    cost: PlainCost


DatedPrice = TypedDict(
    "DatedPrice",
    {"from": WrittenDay, "until": WrittenDay, "cost": PlainCost},
    total=False,
    closed=True,
)
"""Prices that are over, or to come: from the day `from` until before the day `until`."""


class Limits(TypedDict, total=False):
    """Limits in tokens."""

    context: Tokens
    input: Tokens
    output: Tokens


class Modalities(TypedDict, total=False):
    """What goes in and what comes out: text, image, audio, video, pdf, embedding."""

    input: list[Word]
    output: list[Word]


class Lifecycle(TypedDict, total=False):
    """Where the model stands in its life."""

    status: Status
    deprecated_at: WrittenDay
    retires_at: WrittenDay
    replacement: Id


class OverlayModel(TypedDict, total=False, extra_items=Any):
    """What an overlay says of a model; every key may be missing."""

    name: Text
    description: Text
    family: Word
    base_model: Id
    provider_model_id: Id
    aliases: list[Id]
    tags: list[Word]
    mode: Annotated[TaskOrKept, Field(description="chat, completion, embedding, rerank, …")]
    task: TaskOrKept
    status: Status
    quality_tier: Literal["best", "balanced", "cheap"]
    open_weights: Flag
    license: Text
    release_date: WrittenDate
    last_updated: WrittenDate
    knowledge: WrittenDate
    deprecation_date: WrittenDay
    deprecated_on: WrittenDay
    retires_on: WrittenDay
    replacement: Id
    deprecated: Annotated[Flag, Kept()]
    lifecycle: Lifecycle
    context_window: Tokens
    max_output_tokens: Tokens
    max_input_tokens: Tokens
    limits: Limits
    limit: Limits
    pricing: Pricing
    cost: Cost
    modes: dict[Word, Mode]
    regions: dict[Word, Region]
    hours: Annotated[
        dict[facts.Hours, Hours],
        Field(description="hours of the week in UTC, such as Mon-Fri 00:30-08:30: their prices"),
    ]
    dated_prices: list[DatedPrice]
    billing: facts.Billing
    dimensions: facts.Dimensions
    modalities: Modalities
    supported_modalities: list[Word]
    supported_output_modalities: list[Word]
    supported_endpoints: Annotated[list[Word], Kept()]
    serving: dict[Word, Any]
    capabilities: Annotated[
        list[Word | Annotated[dict[Word, Capability | None], Field(min_length=1)]]
        | CapabilitiesByName,
        Field(description="names of what it can do, or a table that also says what it cannot"),
    ]
    notes: Any
    task_complexity_score: Annotated[dict[str, Any], Kept()]
    metadata: Annotated[dict[str, Any], Kept()]
    extra: dict[str, Any]


class OverlayProviderFields(TypedDict, total=False):
    """What an overlay says of a provider; every key may be missing."""

    name: Text
    api: Text
    base_url: Text
    npm: Word
    doc: Text
    env: list[Word]
    endpoints: list[Word]
    authentication: list[Word]
    features: list[Word]
    limitations: dict[Word, Any]
    default_model: Id
    local: Flag
    exclude_models: Annotated[
        list[Word], Field(description="globs of model ids to leave out of the catalogue")
    ]
    metadata: Annotated[dict[str, Any], Kept()]
    retires_on: WrittenDay
    extra: dict[str, Any]


class YamlOverlay(OverlayProviderFields, total=False, extra_items=Any):
    """A YAML file: one provider and its models."""

    provider: Annotated[
        ProviderId, Field(description="the provider's id; the file's name if missing")
    ]
    models: Annotated[
        dict[Id, OverlayModel | None] | list[dict[str, Any]],
        Field(description="models by id, or a list of models that name their provider and id"),
    ]
    providers: Annotated[
        list[dict[str, Any]], Field(description="providers, beside a list of models")
    ]
    model_capabilities: Annotated[
        dict[Id, OverlayModel | None],
        Field(description="models by id, as a capabilities file discovered them"),
    ]


class TomlProvider(OverlayProviderFields, total=False, extra_items=Any):
    """<provider>/provider.toml, or <provider>/<provider>.toml."""

    id: Annotated[ProviderId, Field(description="the provider's id; the folder's name if missing")]
    config_schema: Annotated[list[dict[str, Any]], Kept()]
    pricing_defaults: Annotated[dict[str, Any], Kept()]
    runtime: Annotated[dict[str, Any], Kept()]


class TomlModel(OverlayModel, total=False, extra_items=Any):
    """Any other <provider>/*.toml: one model."""

    id: Required[Id]
    provider: ProviderId
