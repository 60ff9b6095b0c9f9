"""The prices that a name means, now or at an instant: of a spec, or of whatever resolve() understands."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from llmcat.errors import Ambiguous, ModelDenied, ModelNotFound, UnknownPrice
from llmcat.instants import instant
from llmcat.lookup.former_names import former_spec, resolve_at, spec_as_recorded
from llmcat.lookup.left_out import denying_rule
from llmcat.lookup.resolve import Resolution, resolve
from llmcat.lookup.variants import without
from llmcat.pricing.price_list import Prices, price_list
from llmcat.spec import name_given
from llmcat.storage.checks.damage import tells_damage
from llmcat.storage.models import Reader

if TYPE_CHECKING:
    from datetime import date

Meaning = Callable[[sqlite3.Connection, str], Resolution]

STEADY = """
SELECT max(valid_from), max(hours IS NOT NULL) FROM prices WHERE spec = ? AND valid_to IS NULL"""
FIRST_PRICED = "SELECT min(valid_from) FROM prices WHERE spec = ?"


@tells_damage(lambda reader: reader.file.path)
def kept_prices(reader: Reader, spec: str, at: str | date | None) -> Prices:
    """The prices at the instant `at` of the model that `spec` names, kept as the answer to both; `at`
    None: those that the reader's view shows. Raises ModelNotFound, ModelDenied and UnknownPrice."""
    moment = reader.view.at if at is None else instant(at)
    if (kept := reader.prices.get((name_given(spec), at))) is not None:
        return kept
    try:
        prices = price_list_of(reader.connection, spec, moment)
    except ModelNotFound:
        if rule := denying_rule(reader, spec):
            raise ModelDenied(spec, rule) from None
        raise
    return reader.keep_prices(spec, at, prices)


def price_list_of(connection: sqlite3.Connection, name: str, at: str | None) -> Prices:
    """The prices of the model that `name` means as it is written, else as it was recorded, else as
    resolve() understands it; at an instant also as it was understood then, so that an old log is priced
    whose models are gone. A snapshot that was not listed yet at `at` has the prices of its family. What was
    assumed is said with every cost. Raises what price_list() raises, and what resolve() raises."""
    meanings: list[Meaning] = [_as_written, _as_recorded, resolve]
    if at is not None:
        meanings[2:] = [partial(resolve_at, at=at), _as_family]
    errors: list[ModelNotFound | UnknownPrice | Ambiguous] = []
    try:
        for meaning in meanings:
            try:
                found = meaning(connection, name)
                prices = price_list(connection, found.spec, at)
            except (ModelNotFound, UnknownPrice, Ambiguous) as error:
                errors.append(error)
            else:
                prices.assumed, prices.region = found.assumed, found.region or ""
                if at is None:
                    prices.steady_since = _steady_since(connection, found.spec)
                return prices
        raise next(
            (e for kind in (UnknownPrice, Ambiguous) for e in errors if isinstance(e, kind)),
            errors[2],  # as resolve() says it
        )
    finally:
        errors.clear()  # an error refers to this frame, and so to the connection: it would stay open


def _as_written(connection: sqlite3.Connection, name: str) -> Resolution:
    return Resolution(name, name, "spec", ("spec",))


def _as_family(connection: sqlite3.Connection, name: str) -> Resolution:
    """The model of which a snapshot is one: openai:gpt-5.4 for openai:gpt-5.4-2026-03-05."""
    spec = resolve(connection, name).spec
    provider, _, id = spec.partition(":")
    for _, family in without("snapshot", id):
        found = resolve(connection, f"{provider}:{family}")
        why = f"{spec} was not listed at that time: billed as {found.spec}"
        return found._replace(assumed=(why, *found.assumed))
    raise ModelNotFound(name)


def _as_recorded(connection: sqlite3.Connection, name: str) -> Resolution:
    recorded = spec_as_recorded(connection, name)
    return Resolution(recorded, name, "recorded", ("recorded",))


def _steady_since(connection: sqlite3.Connection, spec: str) -> str | None:
    """Since when all of today's prices hold, unless some hold at certain hours."""
    since, by_hour = connection.execute(STEADY, (spec,)).fetchone()
    return None if by_hour else since


def first_priced(connection: sqlite3.Connection, name: str) -> str | None:
    """The first instant of which a price is known of the model that `name` means."""
    found = connection.execute(FIRST_PRICED, (former_spec(connection, name),)).fetchone()
    return found[0] if found else None
