"""The providers and models as of one commit, and what of them a change of files touches."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable
from typing import Any

from llmcat.pipeline.sources.models_dev.git.published import (
    Table,
    published_model,
    published_provider,
)
from llmcat.pipeline.sources.models_dev.git.tree import Broken, Change, Contents

LAB_ONLY = ("id", "benchmarks", "license", "links", "weights")
"""What a file of models/<lab>/ says of the model itself; an offer that names it as base has it not."""

OPTIONS_STAY_SINCE = "2026-06-02"
"""Since this day `extends` passes everything on but reasoning_options."""

INHERITS = "inherits from"
MAX_LINKS = 40
MAX_BASES = 8


class Missing(Exception):
    """A path, or what a symbolic link points to, is not in the tree."""


class State:
    """The tree, and what follows from it: `providers` by id, `models` by provider and id.

    `broken` are the paths that show an older version than the tree has, or nothing, and why.
    """

    def __init__(self, contents: Contents) -> None:
        self.providers: dict[str, Table] = {}
        self.models: dict[str, dict[str, Table]] = {}
        self.broken: dict[str, str] = {}
        self._contents = contents
        self._tree: dict[str, str] = {}
        self._leans_on: dict[str, set[str]] = {}
        self._carries: dict[str, set[str]] = {}
        self._options_stay = False

    def apply(self, changes: Iterable[Change]) -> list[str]:
        """Put the changed files in place; the paths of providers and models they touch, in order."""
        touched: dict[str, None] = {}
        for path, blob, _ in sorted(changes, key=lambda change: change.blob is not None):
            if path in self._tree:
                self._contents.release(self._tree.pop(path))
            if blob is not None:
                self._tree[path] = blob
            touched[path] = None
        for path in list(touched):
            touched.update(dict.fromkeys(sorted(self._carries.get(path, ()))))
        return list(touched)

    def enter(self, at: str) -> list[str]:
        """What the rules of this day touch that those of the day before did not."""
        options_stay = at >= OPTIONS_STAY_SINCE
        if options_stay == self._options_stay:
            return []
        self._options_stay = options_stay
        return sorted(self._leans_on)

    def provider(self, path: str, id_: str) -> Table | None:
        """The published provider; the last good one when its file is broken; None: there is none."""
        return self._publish(
            path,
            lambda leans_on: published_provider(self._table(path, leans_on), id_),
            last_good=self.providers.get(id_),
        )

    def model(self, path: str, provider: str, id_: str) -> Table | None:
        """The published model; the last good one when it is broken; None: there is none."""
        return self._publish(
            path,
            lambda leans_on: published_model(self._resolved(path, leans_on, MAX_BASES), id_),
            last_good=self.models.get(provider, {}).get(id_),
        )

    def forget(self, path: str) -> None:
        """`path` was renamed, and its model goes on under another."""
        self.broken.pop(path, None)
        self._lean(path, set())

    def published(
        self,
    ) -> tuple[dict[str, Table | None], dict[tuple[str, str], Table | None]]:
        """All providers, and all models that have one, by (provider, id)."""
        models: dict[tuple[str, str], Table | None] = {
            (provider, id_): model
            for provider in self.providers
            for id_, model in self.models.get(provider, {}).items()
        }
        return dict(self.providers), models

    def _publish(
        self, path: str, make: Callable[[set[str]], Table], last_good: Table | None
    ) -> Table | None:
        leans_on: set[str] = set()
        self.broken.pop(path, None)
        try:
            return make(leans_on)
        except Missing:
            return None
        except Broken as broken:
            self.broken[path] = str(broken)
            return last_good
        finally:
            self._lean(path, leans_on)

    def _resolved(self, path: str, leans_on: set[str], left: int) -> Table:
        """The table with what it inherits. Raises Missing when the path itself leads nowhere."""
        table = self._table(path, leans_on)
        if "base_model" in table:
            base = self._base(f"models/{table['base_model']}.toml", leans_on, left)
            base = {key: value for key, value in base.items() if key not in LAB_ONLY}
            return omit(merge(base, table), table.get("base_model_omit"))
        extends = table.get("extends")
        if isinstance(extends, dict):
            provider, _, model = str(extends.get("from")).partition("/")
            base = self._base(f"providers/{provider}/models/{model}.toml", leans_on, left)
            if self._options_stay:
                base = {key: value for key, value in base.items() if key != "reasoning_options"}
            return omit(merge(base, table), extends.get("omit"))
        return table

    def _base(self, path: str, leans_on: set[str], left: int) -> Table:
        if not left:
            raise Broken(f"{INHERITS} itself")
        try:
            return self._resolved(path, leans_on, left - 1)
        except Missing:
            raise Broken(f"{INHERITS} {path}, which is not there") from None
        except Broken as broken:
            message = str(broken)
            raise Broken(
                message if INHERITS in message else f"{INHERITS} {path}: {message}"
            ) from None

    def _table(self, path: str, leans_on: set[str]) -> Table:
        """The content of a file, symbolic links followed inside the tree."""
        requested = path
        for _ in range(MAX_LINKS):
            leans_on.add(path)
            blob = self._tree.get(path)
            if blob is None:
                break
            content = self._contents[blob]
            if isinstance(content, dict):
                return content
            if isinstance(content, Broken):
                raise content if path == requested else Broken(f"{path}: {content}")
            path = posixpath.normpath(posixpath.join(posixpath.dirname(path), content))
        raise Missing

    def _lean(self, path: str, leans_on: set[str]) -> None:
        """Remember which other files `path` follows from, and forget the earlier ones."""
        leans_on.discard(path)
        before = self._leans_on.pop(path, None)
        if before:
            for other in before:
                self._carries[other].discard(path)
        if leans_on:
            self._leans_on[path] = leans_on
            for other in leans_on:
                self._carries.setdefault(other, set()).add(path)


def merge(base: Table, table: Table) -> Table:
    """`table` on top of `base`: tables go deep, everything else replaces."""
    result = dict(base)
    for key, value in table.items():
        below = result.get(key)
        both = isinstance(value, dict) and isinstance(below, dict)
        result[key] = merge(below, value) if both else value  # type: ignore[arg-type]
    return result


def omit(table: Table, paths: Any) -> Table:
    """`table` without the dot-paths; tables that become empty go too. It is changed in place."""
    if isinstance(paths, list):
        for path in paths:
            _drop(table, str(path).split("."))
    return table


def _drop(table: Table, path: list[str]) -> None:
    key = path[0]
    if len(path) == 1:
        table.pop(key, None)
    elif isinstance(table.get(key), dict):
        table[key] = dict(table[key])  # it may still be that of the base
        _drop(table[key], path[1:])
        if not table[key]:
            del table[key]


def provider_of(path: str) -> str | None:
    """The provider's id when the path is that of its own file."""
    parts = path.split("/")
    own = len(parts) == 3 and parts[0] == "providers" and parts[2] == "provider.toml"
    return parts[1] if own else None


def model_of(path: str) -> tuple[str, str] | None:
    """Provider and id when the path is that of a model; `%2F` is a slash, as ids had it until 2025-06."""
    parts = path.split("/", 3)
    if len(parts) != 4 or parts[0] != "providers" or parts[2] != "models":
        return None
    id_ = parts[3][: -len(".toml")].replace("%2F", "/")
    return (parts[1], id_) if id_ and not id_.endswith("/") else None
