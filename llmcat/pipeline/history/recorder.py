"""History: what was said of every model and price, and since when.

A Recorder is told state after state, in the order of time. It keeps one open stretch for each model
and each price, closes it when something else is said, and notes every change. What is recorded is what
the sources said; a price that upstream corrects moves in here as one that a provider moves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from llmcat.pipeline.entries import EVERYTHING_ELSE, Merged, Moment
from llmcat.pipeline.history.began_publishing import without_new_fields
from llmcat.pipeline.history.logs import SOURCE, Derived, to_logs
from llmcat.pipeline.history.state import (
    DERIVED,
    PATH_OF_COLUMN,
    DatedPrice,
    ListedPrice,
    State,
    differences,
    encoded,
    own_row,
    speaker,
)
from llmcat.pipeline.tables.flatten import (
    PROVIDER_COLUMNS,
    Row,
    Rows,
    provider_row,
    to_canonical_json,
)
from llmcat.pipeline.tables.values import PriceKey


class Open(NamedTuple):
    """An open stretch: what has been said since when."""

    since: str
    state: State

    @property
    def model_row(self) -> Row:
        """The row of `models`: the state with its source and since when it holds."""
        row = self.state.row
        return (*row[:SOURCE], self.state.source, self.since, *row[SOURCE + 2 :])


class OpenProvider(NamedTuple):
    """The facts of a provider, and their provenance."""

    row: Row
    provenance: Mapping[str, str]


class OpenPrice(NamedTuple):
    """A price that has been listed since when, and by whom; `effective_from` is the day on which it
    took effect, empty where no source knows it. `corroborated_by` (JSON) has the families of sources
    that confirmed it in the catalogue that the build goes on from."""

    since: str
    price: float
    source: str
    effective_from: str = ""
    corroborated_by: str | None = None


def provider_facts(row: Row, provenance: Mapping[str, str]) -> Row:
    """The row of a provider without what no source said: that is no news."""
    return tuple(
        None if provenance.get(column) == DERIVED else value
        for column, value in zip(PROVIDER_COLUMNS, row)
    )


@dataclass(slots=True)
class Recorder:
    """The history of a catalogue while it is written; see the module's docstring."""

    open: dict[str, Open] = field(default_factory=dict)
    open_prices: dict[str, dict[PriceKey, OpenPrice]] = field(default_factory=dict)
    open_providers: dict[str, OpenProvider] = field(default_factory=dict)
    versions: list[Row] = field(default_factory=list)
    prices: list[ListedPrice] = field(default_factory=list)
    dated_prices: dict[str, dict[DatedPrice, ListedPrice]] = field(default_factory=dict)
    """By spec what sources say of the prices of other times."""
    changes: dict[tuple[str, str, str, str], Row] = field(default_factory=dict)
    moments: dict[tuple[str, str], str] = field(default_factory=dict)
    """Instant and source -> what it was then: of several commits of a second the last."""
    models_at: dict[str, int] = field(default_factory=dict)
    """How many models there were before each instant that this build records."""
    others: int = 0
    """How many models there are beside, where this is the history of a part of a catalogue."""
    last: str | None = None
    sources: set[str] = field(default_factory=set)
    """Those that were read at some moment."""
    goes_on: bool = False
    newcomers: frozenset[str] = frozenset()
    """Witnesses that are read for the first time: what becomes known through them is no news."""
    silent: bool = False
    """Whether the step is one of theirs, in which nothing is."""
    _closed: dict[str, list[ListedPrice]] = field(default_factory=dict)
    _indexed: int = 0

    def go_on(self, last: str | None) -> None:
        """Be the history of a catalogue that is there, recorded up to `last`."""
        self.last, self.goes_on = last, last is not None
        self.sources = {source for _, source in self.moments}

    def recorded(self) -> dict[str, Moment]:
        """The last moment of each source, by name."""
        return {
            source: Moment(at, revision) for (at, source), revision in sorted(self.moments.items())
        }

    def moment(self, at: str, source: str, revision: str) -> bool:
        """A source was read at `at`. Whether this is the first moment of all, when nothing is news."""
        earlier = self.last != at or not self._beginning or any(m[0] < at for m in self.moments)
        first = self.last is None or not earlier
        self.models_at.setdefault(at, len(self.open) + self.others)
        self.moments[at, source] = revision
        self.sources.add(source)
        self.last = at
        return first

    @property
    def _beginning(self) -> bool:
        return not self.versions and not self.changes

    def put(self, at: str, spec: str, state: State | None, news: bool = True) -> None:
        """`state` holds for the model from `at` on; None: it is gone. Equal states change nothing."""
        old = self.open.get(spec)
        if old is None:
            if state is not None:
                self.open[spec] = Open(at, state)
                if news:
                    self._change(at, spec, "added", "", None, None, state.source)
        elif state is None:
            self._close(spec, old, at)
            del self.open[spec]
            self._change(at, spec, "removed", "", None, None, old.state.source)
        elif (events := list(differences(old.state, state))) or old.state.rest != state.rest:
            for path, before, after in events:
                self._change(
                    at,
                    spec,
                    "changed",
                    path,
                    before,
                    after,
                    state.source_of(PATH_OF_COLUMN.get(path, path)),
                )
            self._close(spec, old, at)
            self.open[spec] = Open(at, state)
        else:
            self.open[spec] = Open(old.since, state)  # what is derived follows today's knowledge
        was, now = (
            None if s is None else (s.prices, s.effective) for s in (old and old.state, state)
        )
        if was != now:
            self._put_prices(at, spec, state)
        if state is not None and (state.dated or spec in self.dated_prices):
            self._put_dated_prices(at, spec, state)

    def put_provider(self, at: str, id: str, merged: Merged | None, news: bool = True) -> None:
        """The facts of a provider from `at` on; None: it is gone."""
        old = self.open_providers.get(id)
        if merged is None:
            if old is not None:
                del self.open_providers[id]
                source = old.provenance[EVERYTHING_ELSE]
                self._change(at, id, "removed", "", None, None, source)
            return
        row = provider_facts(provider_row(merged)[:-1], merged.provenance)  # provenance is no news
        if old is None:
            source = merged.provenance[EVERYTHING_ELSE]
            if news and source != DERIVED:  # of which only models are known
                self._change(at, id, "added", "", None, None, source)
        else:
            for column, before, after in zip(PROVIDER_COLUMNS, old.row, row):
                if before != after:  # who is silent now is not who said it
                    source = speaker(old.provenance if after is None else merged.provenance, column)
                    self._change(
                        at,
                        id,
                        "changed",
                        column,
                        encoded(column, before),
                        encoded(column, after),
                        source,
                    )
        self.open_providers[id] = OpenProvider(row, merged.provenance)

    def listed_since(
        self, spec: str, key: PriceKey, price: float, sources: frozenset[str]
    ) -> str | None:
        """Since when one of the sources has listed this price, also where a witness overrides it by
        now; None where it has not yet."""
        held = self.open_prices.get(spec, {}).get(key)
        if held is None:
            return None
        if held.price == price and held.source in sources:
            return held.since
        for past in reversed(self._closed_prices(spec)):
            if (past.key, past.usd) == (key, price) and past.source in sources:
                return past.since
        return None

    def _closed_prices(self, spec: str) -> list[ListedPrice]:
        """The prices of a model that are over, oldest first."""
        for past in self.prices[self._indexed :]:
            self._closed.setdefault(past.spec, []).append(past)
        self._indexed = len(self.prices)
        return self._closed.get(spec, [])

    def _close(self, spec: str, old: Open, at: str) -> None:
        if old.since != at:  # a version without length is none
            own = own_row(old.state.row, old.state.provenance)
            row = (*own, old.state.rest, old.since, at, old.state.source)
            self.versions.append(row)

    def _put_prices(self, at: str, spec: str, state: State | None) -> None:
        held = self.open_prices.setdefault(spec, {})
        listed: dict[PriceKey, tuple[float, str]] = {}
        if state is not None:
            effective = state.effective
            listed = {key: (usd, effective.get(key, "")) for key, usd in state.prices.items()}
        for key in [
            k for k, old in held.items() if listed.get(k) != (old.price, old.effective_from)
        ]:
            old = held.pop(key)
            if old.since != at:
                self.prices.append(_listed(spec, key, old, at))
        for key, (price, day) in listed.items():
            if key not in held:
                source = "" if state is None else state.source_of(key.place)
                held[key] = OpenPrice(at, price, source, day)
        if not held:
            del self.open_prices[spec]

    def _put_dated_prices(self, at: str, spec: str, state: State) -> None:
        """Take up what is claimed of other times now; what is no longer claimed of them was a mistake."""
        known = self.dated_prices.pop(spec, {})
        source = state.source_of("dated_prices")
        changed = {
            dated: known.get(dated)
            or ListedPrice(spec, dated.key, at, *dated[1:3], at, dated.usd, 0, source)
            for dated in state.dated
        }
        if changed:
            self.dated_prices[spec] = changed

    def _change(
        self,
        at: str,
        spec: str,
        kind: str,
        path: str,
        old: str | None,
        new: str | None,
        source: str,
    ) -> None:
        if source in self.newcomers or self.silent:
            return
        key = (at, spec, kind, path)
        if kind != "added" and (at, spec, "added", "") in self.changes:
            if kind == "removed":  # added and gone at one instant is no event
                del self.changes[at, spec, "added", ""]
            return  # and what was added is what it became
        if earlier := self.changes.pop(key, None):
            old = earlier[4]  # two values at one instant: the first of them is no event
            if old == new:
                return
        backfill = int(kind == "changed" and old is None)
        self.changes[key] = (*key, old, new, backfill, 0, source)

    def rows(
        self,
        derived: Derived | None = None,
        details: Sequence[Row] = (),
        confirmed: Mapping[str, Mapping[PriceKey, Sequence[str]]] | None = None,
    ) -> Rows:
        """The tables of history; see to_logs. What is over is handed over and forgotten here.

        `details` are the rows of model_details, `confirmed` has by spec which families of sources
        confirm which price of the present; None where nobody was heard, and what was known stands.
        """
        listed = [
            _listed(
                spec,
                key,
                price,
                None,
                price.corroborated_by
                if confirmed is None
                else _families(confirmed.get(spec, {}).get(key)),
            )
            for spec, held in self.open_prices.items()
            for key, price in held.items()
        ]
        dated = [price for changed in self.dated_prices.values() for price in changed.values()]
        prices = [*dated, *self.prices, *listed]
        changes = without_new_fields(list(self.changes.values()), self.models_at)
        logs = to_logs(self.versions, prices, changes, set(self.open), derived, details)
        return {**logs, "moments": [(*when, what) for when, what in sorted(self.moments.items())]}


def _listed(
    spec: str,
    key: PriceKey,
    price: OpenPrice,
    until: str | None,
    corroborated_by: str | None = None,
) -> ListedPrice:
    return ListedPrice(
        *(spec, key, price.since, price.effective_from, None, until),
        *(price.price, 0, price.source, corroborated_by),
    )


def _families(names: Sequence[str] | None) -> str | None:
    return to_canonical_json(sorted(names)) if names else None
