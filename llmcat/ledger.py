"""A ledger: a program writes down what each of its calls cost, and asks what is left to spend.

    from llmcat.ledger import Ledger

    ledger = Ledger("spend.db", day=5)
    ledger.record("openai:gpt-4o", response.usage, tags=["search"], duration=1.4)
    ledger.left(day=5)                       # of 5 USD, today

It is a local SQLite file in WAL mode, made when a program asks for it; nothing leaves the machine.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable
from datetime import date, datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from llmcat.arguments import names, number
from llmcat.catalog import Catalog
from llmcat.errors import BudgetPassed, LedgerError, OptionError, UnknownPrice
from llmcat.instants import instant, utc_text
from llmcat.meters import STANDARD
from llmcat.pricing.cost_result import CallCost
from llmcat.pricing.usage import Usage, read_usage

APPLICATION = 1280068940
BUSY_SECONDS = 30.0
PLACES = Decimal("1e-12")
"""To how many USD sums are exact: SQLite adds floats."""

SCHEMA = f"""
CREATE TABLE calls (
    number INTEGER PRIMARY KEY, -- in the order of writing
    at TEXT NOT NULL, -- when, UTC
    spec TEXT NOT NULL, -- provider:id
    mode TEXT NOT NULL, -- standard, batch, …
    input_tokens INTEGER NOT NULL, -- the whole input, cached tokens too
    output_tokens INTEGER NOT NULL, -- the whole output, reasoning too
    usage TEXT NOT NULL, -- all counts that are not 0, JSON, by the names of cost()
    usd REAL, -- what the call cost; NULL: a price is not known
    usd_exact TEXT, -- the same, to its last digit
    prices TEXT NOT NULL, -- the lines of the bill, JSON: meter, quantity, price, USD
    assumed TEXT NOT NULL, -- JSON array of sentences; of a call without usd: why
    duration REAL, -- how long the call took [s]
    user TEXT,
    tags TEXT NOT NULL, -- JSON array
    id TEXT -- the id that the API gave
);
CREATE INDEX calls_at ON calls (at);
CREATE VIEW spend_by_day AS
SELECT substr(at, 1, 10) AS day, spec, count(*) AS calls, sum(input_tokens) AS input_tokens,
    sum(output_tokens) AS output_tokens, sum(usd) AS usd, sum(usd IS NULL) AS unpriced
