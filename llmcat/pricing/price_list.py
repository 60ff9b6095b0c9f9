"""What is listed: the prices of a model, now or at an instant, and the rate that holds for a call.

A meter's price is looked for in this order, and all but the first step is said in `assumed`:

1. in the mode and the region asked for, at the context tier of the input;
2. there, at the next smaller tier, down to the plain price: what a tier does not mention, it leaves;
3. in that mode in the wider region, at last everywhere; then in mode standard, likewise;
4. at the meter's stand-in (meters.py), from step 1.

At an instant, what was not known yet in a mode, a region or a meter is taken at the first price that is
known of it later: sources have listed batches, regions and fees later than the prices of tokens.

In each step a price for the hour of the call comes before the one that holds always. A reasoning price
is only listed where it is not the price of the output, so that step 4 needs no saying for reasoning; and
one that merely repeats the price of the output follows it into tiers and modes.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from llmcat.errors import ModelNotFound, UnknownPrice
from llmcat.instants import instant
from llmcat.meters import STAND_INS, STANDARD, UNIT_METERS, meter_of
from llmcat.pricing.cost import cost
from llmcat.pricing.cost_result import COUNTED, Rate, Sheet
from llmcat.pricing.served import geographies, requested_by

PRICES_NOW = """
SELECT mode, region, hours, min_context, meter, usd FROM prices
WHERE spec = ? AND valid_to IS NULL ORDER BY mode, min_context"""
PRICES_AT = """
SELECT mode, region, hours, min_context, meter, usd FROM prices
WHERE spec = ?1 AND valid_from <= ?2 AND (valid_to IS NULL OR valid_to > ?2)
ORDER BY mode, min_context"""
ALWAYS = """
SELECT mode, region, meter, min_context, usd, valid_from FROM prices
WHERE spec = ? AND hours IS NULL ORDER BY valid_from, min_context"""
MODES = "SELECT modes FROM model_details WHERE spec = ?"
FREE_SEARCHES = """
SELECT json_extract(extra, '$.litellm.search_free_requests') FROM model_details WHERE spec = ?"""
"""LiteLLM's {count, period, shared_group}."""
WHAT_IS_KNOWN = """
SELECT EXISTS (SELECT 1 FROM model_versions WHERE spec = ?1),
(SELECT min(valid_from) FROM prices WHERE spec = ?1),
(SELECT max(valid_to) FROM prices WHERE spec = ?1 AND valid_to <= ?2)"""

Row = tuple["str | None", "str | None", "str | None", int, str, float]
"""mode, region, hours (empty: always), min_context, meter, USD."""
Plan = tuple[str, str]
"""A mode and a region; '' is everywhere."""
Listings = dict[str, "list[tuple[int, Decimal]]"]
"""Meter -> (min_context, USD), smallest tier first."""

REASONING, OUTPUT = "reasoning", "output"
SEARCH = "web_search"
SIZE_NOT_SAID = "medium"
"""The size class that search tools take where a request names none."""


