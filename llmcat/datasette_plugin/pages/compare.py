"""Two to six models side by side, at an address that can be shared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from markupsafe import Markup, escape

from llmcat import display
from llmcat.choosing.compare import SHOWN
from llmcat.datasette_plugin.charts.price_lines import comparison_chart
from llmcat.datasette_plugin.once_a_file import once_a_file
from llmcat.errors import LlmcatError
from llmcat.meters import BY_NAME, COLUMN_METERS, STANDARD
from llmcat.rendering.price_steps import DRAWN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from llmcat.catalog import Catalog
    from llmcat.choosing.compare import Comparison
    from llmcat.datasette_plugin.pages.request import PageRequest
    from llmcat.history.changes import PriceInterval

MOST = 6
LABELS = {
    "limit_context": "Context window",
    "limit_input": "Longest input",
    "limit_output": "Longest output",
    "cost_input": "Input",
    "cost_output": "Output",
    "cost_cache_read": "Cache read",
    "cost_cache_write": "Cache write",
    "cost_reasoning": "Reasoning",
    "cost_input_audio": "Audio input",
    "cost_output_audio": "Audio output",
    "cost_image": "An image",
    "cost_second": "A second",
    "cost_character": "A character",
    "cost_page": "A page",
    "cost_request": "A request",
    "cost_query": "A query",
    "modalities_input": "Input modalities",
    "modalities_output": "Output modalities",
}
"""Fields whose name is not what people say."""


OFFERED = """
SELECT spec, name FROM models
WHERE first_party = 1 AND coalesce(status, '') NOT IN ('deprecated', 'retired')
    AND coalesce(retires_on, '9999') > ? AND task IS 'chat'
ORDER BY release_date DESC, spec LIMIT 200"""
"""What the boxes complete: the labs' own models in service, the newest first; others are understood."""


def facts(catalog: Catalog, request: PageRequest) -> dict[str, Any]:
    """The models that `?m=` names, in that order; ids as people write them are understood.

    What is not found is said, with what may have been meant, and the rest is compared. Beyond six,
    names are left out, and named.
    """
    names = request.many("m")
    specs, fields = [], []
    misses: list[dict[str, Any]] = []
    for name in names[:MOST]:
        try:
            specs.append(catalog.resolve(name).spec)
            fields.append(specs[-1])
        except (LlmcatError, ValueError) as error:
            meant = [str(spec) for spec in getattr(error, "suggestions", ())]
            misses.append({"name": name, "error": str(error), "meant": meant})
            fields.append(name)
    found = catalog.compare(dict.fromkeys(specs))
    intervals = {model.spec: catalog.prices(model.spec) for model in found.models}
    return {
        "ok": True,
        **found.as_dict(),
        "prices": {
            spec: [interval._asdict() for interval in prices] for spec, prices in intervals.items()
        },
        "unknown": [miss["name"] for miss in misses],
        "left_out": names[MOST:],
        "_misses": [
            {**miss, "meant": {s: _instead(fields, miss["name"], s) for s in miss["meant"]}}
            for miss in misses
        ],
        "_fields": fields,
        "_groups": [*groups(found), *other_prices(intervals)],
        "_offered": offered(catalog, request.today),
        "_charts": [
            {"title": f"Price of {name}", "figure": figure}
            for meter, name in DRAWN.items()
            if (figure := comparison_chart(catalog, meter, intervals))
        ],
        "_specs": [model.spec for model in found.models],
        "_most": MOST,
    }


@once_a_file
def offered(catalog: Catalog, today: str) -> Markup:
    """The options of the boxes."""
    rows = catalog.connection.execute(OFFERED, (today,)).fetchall()
    return Markup(
        "".join(
            f'<option value="{escape(spec)}">{escape(name or "")}</option>' for spec, name in rows
        )
    )


def _instead(fields: Sequence[str], request: str, meant: str) -> list[str]:
    return [meant if field == request else field for field in fields]


