"""The page of one model: what it is, costs and can do, where that is known from, what it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from llmcat import display
from llmcat.capabilities import CAPABILITIES, COLUMNS
from llmcat.datasette_plugin.charts.price_lines import history_chart
from llmcat.datasette_plugin.once_a_file import once_a_file
from llmcat.datasette_plugin.pages import calculator, how_to_call
from llmcat.datasette_plugin.pages.banner import banner
from llmcat.errors import ModelNotFound
from llmcat.history.lifecycle import named_in, successors
from llmcat.meters import TOKEN_METERS
from llmcat.pricing.unit_prices import cost_tables, piece_prices

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.datasette_plugin.pages.request import PageRequest
    from llmcat.history.changes import Change, PriceInterval
    from llmcat.records import Details, Model

MOST_CHANGES = 50
MOST_OFFERS = 500

DISAGREEMENTS = """
SELECT field, winner, value, date, other, other_value, other_date, rule, contested, score
FROM disagreements WHERE spec = :spec ORDER BY contested DESC, score DESC, field, other LIMIT 50"""

LAST_NAME = "SELECT name FROM model_versions WHERE spec = ? ORDER BY valid_to DESC LIMIT 1"


def facts(catalog: Catalog, request: PageRequest) -> dict[str, Any]:
    """Everything that the catalogue knows of the model that the path names.

    Raises ModelNotFound, with suggestions, for one that it never knew; of one that was removed the
    past is shown.
    """
    try:
        model = catalog.model(request.subject)
    except ModelNotFound as error:
        return _removed(catalog, request.subject, error)
    details = model.details
    intervals = catalog.prices(model.spec)
    changes = catalog.history(model.spec)
    removed = (details.extra or {}).get("removed_upstream")
    now = [price for price in intervals if price.valid_to is None]
    prices_now = price_table(intervals)
    provider = catalog.provider(model.provider)
    disagreements = [dict(row) for row in catalog.sql(DISAGREEMENTS, {"spec": model.spec})]
    return {
        "ok": True,
        "requested": request.subject,
        "model": model._asdict(),
        "details": details._asdict(),
        "provider": provider._asdict(),
        "removed_at": None,
        "removed_upstream": removed,
        "prices_ended": _no_longer_listed(intervals, changes, removed),
        "replacement": _replacement(catalog, model, request.today),
        "price_table": prices_now,
        "prices": [interval._asdict() for interval in intervals],
        "call": calculator.call(catalog, model, request, now),
        "price_witnesses": calculator.witnesses(now, disagreements),
        "capabilities": _capabilities(model, details),
        "elsewhere": _elsewhere(catalog, model, request.today),
        "changes": _latest(changes),
        "changes_count": len(changes),
        "sources": _sources(catalog, details.provenance),
        "disagreements": disagreements,
        "_piece_prices": piece_prices(cost_tables(details)),
        "_digits": [
            display.decimals(row["prices"][n] for row in prices_now["rows"])
            for n in range(len(prices_now["columns"]))
        ],
        "_form": calculator.form(model, request, now),
        "_banner": banner(model, request.today),
        "_chart": history_chart(catalog, model.spec, intervals),
        "_calling": how_to_call.how(model, details, provider),
    }


def _elsewhere(catalog: Catalog, model: Model, today: str) -> list[dict[str, Any]]:
    """The other offers of the model, the cheapest first, with how they are known to be of it."""
    every: Any = {"today": today, "include_deprecated": True, "include_retired": True}
    return [
        {**offer.model._asdict(), "same": offer.same, "outlier": offer.outlier}
        for offer in catalog.offers(model.spec, **every, limit=MOST_OFFERS + 1)
        if offer.model.spec != model.spec
    ][:MOST_OFFERS]


def _removed(catalog: Catalog, spec: str, error: ModelNotFound) -> dict[str, Any]:
    """The page of a model that is gone; ModelNotFound where none is recorded."""
    changes = catalog.history(spec)
    if not changes or ":" not in spec:
        raise error
    intervals = catalog.prices(spec)
    return {
        "ok": True,
        "model": {
            "spec": spec,
            "name": _last_name(catalog, spec),
            "provider": spec.partition(":")[0],
        },
        "provider": None,
        "removed_at": max(change.at for change in changes if change.kind == "removed"),
        "prices": [interval._asdict() for interval in intervals],
        "changes": _latest(changes),
        "changes_count": len(changes),
        "_chart": history_chart(catalog, spec, intervals),
    }


def _last_name(catalog: Catalog, spec: str) -> str:
    named = catalog.connection.execute(LAST_NAME, (spec,)).fetchone()
    return str(named[0]) if named and named[0] else spec


def price_table(intervals: Sequence[PriceInterval]) -> dict[str, Any]:
    """The prices of tokens now: a column for each mode, region, hours and tier, a row for each meter,
    None where not listed."""
    now = [price for price in intervals if price.valid_to is None and price.unit == "token"]
    columns = sorted(
        {(p.mode, p.region or "", p.hours or "", p.min_context) for p in now},
        key=lambda column: (column[0] != "standard", *column),
    )
    listed = {(p.meter, p.mode, p.region or "", p.hours or "", p.min_context): p.usd for p in now}
    meters = sorted(
        {p.meter for p in now},
        key=lambda meter: (
            TOKEN_METERS.index(meter) if meter in TOKEN_METERS else len(TOKEN_METERS),
            meter,
        ),
    )
    return {
        "columns": [
            {"mode": mode, "region": region, "hours": hours, "min_context": size}
            for mode, region, hours, size in columns
        ],
        "rows": [
            {"meter": meter, "prices": [listed.get((meter, *column)) for column in columns]}
            for meter in meters
        ],
    }


def _replacement(catalog: Catalog, model: Model, day: str) -> str | None:
    """The spec of what to take in its place: where that has ended itself, of what replaces it."""
    found = successors(model, day, named_in(catalog))
    return found[-1].spec if found else None


def _no_longer_listed(
    intervals: Sequence[PriceInterval], changes: Sequence[Change], removed: str | None
) -> str | None:
    """Until when a model had prices, where no source lists one any more. Of a model that upstream
    removed, on the day `removed`, its last prices are kept and count as no longer listed."""
    gone = [change.source for change in changes if removed and change.kind == "removed"]
    now = [price for price in intervals if price.valid_to is None]
    if any(price.source not in gone[-1:] for price in now):
        return None
    ends = [removed] if removed and now else [price.valid_to for price in intervals]
    last = max((end[:10] for end in ends if end), default=None)
    return f"No price is listed any more; the last ones were until {last}." if last else None


def _capabilities(model: Model, details: Details) -> list[dict[str, Any]]:
    """Every capability that is known to be there or missing, and who said so."""
    claims, provenance = details.capabilities, details.provenance
    names = dict.fromkeys((*(c.name for c in CAPABILITIES), *model.capabilities, *claims))
    found = []
    for name in names:
        able = True if name in model.capabilities else getattr(model, COLUMNS.get(name, ""), None)
        if able is None:
            continue
        facts = claims.get(name)
        found.append(
            {
                "name": name,
                "supported": able,
                "facts": {k: v for k, v in facts.items() if k not in ("supported", "source")}
                if isinstance(facts, Mapping)
                else {},
                "source": _source(provenance, f"capabilities.{name}")
                if name in claims
                else "from its modalities",
            }
        )
    return found


def _source(provenance: Mapping[str, Any], path: str) -> str:
    """Who said the value at a path: the longest path that provenance names."""
    while path:
        if path in provenance:
            return str(provenance[path])
        path = path.rpartition(".")[0]
    return str(provenance.get("*", "?"))


def _sources(catalog: Catalog, provenance: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every source that said something of the model, and what."""
    by_source: dict[str, list[str]] = {}
    for path, source in provenance.items():
        by_source.setdefault(str(source), []).append("all else" if path == "*" else path)
    known = _source_rows(catalog)
    return [
        {
            "source": source,
            "fields": sorted(paths),
            "retrieved_at": known[source]["retrieved_at"] if source in known else None,
            "licence": known[source]["licence"] if source in known else None,
        }
        for source, paths in sorted(by_source.items(), key=lambda item: "all else" not in item[1])
    ]


@once_a_file
def _source_rows(catalog: Catalog) -> dict[str, dict[str, Any]]:
    """Name of a source -> its row of `sources`."""
    return {row["name"]: row for row in catalog.info()["sources"]}


def _latest(changes: Sequence[Change]) -> list[dict[str, Any]]:
    return [change._asdict() for change in reversed(changes[-MOST_CHANGES:])]