class Prices:
    """The price list of one model at one time: made by price_list(), never changed, fit to keep.

    `assumed` says what had to be assumed to find it, such as a model for its dated snapshot; `region` is
    where the name says that the model is served. `steady_since` is the instant since which these prices
    hold, whatever the hour; None: they may be others at another time. `free_searches` says how many web
    searches are free in a period, of which one call does not know whether they are used up.
    """

    __slots__ = (
        "_by_hour",
        "_known_since",
        "_listed",
        "_requested_by",
        "_sheets",
        "_sizes",
        "assumed",
        "at",
        "free_searches",
        "modes",
        "region",
        "spec",
        "steady_since",
    )

    def __init__(
        self,
        spec: str,
        at: str | None,
        rows: Iterable[Row],
        modes: Mapping[str, Any] | None = None,
        hour: str | None = None,
        later: Iterable[tuple[Any, ...]] = (),
    ) -> None:
        """`rows` of the view prices, those that hold; `modes` of the details say what asks for each;
        `hour` is an instant whose time of day counts, None: it is not known; `later` are rows that were
        first known after `at`, and since when they are."""
        self.spec = spec
        self.at = at
        self.assumed: tuple[str, ...] = ()
        self.region = ""
        self.free_searches = ""
        self.steady_since: str | None = None
        self._listed: dict[Plan, Listings] = {}
        self._by_hour: set[str] = set()
        self._known_since: dict[tuple[Plan, str], str] = {}
        at_this_hour: list[tuple[Plan, str, int, Decimal]] = []
        for mode, region, hours, min_context, meter, price in rows:
            # repr gives the shortest decimal that is this float: the one that the source wrote
            amount, plan = Decimal(repr(price)), (mode or STANDARD, region or "")
            if not hours:
                self._plan(plan).setdefault(meter, []).append((min_context, amount))
            elif hour is None:
                self._by_hour.add(hours)
            elif _holds_at(hours, hour):
                at_this_hour.append((plan, meter, min_context, amount))
        for mode, region, _, min_context, meter, price, since in later:
            plan = mode or STANDARD, region or ""
            self._plan(plan).setdefault(meter, []).append((min_context, Decimal(repr(price))))
            self._known_since[plan, meter] = since
        self._reasoning_follows({(plan, meter) for plan, meter, _, _ in at_this_hour})
        for plan, meter, min_context, amount in at_this_hour:
            always = [held for held in self._plan(plan).get(meter, ()) if held[0] != min_context]
            self._plan(plan)[meter] = sorted([*always, (min_context, amount)])
        self.modes = tuple(dict.fromkeys(mode for mode, _ in self._listed))
        """The modes that have prices: standard, fast, batch, …"""
        self._requested_by = {
            word: mode
            for mode, facts in (modes or {}).items()
            if mode in self.modes and isinstance(facts, Mapping)
            for word in (*requested_by(facts.get("body")), *requested_by(facts.get("headers")))
        }
        self._sizes = self._tiers_by_plan()
        self._sheets: dict[tuple[str, str, int], Sheet] = {}

    def __repr__(self) -> str:
        return f"Prices({self.spec!r}, at={self.at!r}, modes={self.modes!r})"

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions with prices of their own."""
        return tuple(dict.fromkeys(region for _, region in self._listed if region))

    cost = cost
    """`prices.cost(…)` is `cost(prices, …)`."""

    def mode_named(self, word: str) -> str | None:
        """The mode of this name, or the one that a request with this word asks for; None: neither."""
        return word if word in self.modes else self._requested_by.get(word)

    def has_meter(self, meter: str) -> bool:
        """Whether any mode has a price for it."""
        return any(meter in meters for meters in self._listed.values())

    def sheet(self, mode: str, input_tokens: int, region: str = "") -> Sheet:
        """The rates for this mode, region and input; a tier holds once the input exceeds its size."""
        sizes = self._sizes.get((mode, region))
        if sizes is None:
            sizes = self._sizes[mode, region] = self._tiers_of(mode, region)
        size = 0
        for larger in sizes:
            if larger >= input_tokens:
                break
            size = larger
        sheet = self._sheets.get((mode, region, size))
        if sheet is None:
            sheet = self._sheets[mode, region, size] = self._make_sheet(mode, region, size)
        return sheet

    def _plan(self, plan: Plan) -> Listings:
        return self._listed.setdefault(plan, {})

    def _reasoning_follows(self, at_this_hour: set[tuple[Plan, str]]) -> None:
        """Leave out prices of reasoning that repeat the output's, where this hour has one of the output alone."""
        for plan, meter in at_this_hour:
            if meter == OUTPUT and (plan, REASONING) not in at_this_hour:
                listed = self._plan(plan)
                own = [r for r in listed.pop(REASONING, ()) if r not in listed.get(OUTPUT, ())]
                if own:
                    listed[REASONING] = own

    def _tiers_by_plan(self) -> dict[Plan, list[int]]:
        return {(mode, ""): self._tiers_of(mode, "") for mode in self.modes}

    def _tiers_of(self, mode: str, region: str) -> list[int]:
        """The sizes at which a price changes; UnknownPrice for a mode that has none."""
        if self.mode_named(mode) is None:
            known = ", ".join(sorted(self.modes))
            raise UnknownPrice(self.spec, mode=mode, hint=f"there are prices for: {known}")
        plans = self._plans(mode, region)
        return sorted(set().union(*[_sizes(self._listed.get(plan, {})) for plan in plans]))

    def _plans(self, mode: str, region: str) -> list[Plan]:
        """Where a price is looked for, the best first."""
        named = self.mode_named(mode) or mode
        several = dict.fromkeys((named, STANDARD))
        return [(one, place) for one in several for place in geographies(region)]

    def _make_sheet(self, mode: str, region: str, size: int) -> Sheet:
        plans = self._plans(mode, region)
        own = _sizes(self._listed.get(plans[0], {})) or _sizes(
            self._listed.get((plans[0][0], ""), {})
        )
        tier = max((s for s in own if s <= size), default=0)
        return Sheet(self, plans, size, tier, COUNTED)

    def rate(self, plans: list[Plan], size: int, meter: str) -> Rate | None:
        """The price of a meter for input above `size`: the four steps of the module's docstring."""
        for plan in plans:
            found = self._listing(plan, size, meter)
            if found is None:
                continue
            is_own = plan == plans[0] or (plan[0] == plans[0][0] and plan[1])
            claimed = (*self._later_note(plan, meter), *self._hours_note())
            if self.free_searches and meter.startswith(SEARCH):
                claimed = (*claimed, self.free_searches)
            if is_own and found[0] == size:
                return Rate(found[1], claimed)
            if meter == "reasoning" and found == self._listing(plan, found[0], "output"):
                break
            return Rate(found[1], (*_how(meter, plans[0], size, plan, found[0]), *claimed))
        return self._stand_in(plans, size, meter)

    def _stand_in(self, plans: list[Plan], size: int, meter: str) -> Rate | None:
        if meter not in STAND_INS:
            return self._size_class(plans, size, meter) if meter in UNIT_METERS else None
        rate = self.rate(plans, size, STAND_INS[meter])
        if rate is None or meter == "reasoning":
            return rate
        return Rate(
            rate.price, (f"no price for {meter}: billed as {STAND_INS[meter]}", *rate.assumed)
        )

    def _size_class(self, plans: list[Plan], size: int, meter: str) -> Rate | None:
        """The price of web_search where only its size classes have one: what they agree on, else the
        medium one, which is what a search takes where nothing is said."""
        named = {
            m for plan in plans for m in self._listed.get(plan, ()) if m.startswith(f"{meter}_")
        }
        rates = {
            name: rate
            for name in sorted(named)
            if meter_of(name).unit == UNIT_METERS[meter]
            and meter_of(name).side == meter_of(meter).side
            and (rate := self.rate(plans, size, name))
        }
        if len({rate.price for rate in rates.values()}) == 1:
            return next(iter(rates.values()))
        medium = f"{meter}_{SIZE_NOT_SAID}"
        if medium not in rates:
            return None
        return Rate(rates[medium].price, (f"the size of {meter} is not known: billed as {medium}",))

    def _later_note(self, plan: Plan, meter: str) -> tuple[str, ...]:
        """What to say of a price that was not known yet on the day asked for."""
        since = self._known_since.get((plan, meter))
        if since is None:
            return ()
        mode = "" if plan[0] == STANDARD else f"{plan[0]} "
        where = f" in {plan[1]}" if plan[1] else ""
        return (
            f"no {mode}price for {meter}{where} of that day is known: billed at the first that is, of"
            f" {since[:10]}",
        )

    def _hours_note(self) -> tuple[str, ...]:
        if not self._by_hour:
            return ()
        hours = ", ".join(sorted(self._by_hour))
        return (f"the hour is not known; {hours} UTC have other prices",)

    def _listing(self, plan: Plan, size: int, meter: str) -> tuple[int, Decimal] | None:
        """The listed price with the largest tier up to `size`, after its tier."""
        found = None
        for listing in self._listed.get(plan, {}).get(meter, ()):
            if listing[0] > size:
                break
            found = listing
        return found


