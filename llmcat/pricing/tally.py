"""Tally: the tokens of many calls, added up where one price list holds for all of them.

A price is linear in tokens. So calls of one model, served in one mode, between two changes of any
price, with inputs of one size class and with the same kinds of tokens cost together what their sum
costs, to the last digit. A tally keeps a sum for each such kind and group, and no call: it is as
large for ten million calls as for a thousand, and tallies of parts of a log add up.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import partial
from operator import add
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from llmcat.errors import Ambiguous, LlmcatError, ModelNotFound, ProviderNotFound, UsageError
from llmcat.meters import STANDARD
from llmcat.pricing.counts import Units, Usage, billable, whole_counts
from llmcat.pricing.hours import holds_at
from llmcat.pricing.logs.call import Call, UnreadCall, instant_of
from llmcat.pricing.usage.fields import amount
from llmcat.pricing.usage.reading import read

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.lookup.resolve import Resolution
    from llmcat.pricing.logs.log_file import Found

Key = TypeVar("Key")

GROUPS = ("model", "provider", "day", "month", "user", "tag", "mode")
"""What `by` may name."""

MOST_NAMES = 100_000
"""Spellings of models of which the spec is remembered."""
MOST_PROBLEMS = 1_000
"""Different problems that are kept apart; what is beyond is counted under its reason."""

NOW = -1
"""The period of calls of which no time is known."""

CHANGES = """
SELECT valid_from FROM prices UNION SELECT valid_to FROM prices WHERE valid_to IS NOT NULL
UNION SELECT effective_from || 'T00:00:00Z' FROM prices WHERE effective_from IS NOT NULL
UNION SELECT effective_to || 'T00:00:00Z' FROM prices WHERE effective_to IS NOT NULL ORDER BY 1"""
HOURS = "SELECT DISTINCT spec, hours FROM prices WHERE hours IS NOT NULL"
SIZES = "SELECT DISTINCT min_context FROM prices ORDER BY 1"


class Kind(NamedTuple):
    """What calls have in common whose counts may be added up."""

    spec: str
    served: tuple[tuple[str, str], ...]
    """How they were served, in the words of their usage: tier, speed, batch, region."""
    period: int
    """The number of the last change of any price before the calls; NOW: no time is known."""
    hours: tuple[bool, ...]
    """Of a model with prices by the hour: which of these hours held."""
    size: int
    """The number of the size class of their input."""
    meters: tuple[str, ...]
    """The meters that count anything."""
    charged: bool = False
    """Whether the log says what they cost."""


class Counted(NamedTuple):
    """What a tally understood of a call: what it has in common with others, the instant (None: not known), all
    tokens of the input, and what is billed at each meter."""

    kind: Kind
    at: str | None
    input_tokens: Units
    counts: dict[str, Units]


class Named(NamedTuple):
    """The model that a name means, the region that the name says, and what had to be assumed."""

    spec: str
    region: str | None
    assumed: tuple[str, ...]


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
    """The calls of one or more logs, added up by `by` (GROUPS) and Kind."""

    def __init__(self, catalog: Catalog, by: Sequence[str] = ()) -> None:
        connection = catalog.connection
        self.catalog = catalog
        self._names: dict[tuple[str | int | None, ...], Named | UnreadCall] = {}
        self.changes = [at for (at,) in connection.execute(CHANGES)]
        self.sizes = [size for (size,) in connection.execute(SIZES)]
        self.hours: dict[str, list[str]] = {}
        for spec, hours in connection.execute(HOURS):
            self.hours.setdefault(spec, []).append(hours)
        self.by = tuple(by)
        self.clear()

    def clear(self) -> None:
        """Forget all calls, but not how models are spelled."""
        self.sums: dict[tuple[tuple[str, ...], Kind], Sums] = {}
        self.repeated: dict[Kind, Sums] = {}
        self.first: dict[Kind, First] = {}
        self.notes: Counter[str] = Counter()
        self.problems: dict[tuple[str, str], Problem] = {}
        self.largest: dict[str, int] = {}
        self.skipped = 0
        self.read = 0

    def like_it(self) -> Tally:
        """An empty tally of the same catalogue, by the same groups."""
        return type(self)(self.catalog, self.by)

    def __getstate__(self) -> dict[str, Any]:
        """What goes to another process: everything but the catalogue."""
        return {k: v for k, v in self.__dict__.items() if k not in ("catalog", "_names")}

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
                    fields, *rest = added
                    each(call, Counted(Kind._make(fields), *rest))

    def add(self, call: Call, log: str = "", number: int = 0) -> tuple[Any, ...]:
        """Add one call; returns the fields of Counted, Kind as a tuple. Raises UnreadCall for one that cannot
        be priced."""
        at = instant_of(call.at)
        interval = NOW if at is None else bisect_right(self.changes, at)
        named = self._names.get((call.provider, call.model, call.requested, interval))
        if named is None:
            named = self._name(call, interval)
        if isinstance(named, UnreadCall):
            raise named
        spec, region, assumed = named
        wholes, how, notes, charged = _read(call)
        if region is not None:
            how = {"geo": region, **how}
        served = tuple(sorted(how.items())) if how else ()
        counts = _billable(call, wholes)
        input = wholes.get("input", 0)
        fields: Any = (  # of Kind: a plain tuple finds what is known of it, and is made faster
            spec,
            served,
            interval,
            self._hours(spec, at) if spec in self.hours else (),
            bisect_left(self.sizes, input),
            tuple(counts),
            charged is not None,
        )
        if input > self.largest.get(spec, -1):
            self.largest[spec] = int(input)
        sums = [1, input, wholes.get("output", 0), charged or 0, *counts.values()]
        mode = how.get("tier")
        groups = self._groups(call, spec, mode, at) if self.by else NO_GROUP
        for group in groups:
            known = self.sums.get((group, fields))
            if known is not None:
                known[:] = map(add, known, sums)
                continue
            kind = Kind._make(fields)
            self.sums[group, kind] = sums.copy()
            if kind not in self.first:
                self.first[kind] = First(f"{log}:{number}" if number else log, at)
        for _ in groups[1:]:
            _merge(self.repeated, {Kind._make(fields): sums.copy()})
        if notes or assumed:
            self.notes.update((*assumed, *notes))
        return fields, at, input, counts

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

    def _name(self, call: Call, interval: int) -> Named | UnreadCall:
        """The model that answered: the one that the answer names, at the provider that
        the log, or else the name that was asked for, tells; where it is not known there, the model that
        was asked for."""
        if len(self._names) >= MOST_NAMES:
            self._names.clear()
        found: Named | UnreadCall
        try:
            found = self._resolve(call)
        except ProviderNotFound:
            found = self._name_anywhere(call, interval)
        except (ModelNotFound, Ambiguous) as error:
            found = _unread(call, error)
        except LlmcatError as error:
            found = UnreadCall("unknown model", str(error)[:200], call.model)
        if isinstance(found, UnreadCall):
            found.__traceback__ = None
        self._names[call.provider, call.model, call.requested, interval] = found
        return found

    def _name_anywhere(self, call: Call, interval: int) -> Named | UnreadCall:
        """The model of a call at a provider that has a name of its own in the log, as those of Codex's
        configuration do."""
        found = self._name(call._replace(provider=None), interval)
        if isinstance(found, UnreadCall):
            return found
        why = f"provider {call.provider!r} is none of the catalogue: billed as {found.spec}"
        return found._replace(assumed=(why, *found.assumed))

    def _resolve(self, call: Call) -> Named:
        """What the names mean, or meant when the call was made, if that is known."""
        resolve = partial(self.catalog.resolve, at=instant_of(call.at))
        scope = call.provider
        if call.requested is None or call.requested == call.model:
            return _named(resolve(call.model, scope=scope))
        if scope is None:
            try:
                scope = resolve(call.requested).spec.partition(":")[0]
            except LlmcatError:
                return _named(resolve(call.model))
        try:
            return _named(resolve(call.model, scope=scope))
        except LlmcatError:
            return _named(resolve(call.requested, scope=scope))


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


def _named(found: Resolution) -> Named:
    return Named(found.spec, found.region, found.assumed)


def _unread(call: Call, error: ModelNotFound | Ambiguous) -> UnreadCall:
    if isinstance(error, Ambiguous):
        return UnreadCall("ambiguous model", str(error)[:200], call.model)
    near = f"did you mean {', '.join(error.suggestions)}?" if error.suggestions else ""
    return UnreadCall("unknown model", near, call.model)


def _merge(sums: dict[Key, Sums], more: dict[Key, Sums]) -> None:
    for key, counts in more.items():
        known = sums.get(key)
        sums[key] = counts if known is None else list(map(add, known, counts))
