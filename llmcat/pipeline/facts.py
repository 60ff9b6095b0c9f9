"""What a source may say of a provider or a model: sparse, every key optional.

These are the shapes that travel through the pipeline. A missing key means that the source is silent:
no key ever gets a default here, so that a sparse overlay cannot erase what another source knows.
A price is in USD for what its meter counts (llmcat/meters.py): 1M tokens, or one image, second, page, …
Limits are tokens, dates are YYYY, YYYY-MM or YYYY-MM-DD.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, WithJsonSchema
from typing_extensions import Required, TypedDict

from llmcat.capabilities import implied_by_modalities
from llmcat.meters import METERS, NO_METERS
from llmcat.pipeline.dates import Date, Day
from llmcat.pipeline.storable_values import MAX_TOKENS, FieldPath, Misplaced, storable

PRICE_DIGITS = 12

PLAIN_KEYS = (NO_METERS - {"tiers"}) | {meter.name for meter in METERS}
"""Keys of a cost table in which there is nothing more to check."""

_SPAN = r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]:[0-5][0-9]|2[0-3]:[0-5][0-9]|24:00)"
_DAY = r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_WINDOW = rf"({_DAY}([-,]{_DAY})* )?{_SPAN}"
HOURS = re.compile(rf"{_WINDOW}(, {_WINDOW})*")


def _hours(text: str) -> str:
    if not HOURS.fullmatch(text):
        raise ValueError("should be hours in UTC such as Mon-Fri 00:30-08:30")
    return text


def _named_meters(cost: dict[str, Any]) -> dict[str, Any]:
    """Any meter may have a price, but its name is a word: a key of `prices`."""
    if PLAIN_KEYS.issuperset(cost):
        return cost
    tables: list[tuple[FieldPath, Mapping[str, Any]]] = [((), cost)]
    tables += [(("tiers", number), tier) for number, tier in enumerate(cost.get("tiers", ()))]
    nameless = {
        (*where, meter): f"{meter!r} is no name of a meter"
        for where, table in tables
        for meter in table
        if not meter or not meter.isprintable()
    }
    if nameless:
        raise Misplaced(nameless)
    return cost


@functools.lru_cache(maxsize=8192)
def as_meant(price: float) -> float:
    """A price without the noise of floating point: 0.5699999999999999 was meant as 0.57.

    The one rule, for the prices of all sources: PRICE_DIGITS significant digits. Nobody lists more,
    and the noise of sums and of conversions between units lies far behind them.
    """
    return float(f"{price:.{PRICE_DIGITS}g}")


def _rates_as_meant(components: Any) -> Any:
    """The same for the rates of what is not priced per token."""
    if not isinstance(components, list):
        return components
    return [
        {**component, "rate": as_meant(component["rate"])}
        if isinstance(component, dict) and isinstance(component.get("rate"), float)
        else component
        for component in components
    ]


def _whole(value: Any) -> Any:
    """ExLLM's files write contexts as 10000000.0: a whole float is a whole number."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


Id = Annotated[
    str,
    StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]+$"),
    Field(description="an id, without control characters"),
]
ProviderId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f:]+$"),
    Field(description="a provider's id, without colon: a spec ends it there"),
]
Text = Annotated[str, StringConstraints(max_length=20_000, pattern=r"^[^\x00]*$")]
Word = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")
]
Price = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True), AfterValidator(as_meant)]
Tokens = Annotated[int, Field(ge=0, le=MAX_TOKENS, strict=True), BeforeValidator(_whole)]
Flag = Annotated[bool, Field(strict=True)]
Dimensions = Annotated[int, Field(ge=1, le=MAX_TOKENS, strict=True), BeforeValidator(_whole)]
Hours = Annotated[
    str,
    StringConstraints(max_length=500),
    AfterValidator(_hours),
    WithJsonSchema({"type": "string", "maxLength": 500, "pattern": f"^{HOURS.pattern}$"}),
]
Billing = Literal["token", "unit", "subscription", "free", "unknown"]
Status = Literal["alpha", "beta", "active", "deprecated", "retired"]
STATUSES: tuple[str, ...] = get_args(Status)
Json = Annotated[Any, AfterValidator(storable)]
Extra = Annotated[dict[str, Any], AfterValidator(storable)]


