"""Tally: the tokens of many calls, added up where one price list holds for all of them.

A price is linear in tokens. So calls of one model, served in one mode, between two changes of any
price, with inputs of one size class and with the same kinds of tokens cost together what their sum
costs, to the last digit. A tally keeps a sum for each such kind and group, and no call: it is as
large for ten million calls as for a thousand, and tallies of parts of a log add up.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from operator import add
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from llmcat.errors import UsageError
from llmcat.meters import STANDARD
from llmcat.pricing.counts import Units, Usage, billable, whole_counts
from llmcat.pricing.hours import holds_at
from llmcat.pricing.logs.call import Call, UnreadCall, instant_of
from llmcat.pricing.names_in_logs import Named, NamesInLogs
from llmcat.pricing.periods import Periods
from llmcat.pricing.usage import formulas
from llmcat.pricing.usage.fields import amount
from llmcat.pricing.usage.reading import read

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.pricing.logs.log_file import Found

Key = TypeVar("Key")

OF_THIS_PROCESS = ("catalog", "_names", "_periods", "_alike")
OWN_GROUPS = ("day", "month", "user", "tag")
"""Of the GROUPS those in which calls of one Kind may differ."""
GROUPS = ("model", "provider", "day", "month", "user", "tag", "mode")
"""What `by` may name."""

MOST_ALIKE = 100_000
"""Kinds of calls whose sums are found at once."""
MOST_PROBLEMS = 1_000
"""Different problems that are kept apart; what is beyond is counted under its reason."""

HOURS = "SELECT DISTINCT spec, hours FROM prices WHERE hours IS NOT NULL"
SIZES = "SELECT DISTINCT min_context FROM prices ORDER BY 1"


class Kind(NamedTuple):
    """What calls have in common whose counts may be added up."""

    spec: str
    served: tuple[tuple[str, str], ...]
    """How they were served, in the words of their usage: tier, speed, batch, region."""
    period: int
    """The number of the last change of a price before the calls, of those that count here; NOW: no time is
    known."""
    hours: tuple[bool, ...]
    """Of a model with prices by the hour: which of these hours held."""
    size: int
    """The number of the size class of their input."""
    meters: tuple[str, ...]
    """The meters that count anything."""
    charged: bool = False
    """Whether the log says what they cost."""


class Counted(NamedTuple):
    """What a tally understood of a call: what it has in common with others, the instant (None: not known), and
    its own Sums."""

    kind: Kind
    at: str | None
    sums: Sequence[Units]

    @property
    def counts(self) -> dict[str, Units]:
        """What is billed at each meter."""
        return dict(zip(self.kind.meters, self.sums[COUNTS:]))


class First(NamedTuple):
    """The first call of a kind: where it stands and when it was made."""

    place: str
    at: str | None


class Problem(NamedTuple):
    """Calls that could not be priced: why, of which model, how many, and where the first stands."""

    reason: str
    model: str
    calls: int
    place: str
    detail: str


NO_GROUP: tuple[tuple[str, ...], ...] = ((),)

Sums = list[Units]
"""The number of calls, all of their input and output tokens, what the log says that they cost, then what is
billed at each meter of Kind."""
CALLS, INPUT, OUTPUT, CHARGED, COUNTS = 0, 1, 2, 3, 4
"""Where these stand in Sums."""


class Tally:
    """The calls of one or more logs, added up by `by` (GROUPS) and Kind.

    `others` are the models at which they are reckoned as well, whatever model answered; None: it may be any.
    """

    def __init__(
        self, catalog: Catalog, by: Sequence[str] = (), others: Sequence[str] | None = None
    ) -> None:
        connection = catalog.connection
        self.catalog = catalog
        self._periods = Periods(connection, others)
        self._names = NamesInLogs(catalog, self._periods)
        self.changes = self._periods.changes
        self.sizes = [size for (size,) in connection.execute(SIZES)]
        self.hours: dict[str, list[str]] = {}
        for spec, hours in connection.execute(HOURS):
            self.hours.setdefault(spec, []).append(hours)
        self.by, self.others = tuple(by), others
        self._own_names = [name for name in self.by if name in OWN_GROUPS]
        self.clear()

    def clear(self) -> None:
        """Forget all calls, but not how models are spelled."""
        self.sums: dict[tuple[tuple[str, ...], Kind], Sums] = {}
        self._alike: dict[tuple[Any, ...], tuple[Kind, Sums]] = {}
        self.repeated: dict[Kind, Sums] = {}
        self.first: dict[Kind, First] = {}
        self.notes: Counter[str] = Counter()
        self.problems: dict[tuple[str, str], Problem] = {}
        self.largest: dict[str, int] = {}
        self.skipped = 0
        self.read = 0

    def like_it(self) -> Tally:
        """An empty tally of the same catalogue, by the same groups."""
        return type(self)(self.catalog, self.by, self.others)

    def __getstate__(self) -> dict[str, Any]:
        """What goes to another process: everything but the catalogue."""
        return {k: v for k, v in self.__dict__.items() if k not in OF_THIS_PROCESS}

    def add_all(
        self, found: Iterable[Found], log: str, each: Callable[[Call, Counted], None] | None = None
    ) -> None:
        """Add what stands in a log; `each` gets every call that was added, and what was counted."""
        for number, call in found:
            self.read += 1
            if call is None:
                self.skipped += 1
                continue
            try:
                if isinstance(call, UnreadCall):
                    raise call
                added = self.add(call, log, number)
            except UnreadCall as error:
                model = error.model or getattr(call, "model", "")
                self.problem(error.reason, model, f"{log}:{number}", error.detail)
            else:
                if each:
                    each(call, Counted(*added))

    def add(
        self, call: Call, log: str = "", number: int = 0
    ) -> tuple[Kind, str | None, Sequence[Units]]:
        """Add one call; returns the fields of Counted. Raises UnreadCall for one that cannot be priced."""
        at = instant_of(call.at)
        named = self._names.model_of(call, self._periods.at(at))
        found = None if named.spec in self.hours else formulas.find(call.usage)
        if found is None:
            return self._add(call, named, at, log, number)[0]
        formula, words, amounts = found
        sums: Sequence[Units] = amounts
        charged = None if call.charged is None else amount(call.charged)
        if charged is not None:
            sums = (*sums[:CHARGED], charged, *sums[COUNTS:])
        size = bisect_left(self.sizes, sums[INPUT])
        group = self._own_group(call, at) if self._own_names else ()
        like = named, call.mode, size, formula, words, charged is None, group
        known = self._alike.get(like)
        if known is None:
            added, total = self._add(call, named, at, log, number)
            if total is not None and added[2] == [*sums]:
                if len(self._alike) >= MOST_ALIKE:
                    self._alike.clear()
                self._alike[like] = added[0], total
            return added
        kind, total = known
        total[:] = map(add, total, sums)
        if sums[INPUT] > self.largest[kind.spec]:
            self._note_size(kind.spec, sums[INPUT])
        if named.assumed:
            self.notes.update(named.assumed)
        return kind, at, sums

    def _add(
        self, call: Call, named: Named, at: str | None, log: str, number: int
    ) -> tuple[tuple[Kind, str | None, Sums], Sums | None]:
        """Add a call that is read by itself; returns the sums that it went into as well, None where several."""
        wholes, how, notes, charged = _read(call)
        if named.region is not None:
            how = {"geo": named.region, **how}
        counts = _billable(call, wholes)
        spec, input = named.spec, wholes.get("input", 0)
        kind = Kind(
            spec,
            tuple(sorted(how.items())),
            named.period,
            self._hours(spec, at) if spec in self.hours else (),
            bisect_left(self.sizes, input),
            tuple(counts),
            charged is not None,
        )
        self._note_size(spec, input)
        sums = [1, input, wholes.get("output", 0), charged or 0, *counts.values()]
        groups = self._groups(call, spec, how.get("tier"), at) if self.by else NO_GROUP
        for group in groups:
            total = self.sums.setdefault((group, kind), [0] * len(sums))
            total[:] = map(add, total, sums)  # in place: _alike has it too
        if kind not in self.first:
            self.first[kind] = First(f"{log}:{number}" if number else log, at)
        for _ in groups[1:]:
            _merge(self.repeated, {kind: sums.copy()})
        if notes or named.assumed:
            self.notes.update((*named.assumed, *notes))
        return (kind, at, sums), self.sums[groups[0], kind] if len(groups) == 1 else None

    def _note_size(self, spec: str, input: Units) -> None:
        if input > self.largest.get(spec, -1):
            self.largest[spec] = int(input)

    def _own_group(self, call: Call, at: str | None) -> tuple[Any, ...]:
        """What is in the group of a call that its Kind does not tell."""
        of_call = {
            "day": at and at[:10],
            "month": at and at[:7],
            "user": call.user,
            "tag": call.tags,
        }
        return tuple([of_call[name] for name in self._own_names])

    def _hours(self, spec: str, at: str | None) -> tuple[bool, ...]:
        """Which hours hold at an instant; none of a mere day, which midnight stands for."""
        if at is None or at.endswith("T00:00:00Z"):
            return ()
        return tuple([holds_at(hours, at) for hours in self.hours[spec]])

    def problem(
        self, reason: str, model: str, place: str, detail: str = "", calls: int = 1
    ) -> None:
        """Count a call that cannot be priced."""
        key = reason, model
        if key not in self.problems and len(self.problems) >= MOST_PROBLEMS:
            key = reason, "(others)"
        known = self.problems.get(key)
        if known is None:
            self.problems[key] = Problem(reason, key[1], calls, place, detail)
        else:
            self.problems[key] = known._replace(calls=known.calls + calls)

    def whole(self) -> dict[Kind, Sums]:
        """The sums of all calls, each once, whatever the number of its tags."""
        found: dict[Kind, Sums] = {}
        for (_, kind), sums in self.sums.items():
            _merge(found, {kind: list(sums)})
        _merge(found, {kind: [-count for count in sums] for kind, sums in self.repeated.items()})
        return found

    def merge(self, other: Tally) -> None:
        """Add the calls of another tally, made with the same catalogue and `by`."""
        self._alike.clear()  # its sums are others from here on
        _merge(self.repeated, other.repeated)
        _merge(self.sums, other.sums)
        for kind, first in other.first.items():
            self.first.setdefault(kind, first)
        self.notes.update(other.notes)
        for problem in other.problems.values():
            self.problem(*problem[:2], problem.place, problem.detail, problem.calls)
        for spec, size in other.largest.items():
            self.largest[spec] = max(size, self.largest.get(spec, -1))
        self.skipped += other.skipped
        self.read += other.read

    def _groups(
        self, call: Call, spec: str, mode: str | None, at: str | None
    ) -> Sequence[tuple[str, ...]]:
        """The groups of a call: one, or one for each of its tags."""
        values = []
        several: tuple[str, ...] = ("",)
        for name in self.by:
            if name == "model":
                value = spec
            elif name == "provider":
                value = spec.partition(":")[0]
            elif name == "day":
                value = at[:10] if at else ""
            elif name == "month":
                value = at[:7] if at else ""
            elif name == "user":
                value = call.user or ""
            elif name == "mode":
                value = mode or STANDARD
            else:
                value, several = "", call.tags or ("",)
            values.append(value)
        if several == ("",):
            return (tuple(values),)
        place = self.by.index("tag")
        return [(*values[:place], tag, *values[place + 1 :]) for tag in several]


def _read(call: Call) -> tuple[dict[str, Units], dict[str, str], tuple[str, ...], Decimal | None]:
    """What stands in the usage of a call: counts, how it was served, sentences about what is not counted,
    and what the log says that it cost, in USD (None: it does not say). Raises UnreadCall."""
    charged = None if call.charged is None else amount(call.charged)
    try:
        if type(call.usage) is Usage:
            served = {} if call.mode is None else {"tier": call.mode}
            return whole_counts(call.usage), served, (), charged
        reading = read(call.usage)
    except UsageError as error:
        raise UnreadCall("no usage", str(error)[:200], call.model) from None
    notes: tuple[str, ...] = ()
    if reading.notes or reading.unbilled:
        lost = [f"{key} is not billed: no price is known" for key in reading.unbilled]
        notes = (*reading.notes, *lost)
    served = {**reading.served, "tier": call.mode} if call.mode else reading.served
    return reading.counts, served, notes, reading.charged if charged is None else charged


def _billable(call: Call, wholes: dict[str, Units]) -> dict[str, Units]:
    try:
        counts = billable(wholes)
    except UsageError as error:
        raise UnreadCall("no usage", str(error)[:200], call.model) from None
    if not counts:
        raise UnreadCall("no usage", "all counts are 0", call.model)
    return counts


def _merge(sums: dict[Key, Sums], more: dict[Key, Sums]) -> None:
    for key, counts in more.items():
        known = sums.get(key)
        sums[key] = [*counts] if known is None else list(map(add, known, counts))
