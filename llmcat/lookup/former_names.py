"""Names of models and providers that are in the catalogue, or were once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from llmcat.arguments import several
from llmcat.errors import Ambiguous, ModelNotFound
from llmcat.instants import instant
from llmcat.lookup.interpretations import find_provider
from llmcat.lookup.not_found import marks, providers_ever
from llmcat.lookup.providers import provider
from llmcat.lookup.resolve import Resolution, resolve
from llmcat.spec import fold_provider, name_given, split_spec
from llmcat.storage.computed_once import derived

if TYPE_CHECKING:
    from datetime import date

ONCE = """
SELECT spec FROM model_versions WHERE spec = ?1
UNION ALL SELECT spec FROM changes WHERE spec = ?1 LIMIT 1"""
"""Whether a model or provider is there, or was once."""

VERSIONS = """
SELECT spec, first_party, valid_from <= ? AND (valid_to IS NULL OR valid_to > ?)
FROM model_versions WHERE spec IN ({}) ORDER BY spec"""
"""All versions of some specs: which were their lab's own, and which there were at an instant. Only a list that
is written out finds its way into the view: through json_each() it would read the versions of all models."""

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

    ids: dict[str, str | None] = {}

    def provider_then(name: str) -> str | None:
        if name not in ids:
            ids[name] = find_provider(connection, name) or former_provider(connection, name)
        return ids[name]

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
    specs, then = _specs_of(connection, name, providers), instant(at)
    versions = connection.execute(VERSIONS.format(marks(specs)), (then, then, *specs)).fetchall()
    found = [spec for spec, is_own, was_there in versions if is_own and was_there]
    if nobody is None and not found:
        return now
    found = found or [spec for spec, _, was_there in versions if was_there]
    if len(found) == 1:
        return Resolution(found[0], name, "recorded", ("recorded",))
    if isinstance(nobody, ModelNotFound):
        nobody.at_no_time = not versions
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
