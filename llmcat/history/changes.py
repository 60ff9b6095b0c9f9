"""The past: a catalogue as of an instant, and what changed between two.

What is recorded is what the sources said, and when they said it; a provider may have charged a new
price before, or after. An unknown value that became known is told apart (`backfill`), and prices that
stand out (see outliers.py) are marked `suspect`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any, NamedTuple, TypedDict

from llmcat.errors import OptionError, TooEarly, UnknownField
from llmcat.meters import STANDARD
from llmcat.records import ModelRow, Provider, json_ready, not_as_json
from llmcat.storage.rows import Table
from llmcat.suggestions import near_column

FIRST = "SELECT min(at) FROM moments"
FIRST_STATE = """
SELECT strftime('%Y-%m-%dT%H:%M:%SZ', min(at), 'unixepoch') FROM (
    SELECT CAST(strftime('%s', min(valid_from)) AS INTEGER) AS at FROM models
    UNION ALL SELECT min(since) FROM version_log
    UNION ALL SELECT min(at) FROM change_log
)"""
"""The first instant where no source knows when it was read."""


FirstPrices = dict[tuple[str, str], dict[str, float]]
"""Spec and instant -> the prices, by their columns, with which the model was added then."""

KINDS = ("added", "removed", "changed")
DIRECTIONS = ("up", "down")
FIELDS = """
SELECT word FROM main.words WHERE word <> '' AND number IN (SELECT field FROM main.change_log)"""


FAMILIES = {"cost": ("cost[_.]*", "*.cost.*"), "limit": ("limit[_.]*",)}
"""A word for several fields -> how they begin, or what is in them: `cost` is every price, of tiers and modes too."""

BEGAN = """
SELECT spec, valid_from, meter, usd FROM prices WHERE spec IN (SELECT value FROM json_each(?))
AND mode = 'standard' AND region IS NULL AND hours IS NULL AND min_context = 0 AND meter IN ('input', 'output')"""
"""The prices of some models, of which those count that began with the model."""


@not_as_json
class Change(NamedTuple):
    """What changed at an instant. `old` and `new` are decoded; None: nothing was, or is, known.

    Of a model that was added `new` are the prices that it began with: {"cost_input": 2.5, "cost_output": 10}.

    `field` is a column of models (or of providers), or a path in the details; None: all of it.
    `changed_by` and `reason` say who changed it by hand and why; None: a source did.
    """

    at: str
    spec: str
    kind: str
    field: str | None
    old: Any
    new: Any
    backfill: bool
    suspect: bool
    source: str
    changed_by: str | None = None
    reason: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The fields by name: ready for json.dumps."""
        return self._asdict()


class Changes(Table[Change]):
    """Changes, the oldest first."""

    columns = Change._fields
    shown = ("at", "spec", "kind", "field", "old", "new", "source")


class ChangeOptions(TypedDict, total=False):
    """What Catalog.changes narrows by; its docstring says what each means."""

    field: str | None
    kind: str | None
    min_ratio: float | None
    direction: str | None
    backfill: bool
    suspect: bool


@not_as_json
class PriceInterval(NamedTuple):
    """A price in USD and when it was listed, half-open; `valid_to` None: it still is.

    It buys `per` of `unit`: 1,000,000 tokens, or one image, second, page, …; None: the unit differs
    between providers. `region` None: everywhere, `hours` None: always, that has no price of its own.
    `effective_from` is the day on which it took effect, `effective_to` the one on which it was over,
    where the source knows them: a price of another time has a `valid_to` that is its `valid_from`.
    `corroborated_by` are the families of sources that say the same.
    """

    mode: str
    region: str | None
    min_context: int
    hours: str | None
    meter: str
    unit: str | None
    usd: float
    per: int
    suspect: bool
    valid_from: str
    valid_to: str | None
    effective_from: str | None
    effective_to: str | None
    source: str
    corroborated_by: tuple[str, ...]

    @property
    def is_plain(self) -> bool:
        """Whether it holds for the standard mode, everywhere and always, for input of any size."""
        return self.mode == STANDARD and not (self.region or self.hours or self.min_context)

    @property
    def is_of_another_time(self) -> bool:
        """Whether the source never listed it for the present, but for the days that it names."""
        return self.valid_from == self.valid_to

    def as_dict(self) -> dict[str, Any]:
        """The fields by name: ready for json.dumps."""
        return json_ready(self._asdict())


