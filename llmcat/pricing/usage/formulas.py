"""Formulas: what a usage counts, worked out once for all that are like it.

Logs hold the usages of a few APIs millions of times. One of them is read with numbers that remember where
they come from (Traced), by the same rules as any other: what was added and taken off is the formula, and
what the rules compared are its conditions. It holds for every usage with the same keys and words, in which
the same numbers are 0 and each condition is met; a usage of which no formula holds is read by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from llmcat.errors import UsageError
from llmcat.pricing.counts import METER_OF, MOST_TOKENS, Units, Usage, billable
from llmcat.pricing.usage.reading import TABLES, Reading, Table, put_together, shape_of, take
from llmcat.pricing.usage.traced import Traced, Untraceable

KEPT_LAYOUTS = 500
KEPT_KINDS = 100
"""Of one layout: usages that have the same words and zeros."""
TRIED = 4
"""So many formulas are looked for of one kind, where conditions differ."""

Numbers = tuple[int, ...]
Words = tuple[Any, ...]
Amounts = tuple[int, ...]
"""1, all tokens of the input and of the output, 0, then what is billed at each meter: the Sums of a tally."""

INTEGERS = {int}


class Formula:
    """From the numbers of a usage to its `amounts`, from the fifth on those of `meters`; None where a
    condition is not met."""

    __slots__ = ("amounts", "meters")

    def __init__(
        self, meters: tuple[str, ...], sums: Sequence[int], conditions: Sequence[str]
    ) -> None:
        self.meters = meters
        amounts = ", ".join([n.text() if isinstance(n, Traced) else str(n) for n in sums])
        # the text is made of numbers and signs, and nothing of a log
        self.amounts: Callable[[Numbers], Amounts | None] = eval(
            f"lambda n: ({amounts}) if {' and '.join(conditions) or True} else None"
        )


class Layout:
    """Where the numbers and words of one table stand, and of the tables below it.

    `paths` has for each number the path and the slot that Reading knows it by, None: it is in none.
    """

    def __init__(
        self,
        body: Any,
        numbers: Mapping[Any, tuple[str | None, str | None]],
        words: Sequence[Any],
        below: Mapping[Any, Layout],
    ) -> None:
        self._kind: type = type(body)
        self._known_by: Callable[[Any], Any] = tuple if type(body) is dict else len
        self._is_known = self._known_by(body)
        self._numbers, self._words = _getter([*numbers]), _getter(words)
        self._below = [*below.items()]
        self.paths: list[tuple[str | None, str | None]] = [*numbers.values()]
        for layout in below.values():
            self.paths += layout.paths
        self.formulas: dict[tuple[Any, ...], list[Formula | None]] = {}

    def read(self, body: Any) -> tuple[Numbers, Words]:
        """The numbers and words of a table with the same keys. Raises Untraceable for others."""
        numbers, words = self._numbers(body), self._words(body)
        for key, layout in self._below:
            inner = body[key]
            if type(inner) is not layout._kind or layout._known_by(inner) != layout._is_known:
                raise Untraceable
            more, texts = layout.read(inner)
            numbers += more
            words += texts
        return numbers, words


def _getter(keys: Sequence[Any]) -> Callable[[Any], tuple[Any, ...]]:
    """A function that gives the values of these keys."""
    if len(keys) > 1:
        return itemgetter(*keys)
    return (lambda body: (body[keys[0]],)) if keys else (lambda body: ())


def _layout(body: dict[str, Any], table: Table) -> Layout:
    """The layout of a table of a usage. Raises Untraceable where something counts that is no whole number in
    a place that a rule knows: amounts of money, fractions, objects."""
    numbers, words, below = {}, [], {}
    for step in table.steps(tuple(body)):
        key, value, word = step.key, body[step.key], step.word
        if value is None or (word and word[0] == "@"):
            words.append(key)
        elif type(value) is int and (step.slot or word == "~" or not (word or step.below)):
            numbers[key] = step.path, step.slot
        elif type(value) is dict and step.below is not None:
            below[key] = _layout(value, step.below)
        elif type(value) is list and word and word.endswith("[]"):
            below[key] = Layout(value, {}, [], dict(enumerate(map(_layout_of_item, value))))
        else:
            raise Untraceable
    return Layout(body, numbers, words, below)


def _layout_of_item(item: Any) -> Layout:
    """The layout of Google's {modality, tokenCount}."""
    if type(item) is not dict:
        raise Untraceable
    counts = {key: (None, None) for key, value in item.items() if type(value) is int}
    words = [key for key in item if key not in counts]
    return Layout(item, counts, words, {})


