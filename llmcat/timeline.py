"""The past: a catalogue as of an instant, and what changed between two.

What is recorded is what the sources said, and when they said it; a provider may have charged a new
price before, or after. An unknown value that became known is told apart (`backfill`), and prices that
stand out by a factor of 50, or are 0 between two others, are marked `suspect`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from typing import Any, NamedTuple

from llmcat.capabilities import COLUMNS
from llmcat.errors import OptionError, TooEarly
from llmcat.records import Details, ModelRow
from llmcat.travel import LOGGED, epoch

BECAUSE = (
    "an instant is YYYY, YYYY-MM, YYYY-MM-DD, YYYY-MM-DDTHH:MM or …:SS, in UTC or with an offset"
)

REST = f"""
SELECT v.rest, o.name, {LOGGED}
FROM main.specs AS s
JOIN main.version_log AS v ON v.model = s.number
JOIN main.origins AS o ON o.number = v.origin
WHERE s.spec = ?1 AND v.since <= ?2 AND v.until > ?2"""

FIRST = "SELECT min(at) FROM moments"
FIRST_STATE = """
SELECT strftime('%Y-%m-%dT%H:%M:%SZ', min(at), 'unixepoch') FROM (
    SELECT CAST(strftime('%s', min(valid_from)) AS INTEGER) AS at FROM models
    UNION ALL SELECT min(since) FROM version_log
    UNION ALL SELECT min(at) FROM change_log
)"""
"""The first instant where no source knows when it was read."""

MODALITY_OF = {
    "vision": ("modalities_input", "image"),
    "audio_input": ("modalities_input", "audio"),
    "video_input": ("modalities_input", "video"),
    "pdf_input": ("modalities_input", "pdf"),
    "image_generation": ("modalities_output", "image"),
    "audio_output": ("modalities_output", "audio"),
    "embeddings": ("modalities_output", "embedding"),
}
"""Capabilities that follow from the modalities, and that details therefore do not repeat."""


class Change(NamedTuple):
    """What changed at an instant. `old` and `new` are decoded; None: nothing was, or is, known.

    `field` is a column of models (or of providers), or a path in the details; None: all of it.
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


class PriceInterval(NamedTuple):
    """A price in USD per 1M tokens and when it was listed, half-open; `valid_to` None: it still is."""

    mode: str
    min_context: int
    meter: str
    usd_per_mtok: float
    suspect: bool
    valid_from: str
    valid_to: str | None
    source: str


def instant(value: Any) -> str:
    """A date, a datetime (naive: UTC) or their text as `YYYY-MM-DDTHH:MM:SSZ`; a day is its first
    second. Raises OptionError for anything else."""
    if isinstance(value, str):
        value = _parse(value.strip())
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=timezone.utc)
        try:
            return f"{aware.astimezone(timezone.utc).replace(tzinfo=None).isoformat()[:19]}Z"
        except OverflowError:
            raise OptionError(f"{value} is no instant; {BECAUSE}") from None
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00Z"
    raise OptionError(f"{value!r} is no instant; {BECAUSE}")


def _parse(text: str) -> datetime:
    padded = f"{text}-01" if len(text) == len("YYYY-MM") else text
    padded = f"{text}-01-01" if len(text) == len("YYYY") else padded
    try:
        return datetime.fromisoformat(padded.upper().replace("Z", "+00:00"))
    except ValueError:
        raise OptionError(f"{text!r} is no instant; {BECAUSE}") from None


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


def details_then(connection: sqlite3.Connection, spec: str, at: str) -> Details | None:
    """The details of a model in a state that is over at present; None where it still holds."""
    import json

    row = connection.execute(REST, (spec, epoch(at))).fetchone()
    if row is None:
        return None
    text, source, *columns = row
    then = ModelRow(*columns)
    rest: dict[str, Any] = json.loads(text) if text else {}
    prices = [p for p in price_intervals(connection, spec) if _holds(p, at)]
    modes = rest.get("modes", {})
    for mode in sorted({p.mode for p in prices} - {"standard"}):
        modes.setdefault(mode, {})["cost"] = _cost([p for p in prices if p.mode == mode])
    standard = _cost([p for p in prices if p.mode == "standard"])
    values = {name: rest.get(name, {}) for name in Details._fields}
    for name in ("links", "weights", "benchmarks", "notes"):
        values[name] = rest.get(name)
    values.update(spec=spec, modes=modes, cost={**standard, **rest.get("cost", {})})
    values["limits"] = {**_limits(then), **values["limits"]}
    values["capabilities"] = _with_facts(_said_of(then), _shortened(values["capabilities"]))
    values["provenance"] = {"*": source}
    return Details(**values)


def to_json(value: Any) -> str | None:
    """A value of the details as model_details has it: canonical JSON, nothing for what is empty."""
    import json

    if value in (None, {}, []):
        return None
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _limits(model: ModelRow) -> dict[str, int]:
    found = {name: getattr(model, f"limit_{name}") for name in ("context", "input", "output")}
    return {name: value for name, value in found.items() if value is not None}


