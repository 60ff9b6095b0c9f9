"""Filter: which models stay. Deny beats allow, and nothing left is an error."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from llmcat.errors import EmptyCatalog
from llmcat.pipeline.entries import Records
from llmcat.pipeline.globs import Match, compile_glob
from llmcat.pipeline.recipe import Filters

Matchers = dict[str, list[Match]]


class Globs(NamedTuple):
    """The recipe's filters, compiled: what is allowed (None: everything) and what is denied, by
    provider."""

    allow: Matchers | None
    deny: Matchers


def compile_filters(filters: Filters, rename: Callable[[str], str] = str) -> Globs:
    """The globs of the recipe; `rename` gives a provider's id for any spelling of it."""
    allow = _by_provider(filters.allow, rename) if filters.allow else None
    return Globs(allow, _by_provider(filters.deny, rename))


def filter_records(records: Records, globs: Globs, *, is_part: bool = False) -> Records:
    """The records that the recipe's filters let through, at present the providers' exclude_models too.

    Raises EmptyCatalog when nothing is left at present, but of a part of a catalogue.
    """
    allow, deny = globs
    excluded = _excluded(records) if records.present else {}
    must_hold = records.present and not is_part
    if must_hold and not (records.models and records.providers):
        raise EmptyCatalog("the sources hold no provider with a model; nothing was written")
    rules = (
        {
            key: rule
            for key in records.models
            if (rule := _against(*key, allow, deny, excluded)) is not None
        }
        if allow is not None or deny or excluded
        else {}
    )
    models = {key: merged for key, merged in records.models.items() if key not in rules}
    if must_hold and not models:
        raise EmptyCatalog(_why_empty(records, allow))
    providers = {
        id_: merged for id_, merged in records.providers.items() if allow is None or allow.get(id_)
    }
    return replace(
        records,
        models=models,
        providers=providers,
        gone=[*records.gone, *rules, *(records.providers.keys() - providers.keys())],
        filtered=sorted((":".join(key), rule) for key, rule in rules.items()),
    )


def _excluded(records: Records) -> Matchers:
    return {
        id_: [compile_glob(glob) for glob in globs]
        for id_, merged in records.providers.items()
        if (globs := merged.facts.get("exclude_models"))
    }


def _against(
    provider: str, id_: str, allow: Matchers | None, deny: Matchers, excluded: Matchers
) -> str | None:
    """The rule that leaves a model out: `deny` where a glob keeps it out, `allow` where none lets it
    in, `exclude_models` where its provider's own do."""
    if _any(deny.get(provider, ()), id_):
        return "deny"
    if allow is not None and not _any(allow.get(provider, ()), id_):
        return "allow"
    return "exclude_models" if _any(excluded.get(provider, ()), id_) else None


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
