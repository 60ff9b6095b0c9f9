"""What's new: models added and removed, prices that moved, capabilities, what goes away soon."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from llmcat.datasette_plugin.catalogues import provider_names
from llmcat.errors import OptionError
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

CAPABILITIES = f"""
SELECT at, spec, capability, event, source FROM capability_history AS v
WHERE at >= :since AND NOT backfill AND event IN ('gained', 'lost') AND {OF_PROVIDER}
ORDER BY at DESC, spec, capability"""


SECTIONS = {
    "deprecations": "Going away",
    "price_moves": "Prices that moved",
    "added": "Models added",
    "capabilities": "Capabilities gained and lost",
    "removed": "Removed upstream",
}
"""Name in the address -> its title; the page begins each, and has one in full where it is asked for."""

BEGUN = 10
"""What a section begins with."""

DIRECTIONS = ("up", "down")


def facts(catalog: Catalog, request: PageRequest) -> dict[str, Any]:
    """What changed in the last `?days=` before the catalogue was built, the newest first.

    `?provider=` keeps what is of one provider, which may be gone, `?sellers=labs` what labs offer
    themselves, `?direction=` prices that went up or down; `?section=` shows one section in full.
    Deprecations are those of the next 90 days, from today. Raises ProviderNotFound, OptionError.
    """
    days = request.number("days", 30, 1, 3_650)
    info = catalog.info()  # witnesses may be newer than the base, but they bring no news
    until = str(info["recorded_until"] or info["built_at"])
    since = (date.fromisoformat(until[:10]) - timedelta(days=days)).isoformat()
    provider, direction = request.one("provider") or None, request.one("direction") or None
    if direction not in (None, *DIRECTIONS):
        raise OptionError(f"direction is {' or '.join(DIRECTIONS)}, not {direction!r}")
    section = request.one("section") or None
    if section not in (None, *SECTIONS):
        raise OptionError(f"section is one of {', '.join(SECTIONS)}, not {section!r}")
    with suppress(LookupError):  # one that is gone is known to changes() alone
        provider = provider and catalog.provider(provider).id
    sellers = Sellers(catalog, request.one("sellers") == "labs")
    removed = [c for c in gone(catalog, since, provider) if sellers.is_of_lab(c.spec)]
    moves = [
        event
        for event in price_moves(catalog, since, provider)
        if sellers.offer(event["spec"]) and _went(event, direction)
    ]
    leaving = catalog.deprecations(AHEAD, today=request.today)
    values = {"since": since, "provider": provider}
    arrived = catalog.connection.execute(ADDED, values).fetchall()
    added = [(spec, at) for spec, at, stayed in arrived if stayed and sellers.offer(spec)]
    able = [dict(row) for row in catalog.sql(CAPABILITIES, values)]
    able = [event for event in able if sellers.offer(event["spec"])]
    came = {(at, spec) for spec, at, _ in arrived}
    return {
        "ok": True,
        "days": days,
        "provider": provider,
        "sellers": "labs" if sellers.labs_alone else "",
        "direction": direction,
        "section": section,
        "since": since,
        "until": until,
        "added_count": len(added),
        "added": [{"at": at, **catalog.model(spec)._asdict()} for spec, at in added[:MOST]],
        "removed_count": len(removed),
        "removed": [change._asdict() for change in removed[:MOST]],
        "price_moves_count": len(moves),
        "price_moves": moves[:MOST],
        "capabilities_count": len(able),
        "capabilities": able[:MOST],
        "deprecations": [
            m._asdict() for m in leaving if provider in (None, m.provider) and sellers.offer(m.spec)
        ],
        "_time_known": until != UNKNOWN_TIME,
        "_spans": SPANS,
        "_ahead": AHEAD,
        "_sections": SECTIONS,
        "_begun": BEGUN if section is None else MOST,
        "_choice": {
            "days": days,
            "provider": provider,
            "direction": direction,
            "sellers": "labs" if sellers.labs_alone else None,
        },
        "_directions": DIRECTIONS,
        "_providers": provider_names(catalog),
        "_feed": announced(catalog, since, came, provider) if request.form == "atom" else [],
    }


class Sellers:
    """Whose offers are shown: all, or with `labs_alone` what labs offer themselves."""

    def __init__(self, catalog: Catalog, labs_alone: bool) -> None:
        self.labs_alone = labs_alone
        rows = catalog.connection.execute(FIRST_PARTY) if labs_alone else ()
        self._own = {spec for (spec,) in rows}
        self._labs = {spec.partition(":")[0] for spec in self._own}

    def offer(self, spec: str) -> bool:
        """Whether a model of today is shown."""
        return not self.labs_alone or spec in self._own

    def is_of_lab(self, spec: str) -> bool:
        """Whether a model that is gone is shown: of it only the provider is known."""
        return not self.labs_alone or spec.partition(":")[0] in self._labs


def _went(event: dict[str, Any], direction: str | None) -> bool:
    """Whether one of the prices of an event went up or down; from free it went up."""
    if direction is None:
        return True
    up = direction == "up"
    return any((move["new"] > move["old"]) is up for move in event["moves"])


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
