"""A capability: what it is, who has it, who gained or lost it and when, what breaks with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from llmcat.capabilities import CANONICAL, CAPABILITIES, COLUMNS, MODALITY_OF, canonical
from llmcat.choosing.folded import fold
from llmcat.errors import UnknownCapability
from llmcat.suggestions import near

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.datasette_plugin.pages.request import PageRequest

LISTED = 12
"""The cheapest models with it that the page shows; all are on the page of models."""

MOST_EVENTS = 60
MOST_PROVIDERS = 40

IN_SERVICE = """coalesce(status, '') NOT IN ('deprecated', 'retired')
    AND coalesce(deprecated_on, '9999') > :today AND coalesce(retires_on, '9999') > :today"""

MEANING = """SELECT description FROM catalog_columns
WHERE "table" = 'models' AND "column" = :column"""

HAS = "EXISTS (SELECT 1 FROM json_each(models.capabilities) WHERE value = :name)"

COUNTED = f"""SELECT count(*) AS models, sum({{able}}) AS able, sum({{unable}}) AS unable
FROM models WHERE {IN_SERVICE}"""

PROVIDERS = f"""SELECT provider, count(*) AS models, sum(first_party = 1) AS own
FROM models WHERE {{able}} AND {IN_SERVICE}
GROUP BY provider ORDER BY own > 0 DESC, models DESC, provider LIMIT :most"""

EVENTS = """SELECT at, spec, event, source FROM capability_history
WHERE capability IN (:name, :column) AND NOT backfill AND event IN ('gained', 'lost')
ORDER BY at DESC, spec LIMIT :most"""

COUNT_EVENTS = """SELECT event, count(*) AS events FROM capability_history
WHERE capability IN (:name, :column) AND NOT backfill AND event IN ('gained', 'lost')
GROUP BY event"""

LIFE = ("breaking_changes", "added_in", "since", "stable_since", "version", "documentation")
"""What sources may say of a capability of a model beside that it has it."""

_NAMED = " OR ".join(f"d.capabilities LIKE '%\"{fact}\"%'" for fact in LIFE)

KNOWN_FACTS = f"""SELECT d.spec, f.key AS fact, f.value AS value
FROM model_details AS d, json_each(d.capabilities, '$.' || json_quote(:name)) AS f
WHERE ({_NAMED}) AND f.key IN (SELECT value FROM json_each(:facts))
ORDER BY f.key <> 'breaking_changes', f.key, d.spec"""

EVERY = f"""SELECT value AS name, count(*) AS models FROM models, json_each(models.capabilities)
WHERE {IN_SERVICE} GROUP BY value ORDER BY models DESC, name"""


def facts(catalog: Catalog, request: PageRequest) -> dict[str, Any]:
    """What the catalogue knows of the capability that the path names, in any spelling; without a name how
    many models in service have each. Raises UnknownCapability, with suggestions."""
    if not request.subject:
        every = catalog.sql(EVERY, {"today": request.today}).to_dicts()
        return {"ok": True, "name": None, "capabilities": every}
    name = canonical(request.subject.replace(" ", "_").replace("-", "_"))
    if name not in CANONICAL and not _is_there(catalog, name):
        raise UnknownCapability(request.subject, near(name, CANONICAL))
    column = COLUMNS.get(name)
    able = f"{column} = 1" if column else HAS
    values = {"today": request.today, "name": name, "column": column or name}
    [counted] = catalog.sql(
        COUNTED.format(able=able, unable=f"{column} = 0" if column else "0"), values
    ).to_dicts()
    rows = fold(catalog.connection, {"require": [name], "today": request.today})
    events = catalog.sql(EVENTS, {**values, "most": MOST_EVENTS}).to_dicts()
    return {
        "ok": True,
        "name": name,
        "meaning": _meaning(catalog, column),
        "modality": MODALITY_OF.get(name),
        "spellings": _spellings(name),
        **{key: value or 0 for key, value in counted.items()},
        "count": len(rows),
        "cheapest": [
            {**row._asdict(), "offer": catalog.model(row.cheapest)._asdict()}
            for row in rows[:LISTED]
        ],
        "providers": catalog.sql(
            PROVIDERS.format(able=able), {**values, "most": MOST_PROVIDERS}
        ).to_dicts(),
        "events": events,
        "events_count": {
            row["event"]: row["events"] for row in catalog.sql(COUNT_EVENTS, values).to_dicts()
        },
        "facts": _facts(catalog, name),
        "_column": column,
    }


def _is_there(catalog: Catalog, name: str) -> bool:
    """Whether a model of this catalogue has a capability that llmcat does not know."""
    return bool(catalog.sql(f"SELECT 1 FROM models WHERE {HAS} LIMIT 1", {"name": name}))


def _meaning(catalog: Catalog, column: str | None) -> str | None:
    """What the schema says of its column, without how flags are written."""
    if column is None:
        return None
    found = catalog.connection.execute(MEANING, {"column": column}).fetchone()
    return str(found[0]).partition(";")[0] if found else None


def _spellings(name: str) -> list[str]:
    known = next((c for c in CAPABILITIES if c.name == name), None)
    return list(known.aliases) if known else []


def _facts(catalog: Catalog, name: str) -> list[dict[str, Any]]:
    """What sources say of it beside: breaking changes first."""
    return catalog.sql(KNOWN_FACTS, {"name": name, "facts": json.dumps(LIFE)}).to_dicts()
