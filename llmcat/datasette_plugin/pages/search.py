"""Models by words, ids or names, the best match first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmcat.capabilities import canonical
from llmcat.choosing.find import find_specs
from llmcat.choosing.search import MAX_RANKED, count_found, search
from llmcat.datasette_plugin.pages.list_models import OFFERED
from llmcat.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmcat.catalog import Catalog
    from llmcat.datasette_plugin.pages.request import PageRequest

A_PAGE = 30

ORDERS = {
    "": "best match",
    "blend": "cheapest",
    "-release_date": "newest",
    "-limit_context": "longest context",
}
"""Value of the address, an order of find -> its words."""


def facts(catalog: Catalog, request: PageRequest) -> dict[str, Any]:
    """The models that match `?q=`, from `?offset=` on; where none does, those of a corrected text.

    `?provider=` keeps those of one provider, `?require=` those with capabilities, `?sellers=labs` offers
    of the lab alone, `?open_weights=1`, `?in_service=1` those that are neither deprecated nor retired;
    `?sort=` one of ORDERS.
    """
    text, offset = request.one("q"), request.number("offset", 0, 0, MAX_RANKED)
    named = request.one("provider") or None
    provider = catalog.provider(named).id if named else None
    choice = {
        "require": [canonical(name) for name in request.many("require")],
        "sellers": "labs" if request.one("sellers") == "labs" else "",
        **{
            name: "1" if request.one(name) == "1" else "" for name in ("open_weights", "in_service")
        },
        "sort": request.one("sort"),
    }
    corrected = None
    matching = count_found(catalog.connection, text, provider)
    if text and not matching and (corrected := catalog.correct(text)):
        matching = count_found(catalog.connection, corrected, provider)
    narrow = any(choice.values())
    upto = MAX_RANKED if narrow else offset + A_PAGE + 1
    found = search(catalog.connection, corrected or text, limit=upto, provider=provider)
    count = matching
    if narrow:
        found = narrowed(catalog, found, choice)
        count = len(found)
    return {
        "ok": True,
        "q": text,
        "corrected": corrected,
        "provider": provider,
        **choice,
        "count": count,
        "matching": matching,
        "offset": offset,
        "models": [catalog.model(spec)._asdict() for spec in found[offset : offset + A_PAGE]],
        "next_offset": offset + A_PAGE if offset + A_PAGE < len(found) else None,
        "_choice": {"q": text, "provider": provider, **choice},
        "_before": max(0, offset - A_PAGE) if offset else None,
        "_most": MAX_RANKED,
        "_offered": OFFERED,
        "_orders": ORDERS,
        "_providers": [(p.id, p.name or p.id) for p in catalog.providers()],
    }


def narrowed(catalog: Catalog, found: Sequence[str], choice: dict[str, Any]) -> list[str]:
    """The specs of those found that fit, in their order or the one that is asked for."""
    if choice["sort"] not in ORDERS:
        orders = ", ".join(filter(None, ORDERS))
        raise OptionError(f"sort is one of {orders}, not {choice['sort']!r}")
    fitting = find_specs(
        catalog.connection,
        require=choice["require"],
        first_party=True if choice["sellers"] else None,
        open_weights=True if choice["open_weights"] else None,
        include_deprecated=not choice["in_service"],
        include_retired=not choice["in_service"],
        order_by=choice["sort"] or None,
    )
    if choice["sort"]:
        among = set(found)
        return [spec for spec in fitting if spec in among]
    those = set(fitting)
    return [spec for spec in found if spec in those]
