"""What is listed: the prices of a model, now or at an instant, and the rate that holds for a call.

A meter's price is looked for in this order, and all but the first step is said in `assumed`:

1. in the mode asked for, at the context tier of the prompt;
2. there, at the next smaller tier, down to the plain price: what a tier does not mention, it leaves;
3. in mode standard, likewise;
4. at the meter's stand-in (meters.py), from step 1.

A reasoning price is only listed where it is not the price of the answer, so that step 4 needs no
saying for reasoning; and one that merely repeats the price of the answer follows it into tiers and
modes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from decimal import Decimal

from llmcat.errors import ModelNotFound, UnknownPrice
from llmcat.instants import instant
from llmcat.meters import STAND_INS, STANDARD
from llmcat.pricing.cost import COUNTED, Rate, Sheet, cost

PRICES_NOW = """
SELECT mode, min_context, meter, usd FROM prices
WHERE spec = ? AND valid_to IS NULL AND region IS NULL AND hours IS NULL ORDER BY mode, min_context"""
PRICES_AT = """
SELECT mode, min_context, meter, usd FROM prices
WHERE spec = ?1 AND valid_from <= ?2 AND (valid_to IS NULL OR valid_to > ?2)
AND region IS NULL AND hours IS NULL
ORDER BY mode, min_context"""
WHAT_IS_KNOWN = """
SELECT EXISTS (SELECT 1 FROM model_versions WHERE spec = ?1),
(SELECT min(valid_from) FROM prices WHERE spec = ?1),
(SELECT max(valid_to) FROM prices WHERE spec = ?1 AND valid_to <= ?2)"""

Listed = Mapping[str, Mapping[str, "list[tuple[int, Decimal]]"]]
"""Mode -> meter -> (min_context, USD per 1M tokens), smallest tier first."""


class Prices:
    """The price list of one model at one time: made by price_list(), never changed, fit to keep."""

    __slots__ = ("_listed", "_sheets", "_sizes", "at", "spec")

    def __init__(self, spec: str, at: str | None, listed: Listed) -> None:
        self.spec = spec
        self.at = at
        self._listed = listed
        standard = _sizes(listed.get(STANDARD, {}))
        self._sizes = {mode: sorted(standard | _sizes(meters)) for mode, meters in listed.items()}
        self._sheets: dict[tuple[str, int], Sheet] = {}

    def __repr__(self) -> str:
        return f"Prices({self.spec!r}, at={self.at!r}, modes={self.modes!r})"

    @property
    def modes(self) -> tuple[str, ...]:
        """The modes that have prices: standard, fast, batch, …"""
        return tuple(self._listed)

    cost = cost
    """`prices.cost(…)` is `cost(prices, …)`."""

    def sheet(self, mode: str, prompt: int) -> Sheet:
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
        return Sheet(tier, tuple([self._rate(mode, size, meter) for meter in COUNTED]))

    def _rate(self, mode: str, size: int, meter: str) -> Rate | None:
        """The price of a meter for prompts above `size`: the four steps of the module's docstring."""
        for listed_mode in dict.fromkeys((mode, STANDARD)):
            found = self._listing(listed_mode, size, meter)
            if found is None:
                continue
            if (listed_mode, found[0]) == (mode, size):
                return Rate(found[1])
            if meter == "reasoning" and found == self._listing(listed_mode, found[0], "output"):
                break
            return Rate(found[1], _how(meter, mode, size, listed_mode, found[0]))
        if meter not in STAND_INS:
            return None
        rate = self._rate(mode, size, STAND_INS[meter])
        if rate is None or meter == "reasoning":
            return rate
        return Rate(
            rate.price, (f"no price for {meter}: billed as {STAND_INS[meter]}", *rate.assumed)
        )

    def _listing(self, mode: str, size: int, meter: str) -> tuple[int, Decimal] | None:
        """The listed price with the largest tier up to `size`, after its tier."""
        found = None
        for listing in self._listed.get(mode, {}).get(meter, ()):
            if listing[0] > size:
                break
            found = listing
        return found


def price_list(connection: sqlite3.Connection, spec: str, at: str | None = None) -> Prices:
    """The prices of the model that `spec` names, now or at the instant `at`.

    Raises UnknownPrice when no price of the model is known (then), ModelNotFound when it is in no
    table, OptionError for an `at` that is no instant.
    """
    if at is None:
        rows = connection.execute(PRICES_NOW, (spec,)).fetchall()
    else:
        at = instant(at)
        rows = connection.execute(PRICES_AT, (spec, at)).fetchall()
    if not rows:
        raise _why_no_price(connection, spec, at)
    listed: dict[str, dict[str, list[tuple[int, Decimal]]]] = {}
    for mode, min_context, meter, price in rows:
        # repr gives the shortest decimal that is this float: the one that the source wrote
        listing = (min_context, Decimal(repr(price)))
        listed.setdefault(mode, {}).setdefault(meter, []).append(listing)
    return Prices(spec, at, listed)


def _why_no_price(connection: sqlite3.Connection, spec: str, at: str | None) -> Exception:
    is_model, first, ended = connection.execute(WHAT_IS_KNOWN, (spec, at)).fetchone()
    if not is_model and first is None:
        return ModelNotFound(spec)
    if first is None:
        return UnknownPrice(spec)
    if at is None:
        return UnknownPrice(spec, hint=f"it is no longer listed; it had prices at={first!r}")
    known = f"ended at {ended}" if ended else f"are known from {first}"
    return UnknownPrice(spec, hint=f"asked for {at}, its prices {known}")


def _how(meter: str, mode: str, size: int, listed_mode: str, found: int) -> tuple[str, ...]:
    """What is assumed when the listing of mode `listed_mode` and tier `found` stands in for another."""
    word = "" if mode == STANDARD else f"{mode} "
    if listed_mode != mode:
        lacking, taken = f"no {word}price for {meter}", f"its {listed_mode} price"
    else:
        lacking = f"no {word}price for {meter} above {size:,} tokens"
        taken = f"its {word}price" if found else f"its plain {word}price"
    above = f" above {found:,} tokens" if found else ""
    return (f"{lacking}: billed at {taken}{above}",)


def _sizes(meters: Mapping[str, list[tuple[int, Decimal]]]) -> set[int]:
    return {size for listings in meters.values() for size, _ in listings}
