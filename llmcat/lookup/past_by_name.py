"""What is recorded of a model or provider that is in the catalogue, or was once, by whatever name."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from llmcat.history import changes
from llmcat.history.changes import Changes, PriceIntervals
from llmcat.instants import instant
from llmcat.lookup.former_names import former_spec, recorded_provider
from llmcat.storage.rows import Rows, select

if TYPE_CHECKING:
    from datetime import date

    from llmcat.storage.models import Reader

CAPABILITIES = "SELECT * FROM capability_history WHERE :spec IS NULL OR spec = :spec"


def prices_of(connection: sqlite3.Connection, name: str) -> PriceIntervals:
    """Every price of the model, and when it was listed. Raises ModelNotFound."""
    return changes.price_intervals(connection, former_spec(connection, name))


def rates_of(
    connection: sqlite3.Connection, name: str, start: str | date, end: str | date
) -> PriceIntervals:
    """Its prices that were listed at any time from `start` until before `end`, cut to that time."""
    spec = former_spec(connection, name)
    return changes.rates_between(connection, spec, instant(start), instant(end))


def changes_of(connection: sqlite3.Connection, name: str, field: str | None) -> Changes:
    """What changed of the model or provider, the oldest first; suspect price moves too."""
    spec = former_spec(connection, name)
    return changes.changes(connection, spec=spec, field=field, suspect=True)


def changes_between(
    connection: sqlite3.Connection,
    since: str | date | None,
    until: str | date | None,
    provider: str | None,
    **narrow: Any,
) -> Changes:
    """What changed from `since` until before `until`, the oldest first. Raises ProviderNotFound."""
    return changes.changes(
        connection,
        since=None if since is None else instant(since),
        until=None if until is None else instant(until),
        provider=None if provider is None else recorded_provider(connection, provider),
        **narrow,
    )


def capabilities_of(reader: Reader, name: str | None) -> Rows:
    """Which capabilities the model (None: any) gained and lost, the newest first."""
    spec = None if name is None else former_spec(reader.connection, name)
    return select(reader.file, CAPABILITIES, {"spec": spec})