def _said_of(model: ModelRow) -> dict[str, bool]:
    """The capabilities that have columns, but for what follows from the modalities."""
    found = {name: getattr(model, column) for name, column in COLUMNS.items()}
    return {
        name: bool(said)
        for name, said in found.items()
        if said is not None and bool(said) is not _follows(model, name)
    }


def _follows(model: ModelRow, name: str) -> bool | None:
    import json

    side, modality = MODALITY_OF.get(name, (None, None))
    text = side and getattr(model, side)
    if text is None:
        return None
    follows = modality in json.loads(text)
    return None if name == "embeddings" and not follows else follows


def _with_facts(said: dict[str, bool], facts: dict[str, Any]) -> dict[str, Any]:
    """Yes and no from the columns, and what else was said of a capability beside it."""
    both = {
        name: {"supported": said[name], **more} if name in said and isinstance(more, dict) else more
        for name, more in facts.items()
    }
    return {**said, **both}


def _shortened(said: dict[str, Any]) -> dict[str, Any]:
    """A capability of which nothing else is said is its yes or no, as in model_details."""
    return {
        name: facts["supported"] if facts.keys() == {"supported"} else facts
        for name, facts in said.items()
    }


def _holds(price: PriceInterval, at: str) -> bool:
    return price.valid_from <= at and (price.valid_to is None or price.valid_to > at)


def _cost(prices: list[PriceInterval]) -> dict[str, Any]:
    cost: dict[str, Any] = {p.meter: p.usd_per_mtok for p in prices if not p.min_context}
    sizes = sorted({p.min_context for p in prices} - {0})
    if sizes:
        cost["tiers"] = [
            {
                "min_context": size,
                **{p.meter: p.usd_per_mtok for p in prices if p.min_context == size},
            }
            for size in sizes
        ]
    return cost


def price_intervals(connection: sqlite3.Connection, spec: str) -> list[PriceInterval]:
    """All prices of a model, by mode, tier and meter, the oldest first."""
    rows = connection.execute(
        f"SELECT {', '.join(PriceInterval._fields)} FROM prices WHERE spec = ?"
        " ORDER BY mode <> 'standard', mode, min_context, meter, valid_from",
        (spec,),
    )
    return [PriceInterval(*row)._replace(suspect=bool(row[4])) for row in rows]


def rates_between(
    connection: sqlite3.Connection, spec: str, start: str, end: str
) -> list[PriceInterval]:
    """The prices listed at any time from `start` until before `end`, cut to that time."""
    found = []
    for price in price_intervals(connection, spec):
        if price.valid_from < end and (price.valid_to is None or price.valid_to > start):
            until = end if price.valid_to is None else min(end, price.valid_to)
            since = max(start, price.valid_from)
            if since < until:
                found.append(price._replace(valid_from=since, valid_to=until))
    return found


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
) -> Iterator[Change]:
    """Changes, the oldest first; see Catalog.changes for what the options mean."""
    tests, values = ["1"], []
    for test, value in (
        ("spec = ?", spec),
        ("at >= ?", since),
        ("at < ?", until),
        ("(spec = ?1 OR substr(spec, 1, length(?1) + 1) = ?1 || ':')", provider),
        ("(field = ? OR field = ?)", field),
        ("kind = ?", kind),
    ):
        if value is None:
            continue
        if "?1" in test:
            test, several = test.replace("?1", "?"), [value] * 3
        else:
            several = [value, value.replace(".", "_")] if " OR " in test else [value]
        tests.append(test)
        values.extend(several)
    if not backfill:
        tests.append("NOT backfill")
    if not suspect:
        tests.append("NOT suspect")
    rows = connection.execute(
        f"SELECT {', '.join(Change._fields)} FROM changes WHERE {' AND '.join(tests)}"
        " ORDER BY at, spec, kind, field",
        values,
    )
    for row in rows:
        change = _decoded(row)
        if (min_ratio is None and direction is None) or moved(change, min_ratio or 0.0, direction):
            yield change


def _decoded(row: tuple[Any, ...]) -> Change:
    import json

    at, spec, kind, field, old, new, backfill, suspect, source = row
    was, now = (None if text is None else json.loads(text) for text in (old, new))
    return Change(at, spec, kind, field, was, now, bool(backfill), bool(suspect), source)


def moved(change: Change, ratio: float, direction: str | None) -> bool:
    """Whether a number moved by `ratio` (0.2: a fifth) or more, up or down."""
    if direction not in (None, "up", "down"):
        raise OptionError(f"direction must be up or down, not {direction!r}")
    old, new = change.old, change.new
    if not _is_number(old) or not _is_number(new) or old == new:
        return False
    if direction and (new > old) != (direction == "up"):
        return False
    return not old or abs(new - old) / abs(old) >= ratio - 1e-12


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def days_from(day: str, days: int) -> str:
    """The day `days` days after `day`."""
    try:
        return (date.fromisoformat(day) + timedelta(days=days)).isoformat()
    except OverflowError:
        raise OptionError(f"{days} days is no number of days to look ahead") from None
