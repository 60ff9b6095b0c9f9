"""What a call costs: exact, in US dollars, line by line.

    prices = price_list(connection, "openai:gpt-4o")
    cost(prices, 1000, 500).total            # Decimal('0.0075')

Every token is billed once, at one meter. A meter's price is looked for in this order, and all but the
first step is said in `assumed`:

1. in the mode asked for, at the context tier of the prompt;
2. there, at the next smaller tier, down to the plain price: what a tier does not mention, it leaves;
3. in mode standard, likewise;
4. at the meter that FALLBACK names, from step 1.

Nothing found is UnknownPrice, never 0. A reasoning price is only listed where it is not the price of
the answer, so that step 4 needs no saying for reasoning; and one that merely repeats the price of the
answer follows it into tiers and modes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import Any, NamedTuple

from llmcat.errors import ModelNotFound, UnknownPrice
from llmcat.usage import MOST_TOKENS, Usage, UsageError, why_impossible

STANDARD = "standard"

METERS = (
    "input",
    "cache_read",
    "cache_write",
    "cache_write_1h",
    "input_audio",
    "output",
    "reasoning",
    "output_audio",
)
"""What tokens are billed at: those of the prompt, then those of the answer."""

OF_PROMPT = METERS.index("output")

FALLBACK = {
    "cache_read": "input",
    "cache_write": "input",
    "cache_write_1h": "cache_write",
    "input_audio": "input",
    "reasoning": "output",
    "output_audio": "output",
}
"""Meter without a price -> the meter whose price is taken."""

PRICES_NOW = """
SELECT mode, min_context, meter, usd_per_mtok FROM prices
WHERE spec = ? AND valid_to IS NULL ORDER BY mode, min_context"""
PRICES_AT = """
SELECT mode, min_context, meter, usd_per_mtok FROM prices
WHERE spec = ?1 AND valid_from <= ?2 AND (valid_to IS NULL OR valid_to > ?2)
ORDER BY mode, min_context"""
WHAT_IS_KNOWN = """
SELECT EXISTS (SELECT 1 FROM model_versions WHERE spec = ?1),
(SELECT min(valid_from) FROM prices WHERE spec = ?1)"""

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

Listed = Mapping[str, Mapping[str, "list[tuple[int, Decimal]]"]]
"""Mode -> meter -> (min_context, USD per 1M tokens), smallest tier first."""


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
    """The rates of METERS in one mode and for one size of prompt."""

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
        return (*self._lines(0, OF_PROMPT), *self._lines(OF_PROMPT, len(METERS)))

    @property
    def input(self) -> Decimal:
        """What the prompt costs, cached and audio tokens included."""
        return _sum(line.usd for line in self._lines(0, OF_PROMPT))

    @property
    def output(self) -> Decimal:
        """What the answer costs, reasoning and audio included."""
        return _sum(line.usd for line in self._lines(OF_PROMPT, len(METERS)))

    def _lines(self, first: int, end: int) -> list[CostLine]:
        billed = zip(METERS[first:end], self._counts[first:end], self._sheet.rates[first:end])
        return [
            CostLine(
                meter, tokens, _plain(rate.price), _dollars(EXACT.multiply(rate.price, tokens))
            )
            for meter, tokens, rate in billed
            if tokens and rate
        ]


class Prices:
    """The price list of one model at one time: made by price_list(), never changed, fit to keep."""

    __slots__ = ("_listed", "_sheets", "_sizes", "at", "spec")

    def __init__(self, spec: str, at: str | None, listed: Listed) -> None:
        self.spec = spec
        self.at = at
        self._listed = listed
        standard = _sizes(listed.get(STANDARD, {}))
        self._sizes = {mode: sorted(standard | _sizes(said)) for mode, said in listed.items()}
        self._sheets: dict[tuple[str, int], Sheet] = {}

    def __repr__(self) -> str:
        return f"Prices({self.spec!r}, at={self.at!r}, modes={self.modes!r})"

    @property
    def modes(self) -> tuple[str, ...]:
        """The modes that have prices: standard, fast, batch, …"""
        return tuple(self._listed)

    def cost(
        self,
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
        """What a call with these tokens costs.

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
        if counts[0] < 0 or counts[OF_PROMPT] < 0:
            raise why_impossible(Usage(*given))
        return self._bill(counts, mode, self._sheet(mode, input_tokens))

    def _bill(self, counts: tuple[int, ...], mode: str, sheet: Sheet) -> CallCost:
        amount = ZERO
        assumed: tuple[str, ...] = ()
        for tokens, rate in zip(counts, sheet.rates):
            if tokens:
                if rate is None:
                    lacking = (m for m, n, r in zip(METERS, counts, sheet.rates) if n and not r)
                    raise UnknownPrice(self.spec, next(lacking), mode)
                amount = EXACT.fma(rate[0], tokens, amount)
                if rate[1]:
                    assumed += rate[1]
        if len(assumed) > 1:
            assumed = tuple(dict.fromkeys(assumed))
        return CallCost(self.spec, mode, sheet, counts, _dollars(amount), assumed)

    def _sheet(self, mode: str, prompt: int) -> Sheet:
        """The rates for this mode and prompt; a tier holds once the prompt exceeds its size."""
        if mode not in self._sizes:
            known = ", ".join(self._listed)
            raise UnknownPrice(self.spec, mode=mode, hint=f"there are prices for: {known}")
        size = 0
        for larger in self._sizes[mode]:
            if larger >= prompt:
                break
            size = larger
        sheet = self._sheets.get((mode, size))
        if sheet is None:
            sheet = self._sheets[mode, size] = self._make_sheet(mode, size)
        return sheet

    def _make_sheet(self, mode: str, size: int) -> Sheet:
        tier = max((s for s in _sizes(self._listed[mode]) if s <= size), default=0)
        return Sheet(tier, tuple([self._rate(mode, size, meter) for meter in METERS]))

    def _rate(self, mode: str, size: int, meter: str) -> Rate | None:
        """The price of a meter for prompts above `size`: the four steps of the module's docstring."""
        for said_by in dict.fromkeys((mode, STANDARD)):
            found = self._listing(said_by, size, meter)
            if found is None:
                continue
            if (said_by, found[0]) == (mode, size):
                return Rate(found[1])
            if meter == "reasoning" and found == self._listing(said_by, found[0], "output"):
                break
            return Rate(found[1], _how(meter, mode, size, said_by, found[0]))
        if meter not in FALLBACK:
            return None
        rate = self._rate(mode, size, FALLBACK[meter])
        if rate is None or meter == "reasoning":
            return rate
        return Rate(
            rate.price, (f"no price for {meter}: billed as {FALLBACK[meter]}", *rate.assumed)
        )

    def _listing(self, mode: str, size: int, meter: str) -> tuple[int, Decimal] | None:
        """The listed price with the largest tier up to `size`, after its tier."""
        found = None
        for listing in self._listed.get(mode, {}).get(meter, ()):
            if listing[0] > size:
                break
            found = listing
        return found