def price_list(connection: sqlite3.Connection, spec: str, at: str | date | None = None) -> Prices:
    """The prices of the model that `spec` names, now or at the instant `at`.

    Raises UnknownPrice when no price of the model is known (then), ModelNotFound when it is in no
    table, OptionError for an `at` that is no instant.
    """
    hour, later = None, []
    if at is None:
        rows = connection.execute(PRICES_NOW, (spec,)).fetchall()
    else:
        at = instant(at)
        hour = None if at.endswith("T00:00:00Z") else at  # midnight is what a mere day says
        rows = connection.execute(PRICES_AT, (spec, at)).fetchall()
        later = list(_known_later(connection, spec, at)) if rows else []
    if not rows:
        raise _why_no_price(connection, spec, at)
    modes = None
    if any(row[0] != STANDARD for row in (*rows, *later)):
        modes = _modes(connection, spec)
    prices = Prices(spec, at, rows, modes, hour, later)
    if any(row[4].startswith(SEARCH) for row in rows):
        prices.free_searches = _free_searches(connection, spec)
    return prices


def _known_later(connection: sqlite3.Connection, spec: str, at: str) -> Iterator[tuple[Any, ...]]:
    """The first price of each mode, region and meter that was not known yet at `at`; no reasoning price
    that repeats the output's, for it was what the output cost then."""
    rows = connection.execute(ALWAYS, (spec,)).fetchall()
    first: dict[tuple[Any, ...], str] = {}
    for mode, region, meter, min_context, usd, since in rows:
        if first.setdefault((mode, region, meter), since) == since > at:
            place = mode, region, min_context
            if meter != REASONING or usd != _output_price(rows, place, since):
                yield mode, region, None, min_context, meter, usd, since


