"""What a call costs, line by line: CallCost, made by cost(), and its exact arithmetic."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import TYPE_CHECKING, Any, NamedTuple

from llmcat.meters import BY_NAME, MILLION, meter_of
from llmcat.pricing.counts import Units
from llmcat.records import not_as_json

if TYPE_CHECKING:
    from llmcat.pricing.price_list import Plan, Prices

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
"""The meters of the tokens that most calls have, in the order in which cost() reckons."""

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


@not_as_json
class CostLine(NamedTuple):
    """What one meter costs: `quantity` of `unit` at `price`, USD per 1M tokens or per one of any other
    unit; `usd` in USD."""

    meter: str
    quantity: Units
    unit: str | None
    price: Decimal
    usd: Decimal

    @property
    def tokens(self) -> Units | None:
        """The quantity where it is of tokens, else None."""
        return self.quantity if self.unit == "token" else None

    @property
    def usd_per_mtok(self) -> Decimal | None:
        """The price where it is per 1M tokens, else None."""
        return self.price if self.unit == "token" else None

    def as_dict(self) -> dict[str, Any]:
        """The line ready for json.dumps."""
        return {
            "meter": self.meter,
            "quantity": _json_number(self.quantity),
            "unit": self.unit,
            "price": str(self.price),
            "usd": str(self.usd),
        }


def _json_number(count: Units) -> int | str:
    return count if isinstance(count, int) else str(count)


class Rate(NamedTuple):
    """The price of one meter in USD for `per` of its unit, and what had to be assumed for it."""

    price: Decimal
    assumed: tuple[str, ...] = ()


class Sheet:
    """The rates of one mode, region and size of input; `rates` are those of the meters COUNTED.

    `steps` are the same rates as whole numbers of `step` USD a token: sums of integers are exact, and
    take a third of the time that Decimals do.
    """

    __slots__ = ("_others", "_plans", "_prices", "_size", "rates", "step", "steps", "tier")

    def __init__(
        self, prices: Prices, plans: list[Plan], size: int, tier: int, meters: tuple[str, ...]
    ) -> None:
        self._prices = prices
        self._plans = plans
        self._size = size
        self.tier = tier
        self.rates = tuple([prices.rate(plans, size, meter) for meter in meters])
        self._others = dict(zip(meters, self.rates))
        listed = [rate.price for rate in self.rates if rate]
        finest = min([int(price.as_tuple().exponent) for price in listed], default=0)
        self.step = EXACT.scaleb(ONE, finest + PER_MILLION)
        self.steps = tuple([rate and int(EXACT.scaleb(rate.price, -finest)) for rate in self.rates])

    def rate(self, meter: str) -> Rate | None:
        """The rate of any meter, None where it has no price."""
        if meter not in self._others:
            self._others[meter] = self._prices.rate(self._plans, self._size, meter)
        return self._others[meter]


class CallCost:
    """What one call costs, in USD. Amounts are exact Decimals.

    `total` is the sum; `tier` the context size above which the prices held (0: the plain prices);
    `region` where the call was served ('': prices of everywhere); `assumed` says in sentences where a
    price that is not known was replaced by another and what is not billed; `unbilled` are the keys and
    counts that no price was found for; `charged` is what the response itself says that it cost.
    """

    __slots__ = (
        "_counts",
        "_sheet",
        "assumed",
        "charged",
        "mode",
        "region",
        "spec",
        "tier",
        "total",
        "unbilled",
    )

    def __init__(
        self,
        spec: str,
        mode: str,
        region: str,
        sheet: Sheet,
        counts: tuple[int, ...] | dict[str, Units],
        total: Decimal,
        assumed: tuple[str, ...],
        unbilled: tuple[tuple[str, Units], ...] = (),
    ) -> None:
        self.spec = spec
        self.mode = mode
        self.region = region
        self.tier = sheet.tier
        self.total = total
        self.assumed = assumed
        self.unbilled = unbilled
        self.charged: Decimal | None = None
        self._sheet = sheet
        self._counts = counts

    def __repr__(self) -> str:
        return f"CallCost({self.spec!r}, total={str(self.total)!r}, mode={self.mode!r})"

    def __float__(self) -> float:
        """The total in USD, as the nearest float."""
        return float(self.total)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CallCost) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[object, ...]:
        return (
            *(self.spec, self.mode, self.region, self.tier),
            *(self.breakdown, self.assumed, self.unbilled),
        )

    @property
    def breakdown(self) -> tuple[CostLine, ...]:
        """A line for every meter with a count and a price; they add up to `total`."""
        counts = self._counts
        named = counts.items() if isinstance(counts, dict) else zip(COUNTED, counts)
        ordered = sorted(named, key=lambda item: ORDER.get(item[0], len(ORDER)))
        return tuple(
            [
                _line(meter, count, rate.price)
                for meter, count in ordered
                if count and (rate := self._sheet.rate(meter))
            ]
        )

    def as_dict(self) -> dict[str, Any]:
        """The answer ready for json.dumps; amounts in USD as text, so that no reader of JSON rounds them."""
        return {
            "spec": self.spec,
            "mode": self.mode,
            "region": self.region or None,
            "tier": self.tier,
            "usd": str(self.total),
            "charged_usd": None if self.charged is None else str(self.charged),
            "breakdown": [line.as_dict() for line in self.breakdown],
            "assumed": list(self.assumed),
            "unbilled": [
                {"key": key, "quantity": _json_number(count)} for key, count in self.unbilled
            ],
        }

    def _repr_html_(self) -> str:
        """In a notebook: a line for every meter, and the total."""
        from llmcat.rendering.table import cost_table

        return cost_table(self.as_dict())

    @property
    def input(self) -> Decimal:
        """What the input costs, cached and audio tokens included."""
        return self._side("input")

    @property
    def output(self) -> Decimal:
        """What the output costs, reasoning and audio included."""
        return self._side("output")

    @property
    def fees(self) -> Decimal:
        """What is neither input nor output: searches, sessions, requests, storage."""
        return self._side(None)

    def _side(self, side: str | None) -> Decimal:
        return sum_of(line.usd for line in self.breakdown if meter_of(line.meter).side == side)


ORDER = {meter: place for place, meter in enumerate(dict.fromkeys((*COUNTED, *BY_NAME)))}


PER = {name: meter.per for name, meter in BY_NAME.items()}
"""Meter -> how many units its price buys; 1 for size classes."""


def _line(meter: str, count: Units, price: Decimal) -> CostLine:
    usd = EXACT.multiply(price, count)
    per_million = PER.get(meter, 1) == MILLION
    unit = meter_of(meter).unit
    amount = dollars(usd) if per_million else plain(usd)
    return CostLine(meter, count, unit, plain(price), amount)


def dollars(amount: Decimal) -> Decimal:
    """Tokens times USD per 1M tokens, in USD."""
    return plain(EXACT.scaleb(amount, PER_MILLION))


def plain(amount: Decimal) -> Decimal:
    """Without trailing zeros behind the point, and 10 as 10, not as 1E+1."""
    short = EXACT.normalize(amount)
    if short < TEN or EXACT.to_integral_value(short) != short:
        return short
    return EXACT.quantize(short, ONE)


def sum_of(amounts: Iterable[Decimal]) -> Decimal:
    total = ZERO
    for amount in amounts:
        total = EXACT.add(total, amount)
    return plain(total)
