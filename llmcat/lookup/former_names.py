"""Names of models and providers that are in the catalogue, or were once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from llmcat.arguments import several
from llmcat.errors import Ambiguous, ModelNotFound, UnknownPrice
from llmcat.instants import instant
from llmcat.lookup.interpretations import find_provider
from llmcat.lookup.not_found import providers_ever
from llmcat.lookup.providers import provider
from llmcat.lookup.resolve import Resolution, resolve
from llmcat.lookup.variants import without
from llmcat.pricing.price_list import Prices, price_list
from llmcat.spec import fold_provider, name_given, split_spec
from llmcat.storage.computed_once import derived

if TYPE_CHECKING:
    from datetime import date

Meaning = Callable[[sqlite3.Connection, str], Resolution]

ONCE = """
SELECT spec FROM model_versions WHERE spec = ?1
UNION ALL SELECT spec FROM changes WHERE spec = ?1 LIMIT 1"""
"""Whether a model or provider is there, or was once."""

STEADY = """
SELECT max(valid_from), max(hours IS NOT NULL) FROM prices WHERE spec = ? AND valid_to IS NULL"""
FIRST_PRICED = "SELECT min(valid_from) FROM prices WHERE spec = ?"

THEN = """
SELECT spec, first_party FROM model_versions
WHERE spec IN (SELECT value FROM json_each(?1)) AND valid_from <= ?2
    AND (valid_to IS NULL OR valid_to > ?2)
ORDER BY spec"""
"""Which of some specs there were at an instant, and which were their lab's own."""

RECORDED = "SELECT 1 FROM changes WHERE spec = ? LIMIT 1"


def former(connection: sqlite3.Connection, name: str) -> Resolution:
    """Which model (or provider) is meant that is in the catalogue, or was once: as it was recorded,
    else as resolve() understands it.

    Raises ModelNotFound, with suggestions, for one that was never recorded.
    """
    recorded = spec_as_recorded(connection, name)
    if connection.execute(ONCE, (recorded,)).fetchone():
        rule = "spec" if recorded == name else "recorded"
        return Resolution(recorded, name, rule, (rule,))
    return resolve(connection, name)


def former_spec(connection: sqlite3.Connection, name: str) -> str:
    """The spec of a model (or id of a provider) that is in the catalogue, or was once; see former()."""
    return former(connection, name).spec


def spec_as_recorded(connection: sqlite3.Connection, spec: str) -> str:
    """`spec` in the form of the tables, without a look at aliases: those are today's, and one of them may
    have been the id of a model before."""

    def provider_then(name: str) -> str | None:
        return find_provider(connection, name) or former_provider(connection, name)

    parts = split_spec(name_given(spec), lambda name: provider_then(name) is not None)
    return f"{provider_then(parts.provider)}:{parts.id}" if parts else spec


def former_provider(connection: sqlite3.Connection, name: str) -> str | None:
    """The id of a provider, if something was recorded of it, even if it is gone since."""
    id = fold_provider(name_given(name))
    known = ":" not in id and connection.execute(RECORDED, (id,)).fetchone()
    return id if known else None


def recorded_provider(connection: sqlite3.Connection, name: str) -> str:
    """The id of a provider that is there, or was; what was recorded goes before today's other names."""
    return former_provider(connection, name) or provider(connection, name).id


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


def resolve_at(
    connection: sqlite3.Connection,
    name: str,
    at: str | date | None,
    scope: str | Iterable[str] | None = None,
    strict: bool = False,
    base: bool = False,
) -> Resolution:
    """What `name` means to resolve(), with its options; at an instant the model that its lab had then,
    where today none, or only another's offer, is left of it.

    Raises what resolve() raises.
    """
    if at is None:
        return resolve(connection, name, scope=scope, strict=strict, base=base)
    providers = None if scope is None else several(scope)
    nobody: ModelNotFound | Ambiguous | None = None
    try:
        now = resolve(connection, name, scope=providers, strict=strict, base=base)
    except (ModelNotFound, Ambiguous) as error:
        nobody = error
    else:
        if now.rule != "unique":
            return now
    specs = _specs_of(connection, name, providers)
    then = connection.execute(THEN, (json.dumps(specs), instant(at))).fetchall()
    found = [spec for spec, is_own in then if is_own]
    if nobody is None and not found:
        return now
    found = found or [spec for spec, _ in then]
    if len(found) == 1:
        return Resolution(found[0], name, "recorded", ("recorded",))
    try:
        raise nobody or Ambiguous(name, found)
    finally:
        nobody = None  # it refers to this frame, and so to the connection: it would stay open


def _specs_of(
    connection: sqlite3.Connection, name: str, providers: Sequence[str] | None
) -> list[str]:
    """The specs that `name` may be: `xai:grok-4`, `xai/grok-4`, or that id at any provider there ever was."""
    if providers is not None:
        return [spec_as_recorded(connection, f"{provider}:{name}") for provider in providers]
    if ":" in name:
        return [spec_as_recorded(connection, name)]
    anybodys = [f"{provider}:{name}" for provider in derived(connection, providers_ever)]
    return [spec_as_recorded(connection, name.replace("/", ":", 1)), *anybodys]


def _steady_since(connection: sqlite3.Connection, spec: str) -> str | None:
    """Since when all of today's prices hold, unless some hold at certain hours."""
    since, by_hour = connection.execute(STEADY, (spec,)).fetchone()
    return None if by_hour else since


def first_priced(connection: sqlite3.Connection, name: str) -> str | None:
    """The first instant of which a price is known of the model that `name` means."""
    found = connection.execute(FIRST_PRICED, (former_spec(connection, name),)).fetchone()
    return found[0] if found else None


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
