"""The providers: how many models, the cheapest, what they can do, how they are reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmcat.errors import OptionError

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.datasette_plugin.pages.request import PageRequest

A_PAGE = 50

COUNTED = """
SELECT p.id, p.name, p.api, p.npm, p.doc, p.local, p.retires_on,
    count(m.spec) AS models, sum(m.first_party = 1) AS own, count(m.cost_input) AS priced,
    min(nullif(m.cost_input, 0)) AS cheapest, max(m.limit_context) AS context,
    max(m.release_date) AS newest, sum(m.tools = 1) AS tools, sum(m.vision = 1) AS vision,
    sum(m.reasoning = 1) AS reasoning
FROM providers AS p LEFT JOIN (
    SELECT * FROM models WHERE coalesce(status, '') NOT IN ('deprecated', 'retired')
        AND coalesce(deprecated_on, '9999') > :today AND coalesce(retires_on, '9999') > :today
) AS m ON m.provider = p.id
WHERE instr(lower(p.id || ' ' || coalesce(p.name, '')), lower(:q))
GROUP BY p.id"""

SORTS = {
    "name": ("name", False),
    "models": ("models", True),
    "own": ("own", True),
    "cheapest": ("cheapest", False),
    "context": ("context", True),
    "newest": ("newest", True),
}
"""Value of the address -> the column and whether its largest comes first."""

COLUMNS = {
    "name": "Provider",
    "models": "Models",
    "own": "Its own",
    "cheapest": "Cheapest input",
    "context": "Longest context",
    "newest": "Newest",
}


def facts(catalog: Catalog, request: PageRequest) -> dict[str, Any]:
    """All providers, or those with `?q=` in id or name, from `?offset=` on, by `?sort=` (models without);
    of their models those in service are counted. Raises OptionError for a sort that is none."""
    q, sort = request.one("q"), request.one("sort", "models")
    if sort not in SORTS:
        raise OptionError(f"sort is one of {', '.join(SORTS)}, not {sort!r}")
    column, largest_first = SORTS[sort]
    found = catalog.sql(COUNTED, {"q": q, "today": request.today}).to_dicts()
    for row in found:
        row["name"] = row["name"] or row["id"]
    known = [row for row in found if row[column] is not None]
    known.sort(key=lambda row: str(row["name"]).lower())
    known.sort(
        key=lambda row: row[column].lower() if column == "name" else row[column],
        reverse=largest_first,
    )
    ordered = [*known, *(row for row in found if row[column] is None)]
    offset = request.number("offset", 0, 0, len(ordered))
    shown = ordered[offset : offset + A_PAGE]
    return {
        "ok": True,
        "q": q,
        "sort": sort,
        "count": len(found),
        "offset": offset,
        "next_offset": offset + A_PAGE if offset + A_PAGE < len(ordered) else None,
        "providers": [{**row, "env": list(catalog.provider(row["id"]).env)} for row in shown],
        "_before": max(0, offset - A_PAGE) if offset else None,
        "_columns": COLUMNS,
        "_sorts": SORTS,
    }