def groups(found: Comparison) -> list[dict[str, Any]]:
    """The table: groups of rows, each row with a cell a model; what nobody knows is left out."""
    by_group: dict[str, list[dict[str, Any]]] = {}
    winners = {**found.cheapest, **found.largest}
    for field in found.fields:
        if all(value in (None, ()) for value in field.values):
            continue
        best = winners.get(field.name, ())
        by_group.setdefault(field.group, []).append(
            {
                "label": LABELS.get(field.name, field.name.replace("_", " ").capitalize()),
                "differs": field.differs,
                "cells": [
                    {"text": SHOWN[field.name](value), "best": model.spec in best}
                    for model, value in zip(found.models, field.values)
                ],
            }
        )
    order = ("prices", "limits", "modalities", "dates", "identity")
    shown = [{"name": name, "rows": by_group[name]} for name in order if name in by_group]
    abilities = [
        {
            "label": name.replace("_", " "),
            "differs": len(set(by_spec.values())) > 1,
            "cells": [{"text": display.flag(able), "best": False} for able in by_spec.values()],
        }
        for name, by_spec in found.support.items()
    ]
    return [*shown[:2], {"name": "capabilities", "rows": abilities}, *shown[2:]]


def other_prices(intervals: Mapping[str, Sequence[PriceInterval]]) -> list[dict[str, Any]]:
    """The prices of today in other modes, regions, hours and tiers, and those by the piece: a group a way
    to be served, a row a meter, the lowest of a row marked."""
    listed: dict[Way, dict[str, dict[str, float]]] = {}
    for spec, prices in intervals.items():
        for price in prices:
            way = Way(price.mode, price.region or "", price.hours or "", price.min_context)
            usual = way == USUAL and price.unit == "token" and price.meter in COLUMN_METERS
            if price.valid_to is None and not usual:
                unit = "" if price.unit == "token" else f" per {price.unit or 'unit'}"
                label = price.meter.replace("_", " ") + unit
                listed.setdefault(way, {}).setdefault(label, {})[spec] = price.usd
    return [
        {
            "name": way.words(),
            "rows": [
                _price_row(label, by_spec, intervals)
                for label, by_spec in sorted(meters.items(), key=lambda item: _place(item[0]))
            ],
        }
        for way, meters in sorted(listed.items(), key=lambda item: item[0].place())
    ]


class Way(NamedTuple):
    """A way to be served, which has prices of its own."""

    mode: str
    region: str
    hours: str
    min_context: int

    def words(self) -> str:
        """batch, in eu, input over 200K."""
        parts = [self.mode if self.mode != STANDARD else ""]
        parts += [f"in {self.region}" if self.region else ""]
        parts += [f"{self.hours} UTC" if self.hours else ""]
        parts += [f"input over {display.tokens(self.min_context)}" if self.min_context else ""]
        return "prices " + (", ".join(filter(None, parts)) or "of other meters")

    def place(self) -> tuple[Any, ...]:
        """Tiers before modes, and what holds everywhere before regions."""
        return (bool(self.region), self.mode != STANDARD, *self)


USUAL = Way(STANDARD, "", "", 0)


def _place(label: str) -> tuple[int, str]:
    """Input and output first, then as meters.py has them."""
    name = label.replace(" ", "_")
    return (list(BY_NAME).index(name) if name in BY_NAME else len(BY_NAME), label)


def _price_row(label: str, by_spec: Mapping[str, float], specs: Iterable[str]) -> dict[str, Any]:
    values = [by_spec.get(spec) for spec in specs]
    known = [value for value in values if value is not None]
    best = min(known) if len(known) > 1 and len(set(known)) > 1 else None
    return {
        "label": label.capitalize(),
        "differs": len(set(values)) > 1,
        "cells": [
            {"text": display.price(value), "best": value is not None and value == best}
            for value in values
        ],
    }
