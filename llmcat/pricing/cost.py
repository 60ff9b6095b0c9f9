"""What a call costs: exact, in US dollars, line by line.

    prices = price_list(connection, "openai:gpt-4o")
    cost(prices, 1000, 500).total            # Decimal('0.0075')

Every token is billed once, at one meter, at the rate that the price list gives for the mode and the
size of the prompt (see llmcat/pricing/price_list.py). Where there is none, that is UnknownPrice, never 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import TYPE_CHECKING, Any, NamedTuple

from llmcat.errors import LlmcatError, UnknownPrice, UsageError
from llmcat.meters import STANDARD
from llmcat.pricing.usage import MOST_TOKENS, Usage, read_usage, served_as, why_impossible

if TYPE_CHECKING:
    from llmcat.pricing.price_list import Prices

COUNTED = (
    "input",
    "cache_read",
    "cache_write",
    "cache_write_1h",
    "input_audio",
    "output",
    "reasoning",
    "output_audio",
)
"""The meters of a call's tokens, in the order in which cost() reckons."""

FIRST_OUTPUT = COUNTED.index("output")

# A context of its own, since the caller's may round to few digits. A price has at most 17 digits
# between 1e308 and 1e-324, a count at most 19: 1,000 hold any sum, and Inexact would raise.
EXACT = Context(
    prec=1000,
    rounding="ROUND_HALF_EVEN",
    Emin=-999_999,
    Emax=999_999,
    capitals=1,
    clamp=0,
    traps=[Inexact, InvalidOperation, Overflow],
)
ZERO, ONE, TEN = Decimal(0), Decimal(1), Decimal(10)
PER_MILLION = -6

NO_TOKENS: Mapping[str, Any] = Usage()._asdict()
CALL_KEYS = {"spec", "mode", *NO_TOKENS}


class CostLine(NamedTuple):
    """What the tokens of one meter cost; `usd_per_mtok` in USD per 1M tokens, `usd` in USD."""

    meter: str
    tokens: int
    usd_per_mtok: Decimal
    usd: Decimal


class Rate(NamedTuple):
    """The price of one meter in USD per 1M tokens, and what had to be assumed for it."""

    price: Decimal
    assumed: tuple[str, ...] = ()


class Sheet(NamedTuple):
    """The rates of COUNTED in one mode and for one size of prompt."""

    tier: int
    rates: tuple[Rate | None, ...]


class CallCost:
    """What one call costs, in USD. Amounts are exact Decimals.

    `total` is the sum; `tier` the context size above which the prices held (0: the plain prices);
    `assumed` says in sentences where a price that is not known was replaced by another.
    """

    __slots__ = ("_counts", "_sheet", "assumed", "mode", "spec", "tier", "total")

    def __init__(
        self,
        spec: str,
        mode: str,
        sheet: Sheet,
        counts: tuple[int, ...],
        total: Decimal,
        assumed: tuple[str, ...],
    ) -> None:
        self.spec = spec
        self.mode = mode
        self.tier = sheet.tier
        self.total = total
        self.assumed = assumed
        self._sheet = sheet
        self._counts = counts

    def __repr__(self) -> str:
        return f"CallCost({self.spec!r}, total={str(self.total)!r}, mode={self.mode!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CallCost) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return self.spec, self.mode, self.tier, self.breakdown, self.assumed

    @property
    def breakdown(self) -> tuple[CostLine, ...]:
        """A line for every meter with tokens; they add up to `total`."""
        return (*self._lines(0, FIRST_OUTPUT), *self._lines(FIRST_OUTPUT, len(COUNTED)))

    @property
    def input(self) -> Decimal:
        """What the prompt costs, cached and audio tokens included."""
        return _sum(line.usd for line in self._lines(0, FIRST_OUTPUT))

    @property
    def output(self) -> Decimal:
        """What the answer costs, reasoning and audio included."""
        return _sum(line.usd for line in self._lines(FIRST_OUTPUT, len(COUNTED)))

    def _lines(self, first: int, end: int) -> list[CostLine]:
        billed = zip(COUNTED[first:end], self._counts[first:end], self._sheet.rates[first:end])
        return [
            CostLine(
                meter, tokens, _plain(rate.price), _dollars(EXACT.multiply(rate.price, tokens))
            )
            for meter, tokens, rate in billed
            if tokens and rate
        ]


