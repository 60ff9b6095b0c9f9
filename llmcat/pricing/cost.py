"""What a call costs: exact, in US dollars, line by line.

    prices = price_list(connection, "openai:gpt-4o")
    cost(prices, 1000, 500).total            # Decimal('0.0075')

Every token is billed once, at one meter, at the rate that the price list gives for the mode and the
size of the input (see llmcat/pricing/price_list.py). Where there is none, that is UnknownPrice, never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from llmcat.errors import LlmcatError, UnknownPrice, UsageError
from llmcat.meters import MILLION, NOT_COUNTED, STANDARD, meter_of
from llmcat.pricing.cost_result import (
    COUNTED,
    EXACT,
    PER,
    PER_MILLION,
    ZERO,
    CallCost,
    Sheet,
    plain,
    sum_of,
)
from llmcat.pricing.counts import (
    COUNT_OF,
    METER_OF,
    MOST_TOKENS,
    Units,
    Usage,
    billable,
    number,
    whole_counts,
)
from llmcat.suggestions import near

if TYPE_CHECKING:
    from llmcat.pricing.price_list import Prices
    from llmcat.pricing.usage.reading import Reading

CALL_KEYS = {"spec", "mode", "region", *Usage._fields}


def cost(
    prices: Prices,
    input_tokens: int = NOT_COUNTED,
    output_tokens: int = NOT_COUNTED,
    mode: str = STANDARD,
    region: str = "",
    **counts: Any,
) -> CallCost:
    """What a call with these counts costs by this price list; also Prices.cost().

    `counts` are the others of Usage, and for prices by size class a meter itself, such as image_1k.
    `input_tokens` include those read from the cache, written to it and audio, `output_tokens` include
    reasoning and audio: each of these is billed at its own price and taken off the plain ones.

    Raises UnknownPrice where tokens have no price, where nothing else has one, and for a mode that has
    none; UsageError (a ValueError) for counts that cannot be, and for none at all.
    """
    if (
        counts
        or type(input_tokens) is not int
        or type(output_tokens) is not int
        or not (0 <= input_tokens <= MOST_TOKENS and 0 <= output_tokens <= MOST_TOKENS)
    ):
        return _cost_of_parts(prices, input_tokens, output_tokens, mode, region, **counts)
    region = region or prices.region
    sheet = prices.sheet(mode, input_tokens, region)
    return _bill(prices, mode, region, sheet, (input_tokens, 0, 0, 0, 0, output_tokens, 0, 0))


def _cost_of_parts(
    prices: Prices,
    input_tokens: int,
    output_tokens: int,
    mode: str,
    region: str,
    cache_read_tokens: int = 0,
    cache_write_tokens: int = 0,
    input_audio_tokens: int = 0,
    output_audio_tokens: int = 0,
    reasoning_tokens: int = 0,
    cache_write_1h_tokens: int = 0,
    **others: float | Decimal,
) -> CallCost:
    """cost() of the eight usual counts, which are reckoned in integers."""
    if input_tokens is NOT_COUNTED:
        parts = (cache_read_tokens, cache_write_tokens, cache_write_1h_tokens, input_audio_tokens)
        of_output = (reasoning_tokens, output_audio_tokens)
        if output_tokens is NOT_COUNTED and not (others or any(parts) or any(of_output)):
            raise UsageError(NOTHING_COUNTED)
        input_tokens = 0
    if output_tokens is NOT_COUNTED:
        output_tokens = 0
    given = (
        input_tokens,
        output_tokens,
        cache_read_tokens,
        cache_write_tokens,
        input_audio_tokens,
        output_audio_tokens,
        reasoning_tokens,
        cache_write_1h_tokens,
    )
    if others or {*map(type, given)} != INTEGERS:
        return _cost_of_any(prices, given, mode, region, others)
    counts = (
        input_tokens
        - cache_read_tokens
        - cache_write_tokens
        - cache_write_1h_tokens
        - input_audio_tokens,
        cache_read_tokens,
        cache_write_tokens,
        cache_write_1h_tokens,
        input_audio_tokens,
        output_tokens - reasoning_tokens - output_audio_tokens,
        reasoning_tokens,
        output_audio_tokens,
    )
    if min(counts) < 0 or input_tokens > MOST_TOKENS or output_tokens > MOST_TOKENS:
        return _cost_of_any(prices, given, mode, region, others)
    region = region or prices.region
    return _bill(prices, mode, region, prices.sheet(mode, input_tokens, region), counts)


INTEGERS = {int}
USUAL = frozenset(COUNTED)


def _cost_of_any(
    prices: Prices,
    usual: tuple[int, ...],
    mode: str,
    region: str,
    others: Mapping[str, float | Decimal],
) -> CallCost:
    """cost() of counts beyond the usual eight, and of floats and numpy's numbers."""
    known = {name: count for name, count in others.items() if name in METER_OF}
    classes = {name: count for name, count in others.items() if name not in METER_OF}
    for name in classes:
        if meter_of(name).unit == "token":
            hint = "".join(f"; did you mean {one}?" for one in near(name, Usage._fields, most=1))
            raise TypeError(f"cost() got an unexpected keyword argument {name!r}{hint}")
        if not prices.has_meter(name):
            raise UnknownPrice(prices.spec, name, mode)
    wholes = whole_counts(Usage(*usual)._replace(**known))  # type: ignore[arg-type]
    counts = {
        **billable(wholes),
        **{name: number(n, name, may_be_fraction=True) for name, n in classes.items()},
    }
    keys = {meter: COUNT_OF.get(meter, meter) for meter in counts}
    return bill(prices, counts, int(wholes.get("input", 0)), mode, region, keys)