class LimitFacts(TypedDict, total=False, closed=True):
    """Limits in tokens; 0 means that the limit does not apply."""

    context: Tokens
    input: Tokens
    output: Tokens


class TierFacts(TypedDict, total=False, extra_items=Price):
    """Prices that hold for the whole request once its input exceeds `min_context` tokens."""

    min_context: Required[Tokens]


class CostFacts(TypedDict, total=False, extra_items=Price):
    """A price by meter (input, output, cache_read, …), tiers, and components that are no meter.

    `effective_from` is the day on which the prices took effect, where a source knows it.
    """

    tiers: list[TierFacts]
    components: Annotated[Any, AfterValidator(storable), AfterValidator(_rates_as_meant)]
    effective_from: Day


Cost = Annotated[CostFacts, AfterValidator(_named_meters)]


class ModeFacts(TypedDict, total=False, closed=True):
    """Another way to be served, such as fast or batch: its prices and what to send for it."""

    cost: Cost
    body: Json
    headers: Json
    extra: Json


class RegionFacts(TypedDict, total=False, closed=True):
    """What a region charges where it has prices of its own."""

    cost: Cost
    modes: dict[Word, ModeFacts]


class HoursFacts(TypedDict, total=False, closed=True):
    """What cheaper hours cost; the model's own cost is that of the dearest hours."""

    cost: Cost


DatedPriceFacts = TypedDict(
    "DatedPriceFacts", {"from": Day, "until": Day, "cost": Cost}, total=False, closed=True
)
"""Prices that are over, or to come: from the day `from` until before the day `until`."""


class ModalityFacts(TypedDict, total=False, closed=True):
    """What goes in and what comes out."""

    input: list[Word]
    output: list[Word]


class CapabilityFacts(TypedDict, total=False, extra_items=Json):
    """Whether a model has a capability, and further facts of it."""

    supported: Flag


class ModelFacts(TypedDict, total=False, closed=True):
    """All that a source says of one model at one provider."""

    provider: Required[ProviderId]
    id: Required[Id]
    name: Text
    family: Word
    base_model: Id
    provider_model_id: Id
    task: Word
    description: Text
    status: Status
    release_date: Date
    last_updated: Date
    knowledge: Date
    deprecated_on: Day
    retires_on: Day
    replacement: Id
    license: Text
    quality_tier: Annotated[str, StringConstraints(pattern="^(best|balanced|cheap)$")]
    open_weights: Flag
    contested: Flag
    aliases: list[Id]
    tags: list[Word]
    dimensions: Dimensions
    limit: LimitFacts
    cost: Cost
    modes: dict[Word, ModeFacts]
    regions: dict[Word, RegionFacts]
    hours: dict[Hours, HoursFacts]
    dated_prices: list[DatedPriceFacts]
    billing: Billing
    modalities: ModalityFacts
    capabilities: dict[Word, CapabilityFacts]
    serving: dict[Word, Json]
    links: Json
    weights: Json
    benchmarks: Json
    notes: Json
    task_complexity_score: Json
    metadata: Json
    extra: Extra


class ProviderFacts(TypedDict, total=False, closed=True):
    """All that a source says of one provider."""

    id: Required[ProviderId]
    name: Text
    api: Text
    npm: Word
    doc: Text
    env: list[Word]
    endpoints: list[Word]
    authentication: list[Word]
    features: list[Word]
    limitations: dict[Word, Json]
    default_model: Id
    local: Flag
    retires_on: Day
    exclude_models: list[Word]
    extra: Extra


def follows_from_modalities(
    modalities: Mapping[str, Any], capabilities: Mapping[str, Any]
) -> dict[str, bool]:
    """Capabilities that the modalities of a model imply and that no source speaks of."""
    sides = modalities.get("input"), modalities.get("output")
    implied = _implied(*(None if side is None else tuple(side) for side in sides))
    return {
        name: able
        for name, able in implied.items()
        if "supported" not in capabilities.get(name, ())
    }


_implied = functools.lru_cache(maxsize=4096)(implied_by_modalities)
"""The few dozen different modalities of a catalogue are worked out once each."""