def cost(
    prices: Prices,
    input_tokens: int = 0,
    output_tokens: int = 0,
    cache_read_tokens: int = 0,
    cache_write_tokens: int = 0,
    input_audio_tokens: int = 0,
    output_audio_tokens: int = 0,
    reasoning_tokens: int = 0,
    cache_write_1h_tokens: int = 0,
    mode: str = STANDARD,
) -> CallCost:
    """What a call with these tokens costs by this price list; also Prices.cost().

    `input_tokens` include those read from the cache, written to it (for the usual time or, apart
    from them, for an hour) and audio; `output_tokens` include reasoning and audio. Each of these
    is billed at its own price and taken off the plain ones.

    Raises UnknownPrice where tokens have no price and for a mode that has none, UsageError (a
    ValueError) for counts that cannot be.
    """
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
    if {*map(type, given)} != {int} or min(given) < 0 or max(given) > MOST_TOKENS:
        raise why_impossible(Usage(*given))
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
    if counts[0] < 0 or counts[FIRST_OUTPUT] < 0:
        raise why_impossible(Usage(*given))
    return _bill(prices.spec, mode, prices.sheet(mode, input_tokens), counts)


def cost_of(prices: Prices, usage: Any, mode: str | None = None) -> CallCost:
    """What a call costs by the usage that an API returned, in `mode`, else as the usage says that it
    was served; where nothing is listed for that, at the standard prices, and `assumed` says so."""
    counts = read_usage(usage)
    served = mode or served_as(usage)
    if mode or served in (STANDARD, *prices.modes):
        return cost(prices, *counts, mode=served)
    found = cost(prices, *counts)
    found.assumed = (f"no {served} prices: billed at the standard ones", *found.assumed)
    return found


def cost_many(
    prices_of: Callable[[str], Prices], calls: Iterable[Mapping[str, Any]]
) -> list[CallCost]:
    """What each of many calls costs, in their order; total_cost() adds them up.

    A call is a mapping of `spec`, the counts as cost() names them, and `mode`. Raises what cost()
    raises, its message after the number of the call, and UsageError for other keys.
    """
    costs = []
    for number, call in enumerate(calls, 1):
        try:
            costs.append(_one_of_many(prices_of, call))
        except LlmcatError as error:
            error.args = (f"call {number}: {error}",)
            raise
    return costs


def _one_of_many(prices_of: Callable[[str], Prices], call: Mapping[str, Any]) -> CallCost:
    if not isinstance(call, Mapping):
        raise UsageError(f"a call is a mapping of spec and counts, not {call!r}")
    if unknown := sorted(map(str, call.keys() - CALL_KEYS)):
        raise UsageError(f"unknown {', '.join(unknown)}")
    if "spec" not in call:
        raise UsageError("names no spec")
    given = {**NO_TOKENS, **call}
    return prices_of(given.pop("spec")).cost(**given)


def total_cost(costs: Iterable[CallCost]) -> Decimal:
    """The sum of many costs in USD, exact."""
    return _sum(cost.total for cost in costs)


def _bill(spec: str, mode: str, sheet: Sheet, counts: tuple[int, ...]) -> CallCost:
    amount = ZERO
    assumed: tuple[str, ...] = ()
    for tokens, rate in zip(counts, sheet.rates):
        if tokens:
            if rate is None:
                lacking = (m for m, n, r in zip(COUNTED, counts, sheet.rates) if n and not r)
                raise UnknownPrice(spec, next(lacking), mode)
            amount = EXACT.fma(rate[0], tokens, amount)
            if rate[1]:
                assumed += rate[1]
    if len(assumed) > 1:
        assumed = tuple(dict.fromkeys(assumed))
    return CallCost(spec, mode, sheet, counts, _dollars(amount), assumed)


def _dollars(amount: Decimal) -> Decimal:
    """Tokens times USD per 1M tokens, in USD."""
    return _plain(EXACT.scaleb(amount, PER_MILLION))


def _plain(amount: Decimal) -> Decimal:
    """Without trailing zeros behind the point, and 10 as 10, not as 1E+1."""
    short = EXACT.normalize(amount)
    if short < TEN or EXACT.to_integral_value(short) != short:
        return short
    return EXACT.quantize(short, ONE)


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    total = ZERO
    for amount in amounts:
        total = EXACT.add(total, amount)
    return _plain(total)
