"""A connection that looks at the past: temp views over the tables of the same names.

`models`, `providers` and the logs are shifted to an instant, and every view of the file is made again
over them: what was recorded later is not there, for llmcat's own queries and for the user's. The words
that search looks among are indexed for that instant when they are first asked for.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from functools import lru_cache, partial
from typing import Any
from weakref import ref

from llmcat.history.outliers import CEILING, suspects
from llmcat.history.version_log import LOGGED, NAMED
from llmcat.instants import epoch
from llmcat.records import Details, Provider
from llmcat.storage.connections import Connection
from llmcat.storage.fast_row import COLUMNS, Row, TakingReader
from llmcat.storage.models import Reader, details_reader
from llmcat.storage.open_file import OpenFile, PreparedFile
from llmcat.storage.views.filters import Filters, narrowed
from llmcat.storage.views.temp_views import shift
from llmcat.storage.views.view import View

DETAILS = ", ".join(Details._fields)
DETAILS_LOGGED = ", ".join(
    ["s.spec", *[f"detail_then(s.spec, '{name}')" for name in Details._fields[1:]]]
)

# the last event up to the instant; without one, the next event tells the state before it; without any, today's
PROVIDER_THEN = """
    coalesce(
        (SELECT kind = 0 FROM main.change_log WHERE model = {number} AND kind < 2
            AND at <= {{seconds}} ORDER BY at DESC, kind LIMIT 1),
        (SELECT kind = 1 FROM main.change_log WHERE model = {number} AND kind < 2
            AND at > {{seconds}} ORDER BY at, kind DESC LIMIT 1),
        {there}
    )"""
STAYED = PROVIDER_THEN.format(number="(SELECT number FROM main.specs WHERE spec = p.id)", there=1)
GONE = PROVIDER_THEN.format(number="s.number", there=0)

SHIFTED = {
    "models": f"""
        SELECT {COLUMNS} FROM main.models WHERE valid_from <= '{{at}}'
        UNION ALL
        SELECT {LOGGED}
        FROM main.version_log AS v{NAMED}
        WHERE v.since <= {{seconds}} AND v.until > {{seconds}}""",
    # details of a state that is over are put together from the logs, when they are asked for
    "model_details": f"""
        SELECT {DETAILS} FROM main.model_details
        WHERE spec IN (SELECT spec FROM main.models WHERE valid_from <= '{{at}}')
        UNION ALL
        SELECT {DETAILS_LOGGED}
        FROM main.version_log AS v
        JOIN main.specs AS s ON s.number = v.model
        WHERE v.since <= {{seconds}} AND v.until > {{seconds}}""",
    "version_log": "SELECT * FROM main.version_log WHERE until <= {seconds}",
    # a price stands out from the ones behind it only once those are there
    "price_log": """
        SELECT model, mode, region, hours, min_context, meter, since, effective_from, effective_to,
            CASE WHEN until <= {seconds} THEN until END AS until, usd,
            CASE WHEN EXISTS (
                SELECT 1 FROM main.price_log AS n
                WHERE n.model = p.model AND n.mode = p.mode AND n.region = p.region
                AND n.hours = p.hours AND n.min_context = p.min_context
                AND n.meter = p.meter AND n.suspect
            ) THEN suspect_then(model, mode, region, hours, min_context, meter, since) ELSE 0 END AS suspect,
            origin,
            CASE WHEN '{at}' >= (SELECT built_at FROM catalog) THEN corroborated_by END AS corroborated_by
        FROM main.price_log AS p WHERE since <= {seconds}""",
    # and a fall to 0 is one for a while only once the price is back
    "change_log": f"""
        SELECT model, at, kind, field, old, new, backfill,
            CASE WHEN suspect AND CAST(new AS REAL) = 0 AND CAST(old AS REAL) <= {CEILING} THEN EXISTS (
                SELECT 1 FROM main.change_log AS n
                WHERE n.model = c.model AND n.field = c.field AND n.suspect
                AND n.at > c.at AND n.at <= {{seconds}} AND CAST(n.old AS REAL) = 0
            ) ELSE suspect END AS suspect,
            origin, edit
        FROM main.change_log AS c WHERE at <= {{seconds}}""",
    "moments": "SELECT * FROM main.moments WHERE at <= '{at}'",
    # of a provider that is gone since, no more is known than that it was there
    "providers": f"""
        SELECT {", ".join(Provider._fields)} FROM main.providers AS p WHERE {STAYED}
        UNION ALL
        SELECT s.spec, {", ".join(f"NULL AS {name}" for name in Provider._fields[1:])}
        FROM main.specs AS s
        WHERE NOT instr(s.spec, ':') AND {GONE}
        AND NOT EXISTS (SELECT 1 FROM main.providers WHERE id = s.spec)""",
    "provider_aliases": """
        SELECT * FROM main.provider_aliases AS a
        WHERE EXISTS (SELECT 1 FROM providers WHERE id = a.provider)""",
}
"""What stands in place of a table at an instant: `at` is its text, `seconds` are those since 1970."""

STILL = f"SELECT take_row({COLUMNS}) FROM main.models WHERE spec = ?1 AND valid_from <= ?2"
OVER = f"""
SELECT take_row({LOGGED})
FROM main.version_log AS v{NAMED}
WHERE s.spec = ?1 AND v.since <= ?2 AND v.until > ?2"""

LISTED = """
SELECT since, usd FROM main.price_log
WHERE model = ? AND mode = ? AND region = ? AND hours = ? AND min_context = ? AND meter = ?
AND since <= ? AND since IS NOT until ORDER BY since"""


def travel(connection: Connection, at: str, filters: Filters | None = None) -> None:
    """Let `models`, the logs and every view on this connection be what they were at `at` (a checked
    instant), as far as the filters let them through."""
    connection.create_function("detail_then", 2, _details(connection, at), deterministic=True)
    connection.create_function("suspect_then", 7, _suspicion(connection, at), deterministic=True)
    seconds = epoch(at)
    then = {name: select.format(at=at, seconds=seconds) for name, select in SHIFTED.items()}
    shift(connection, narrowed(then, filters) if filters else then)


def _details(connection: Connection, at: str) -> Callable[[str, str], str | None]:
    """A function from spec and column of model_details to its JSON in a state that was over later."""
    kept: list[Details] = []
    within = ref(connection)  # a function of a connection that held it would keep it open for ever

    def detail_then(spec: str, column: str) -> str | None:
        from llmcat.history.past_details import details_then, to_json

        if not kept or kept[0].spec != spec:
            found = details_then(_alive(within), spec, at)
            if found is None:
                return None
            kept[:] = [found]
        return to_json(getattr(kept[0], column))

    return detail_then


def _suspicion(connection: Connection, at: str) -> Callable[..., bool]:
    """A function that says of a price in the log whether it was an outlier at that instant."""
    seconds = epoch(at)
    within = ref(connection)

    @lru_cache(maxsize=64)
    def suspect_since(*meter: Any) -> dict[int, bool]:
        listed = _alive(within).execute(LISTED, (*meter, seconds)).fetchall()
        return dict(zip([since for since, _ in listed], suspects([price for _, price in listed])))

    return lambda *price: suspect_since(*price[:-1]).get(price[-1], False)


def _alive(connection: ref[Connection]) -> Connection:
    """The connection that runs the function that asks for it."""
    found = connection()
    assert found is not None
    return found


class PastView(View):
    """A file as it was at the instant `at`, as far as the filters let it through."""

    __slots__ = ()

    def reader(self, file: OpenFile) -> Reader:
        """The reader of what the file held at `at`."""
        at, filters = str(self.at), self.filters
        if filters is not None:
            filters = filters.renamed(file.connection)
        past = PreparedFile(file, partial(travel, at=at, filters=filters))
        today = details_reader(past)

        def read_details(spec: str) -> Details:
            from llmcat.history.past_details import details_then

            return details_then(past.connection, spec, at) or today(spec)

        rows = TakingReader if filters else partial(PastReader, at=at)
        return Reader(past, self.through(filters), rows, read_details)


class PastReader(TakingReader):
    """Reads rows as they were at `at`: what the view gives, in a third of the time."""

    def __init__(self, connection: sqlite3.Connection, at: str) -> None:
        super().__init__(connection)
        self._at, self._seconds = at, epoch(at)

    def one(self, spec: str) -> Row | None:
        """The row with exactly this spec."""
        return self.take(STILL, (spec, self._at)) or self.take(OVER, (spec, self._seconds))

    def some(self, specs: Iterable[str]) -> list[Row]:
        """The rows with these specs."""
        return [row for spec in specs if (row := self.one(spec)) is not None]