SUSPECT = PriceInterval._fields.index("suspect")


class PriceIntervals(Table[PriceInterval]):
    """The prices of the model `spec`, the oldest of each meter first; in a notebook with their chart.

    `until` is the instant to which those are drawn that are still listed.
    """

    columns = PriceInterval._fields
    shown = ("meter", "mode", "region", "min_context", "usd", "unit", "valid_from", "valid_to")

    def __init__(self, prices: Iterable[PriceInterval], spec: str, until: str) -> None:
        super().__init__(prices)
        self.spec = spec
        self.until = until

    def svg(self) -> str:
        """A chart of the plain prices of input and output tokens over time, a whole SVG document of its
        own; empty where none is listed."""
        from llmcat.rendering.price_chart import price_chart

        return price_chart(self.spec, self, self.until)

    def _part(self, rows: list[PriceInterval]) -> PriceIntervals:
        return PriceIntervals(rows, self.spec, self.until)

    def _repr_svg_(self) -> str | None:
        return self.svg() or None

    def _repr_html_(self) -> str:
        return self.svg() + super()._repr_html_()


def clamp(connection: sqlite3.Connection, at: str, clamped: bool) -> str:
    """`at`, or the first instant known where `at` is before it and may be clamped.

    Raises TooEarly, which names that instant, where it may not.
    """
    first = connection.execute(FIRST).fetchone()[0]
    first = first or connection.execute(FIRST_STATE).fetchone()[0]
    if at >= first:
        return at
    if clamped:
        return str(first)
    raise TooEarly(at, first)


def price_intervals(connection: sqlite3.Connection, spec: str) -> PriceIntervals:
    """All prices of a model, by mode, region, hours, tier and meter, the oldest first."""
    rows = connection.execute(
        f"SELECT {', '.join(PriceInterval._fields)} FROM prices WHERE spec = ?"
        " ORDER BY mode <> 'standard', mode, region, hours, min_context, meter, valid_from,"
        " effective_from",
        (spec,),
    )
    prices = [_interval(*row) for row in rows]
    return PriceIntervals(
        prices, spec, *connection.execute("SELECT built_at FROM catalog").fetchone()
    )


def _interval(*row: Any) -> PriceInterval:
    families = row[-1]
    if families:
        import json

        families = json.loads(families)
    suspect, rest = bool(row[SUSPECT]), row[SUSPECT + 1 : -1]
    return PriceInterval._make((*row[:SUSPECT], suspect, *rest, tuple(families or ())))


def rates_between(
    connection: sqlite3.Connection, spec: str, start: str, end: str
) -> PriceIntervals:
    """The prices listed at any time from `start` until before `end`, cut to that time."""
    found = []
    listed = price_intervals(connection, spec)
    for price in listed:
        if price.valid_from < end and (price.valid_to is None or price.valid_to > start):
            until = end if price.valid_to is None else min(end, price.valid_to)
            since = max(start, price.valid_from)
            if since < until:
                found.append(price._replace(valid_from=since, valid_to=until))
    return PriceIntervals(found, spec, listed.until)


