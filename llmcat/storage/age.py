"""The age of the data: how far the record reaches, and what is done about a catalogue that is too old.

What is recorded is what the base sources said; a witness may be newer, and brings no news. A policy is
off, warn or error, with the days after which it applies behind a colon where they are not DAYS: warn:14.
"""

from __future__ import annotations

import os
import sqlite3
from datetime import datetime, timezone

from llmcat.errors import OptionError, StaleCatalog
from llmcat.instants import UNKNOWN_TIME, moment

VARIABLE = "LLMCAT_AGE"
POLICIES = ("off", "warn", "error")
DAYS = 30
"""Days after which a catalogue is old, where the policy names no other number."""

LAST_READ = """
SELECT coalesce(
    (SELECT max(at) FROM moments WHERE source IN (SELECT name FROM sources WHERE role = 'base')),
    (SELECT max(at) FROM moments),
    (SELECT built_at FROM catalog)
)"""

NEWEST_EDIT = """
SELECT strftime('%Y-%m-%d', max(at), 'unixepoch') FROM change_log WHERE edit IS NOT NULL"""


def recorded_until(connection: sqlite3.Connection) -> str | None:
    """The last instant at which a base source was read; None where no source tells its time."""
    (at,) = connection.execute(LAST_READ).fetchone()
    return None if at == UNKNOWN_TIME else at


def beyond(connection: sqlite3.Connection, until: str | None = None) -> str | None:
    """That nothing is recorded of the time up to `until` (an instant; None: now), in a sentence, where a
    question reaches beyond the last day of the record; None where it does not."""
    last = recorded_until(connection)
    if last is None or (until is not None and until[:10] <= last[:10]):
        return None
    if until is None and last[:10] >= datetime.now(timezone.utc).date().isoformat():
        return None
    (newest,) = connection.execute(NEWEST_EDIT).fetchone()
    by_whom = " but what is yours" if newest is not None and newest > last[:10] else ""
    return f"nothing is recorded after {last[:10]}{by_whom}"


def check_age(connection: sqlite3.Connection, policy: str | None) -> None:
    """Hold the record against a policy (None: that of $LLMCAT_AGE, else off).

    Raises StaleCatalog, or warns with it, for a record that ended too long ago; OptionError for what is
    no policy.
    """
    kind, days = read_policy(os.environ.get(VARIABLE, "off") if policy is None else policy)
    if kind == "off" or (last := recorded_until(connection)) is None:
        return
    old = (datetime.now(timezone.utc) - moment(last)).days
    if old <= days:
        return
    stale = StaleCatalog(
        f"nothing is recorded after {last[:10]}, {old} days ago, and {days} may be: `llmcat pull`"
        f" fetches newer data, {VARIABLE}=off does without"
    )
    if kind == "error":
        raise stale
    import warnings

    warnings.warn(stale, stacklevel=3)


def read_policy(text: str) -> tuple[str, int]:
    """The policy and its days. Raises OptionError."""
    kind, colon, days = text.strip().lower().partition(":")
    if kind not in POLICIES or (colon and not (days.isascii() and days.isdigit())):
        raise OptionError(
            f"no policy for age {text!r}; there are {', '.join(POLICIES)}, with days as in warn:14"
        )
    return kind, int(days) if colon else DAYS
