"""The difference of two catalogues, as changes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from llmcat.capabilities import COLUMNS
from llmcat.records import ModelRow
from llmcat.timeline import Change

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.records import Model

LEFT_OUT = ("spec", "provider", "id", "source", "valid_from", "release_month")
DETAILS = (
    *("cost", "modes", "capabilities", "serving", "links", "weights", "benchmarks"),
    *("notes", "task_complexity_score", "metadata", "extra"),
)
"""Fields of the details that are compared leaf by leaf, under the paths that changes use."""

HAVE_COLUMNS = {f"cost.{name[5:]}" for name in ModelRow._fields if name.startswith("cost_")}
HAVE_COLUMNS |= {f"capabilities.{name}" for name in COLUMNS}


def difference(old: Catalog, new: Catalog) -> list[Change]:
    """What is added, removed and changed from one catalogue to the other, by spec and field."""
    at = str(new.info()["built_at"])
    before = {model.spec: model for model in old.models()}
    after = {model.spec: model for model in new.models()}
    found = []
    for spec in sorted(before.keys() | after.keys()):
        if spec not in before or spec not in after:
            kind = "added" if spec in after else "removed"
            found.append(Change(at, spec, kind, None, None, None, False, False, "diff"))
            continue
        for field in ModelRow._fields:
            if field in LEFT_OUT:
                continue
            was, now = getattr(before[spec], field), getattr(after[spec], field)
            if was != now:
                found.append(
                    Change(at, spec, "changed", field, was, now, was is None, False, "diff")
                )
        said, says = _leaves(before[spec]), _leaves(after[spec])
        for path in sorted(said.keys() | says.keys()):
            was, now = said.get(path), says.get(path)
            if was != now:
                found.append(
                    Change(at, spec, "changed", path, was, now, was is None, False, "diff")
                )
    return found


def _leaves(model: Model) -> dict[str, Any]:
    """What the details hold beyond the columns: tiers, modes, the rest, by path."""
    details = model.details
    leaves = {path: v for name in DETAILS for path, v in _walk(name, getattr(details, name))}
    return {
        path: value
        for path, value in leaves.items()
        if path.removesuffix(".supported") not in HAVE_COLUMNS
    }


def _walk(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if path.endswith("cost.tiers"):
        value = {tier["min_context"]: {**tier, "min_context": None} for tier in value}
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _walk(f"{path}.{key}", item)
    elif value is not None:
        yield path, value