def changes(
    connection: sqlite3.Connection,
    *,
    spec: str | None = None,
    since: str | None = None,
    until: str | None = None,
    provider: str | None = None,
    field: str | None = None,
    kind: str | None = None,
    min_ratio: float | None = None,
    direction: str | None = None,
    backfill: bool = True,
    suspect: bool = False,
) -> Changes:
    """Changes, the oldest first; see Catalog.changes for what the options mean."""
    from llmcat.arguments import number, text

    _one_of("kind", kind, KINDS)
    _one_of("direction", direction, DIRECTIONS)
    ratio = 0.0 if min_ratio is None else number("min_ratio", min_ratio)
    field = None if field is None else text("field", field)
    tests, values = ["1"], []
    for test, value in (
        ("spec = ?", spec),
        ("at >= ?", since),
        ("at < ?", until),
        ("(spec = ?1 OR substr(spec, 1, length(?1) + 1) = ?1 || ':')", provider),
        (_field_test(field), field),
        ("kind = ?", kind),
    ):
        if value is None:
            continue
        if "?1" in test:
            test, several = test.replace("?1", "?"), [value] * 3
        else:
            several = _of_field(value) if value is field else [value]
        tests.append(test)
        values.extend(several)
    if not backfill:
        tests.append("(NOT backfill OR reason IS NOT NULL OR changed_by IS NOT NULL)")
    if not suspect:
        tests.append("NOT suspect")
    rows = connection.execute(
        f"SELECT {', '.join(Change._fields)} FROM changes WHERE {' AND '.join(tests)}"
        " ORDER BY at, spec, kind, field",
        values,
    ).fetchall()
    began = _first_prices(connection, [row[1] for row in rows if row[2] == "added"])
    found = [_decoded(row, began) for row in rows]
    if min_ratio is not None or direction is not None:
        found = [change for change in found if moved(change, ratio, direction)]
    if not found and field is not None:
        _check_field(connection, field)
    return Changes(found)


def _field_test(field: str | None) -> str:
    """A condition for a field by its name, in which the details write . for _, or for a family of fields."""
    tests = ["field GLOB ?"] * len(FAMILIES[field]) if field in FAMILIES else ["field = ?"] * 2
    return f"({' OR '.join(tests)})" if len(tests) > 1 else tests[0]


def _of_field(field: str) -> list[str]:
    """What is bound in such a condition."""
    return list(FAMILIES.get(field, (field, field.replace(".", "_"))))


def _first_prices(connection: sqlite3.Connection, added: list[str]) -> FirstPrices:
    """The prices that models began with when they were added."""
    import json

    began: FirstPrices = {}
    for spec, at, meter, usd in connection.execute(BEGAN, (json.dumps(added),)) if added else ():
        began.setdefault((spec, at), {})[f"cost_{meter}"] = usd
    return began


def _one_of(name: str, value: str | None, known: tuple[str, ...]) -> None:
    if value is not None and value not in known:
        raise OptionError(f"{name} must be {', '.join(known[:-1])} or {known[-1]}, not {value!r}")


def _check_field(connection: sqlite3.Connection, field: str) -> None:
    """Raise UnknownField for what could not have changed at any time, the future of a past included."""
    if field in FAMILIES:
        return
    fields = {*ModelRow._fields, *Provider._fields, *(f for (f,) in connection.execute(FIELDS))}
    if fields.isdisjoint((field, field.replace(".", "_"))):
        raise UnknownField(field, near_column(field, sorted(fields)))


def _decoded(row: tuple[Any, ...], began: FirstPrices) -> Change:
    from json import loads

    at, spec, kind, field, old, new, backfill, suspect, *rest = row
    was = None if old is None else loads(old)
    now = None if new is None else loads(new)
    if kind == "added":
        now = began.get((spec, at))
    return Change(at, spec, kind, field, was, now, bool(backfill), bool(suspect), *rest)


def moved(change: Change, ratio: float, direction: str | None) -> bool:
    """Whether a number moved by `ratio` (0.2: a fifth) or more, up or down."""
    old, new = change.old, change.new
    if not _is_number(old) or not _is_number(new) or old == new:
        return False
    if direction and (new > old) != (direction == "up"):
        return False
    return not old or abs(new - old) / abs(old) >= ratio - 1e-12


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
