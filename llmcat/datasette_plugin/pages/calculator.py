"""What a call costs: a form with the counts that a model has prices for, and the sum with its parts."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from llmcat.errors import LlmcatError, OptionError
from llmcat.meters import MILLION, STANDARD, TOKEN_METERS, meter_of
from llmcat.pricing.counts import COUNT_OF, FRACTIONAL

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.datasette_plugin.pages.request import PageRequest
    from llmcat.history.changes import PriceInterval
    from llmcat.records import Model

USUAL = {"input_tokens": 10_000, "output_tokens": 1_000}
"""Counts where none is given."""

LABELS = {
    "input_tokens": "Input tokens",
    "output_tokens": "Output tokens",
    "cache_read_tokens": "of the input, read from the cache",
    "cache_write_tokens": "of the input, written to the cache",
    "cache_write_1h_tokens": "of the input, cached for an hour",
    "reasoning_tokens": "of the output, reasoning",
    "input_audio_tokens": "of the input, audio",
    "output_audio_tokens": "of the output, audio",
    "input_image_tokens": "of the input, images",
    "output_image_tokens": "of the output, images",
}
"""Counts whose name is not what people say."""


class Field(NamedTuple):
    """A box of the form: the name of the count, its label, and what stands in it."""

    name: str
    label: str
    value: str


class Form(NamedTuple):
    """The boxes of the counts, and the modes and regions to choose from, "" for no region."""

    fields: list[Field]
    modes: list[str]
    regions: list[str]


def form(model: Model, request: PageRequest, now: Sequence[PriceInterval]) -> Form:
    """What the form asks, filled with what was asked for; `now` are the prices of today."""
    names = counts_of(model, now)
    counts, _ = _counts(model, request, names)
    return Form(
        [_field(name, counts, request) for name in names],
        _of_all(price.mode for price in now),
        _of_all(price.region or "" for price in now),
    )


def call(
    catalog: Catalog, model: Model, request: PageRequest, now: Sequence[PriceInterval]
) -> dict[str, Any]:
    """What a call costs with the counts, the mode and the region asked for."""
    names = counts_of(model, now)
    mode, region = request.one("mode", STANDARD), request.one("region")
    counts, wrong = _counts(model, request, names)
    options = {**counts, "mode": mode, "region": region}
    facts = {
        "input_tokens": 0,
        "output_tokens": 0,
        **options,
        "too_long": _too_long(model, counts.get("input_tokens", 0), counts.get("output_tokens", 0)),
        "total": None,
        "tier": None,
        "breakdown": [],
        "assumed": [],
        "unknown": wrong,
    }
    if wrong:
        return facts
    try:
        cost = catalog.cost(model.spec, **options)
    except (LlmcatError, ValueError) as error:
        return {**facts, "unknown": str(error)}
    return {
        **facts,
        "total": str(cost.total),
        "tier": cost.tier,
        "breakdown": [{k: str(v) for k, v in line._asdict().items()} for line in cost.breakdown],
        "assumed": list(cost.assumed),
    }


def counts_of(model: Model, now: Sequence[PriceInterval]) -> list[str]:
    """The counts that the prices of a model ask for: tokens first, then images, seconds, searches."""
    meters = dict.fromkeys(price.meter for price in now)
    tokens = [meter for meter in TOKEN_METERS if meter in meters]
    pieces = [meter for meter in meters if meter_of(meter).unit not in ("token", None)]
    if "input" not in tokens and not pieces:
        tokens = ["input", "output"]
    if model.reasoning and "output" in tokens and "reasoning" not in tokens:
        tokens.append("reasoning")
    tokens.sort(key=lambda meter: (meter not in ("input", "output"), TOKEN_METERS.index(meter)))
    return [COUNT_OF.get(meter, meter) for meter in (*tokens, *pieces)]


def _of_all(values: Any) -> list[str]:
    """Each value once, what is usual first."""
    return sorted(set(values), key=lambda value: (value not in (STANDARD, ""), value))


def _counts(
    model: Model, request: PageRequest, names: Sequence[str]
) -> tuple[dict[str, Any], str | None]:
    """The counts asked for, and what is wrong with them; without any, those of a usual call."""
    given = {name: request.one(name) for name in names if request.one(name)}
    if not given:
        return _usual(model, names), None
    counts: dict[str, Any] = {name: 0 for name in names if name in USUAL}
    try:
        for name in given:
            is_whole = name not in FRACTIONAL
            counts[name] = request.tokens(name) if is_whole else Decimal(str(request.price(name)))
    except OptionError as error:
        return counts, str(error)
    return counts, None


def _usual(model: Model, names: Sequence[str]) -> dict[str, Any]:
    """A call as many are: ten parts of input to one of output where the model writes, what fits of the
    input where it does not; one piece where it is paid for by the piece."""
    writes = model.chat is not False and model.task in (None, "chat", "completion")
    most = model.limit_input or model.limit_context or USUAL["input_tokens"]
    usual = {
        "input_tokens": min(USUAL["input_tokens"], most),
        "output_tokens": USUAL["output_tokens"] if writes else 0,
    }
    return {name: usual[name] for name in names if name in usual} or {names[0]: 1}


def _field(name: str, counts: dict[str, Any], request: PageRequest) -> Field:
    words = LABELS.get(name) or name.replace("_", " ").capitalize()
    value = request.one(name) or str(counts.get(name, ""))
    return Field(name, words, value)


def _too_long(model: Model, input_tokens: int, output_tokens: int) -> str | None:
    """Why the provider would refuse the call, by the limits that are known; it would not cost a cent."""
    for what, size, limit in (
        ("input", input_tokens, model.limit_input),
        ("output", output_tokens, model.limit_output),
        ("input and output", input_tokens + output_tokens, model.limit_context),
    ):
        if limit is not None and size > limit:
            return f"{size:,} tokens of {what} do not fit: {limit:,} are the most."
    return None


def witnesses(
    now: Sequence[PriceInterval], disagreements: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """For each price of today who says it, who says the same, and who says what else."""
    others: dict[str, list[dict[str, Any]]] = {}
    for row in disagreements:
        others.setdefault(row["field"], []).append(row)
    return [
        {
            "meter": price.meter,
            "mode": price.mode,
            "region": price.region,
            "hours": price.hours,
            "min_context": price.min_context,
            "unit": price.unit,
            "usd": price.usd,
            "per_million": price.per == MILLION,
            "source": price.source,
            "since": price.effective_from or price.valid_from[:10],
            "corroborated_by": list(price.corroborated_by),
            "otherwise": [
                {"value": row["other_value"], "source": row["other"]}
                for row in others.get(_path(price), ())
            ],
        }
        for price in now
    ]


def _path(price: PriceInterval) -> str:
    """Where a disagreement on this price stands: cost.input, cost.tiers.200000.input."""
    tier = f"tiers.{price.min_context}." if price.min_context else ""
    mode = "" if price.mode == STANDARD else f"modes.{price.mode}."
    region = f"regions.{price.region}." if price.region else ""
    return f"{region}{mode}cost.{tier}{price.meter}"
