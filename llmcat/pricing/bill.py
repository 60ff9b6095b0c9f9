"""The bill: what the calls of a log cost, at the prices of the day of each.

    bill = cat.bill("calls.jsonl", by=["model", "month"])
    bill.total, bill.rows, bill.unpriced

Calls are added up by a Tally; here its sums are priced. A price that is not known is never 0: what
cannot be priced is in `unpriced`, and what had to be assumed is in `assumed`, each with its calls.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from llmcat.arguments import several
from llmcat.errors import LlmcatError, OptionError, UnknownPrice
from llmcat.meters import STANDARD
from llmcat.pricing.cost import bill as cost_of_counts
from llmcat.pricing.cost import total_cost
from llmcat.pricing.cost_result import CallCost, sum_of
from llmcat.pricing.counts import Units
from llmcat.pricing.logs.log_file import add_log
from llmcat.pricing.periods import NOW
from llmcat.pricing.price_list import Prices
from llmcat.pricing.served import at_their_size, geographies, mode_and_region
from llmcat.pricing.tally import (
    CALLS,
    CHARGED,
    COUNTS,
    GROUPS,
    INPUT,
    OUTPUT,
    Kind,
    Problem,
    Sums,
    Tally,
)

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.records import Model

SMALLEST_PRICE = 1e-9
"""USD per 1M tokens that no price is below, but free."""
CANDIDATES = 12
"""How many models that look the cheapest are reckoned to the last digit."""


MOST_SHOWN = 50
"""So many groups of a bill stand in a notebook."""


class BillRow(NamedTuple):
    """One group: what it is grouped by, its calls and tokens, what they cost, and what they would have
    cost at each model of `instead` (None: a price is not known there). Amounts in USD."""

    group: dict[str, str]
    calls: int
    input_tokens: int
    output_tokens: int
    usd: Decimal
    instead: dict[str, Decimal | None]


class Elsewhere(NamedTuple):
    """A model of the bill, what its calls cost, and the cheapest model that can do as much."""

    spec: str
    calls: int
    usd: Decimal
    cheapest: str | None
    cheapest_usd: Decimal | None


class Charged(NamedTuple):
    """A model of which the log says what its calls cost: how many calls, what they cost here, and there."""

    spec: str
    calls: int
    usd: Decimal
    charged: Decimal


class Bill(NamedTuple):
    """What the calls of a log cost.

    `total` is exact, in USD. `unpriced` are the calls that it lacks, by reason and model, `skipped`
    records that were no calls, `untimed` calls without a time, priced as of now. `assumed` says in
    sentences, with the number of calls, where a price that is not known was replaced by another. `charged`
    sets what the log itself says that calls cost beside what they cost here.
    """

    by: tuple[str, ...]
    calls: int
    total: Decimal
    rows: list[BillRow]
    unpriced: list[Problem]
    assumed: dict[str, int]
    skipped: int
    untimed: int
    instead: dict[str, Decimal | None]
    elsewhere: list[Elsewhere]
    charged: list[Charged]

    @property
    def unpriced_calls(self) -> int:
        """How many calls could not be priced."""
        return sum(problem.calls for problem in self.unpriced)

    def _repr_html_(self) -> str:
        """The groups as a table, in a notebook, with the total and what it lacks."""
        from llmcat.rendering.table import preformatted, table

        names = ("calls", "input_tokens", "output_tokens", "usd")
        rows = [
            {**row.group, **{name: getattr(row, name) for name in names[:3]}, "usd": float(row.usd)}
            for row in self.rows[:MOST_SHOWN]
        ]
        lacks = f"; not priced: {self.unpriced_calls:,}" if self.unpriced else ""
        total = preformatted(f"{self.total} USD; calls: {self.calls:,}{lacks}")
        return table([*self.by, *names], rows, len(self.rows)) + total


class Pricer:
    """The prices that held in each period, and what sums of tokens cost by them."""

    def __init__(self, catalog: Catalog, changes: Sequence[str], sizes: Sequence[int]) -> None:
        self._catalog = catalog
        self._changes = changes
        self._sizes = sizes
        self._lists: dict[tuple[str, int, str | None], tuple[Prices, str]] = {}

    def cost(
        self, kind: Kind, sums: Sequence[Units], at: str | None, spec: str | None = None
    ) -> CallCost:
        """What the calls of one kind, the first of them `at`, cost together, at `spec` in place of the
        model that answered. Raises UnknownPrice and ModelNotFound."""
        prices, assumed = self._prices(spec or kind.spec, kind, at)
        more = [assumed] if assumed else []
        mode, region = STANDARD, ""
        if kind.served:
            mode, region, assumptions = mode_and_region(prices, dict(kind.served))
            more += [f"{prices.spec}: {why}" for why in assumptions]
        counts = dict(zip(kind.meters, sums[COUNTS:]))
        if kind.served:
            counts = at_their_size(prices, dict(kind.served), counts, int(sums[CALLS]))
        found = cost_of_counts(prices, counts, self._input_tokens(kind), mode, region)
        lost = [
            f"{prices.spec}: {key} is not billed: no price is known" for key, _ in found.unbilled
        ]
        others = [why for why in found.assumed if " is not billed" not in why]
        found.assumed = (*more, *[f"{prices.spec}: {why}" for why in others], *lost)
        return found

    def served(self, kind: Kind, at: str | None) -> tuple[str, str]:
        """The mode and the region at whose prices the calls of a kind are billed; where none has prices of its
        own, those that the calls say. Raises UnknownPrice and ModelNotFound."""
        prices, _ = self._prices(kind.spec, kind, at)
        how = dict(kind.served)
        mode, region, _ = mode_and_region(prices, how)
        if mode == STANDARD:
            mode = how.get("tier") or STANDARD
        return mode, next((one for one in geographies(region) if one in prices.regions), region)

    def counts(self, kind: Kind, at: str | None, counts: dict[str, Units]) -> dict[str, Units]:
        """What one call of a kind counts at each meter, searches at that of their size. Raises UnknownPrice and
        ModelNotFound."""
        how = dict(kind.served)
        return at_their_size(self._prices(kind.spec, kind, at)[0], how, counts) if how else counts

    def _input_tokens(self, kind: Kind) -> int:
        """An input of the size class: one token more than the size that the class is above."""
        return self._sizes[kind.size - 1] + 1 if kind.size else 0

    def _prices(self, spec: str, kind: Kind, at: str | None) -> tuple[Prices, str]:
        """The price list of a period and its hours, and what had to be assumed for it."""
        key = spec, kind.period, at if kind.hours else None
        if key not in self._lists:
            self._lists[key] = self._read(spec, kind, at)
        return self._lists[key]

    def _read(self, spec: str, kind: Kind, at: str | None) -> tuple[Prices, str]:
        if kind.period == NOW:
            at = None
        elif not kind.period:
            return self._nearest(spec, "")
        elif not kind.hours:
            at = self._changes[kind.period - 1]
        try:
            return self._catalog.price_list(spec, at), ""
        except UnknownPrice:
            return self._nearest(spec, at or "9999")

    def _nearest(self, spec: str, at: str) -> tuple[Prices, str]:
        """The prices that were listed last before an instant, else first after it."""
        listed = sorted({interval.valid_from for interval in self._catalog.prices(spec)})
        if not listed:
            raise UnknownPrice(spec)
        before = [start for start in listed if start <= at]
        start = before[-1] if before else listed[0]
        word = "no longer listed" if before else "not yet listed"
        why = f"{spec}: {word} on the day of the call: billed at its prices of {start[:10]}"
        return self._catalog.price_list(spec, start), why


def groups_of(by: str | Iterable[str]) -> tuple[str, ...]:
    """What a bill is grouped by, checked. Raises OptionError."""
    names = tuple(dict.fromkeys([by] if isinstance(by, str) else by))
    for name in names:
        if name not in GROUPS:
            raise OptionError(f"by {name!r} cannot be; a bill is by {', '.join(GROUPS)}")
    return names


def bill_of_log(
    catalog: Catalog,
    rows: str | os.PathLike[str] | Iterable[Any],
    by: str | Iterable[str],
    columns: Mapping[str, str],
    instead: str | Iterable[str],
    cheapest: bool,
    require: str | Iterable[str],
) -> Bill:
    """Catalog.bill(): the calls of a file, or of records that are there already, added up and priced."""
    others = [catalog.resolve(name).spec for name in several(instead)]
    tally = Tally(catalog, groups_of(by), None if cheapest else others)
    add_log(tally, rows, columns)
    return make_bill(tally, catalog, instead=others, cheapest=cheapest, require=require)


def make_bill(
    tally: Tally,
    catalog: Catalog,
    *,
    instead: str | Iterable[str] = (),
    cheapest: bool = False,
    require: str | Iterable[str] = (),
) -> Bill:
    """Price what was added up, by a tally whose `others` have the models of `instead`, and are None for
    `cheapest`. Raises ModelNotFound for a model of `instead` that does not exist."""
    pricer = Pricer(catalog, tally.changes, tally.sizes)
    others = [catalog.resolve(name).spec for name in several(instead)]
    costs: dict[Kind, CallCost] = {}
    elsewhere: dict[str, list[CallCost | None]] = {spec: [] for spec in others}
    assumed = Counter(tally.notes)
    problems = dict(tally.problems)
    whole = tally.whole()
    for kind, sums in whole.items():
        try:
            costs[kind] = pricer.cost(kind, sums, tally.first[kind].at)
        except LlmcatError as error:
            _unpriced(problems, kind, sums, tally.first[kind].place, error)
            continue
        assumed.update(dict.fromkeys(costs[kind].assumed, int(sums[CALLS])))
        for spec in others:
            elsewhere[spec].append(
                _elsewhere(pricer, kind, sums, tally.first[kind].at, spec, assumed)
            )
    return Bill(
        tally.by,
        sum(int(whole[kind][CALLS]) for kind in costs),
        total_cost(costs.values()),
        _rows(tally, pricer, costs.keys(), others),
        sorted(problems.values(), key=lambda problem: (-problem.calls, problem)),
        dict(assumed.most_common()),
        tally.skipped,
        sum(int(sums[CALLS]) for kind, sums in whole.items() if kind.period == NOW),
        {spec: _total(found) for spec, found in elsewhere.items()},
        _cheapest(whole, tally, catalog, pricer, costs, tuple(several(require)))
        if cheapest
        else [],
        _charged(whole, costs),
    )


def _charged(whole: Mapping[Kind, Sums], costs: Mapping[Kind, CallCost]) -> list[Charged]:
    """What the log says that calls cost, by model, beside their cost here; the largest differences first."""
    by_spec: dict[str, list[Kind]] = defaultdict(list)
    for kind in costs:
        if kind.charged:
            by_spec[kind.spec].append(kind)
    found = [
        Charged(
            spec,
            sum(int(whole[kind][CALLS]) for kind in kinds),
            total_cost(costs[kind] for kind in kinds),
            sum_of(Decimal(whole[kind][CHARGED]) for kind in kinds),
        )
        for spec, kinds in by_spec.items()
    ]
    return sorted(found, key=lambda one: (-abs(one.charged - one.usd), one.spec))


def _unpriced(
    problems: dict[tuple[str, str], Problem], kind: Kind, sums: Sums, place: str, error: LlmcatError
) -> None:
    meter = getattr(error, "meter", None)
    reason = f"no price for {meter}" if meter else "no price"
    known = problems.get((reason, kind.spec))
    calls = int(sums[CALLS]) + (known.calls if known else 0)
    problems[reason, kind.spec] = Problem(reason, kind.spec, calls, place, str(error))


def _elsewhere(
    pricer: Pricer,
    kind: Kind,
    sums: Sums,
    at: str | None,
    spec: str,
    assumed: Counter[str] | None = None,
) -> CallCost | None:
    """What calls would have cost at another model; None where a price is not known there."""
    why: tuple[str, ...]
    try:
        found = pricer.cost(kind, sums, at, spec)
        why = found.assumed
    except LlmcatError as error:
        found, why = None, (str(error),)
    if assumed is not None:
        assumed.update({f"instead, {sentence}": int(sums[CALLS]) for sentence in why})
    return found


def _total(costs: Iterable[CallCost | None]) -> Decimal | None:
    """The sum; None where one of the costs is not known."""
    known = list(costs)
    priced = [cost for cost in known if cost is not None]
    return total_cost(priced) if len(priced) == len(known) else None


def _rows(
    tally: Tally, pricer: Pricer, priced: Container[Kind], others: Sequence[str]
) -> list[BillRow]:
    """A row for each group that has priced calls, the dearest first; days and months in their order."""
    grouped: dict[tuple[str, ...], list[tuple[Kind, Sums]]] = defaultdict(list)
    for (group, kind), sums in tally.sums.items():
        if kind in priced:
            grouped[group].append((kind, sums))
    rows = [
        BillRow(
            dict(zip(tally.by, group)),
            int(sum(sums[CALLS] for _, sums in parts)),
            int(sum(sums[INPUT] for _, sums in parts)),
            int(sum(sums[OUTPUT] for _, sums in parts)),
            total_cost(pricer.cost(kind, sums, tally.first[kind].at) for kind, sums in parts),
            {
                spec: _total(
                    _elsewhere(pricer, kind, sums, tally.first[kind].at, spec)
                    for kind, sums in parts
                )
                for spec in others
            },
        )
        for group, parts in grouped.items()
    ]
    in_time = [name for name in tally.by if name in ("day", "month")]
    rows.sort(key=lambda row: ([row.group[name] for name in in_time], -row.usd, str(row.group)))
    return rows


def _cheapest(
    whole: Mapping[Kind, Sums],
    tally: Tally,
    catalog: Catalog,
    pricer: Pricer,
    costs: Mapping[Kind, CallCost],
    require: tuple[str, ...],
) -> list[Elsewhere]:
    """For each model of the bill the cheapest that has what is required, or else all that it has."""
    by_spec: dict[str, list[tuple[Kind, Sums]]] = defaultdict(list)
    for kind in costs:
        by_spec[kind.spec].append((kind, whole[kind]))
    found = []
    for spec, parts in by_spec.items():
        usd = total_cost(costs[kind] for kind, _ in parts)
        best = _cheapest_for(spec, parts, tally, catalog, pricer, require)
        found.append(Elsewhere(spec, sum(int(sums[CALLS]) for _, sums in parts), usd, *best))
    return sorted(found, key=lambda one: -one.usd)


def _cheapest_for(
    spec: str,
    parts: Sequence[tuple[Kind, Sums]],
    tally: Tally,
    catalog: Catalog,
    pricer: Pricer,
    require: tuple[str, ...],
) -> tuple[str | None, Decimal | None]:
    """The cheapest model and what it would have cost; free ones, which a subscription or somebody's
    promotion pays, are left out."""
    try:
        needed = require or catalog.model(spec).capabilities
    except LookupError:  # it is gone, and nobody knows what it could do
        return None, None
    meters: Counter[str] = Counter()
    for kind, sums in parts:
        meters.update({m: int(n) for m, n in zip(kind.meters, sums[COUNTS:])})

    def estimate(model: Model) -> float:
        input, output = model.cost_input or 0.0, model.cost_output or 0.0
        price_of = {
            "cache_read": input if model.cost_cache_read is None else model.cost_cache_read,
            "output": output,
            "reasoning": output,
        }
        return sum(count * price_of.get(meter, input) for meter, count in meters.items())

    able = catalog.find(
        require=needed, min_context=tally.largest[spec], min_cost_input=SMALLEST_PRICE
    )
    fitting = [model for model in able if model.cost_output is not None or not meters["output"]]
    best: tuple[str | None, Decimal | None] = None, None
    for model in sorted(fitting, key=estimate)[:CANDIDATES]:
        total = _total(
            _elsewhere(pricer, kind, sums, tally.first[kind].at, model.spec) for kind, sums in parts
        )
        if total is not None and (best[1] is None or total < best[1]):
            best = model.spec, total
    return best