def _output_price(rows: Iterable[tuple[Any, ...]], place: tuple[Any, ...], at: str) -> float | None:
    """The price of the output in a mode, a region and a tier at an instant, among rows in order of time."""
    held = [
        usd
        for mode, region, meter, min_context, usd, since in rows
        if meter == OUTPUT and (mode, region, min_context) == place and since <= at
    ]
    return held[-1] if held else None


def _free_searches(connection: sqlite3.Connection, spec: str) -> str:
    """What to say of web searches that are free in a period; empty: no source knows of any."""
    from json import loads

    row = connection.execute(FREE_SEARCHES, (spec,)).fetchone()
    free = loads(row[0]) if row and row[0] else {}
    if not free.get("count") or not free.get("period"):
        return ""
    group = f", for all of {free['shared_group']} together" if free.get("shared_group") else ""
    return (
        f"{free['count']:,} web searches a {free['period']} are free{group}: they are not taken off"
    )


def _modes(connection: sqlite3.Connection, spec: str) -> Mapping[str, Any]:
    """What the details say of each mode: its body and headers."""
    from json import loads

    row = connection.execute(MODES, (spec,)).fetchone()
    return loads(row[0]) if row and row[0] else {}


def _holds_at(hours: str, at: str) -> bool:
    from llmcat.pricing.hours import holds_at

    return holds_at(hours, at)


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


def _how(meter: str, wanted: Plan, size: int, plan: Plan, found: int) -> tuple[str, ...]:
    """What is assumed when the listing of `plan` and tier `found` stands in for another."""
    mode, region = wanted
    word = "" if mode == STANDARD else f"{mode} "
    above = f" above {found:,} tokens" if found else ""
    if plan[0] != mode:
        where = f" in {plan[1]}" if plan[1] else ""
        lacking, taken = f"no {word}price for {meter}", f"its {plan[0]} price{where}"
    elif plan[1] != region:
        lacking = f"no {word}price for {meter} in {region}"
        taken = f"that of {plan[1] or 'everywhere'}"
    else:
        lacking = f"no {word}price for {meter} above {size:,} tokens"
        taken = f"its {word}price" if found else f"its plain {word}price"
    return (f"{lacking}: billed at {taken}{above}",)


def _sizes(meters: Listings) -> set[int]:
    return {size for listings in meters.values() for size, _ in listings}
