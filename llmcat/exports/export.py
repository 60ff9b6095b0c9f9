"""What every export has in common: its content, and what could not be put into it, by reason.

A format that demands a value gets none made up: a model of which it is not known is left out, and counted.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from llmcat.errors import SourceError
from llmcat.meters import STAND_INS

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.records import Model

MILLION = Decimal(1_000_000)

MAX_BASE = 256 * 2**20


class Export(NamedTuple):
    """A file in another program's format. `left_out` counts models by the reason why they are not in it."""

    content: bytes
    models: int
    left_out: Counter[str]


class Tier(NamedTuple):
    """Prices in USD by meter; they hold for a call whose input exceeds `min_context` tokens."""

    min_context: int
    prices: dict[str, float]


class Dated(NamedTuple):
    """The prices of a model since an instant, UTC: the plain ones first, then its tiers."""

    since: str
    tiers: list[Tier]


class _Interval(NamedTuple):
    min_context: int
    meter: str
    usd: float
    since: str
    until: str | None


def as_json(value: Any, models: int, left_out: Counter[str], indent: int | None = 1) -> Export:
    """An export of JSON."""
    separators = None if indent else (",", ":")
    text = json.dumps(value, indent=indent, separators=separators, ensure_ascii=False)
    return Export(f"{text}\n".encode(), models, left_out)


def current_prices(catalog: Catalog) -> dict[str, list[Tier]]:
    """Spec -> its standard prices everywhere and always: the plain ones first, then its tiers."""
    rows = catalog.connection.execute(
        "SELECT spec, min_context, meter, usd FROM prices WHERE valid_to IS NULL AND mode = 'standard'"
        " AND region IS NULL AND hours IS NULL ORDER BY spec, min_context, effective_from"
    )
    found: dict[str, list[Tier]] = {}
    for spec, min_context, meter, usd in rows:
        tiers = found.setdefault(spec, [])
        if not tiers or tiers[-1].min_context != min_context:
            tiers.append(Tier(min_context, {}))
        tiers[-1].prices[meter] = usd
    return found


def dated_prices(catalog: Catalog) -> dict[str, list[Dated]]:
    """Spec -> its standard prices everywhere and always, of all times, the oldest first.

    A glitch of the past is passed over: the price before it goes on.
    """
    rows = catalog.connection.execute(
        "SELECT spec, suspect, min_context, meter, usd, valid_from, valid_to FROM prices"
        " WHERE mode = 'standard' AND region IS NULL AND hours IS NULL"
        " AND coalesce(valid_to, '') <> valid_from ORDER BY spec, min_context, meter, valid_from"
    )
    found: dict[str, list[_Interval]] = defaultdict(list)
    for spec, suspect, *values in rows:
        intervals, new = found[spec], _Interval(*values)
        if not suspect or new.until is None:
            intervals.append(new)
        elif intervals and (*intervals[-1][:2], intervals[-1].until) == (*new[:2], new.since):
            intervals[-1] = intervals[-1]._replace(until=new.until)
    return {spec: _states(intervals) for spec, intervals in found.items()}


def _states(intervals: list[_Interval]) -> list[Dated]:
    """What held from each change to the next; a price that ended is a change too."""
    times = {one.since for one in intervals} | {one.until for one in intervals if one.until}
    found: list[Dated] = []
    for at in sorted(times):
        tiers: dict[int, dict[str, float]] = defaultdict(dict)
        for one in intervals:
            if one.since <= at and (one.until is None or at < one.until):
                tiers[one.min_context][one.meter] = one.usd
        state = Dated(at, [Tier(size, tiers[size]) for size in sorted(tiers)])
        if not found or found[-1].tiers != state.tiers:
            found.append(state)
    return found


def with_stand_ins(tiers: list[Tier], meters: Iterable[str]) -> list[Tier]:
    """Each tier with the prices of these meters by which `cost` bills it: those of smaller tiers go on, then
    what stands in. For programs that take a price that is missing for free."""
    wanted = list(meters)
    listed: dict[str, float] = {}
    found = []
    for tier in tiers:
        listed = {**listed, **tier.prices}
        chosen = {meter: _standing_in(meter, listed) for meter in wanted}
        prices = {meter: listed[by] for meter, by in chosen.items() if by is not None}
        found.append(Tier(tier.min_context, prices))
    return found


def _standing_in(meter: str, listed: dict[str, float]) -> str | None:
    """The meter whose price this one has: its own, or that of what stands in."""
    name: str | None = meter
    while name is not None and name not in listed:
        name = STAND_INS.get(name)
    return name


def per_token(usd: float) -> float:
    """USD per 1M tokens as USD per token, through its decimal text: 0.125 is 1.25e-07."""
    return float(Decimal(str(usd)) / MILLION)


def served(catalog: Catalog) -> Iterator[Model]:
    """All models but those that are retired."""
    return (model for model in catalog.models() if model.status != "retired")


def read_base(path: Path, kind: type[Any]) -> Any:
    """The JSON of a program's own file, which an export is laid over. Raises SourceError."""
    from llmcat.pipeline.sources.files import parse_json, read_bytes

    data = parse_json(path, read_bytes(path, MAX_BASE))
    if not isinstance(data, kind):
        raise SourceError(path, f"holds no JSON {'object' if kind is dict else 'array'}")
    return data