NOTHING_COUNTED = "nothing is counted; give input_tokens, output_tokens, images, seconds or what else the call used"


def cost_of(
    prices: Prices, usage: Any, mode: str | None = None, region: str | None = None
) -> CallCost:
    """What a call costs by the usage that an API returned, in `mode` and `region`, else as the usage
    says that it was served; where nothing is listed for that, at the standard prices, and `assumed`
    says so. What has no price, or no meter, stands in `unbilled`."""
    from llmcat.pricing.usage.reading import read

    return cost_of_reading(prices, read(usage), mode, region)


def cost_of_reading(
    prices: Prices, reading: Reading, mode: str | None = None, region: str | None = None
) -> CallCost:
    """cost_of() of a usage that has been read."""
    notes = reading.notes
    if reading.served and (mode is None or region is None):
        from llmcat.pricing.served import mode_and_region

        its_mode, its_region, assumptions = mode_and_region(prices, reading.served)
        if mode is None:
            mode, notes = its_mode, [*notes, *assumptions]
        if region is None:
            region = its_region
    counts = billable(reading.counts)
    if "size" in reading.served:
        from llmcat.pricing.served import at_their_size

        counts = at_their_size(prices, reading.served, counts)
    input_tokens = int(reading.counts.get("input", 0))
    found = bill(prices, counts, input_tokens, mode or STANDARD, region or "", reading.keys)
    if notes or reading.unbilled:
        _tell(found, notes, reading.unbilled)
    if reading.charged is not None:
        _compare(found, reading.charged)
    return found


def _tell(found: CallCost, notes: list[str], unbilled: Mapping[str, Units]) -> None:
    lost = [
        f"{key} ({n:,}) is not billed: no price is known to count it" for key, n in unbilled.items()
    ]
    found.assumed = (*notes, *found.assumed, *lost)
    found.unbilled = (*found.unbilled, *unbilled.items())


def _compare(found: CallCost, charged: Decimal) -> None:
    """What a gateway says that it charged, beside the sum."""
    found.charged = charged
    difference = EXACT.subtract(charged, found.total)
    if difference:
        more = "more" if difference > 0 else "less"
        found.assumed += (
            f"the response itself says ${plain(charged):f}, ${plain(EXACT.abs(difference)):f} {more}",
        )