FROM calls GROUP BY 1, 2;
CREATE VIEW speeds AS
SELECT spec, count(*) AS calls, sum(output_tokens) / sum(duration) AS tokens_per_second
FROM calls WHERE duration > 0 AND output_tokens > 0 GROUP BY 1;
PRAGMA application_id = {APPLICATION};
"""

WRITTEN = (
    *(
        "at",
        "spec",
        "mode",
        "input_tokens",
        "output_tokens",
        "usage",
        "usd",
        "usd_exact",
        "prices",
        "assumed",
    ),
    *("duration", "user", "tags", "id"),
)
INSERT = f"INSERT INTO calls ({', '.join(WRITTEN)}) VALUES ({', '.join('?' * len(WRITTEN))})"
SPENT = """
SELECT coalesce(sum(usd), 0) FROM calls WHERE at >= ?1 AND at < ?2 AND (?3 IS NULL OR user = ?3)
AND (?4 IS NULL OR EXISTS (SELECT 1 FROM json_each(calls.tags) WHERE value = ?4))"""

Amount = "int | float | str | Decimal"
OnPassed = Callable[[BudgetPassed], None]


class Entry(NamedTuple):
    """A call as it stands in the ledger; `cost` None: a price is not known, and `why` says which."""

    number: int
    at: str
    spec: str
    cost: CallCost | None
    why: str | None


class Ledger:
    """A file of calls; safe to share between threads and, by its path, between processes.

    `day` and `month` are budgets in USD for a day and a month (UTC). A call that passes one is written
    and then raises BudgetPassed, or is given to `passed`, if there is one: the money is spent either
    way; ask left() before the next. `catalog` has the prices; without it the one installed. Raises
    LedgerError for a file that is something else or cannot be written.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        catalog: Catalog | None = None,
        *,
        day: int | float | str | Decimal | None = None,
        month: int | float | str | Decimal | None = None,
        passed: OnPassed | None = None,
    ) -> None:
        self.path = os.fspath(path)
        self.catalog = catalog or Catalog()
        given = {"day": day, "month": month}
        self.budgets = {name: usd_of(name, usd) for name, usd in given.items() if usd is not None}
        self._passed = passed
        self._own = threading.local()
        self._connection()

    def record(
        self,
        spec: str,
        usage: Any,
        *,
        at: str | date | None = None,
        mode: str | None = None,
        duration: float | None = None,
        user: str | None = None,
        tags: str | Iterable[str] = (),
        id: str | None = None,
    ) -> Entry:
        """Write a call down: `usage` is what the API returned, a Usage, or counts as cost() names them.

        `at` is when it was made (None: now), `mode` as in cost_of(), `duration` how long it took, in seconds. A
        call without a known price is written without a cost, and says why. Raises ModelNotFound and
        UsageError, and BudgetPassed once the call is written.
        """
        when = instant(at) if at is not None else utc_text(datetime.now(timezone.utc))
        model = self.catalog.resolve(spec).spec
        counts = read_usage(usage)
        cost, why = self._cost(model, usage, None if at is None else when, mode)
        labels = names("tags", tags)
        took = None if duration is None else number("duration", duration)
        lines = (
            [
                [line.meter, str(line.quantity), str(line.price), str(line.usd)]
                for line in cost.breakdown
            ]
            if cost
            else []
        )
        row = (
            *(when, model, cost.mode if cost else mode or STANDARD),
            *(counts.input_tokens, counts.output_tokens, json.dumps(_counted(counts), default=str)),
            *((float(cost.total), str(cost.total)) if cost else (None, None)),
            *(json.dumps(lines), json.dumps(list(cost.assumed) if cost else [why])),
            *(took, user, json.dumps(labels), id),
        )
        written = self._write(row)
        self._check(when)
        return Entry(written, when, model, cost, why)

    def spent(
        self,
        *,
        day: str | date | None = None,
        month: str | date | None = None,
        user: str | None = None,
        tag: str | None = None,
    ) -> Decimal:
        """What was spent on a day, or in a month ("2026-11"), UTC; of a user or with a tag. Without
        either, ever. Calls without a known price are not in it; see the column `usd`."""
        if day is not None:
            start = instant(day)[:10]
            bounds = f"{start}T00:00:00Z", f"{start}T24"
        elif month is not None:
            start = instant(month)[:7]
            bounds = f"{start}-01T00:00:00Z", f"{start}-32"
        else:
            bounds = "", "A"
        row = self._connection().execute(SPENT, (*bounds, user, tag)).fetchone()
        return _rounded(row[0])

    def left(
        self,
        *,
        day: int | float | str | Decimal | None = None,
        month: int | float | str | Decimal | None = None,
        user: str | None = None,
        tag: str | None = None,
    ) -> Decimal:
        """What is left in USD, below 0 where more was spent: of `day` USD today, of `month` USD this
        month, and of the ledger's own budgets where neither is given; the least of these."""
        given = {"day": day, "month": month}
        limits = {name: usd_of(name, usd) for name, usd in given.items() if usd is not None}
        if not (limits := limits or self.budgets):
            raise OptionError("no budget to have anything left of; give day= or month=, in USD")
        today = utc_text(datetime.now(timezone.utc))[:10]
        return min(
            limit - self.spent(user=user, tag=tag, **{name: today})
            for name, limit in limits.items()
        )

    def speeds(self) -> dict[str, float]:
        """Model -> output tokens per second, over all calls of which the duration is known."""
        rows = self._connection().execute("SELECT spec, tokens_per_second FROM speeds ORDER BY 1")
        return dict(rows.fetchall())

    def close(self) -> None:
        """Close this thread's connection; the next call opens it again."""
        if connection := getattr(self._own, "connection", None):
            connection.close()
            self._own.connection = None

    def __enter__(self) -> Ledger:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _cost(
        self, spec: str, usage: Any, at: str | None, mode: str | None
    ) -> tuple[CallCost | None, str | None]:
        """The cost of a call, else the reason why nobody knows it."""
        try:
            return self.catalog.cost_of(spec, usage, at=at, mode=mode), None
        except UnknownPrice as error:
            return None, str(error)

    def _check(self, at: str) -> None:
        """Tell the first budget that is passed in the day or month of a call."""
        for period, budget in self.budgets.items():
            spent = self.spent(**{period: at})
            if spent > budget:
                error = BudgetPassed(period, budget, spent)
                if self._passed is None:
                    raise error
                self._passed(error)
                return

    def _write(self, row: tuple[Any, ...]) -> int:
        try:
            return int(self._connection().execute(INSERT, row).lastrowid or 0)
        except sqlite3.Error as error:
            raise LedgerError(f"{self.path}: cannot be written ({error})") from None

    def _connection(self) -> sqlite3.Connection:
        """This thread's connection, in this process: one that was forked opens its own."""
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if connection is None or self._own.process != os.getpid():
            connection = self._own.connection = _open(self.path)
            self._own.process = os.getpid()
        return connection


def _open(path: str) -> sqlite3.Connection:
    """Open a ledger, and make it where there is none. Raises LedgerError."""
    try:
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
    except sqlite3.Error as error:
        raise LedgerError(f"{path}: cannot be opened ({error})") from None
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("BEGIN IMMEDIATE")
        if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            for statement in SCHEMA.split(";\n"):
                connection.execute(statement)
        connection.execute("COMMIT")
        if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
            raise LedgerError(f"{path}: is no ledger; name a file of its own")
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous = NORMAL")
    except sqlite3.Error as error:
        connection.close()
        raise LedgerError(f"{path}: cannot be used as a ledger ({error})") from None
    except LedgerError:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """WAL mode, in which readers and a writer do not wait for each other. SQLite itself does not wait
    to change it, while another process has just made the file."""
    until = time.monotonic() + BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


def _counted(usage: Usage) -> dict[str, Any]:
    """The counts that are not 0."""
    return {name: count for name, count in zip(usage._fields, usage) if count}


def usd_of(name: str, value: int | float | str | Decimal) -> Decimal:
    """An amount of USD, 0 or more, as an exact number. Raises OptionError."""
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or amount < 0:
        raise OptionError(f"{name} must be an amount of USD, not {value!r}")
    return amount


def _rounded(usd: float) -> Decimal:
    return Decimal(repr(float(usd))).quantize(PLACES).normalize() + 0
