"""Filter: which models stay. Deny beats allow, and nothing left is an error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from llmcat.errors import EmptyCatalog
from llmcat.pipeline.globs import Match, compile_glob
from llmcat.pipeline.recipe import Filters
from llmcat.pipeline.stages.merge import Records


def filter_records(
    records: Records, filters: Filters, rename: Callable[[str], str] = str
) -> Records:
    """The records that the recipe's filters and the providers' exclude_models let through.

    `rename` gives a provider's id for any spelling of it. Raises EmptyCatalog when nothing is left.
    """
    if not records.models or not records.providers:
        raise EmptyCatalog("the sources hold no provider with a model; nothing was written")
    allow, deny = _matchers(filters, rename)
    for id_, merged in records.providers.items():
        if excluded := merged.facts.get("exclude_models"):
            deny.setdefault(id_, []).extend(map(compile_glob, excluded))
    models = {key: merged for key, merged in records.models.items() if _passes(*key, allow, deny)}
    if not models:
        raise EmptyCatalog(_why_empty(records, allow))
    providers = records.providers
    if allow is not None:
        providers = {id_: merged for id_, merged in providers.items() if allow.get(id_)}
    return Records(dict(providers), models)


def left_out(
    before: Records, after: Records, filters: Filters, rename: Callable[[str], str] = str
) -> list[tuple[str, str]]:
    """Spec and rule of each model that filter_records took from `before` to `after`: `allow` where no
    glob lets it in, `deny` where one keeps it out, else its provider's `exclude_models`."""
    allow, deny = _matchers(filters, rename)
    found = []
    for provider, id_ in before.models.keys() - after.models.keys():
        if _any(deny.get(provider, ()), id_):
            rule = "deny"
        elif allow is not None and not _any(allow.get(provider, ()), id_):
            rule = "allow"
        else:
            rule = "exclude_models"
        found.append((f"{provider}:{id_}", rule))
    return sorted(found)


def as_stored(filters: Filters, rename: Callable[[str], str] = str) -> dict[str, Any]:
    """The filters as `catalog.filters` keeps them: providers by their ids."""

    def by_id(globs: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for provider, patterns in globs.items():
            found.setdefault(rename(provider), []).extend(patterns)
        return found

    return {
        "allow": by_id(filters.allow) if filters.allow else None,
        "deny": by_id(filters.deny),
        "prefer": [rename(provider) for provider in filters.prefer],
    }


def wanted_by(filters: Filters, rename: Callable[[str], str] = str) -> Callable[[str, str], bool]:
    """Whether the recipe's filters let a model through, by provider and id, at whatever time."""
    allow, deny = _matchers(filters, rename)
    if allow is None and not deny:
        return lambda provider, id_: True
    return lambda provider, id_: _passes(provider, id_, allow, deny)


Matchers = dict[str, list[Match]]


def _matchers(filters: Filters, rename: Callable[[str], str]) -> tuple[Matchers | None, Matchers]:
    """What is allowed (None: everything) and what is denied, by provider."""
    allow = _by_provider(filters.allow, rename) if filters.allow else None
    return allow, _by_provider(filters.deny, rename)


def _passes(provider: str, id_: str, allow: Matchers | None, deny: Matchers) -> bool:
    allowed = allow is None or _any(allow.get(provider, ()), id_)
    return allowed and not _any(deny.get(provider, ()), id_)


def _by_provider(
    globs: Mapping[str, Sequence[str]], rename: Callable[[str], str]
) -> dict[str, list[Match]]:
    compiled: dict[str, list[Match]] = {}
    for provider, patterns in globs.items():
        compiled.setdefault(rename(provider), []).extend(map(compile_glob, patterns))
    return compiled


def _any(matchers: Iterable[Match], id_: str) -> bool:
    return any(match(id_) for match in matchers)


def _why_empty(records: Records, allow: Mapping[str, object] | None) -> str:
    unknown = sorted(set(allow or ()) - set(records.providers))
    hint = f" (allow names unknown providers: {', '.join(unknown)})" if unknown else ""
    return f"the filters left no model{hint}; nothing was written"