def bill(
    prices: Prices,
    counts: dict[str, Units],
    input_tokens: int,
    mode: str = STANDARD,
    region: str = "",
    keys: Mapping[str, str] | None = None,
) -> CallCost:
    """What counts by meter cost, each token counted at one of them (billable()), for an input of
    `input_tokens`; `keys` names a count as its caller does. Raises UnknownPrice."""
    region = region or prices.region
    sheet = prices.sheet(mode, input_tokens, region)
    if counts.keys() <= USUAL:
        usual: Any = [counts.get(meter, 0) for meter in COUNTED]
        return _bill(prices, mode, region, sheet, tuple(usual))
    amount = ZERO
    assumed = prices.assumed
    unbilled: tuple[tuple[str, Units], ...] = ()
    for meter, count in counts.items():
        rate = sheet.rate(meter)
        if rate is None:
            if meter_of(meter).unit == "token":
                raise UnknownPrice(prices.spec, meter, mode)
            key = (keys or {}).get(meter, meter)
            unbilled += ((key, count),)
            assumed += (f"{key} ({count:,}) is not billed: no price for {meter} is known",)
            continue
        part = EXACT.multiply(rate.price, count)
        per = PER.get(meter)
        amount = EXACT.add(amount, EXACT.scaleb(part, PER_MILLION) if per == MILLION else part)
        if rate.assumed:
            assumed += rate.assumed
    if unbilled and len(unbilled) == len(counts):
        lacking = next(iter(counts))
        raise UnknownPrice(prices.spec, lacking, mode)
    if len(assumed) > 1:
        assumed = tuple(dict.fromkeys(assumed))
    return CallCost(prices.spec, mode, region, sheet, counts, plain(amount), assumed, unbilled)


def cost_many(
    prices_of: Callable[[str], Prices], calls: Iterable[Mapping[str, Any]]
) -> list[CallCost]:
    """What each of many calls costs, in their order; total_cost() adds them up.

    A call is a mapping of `spec`, the counts as cost() names them, and `mode`. Raises what cost()
    raises, its message after the number of the call, and UsageError for other keys.
    """
    costs = []
    for place, call in enumerate(calls, 1):
        try:
            costs.append(_one_of_many(prices_of, call))
        except LlmcatError as error:
            error.args = (f"call {place}: {error}",)
            raise
    return costs


def _one_of_many(prices_of: Callable[[str], Prices], call: Mapping[str, Any]) -> CallCost:
    if not isinstance(call, Mapping):
        raise UsageError(f"a call is a mapping of spec and counts, not {call!r}")
    if unknown := sorted(map(str, call.keys() - CALL_KEYS)):
        raise UsageError(f"unknown {', '.join(unknown)}")
    if "spec" not in call:
        raise UsageError("names no spec")
    given = dict(call)
    return prices_of(given.pop("spec")).cost(**given)


def total_cost(costs: Iterable[CallCost]) -> Decimal:
    """The sum of many costs in USD, exact."""
    return sum_of(cost.total for cost in costs)


def _bill(
    prices: Prices, mode: str, region: str, sheet: Sheet, counts: tuple[int, ...]
) -> CallCost:
    """bill() of the eight usual counts, for speed."""
    steps = 0
    assumed = prices.assumed
    for tokens, price, rate in zip(counts, sheet.steps, sheet.rates):
        if tokens:
            if rate is None or price is None:
                lacking = (m for m, n, r in zip(COUNTED, counts, sheet.rates) if n and not r)
                raise UnknownPrice(prices.spec, next(lacking), mode)
            steps += tokens * price
            if rate[1]:
                assumed += rate[1]
    if len(assumed) > 1:
        assumed = tuple(dict.fromkeys(assumed))
    total = plain(EXACT.multiply(sheet.step, steps))
    return CallCost(prices.spec, mode, region, sheet, counts, total, assumed)