cost = Prices.cost
"""`cost(prices, input_tokens, output_tokens, …)`: what a call costs by this price list."""


def price_list(connection: sqlite3.Connection, spec: str, at: str | None = None) -> Prices:
    """The prices of the model that `spec` names, now or at the instant `at`.

    `at` is UTC text, YYYY-MM-DDTHH:MM:SSZ, or a day, which means its first second. Raises UnknownPrice
    when no price of the model is known (then), ModelNotFound when it is in no table, UsageError for
    another form of `at`.
    """
    if at is None:
        rows = connection.execute(PRICES_NOW, (spec,)).fetchall()
    else:
        at = _instant(at)
        rows = connection.execute(PRICES_AT, (spec, at)).fetchall()
    if not rows:
        raise _why_no_price(connection, spec, at)
    listed: dict[str, dict[str, list[tuple[int, Decimal]]]] = {}
    for mode, min_context, meter, price in rows:
        # repr gives the shortest decimal that is this float: the one that the source wrote
        listing = (min_context, Decimal(repr(price)))
        listed.setdefault(mode, {}).setdefault(meter, []).append(listing)
    return Prices(spec, at, listed)


def cost_many(
    prices_of: Callable[[str], Prices], calls: Iterable[Mapping[str, Any]]
) -> list[CallCost]:
    """What each of many calls costs, in their order; total_cost() adds them up.

    A call is a mapping of `spec`, the counts as cost() names them, and `mode`. Counts that are not
    given are 0 here: a ledger makes no token up. Raises what cost() raises, and UsageError for other
    keys.
    """
    costs = []
    for number, call in enumerate(calls, 1):
        if unknown := sorted(map(str, call.keys() - CALL_KEYS)):
            raise UsageError(f"call {number}: unknown {', '.join(unknown)}")
        if "spec" not in call:
            raise UsageError(f"call {number}: names no spec")
        given = {**NO_TOKENS, **call}
        prices = prices_of(given.pop("spec"))
        try:
            costs.append(prices.cost(**given))
        except UsageError as error:
            raise UsageError(f"call {number}: {error}") from None
    return costs


NO_TOKENS: Mapping[str, Any] = Usage()._asdict()
CALL_KEYS = {"spec", "mode", *NO_TOKENS}


def total_cost(costs: Iterable[CallCost]) -> Decimal:
    """The sum of many costs in USD, exact."""
    return _sum(cost.total for cost in costs)


def _sizes(meters: Mapping[str, list[tuple[int, Decimal]]]) -> set[int]:
    return {size for listings in meters.values() for size, _ in listings}


def _how(meter: str, mode: str, size: int, said_by: str, found: int) -> tuple[str, ...]:
    """What is assumed when the listing of mode `said_by` and tier `found` stands in for another."""
    word = "" if mode == STANDARD else f"{mode} "
    if said_by != mode:
        lacking, taken = f"no {word}price for {meter}", f"its {said_by} price"
    else:
        lacking = f"no {word}price for {meter} above {size:,} tokens"
        taken = f"its {word}price" if found else f"its plain {word}price"
    above = f" above {found:,} tokens" if found else ""
    return (f"{lacking}: billed at {taken}{above}",)


def _why_no_price(connection: sqlite3.Connection, spec: str, at: str | None) -> Exception:
    is_model, first = connection.execute(WHAT_IS_KNOWN, (spec,)).fetchone()
    if not is_model and first is None:
        return ModelNotFound(spec)
    if first is None:
        return UnknownPrice(spec)
    if at is None:
        return UnknownPrice(spec, hint=f"it is no longer listed; it had prices at={first!r}")
    return UnknownPrice(spec, hint=f"asked for {at}, its prices are known from {first}")


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


def _instant(at: str) -> str:
    from datetime import datetime

    instant = f"{at}T00:00:00Z" if isinstance(at, str) and len(at) == 10 else at
    try:
        if datetime.strptime(instant, "%Y-%m-%dT%H:%M:%SZ").isoformat() + "Z" == instant:
            return instant
    except (TypeError, ValueError):
        pass
    raise UsageError(f"at is {at!r}; give UTC as in 2026-03-01T00:00:00Z or a day as in 2026-03-01")
