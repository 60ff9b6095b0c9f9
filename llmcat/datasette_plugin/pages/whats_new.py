"""What's new: models added and removed, prices that moved, capabilities, what goes away soon."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from llmcat.exports.atom import atom_feed
from llmcat.instants import UNKNOWN_TIME

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.datasette_plugin.pages.request import PageRequest
    from llmcat.history.changes import Change

SPANS = (7, 30, 90, 365)
"""Days to look back that the page offers."""

AHEAD = 90
"""Days to look ahead for models that will be deprecated or retired."""

MOST = 100
"""Of each kind; the rest is counted and linked."""

PRICES = ("cost_input", "cost_output")

OF_PROVIDER = "(:provider IS NULL OR substr(v.spec, 1, length(:provider) + 1) = :provider || ':')"

ARRIVED = f"""
SELECT v.spec, max(v.at) AS at FROM changes AS v
JOIN model_versions AS s ON s.spec = v.spec AND s.valid_from = v.at
WHERE v.kind = 'added' AND v.at >= :since AND {OF_PROVIDER}
    AND coalesce(s.status, '') NOT IN ('deprecated', 'retired')
    AND coalesce(s.deprecated_on, '9999') > substr(v.at, 1, 10)
    AND coalesce(s.retires_on, '9999') > substr(v.at, 1, 10)
GROUP BY v.spec"""
"""What came in service: an overlay that knows when a model went brings it back only to say so."""

ADDED = f"""
SELECT v.spec, v.at, m.spec IS NOT NULL AS stayed
FROM ({ARRIVED}) AS v LEFT JOIN models AS m ON m.spec = v.spec
ORDER BY v.at DESC, m.first_party IS NOT 1, m.release_date DESC, v.spec"""

PRESENT = "SELECT spec FROM models"
FIRST_PARTY = "SELECT spec FROM models WHERE first_party = 1"

CAPABILITIES_WHERE = f"""FROM capability_history AS v
WHERE at >= :since AND NOT backfill AND event IN ('gained', 'lost') AND {OF_PROVIDER}"""

CAPABILITIES = f"""
SELECT at, spec, capability, event, source {CAPABILITIES_WHERE}
ORDER BY at DESC, spec, capability LIMIT :most"""

CAPABILITIES_COUNT = f"SELECT count(*) {CAPABILITIES_WHERE}"


def facts(catalog: Catalog, request: PageRequest) -> dict[str, Any]:
    """What changed in the last `?days=` before the catalogue was built, the newest first.

    `?provider=` keeps what is of one provider, which may be gone. Deprecations are those of the next 90
    days, from today. Raises ProviderNotFound.
    """
    days = request.number("days", 30, 1, 3_650)
    info = catalog.info()  # witnesses may be newer than the base, but they bring no news
    until = str(info["sources"][0]["retrieved_at"] or info["built_at"])
    since = (date.fromisoformat(until[:10]) - timedelta(days=days)).isoformat()
    provider = request.one("provider") or None
    with suppress(LookupError):  # one that is gone is known to changes() alone
        provider = provider and catalog.provider(provider).id
    removed = gone(catalog, since, provider)
    moves = price_moves(catalog, since, provider)
    leaving = catalog.deprecations(AHEAD, today=request.today)
    values = {"since": since, "most": MOST, "provider": provider}
    arrived = catalog.connection.execute(ADDED, values).fetchall()
    added = [(spec, at) for spec, at, stayed in arrived if stayed]
    return {
        "ok": True,
        "days": days,
        "provider": provider,
        "since": since,
        "until": until,
        "added_count": len(added),
        "added": [{"at": at, **catalog.model(spec)._asdict()} for spec, at in added[:MOST]],
        "removed_count": len(removed),
        "removed": [change._asdict() for change in removed[:MOST]],
        "price_moves_count": len(moves),
        "price_moves": moves[:MOST],
        "capabilities_count": catalog.connection.execute(CAPABILITIES_COUNT, values).fetchone()[0],
        "capabilities": catalog.sql(CAPABILITIES, values).to_dicts(),
        "deprecations": [m._asdict() for m in leaving if provider in (None, m.provider)],
        "_time_known": until != UNKNOWN_TIME,
        "_spans": SPANS,
        "_ahead": AHEAD,
        "_feed": announced(catalog, since, {(at, spec) for spec, at, _ in arrived}, provider),
    }


def gone(catalog: Catalog, since: str, provider: str | None) -> list[Change]:
    """The last removal of each model that has not come back, the newest first."""
    here = {spec for (spec,) in catalog.connection.execute(PRESENT)}
    changes = catalog.changes(since, kind="removed", provider=provider)
    last = {change.spec: change for change in changes if ":" in change.spec}
    left = [change for spec, change in last.items() if spec not in here]
    return sorted(sorted(left, key=lambda c: c.spec), key=lambda c: c.at, reverse=True)


def announced(
    catalog: Catalog, since: str, arrived: set[tuple[str, str]], provider: str | None
) -> list[Change]:
    """What the feed tells: providers and models that came, and prices that moved."""
    return [
        *(
            change
            for change in catalog.changes(since, kind="added", provider=provider)
            if ":" not in change.spec or (change.at, change.spec) in arrived
        ),
        *(change for field in PRICES for change in _price_changes(catalog, since, field, provider)),
    ]


def _price_changes(catalog: Catalog, since: str, field: str, provider: str | None) -> list[Change]:
    return catalog.changes(since, field=field, provider=provider, min_ratio=0.0, backfill=False)


def price_moves(catalog: Catalog, since: str, provider: str | None = None) -> list[dict[str, Any]]:
    """Moves of the plain prices from one known price to another, by model and instant.

    The newest first; of one instant the labs' own models, then the largest move.
    """
    by_event: dict[tuple[str, str], list[Change]] = {}
    for field in PRICES:
        for change in _price_changes(catalog, since, field, provider):
            if ":" in change.spec:
                by_event.setdefault((change.at, change.spec), []).append(change)
    own = {spec for (spec,) in catalog.connection.execute(FIRST_PARTY)}
    found = [
        {
            "at": at,
            "spec": spec,
            "first_party": spec in own,
            "moves": [
                {"field": c.field, "old": c.old, "new": c.new, "ratio": ratio(c)} for c in changes
            ],
        }
        for (at, spec), changes in by_event.items()
    ]
    found.sort(key=lambda event: (not event["first_party"], -_size(event), event["spec"]))
    return sorted(found, key=lambda event: str(event["at"]), reverse=True)


def ratio(change: Change) -> float | None:
    """By how much a price moved: -0.2 is a fifth cheaper; None from free."""
    return round(change.new / change.old - 1, 4) if change.old else None


def _size(event: dict[str, Any]) -> float:
    """The larger move of an event; one from free counts as tenfold."""
    ratios: list[float | None] = [move["ratio"] for move in event["moves"]]
    return max(9.0 if ratio is None else abs(ratio) for ratio in ratios)


def atom(facts: dict[str, Any], address: str, page: str, page_of: Callable[[str], str]) -> str:
    """The page as an Atom feed: models added and prices moved, the newest first."""
    entries: Sequence[Change] = sorted(facts["_feed"], key=lambda c: (c.at, c.spec, c.field or ""))
    return atom_feed(entries[-MOST:], facts["until"], address, page, page_of)
