"""Whether new data may follow what is known already: one rule, for whatever takes data from outside.

A broken upstream mostly sends too little, or prices of another size. So new data are held against all
that came before: what is pinned, what is installed, what was pulled. Each month between the two allows
as much again, for upstream itself drops models: 28% from May to September 2026.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from llmcat.errors import CatalogError, SourceError
from llmcat.instants import epoch
from llmcat.meters import COLUMN_METERS

if TYPE_CHECKING:
    from llmcat.catalog import Catalog

GONE = 0.10
"""Share of the models that may be gone."""

MOVED = 0.05
"""Share of the prices that may have moved by more than half."""

FAR = 0.5
"""A price moves far when it changes by more than this part of itself, or is known no longer."""

AT_MOST = 0.5
"""Share that is never passed without a question, however many months lie between."""

MONTH = 30 * 86_400

Prices = Mapping[str, float]
"""Meter -> USD per 1M tokens."""


class Offers(NamedTuple):
    """What data from one time offer: `models` maps a spec to its prices, `name` is for messages,
    `at` an instant."""

    name: str
    at: str
    models: Mapping[str, Prices]


def doubt(after: Offers, before: Iterable[Offers]) -> str | None:
    """Why `after` cannot be believed, in figures, held against all of `before`; None where it can."""
    doubts = (_doubt(after, earlier) for earlier in before)
    return next((words for words in doubts if words), None)


def _doubt(after: Offers, before: Offers) -> str | None:
    months = max(0, epoch(after.at) - epoch(before.at)) // MONTH
    kept = before.models.keys() & after.models.keys()
    gone = len(before.models) - len(kept)
    if words := _too_many(gone, len(before.models), GONE, months):
        return f"lacks {words} models of {before.name}"
    far = [
        _is_far(usd, after.models[spec].get(meter))
        for spec in kept
        for meter, usd in before.models[spec].items()
    ]
    if words := _too_many(sum(far), len(far), MOVED, months):
        return f"moves {words} prices of {before.name} by more than half"
    return None


def _too_many(count: int, total: int, share: float, months: int) -> str | None:
    """The figures where more than the share, grown by the months, is concerned."""
    allowed = min(share * (1 + months), AT_MOST)
    if count <= total * allowed:
        return None
    return f"{count:,} of the {total:,} ({count / total:.0%}, where {allowed:.0%} may be right)"


def _is_far(old: float, new: float | None) -> bool:
    return new is None or abs(new - old) > FAR * old


def offers_in_file(kind: str, path: Path, body: bytes, name: str, at: str) -> tuple[Offers, int]:
    """What a file of a source kind offers, and how many providers are in it.

    Raises SourceError when it is none of this kind.
    """
    from llmcat.pipeline.entries import Document, Entry
    from llmcat.pipeline.sources import source_kind
    from llmcat.pipeline.sources.files import parse_json

    document = Document(path.name, parse_json(path, body), sha256="", retrieved_at=at)
    providers, models = set(), {}
    try:
        for entry in source_kind(kind).translate(document):
            if not isinstance(entry, Entry):
                continue
            if entry.kind == "provider":
                providers.add(entry.facts["id"])
            else:
                spec = f"{entry.facts['provider']}:{entry.facts['id']}"
                models[spec] = _prices(entry.facts.get("cost"))
    except (AttributeError, KeyError, TypeError):  # JSON, and of another shape altogether
        raise SourceError(path, f"is no file of kind {kind}") from None
    return Offers(name, at, models), len(providers)


def _prices(cost: object) -> Prices:
    """The prices that are numbers, of the meters that have a column; upstream may send anything."""
    if not isinstance(cost, Mapping):
        return {}
    known = {meter: cost.get(meter) for meter in COLUMN_METERS}
    return {
        meter: float(usd)
        for meter, usd in known.items()
        if isinstance(usd, (int, float)) and not isinstance(usd, bool)
    }


def offers_in_pinned(kind: str, path: Path) -> Offers:
    """What a dated snapshot offers. Raises SourceError when it cannot be read."""
    from llmcat.pipeline.sources.files import MAX_JSON, read_bytes
    from llmcat.pipeline.sources.models_dev.series import snapshot_time

    at = snapshot_time(path.name)
    if at is None:
        raise SourceError(path, "names no time")
    name = f"the pinned snapshot of {at[:10]}"
    return offers_in_file(kind, path, read_bytes(path, MAX_JSON), name, at)[0]


def offers_in_catalog(catalog: Catalog, name: str, kind: str | None = None) -> Offers:
    """What a catalogue offers; with `kind`, only the models that sources of this kind say now."""
    from llmcat.pipeline.entries import REMOVED

    columns = {f"cost_{meter}": meter for meter in COLUMN_METERS}
    rows = catalog.connection.execute(
        f"SELECT spec, {', '.join(columns)} FROM models WHERE ?1 IS NULL"
        " OR source IN (SELECT name FROM sources WHERE kind = ?1) AND spec NOT IN"
        f" (SELECT spec FROM model_details WHERE json_extract(extra, '$.{REMOVED}') IS NOT NULL)",
        (kind,),
    )
    models = {
        spec: {meter: usd for meter, usd in zip(columns.values(), prices) if usd is not None}
        for spec, *prices in rows
    }
    return Offers(name, str(catalog.info()["built_at"]), models)


def offers_in_installed(path: Path) -> Offers | None:
    """What upstream's part of the installed catalogue offers; None where there is none to be read."""
    from llmcat.catalog import Catalog

    try:
        with Catalog(path) as catalog:
            return offers_in_catalog(catalog, f"the catalogue in {path}", "models.dev")
    except CatalogError:
        return None
