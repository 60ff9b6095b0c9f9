"""The first page: search, ways in, and what is new."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

from llmcat.datasette_plugin.once_a_file import once_a_file
from llmcat.datasette_plugin.pages.whats_new import price_moves
from llmcat.instants import UNKNOWN_TIME, age_in_words

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.datasette_plugin.pages.request import PageRequest

SHOWN = 8
AHEAD = 90
RECENT = 90
"""Days in which the last price moves are looked for first."""

NEWEST = """
SELECT spec FROM models WHERE first_party = 1 AND release_date <= :today
ORDER BY release_date DESC, spec LIMIT :most"""

LABS = """
SELECT provider, count(*) AS models FROM models WHERE first_party = 1
GROUP BY provider ORDER BY models DESC, provider LIMIT 16"""


def facts(catalog: Catalog, request: PageRequest) -> dict[str, Any]:
    """How much there is, the newest models of the labs, the last price moves, what goes away."""
    known = of_the_day(catalog, request.today)
    built = str(known["info"]["built_at"])
    age = None if built == UNKNOWN_TIME else age_in_words(built, datetime.now(timezone.utc))
    return {**known, "age": age}


@once_a_file
def of_the_day(catalog: Catalog, today: str) -> dict[str, Any]:
    """What the page shows all day."""
    info = catalog.info()
    built = str(info["built_at"])
    values = {"today": today, "most": SHOWN}
    newest = [spec for (spec,) in catalog.connection.execute(NEWEST, values).fetchall()]
    first = catalog.connection.execute("SELECT min(at) FROM moments").fetchone()[0]
    moves = latest_moves(catalog, built, first or "2000")
    return {
        "info": info,
        "first": None if first == UNKNOWN_TIME else first,
        "newest": [catalog.model(spec)._asdict() for spec in newest],
        "price_moves": moves[:SHOWN],
        "deprecations": [
            model._asdict() for model in catalog.deprecations(AHEAD, today=today)[:SHOWN]
        ],
        "labs": catalog.sql(LABS).to_dicts(),
    }


def latest_moves(catalog: Catalog, built: str, first: str) -> list[dict[str, Any]]:
    """The last price moves: of the last months, or where these have too few, of all times since `first`."""
    with suppress(ValueError):
        since = (date.fromisoformat(built[:10]) - timedelta(days=RECENT)).isoformat()
        if len(found := price_moves(catalog, since)) >= SHOWN:
            return found
    return price_moves(catalog, first)
