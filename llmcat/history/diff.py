"""The difference of two catalogues, as changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from llmcat.capabilities import COLUMNS
from llmcat.history.changes import Change
from llmcat.records import ModelRow, Provider

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.records import Model

LEFT_OUT = ("spec", "provider", "id", "source", "valid_from", "release_month", "provenance")
DETAILS = (
    *("limits", "cost", "modes", "regions", "hours", "dated_prices", "capabilities", "serving"),
    *("links", "weights", "benchmarks", "notes", "task_complexity_score", "metadata", "extra"),
)
"""Fields of the details that are compared leaf by leaf, under the paths that changes use."""

COLUMN_OF = {
    **{f"cost.{name[5:]}": name for name in ModelRow._fields if name.startswith("cost_")},
    **{f"limits.{name[6:]}": name for name in ModelRow._fields if name.startswith("limit_")},
    **{f"capabilities.{name}": column for name, column in COLUMNS.items()},
}
"""Paths of the details that have a column -> that column."""

Record = TypeVar("Record")


def difference(old: Catalog, new: Catalog) -> list[Change]:
    """What is added, removed and changed of providers and models from one catalogue to the other."""
    at = str(new.info()["built_at"])
    found = [
        *_between(at, _providers(old), _providers(new), _provider_values),
        *_between(at, _models(old), _models(new), _model_values),
    ]
    return sorted(found, key=lambda change: change.spec)


def _providers(catalog: Catalog) -> dict[str, Provider]:
    return {provider.id: provider for provider in catalog.providers()}


def _models(catalog: Catalog) -> dict[str, Model]:
    return {model.spec: model for model in catalog.models()}


def _between(
    at: str,
    before: Mapping[str, Record],
    after: Mapping[str, Record],
    values_of: Callable[[Record], Mapping[str, Any]],
) -> Iterator[Change]:
    for spec in sorted(before.keys() | after.keys()):
        if spec not in before or spec not in after:
            kind = "added" if spec in after else "removed"
            yield Change(at, spec, kind, None, None, None, False, False, "diff")
            continue
        old, new = values_of(before[spec]), values_of(after[spec])
        for field in sorted(old.keys() | new.keys()):
            was, now = old.get(field), new.get(field)
            if was != now:
                yield Change(at, spec, "changed", field, was, now, was is None, False, "diff")


def _provider_values(provider: Provider) -> dict[str, Any]:
    fields = provider._asdict().items()
    return {name: v for name, v in fields if name not in LEFT_OUT and v not in ((), {})}


def _model_values(model: Model) -> dict[str, Any]:
    columns = {name: v for name, v in model._asdict().items() if name not in LEFT_OUT}
    return {**columns, **_leaves(model)}


def _leaves(model: Model) -> dict[str, Any]:
    """What the details hold beyond the columns, by path: tiers, modes, a limit of 0, the rest."""
    details = model.details
    leaves = {path: v for name in DETAILS for path, v in _walk(name, getattr(details, name))}
    return {path: value for path, value in leaves.items() if value != _column(model, path)}


def _column(model: Model, path: str) -> Any:
    """What the column of a path says; None where it has none."""
    column = COLUMN_OF.get(path.removesuffix(".supported"))
    return column and getattr(model, column)


def _walk(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if path.endswith("cost.tiers"):
        value = {tier["min_context"]: {**tier, "min_context": None} for tier in value}
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _walk(f"{path}.{key}", item)
    elif value is not None:
        yield path, value
