"""Filters given at load: which models of an open file a catalogue shows, by globs of their ids.

As in a recipe, `*` is any run of characters, `?` is one, and deny goes before allow. What is not let
through is in no answer, SQL and the past included, as if it had been left out of the build.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from llmcat.errors import CatalogError, OptionError
from llmcat.spec import fold_provider
from llmcat.storage.models import Reader, details_reader
from llmcat.storage.open_file import OpenFile, PreparedFile
from llmcat.storage.views.temp_views import shift

if TYPE_CHECKING:
    from llmcat.storage.views.view import View

Globs = Mapping[str, str | Iterable[str]] | Iterable[str]
"""Provider -> globs of its models' ids; or names: a provider for all of its models, or `provider:glob`."""

LONGEST = 100
"""The longest pattern that SQLite compares with, where SQL from elsewhere is limited."""

BY_SPEC = ("models", "model_details", "aliases", "outliers", "disagreements", "availability")

OTHER_NAME = "SELECT provider FROM provider_aliases WHERE alias = ?"


class Filters(NamedTuple):
    """Globs of model ids by provider. `allow` None: everything."""

    allow: dict[str, list[str]] | None
    deny: dict[str, list[str]]

    def rule(self, connection: sqlite3.Connection, spec: str) -> str | None:
        """`allow` or `deny`, whichever keeps this spec out; None where it is let through."""
        let_in = "1" if self.allow is None else _any(self.allow)
        sql = f"CASE WHEN {_any(self.deny)} THEN 'deny' WHEN NOT {let_in} THEN 'allow' END"
        found: str | None = connection.execute(
            f"SELECT {sql} FROM (SELECT ? AS spec)", (spec,)
        ).fetchone()[0]
        return found

    def renamed(self, connection: sqlite3.Connection) -> Filters:
        """The same with the providers' ids in place of their other names."""

        def by_id(globs: dict[str, list[str]]) -> dict[str, list[str]]:
            found: dict[str, list[str]] = {}
            for name, patterns in globs.items():
                row = connection.execute(OTHER_NAME, (name,)).fetchone()
                found.setdefault(row[0] if row else name, []).extend(patterns)
            return found

        return Filters(None if self.allow is None else by_id(self.allow), by_id(self.deny))


def read_filters(allow: Globs | None, deny: Globs | None) -> Filters | None:
    """The filters that a caller gives; None where there are none. Raises OptionError."""
    if allow in (None, "all") and not deny:
        return None
    allowed = None if allow is None or allow == "all" else _by_provider("allow", allow)
    return Filters(allowed, _by_provider("deny", deny or ()))


def filtered_reader(file: OpenFile, view: View, filters: Filters) -> Reader:
    """The reader of what the filters let through. Raises CatalogError where that is nothing."""
    filters = filters.renamed(file.connection)
    shown = PreparedFile(file, partial(_prepare, filters=filters))
    if shown.connection.execute("SELECT 1 FROM models LIMIT 1").fetchone() is None:
        ids = {id for (id,) in file.connection.execute("SELECT id FROM providers")}
        unknown = ", ".join(sorted(set(filters.allow or ()) - ids))
        hint = f" (allow names unknown providers: {unknown})" if unknown else ""
        raise CatalogError(f"{file.path}: the filters leave no model{hint}")
    return Reader(shown, view.through(filters), read_details=details_reader(file))


def _prepare(connection: sqlite3.Connection, filters: Filters) -> None:
    shift(connection, narrowed({}, filters))


def narrowed(selects: Mapping[str, str], filters: Filters) -> dict[str, str]:
    """The SELECTs of tables, or what stands in for them, with what the filters let through."""
    passes = f"NOT {_any(filters.deny)}"
    provider = "1"
    if filters.allow is not None:
        passes += f" AND {_any(filters.allow)}"
        provider = f"id IN ({', '.join(map(_text, filters.allow))})"
    conditions = dict.fromkeys(BY_SPEC, passes)
    conditions["providers"] = provider
    of_a_provider = provider.replace("id IN", "spec IN")
    conditions["specs"] = f"CASE WHEN instr(spec, ':') THEN {passes} ELSE {of_a_provider} END"
    return {
        **selects,
        **{
            table: f"SELECT * FROM ({selects.get(table, f'SELECT * FROM main.{table}')})"
            f" WHERE {condition}"
            for table, condition in conditions.items()
        },
    }


def _any(globs: Mapping[str, list[str]]) -> str:
    """The SQL that is true of a spec which one of the globs matches."""
    tests = [_test(f"{provider}:{glob}") for provider in globs for glob in globs[provider]]
    return f"({' OR '.join(tests) or '0'})"


def _test(glob: str) -> str:
    if "*" not in glob and "?" not in glob:
        return f"spec = {_text(glob)}"
    return f"spec GLOB {_text(glob.replace('[', '[[]'))}"  # [ is no class in our globs


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _by_provider(name: str, globs: Globs) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for provider, pattern in _pairs(globs):
        for part in (provider, pattern):
            if not isinstance(part, str) or not part or len(part) > LONGEST // 2 or _no_text(part):
                raise OptionError(
                    f"{name}: {part!r} is no provider or glob of ids; write {{'openai': ['gpt-4*']}}"
                )
        found.setdefault(fold_provider(provider), []).append(pattern)
    return found


def _no_text(part: str) -> bool:
    """Whether SQL cannot hold it: a NUL, or half a surrogate pair."""
    return "\x00" in part or part.encode("utf-8", "ignore").decode() != part


def _pairs(globs: Globs) -> Iterator[tuple[str, str]]:
    if isinstance(globs, Mapping):
        for provider, patterns in globs.items():
            for pattern in [patterns] if isinstance(patterns, str) else patterns:
                yield provider, pattern
        return
    for text in [globs] if isinstance(globs, str) else globs:
        provider, _, pattern = text.partition(":") if isinstance(text, str) else (text, "", "*")
        yield provider, pattern or "*"
