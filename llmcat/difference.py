"""The difference of two catalogues, as changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmcat.records import ModelRow
from llmcat.timeline import Change

if TYPE_CHECKING:
    from llmcat.catalog import Catalog

LEFT_OUT = ("spec", "provider", "id", "source", "valid_from", "release_month")


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
    return found