class OwnLayout(Layout):
    """The layout of Usage."""

    def read(self, body: Any) -> tuple[Numbers, Words]:
        return tuple(body), ()


NONE = Layout({}, {}, [], {})
_own = OwnLayout({}, {}, [], {})
_layouts: dict[tuple[Any, ...], Layout] = {}


def find(usage: Any) -> tuple[Formula, Words, Amounts] | None:
    """The formula that holds for a usage, the words that say how the call was served, and the amounts by it;
    None: it must be read by itself."""
    if type(usage) is dict:
        key = (*usage, *map(type, usage.values()))
        layout = _layouts.get(key) or _new_layout(key, usage)
    else:
        layout = _own if type(usage) is Usage else NONE
    if layout is NONE:
        return None
    try:
        numbers, words = layout.read(usage)
        if {*map(type, numbers)} != INTEGERS or min(numbers) < 0 or sum(numbers) > MOST_TOKENS:
            return None
        alike = (*words, *map(bool, numbers))
        formulas = layout.formulas.get(alike)
    except (Untraceable, TypeError):  # other keys; words that are none
        return None
    if formulas is None:
        if len(layout.formulas) >= KEPT_KINDS:
            layout.formulas.clear()
        layout.formulas[alike] = []
        return None  # many are the only ones of their kind: a second one is worth a formula
    for formula in formulas:
        if formula is not None and (amounts := formula.amounts(numbers)) is not None:
            return formula, words, amounts
    if len(formulas) < TRIED:
        formulas.append(_formula(usage, layout, numbers, words))
    return None


def _new_layout(key: tuple[Any, ...], usage: dict[str, Any]) -> Layout:
    """The layout of usages with these keys and types; NONE where they have no formula."""
    if len(_layouts) >= KEPT_LAYOUTS:
        _layouts.clear()
    try:
        layout = _layout(usage, TABLES[shape_of(usage, usage).name])
    except (Untraceable, UsageError):
        layout = NONE
    _layouts[key] = layout
    return layout


def _formula(usage: Any, layout: Layout, numbers: Numbers, words: Words) -> Formula | None:
    """The formula of a usage; None where its rules look at more than its numbers."""
    if not all(word is None or type(word) is str for word in words):
        return None
    conditions: dict[str, str] = {}
    traced = [Traced.of(n, {place: 1}, conditions) if n else 0 for place, n in enumerate(numbers)]
    try:
        if layout is _own:
            wholes: Any = {METER_OF[name]: n for name, n in zip(Usage._fields, traced) if n}
        else:
            wholes = _wholes(usage, layout, traced)
        counts = billable(wholes)
    except (Untraceable, UsageError):
        return None
    sums: Any = [1, wholes.get("input", 0), wholes.get("output", 0), 0, *counts.values()]
    holds = [f"{difference} {sign} 0" for difference, sign in conditions.items()]
    return Formula(tuple(counts), sums, holds) if counts else None


def _wholes(usage: dict[str, Any], layout: Layout, traced: Sequence[int]) -> dict[str, Units]:
    """The counts of a usage, made of its numbers. Raises Untraceable where they are not, or not alone."""
    shape = shape_of(usage, usage)
    reading = Reading(shape)
    take(reading, usage, TABLES[shape.name], tuple(usage))
    places = {path: place for place, (path, _) in enumerate(layout.paths) if path}
    if len(places) < sum(path is not None for path, _ in layout.paths):
        raise Untraceable
    for word, count in reading.counts.items():
        if count:
            place = places.get(reading.keys.get(word, ""))
            if place is None or int(traced[place]) != count:
                raise Untraceable
            reading.counts[word] = traced[place]
    for number, (_, slot) in zip(traced, layout.paths):
        # of several keys for one count the largest holds: the comparison notes that it does
        if slot and number and number is not reading.counts[slot] and number > reading.counts[slot]:
            raise Untraceable
    put_together(reading, _Unseen(usage))
    if reading.notes or reading.unbilled or reading.charged is not None:
        raise Untraceable
    return reading.counts


class _Unseen(dict[str, Any]):
    """A usage of which a rule may see whether it has a key, and no value."""

    def get(self, key: str, default: Any = None) -> Any:
        if super().get(key) is not None:
            raise Untraceable
        return default
