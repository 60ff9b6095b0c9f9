"""The models by what they can do and cost, a row each: which has vision and tools for less than a dollar?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llmcat.capabilities import canonical
from llmcat.choosing.folded import NOTABLE, OFFERED_BY, SORTS, fold
from llmcat.datasette_plugin.catalogues import provider_names
from llmcat.datasette_plugin.once_a_file import once_a_file

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.datasette_plugin.pages.request import PageRequest

A_PAGE = 50

OFFERED = {
    "vision": "vision",
    "function_calling": "tools",
    "reasoning": "reasoning",
    "structured_outputs": "JSON Schema",
    "prompt_caching": "prompt caching",
    "audio_input": "audio",
    "video_input": "video",
    "pdf_input": "PDF",
    "web_search": "web search",
    "computer_use": "computer use",
    "image_generation": "makes images",
}
"""Capability -> its box; others are understood in the address."""

ANY = "any"
USUAL_KIND = "chat"
KINDS = "SELECT task, count(*) FROM models WHERE task IS NOT NULL GROUP BY task ORDER BY 2 DESC, 1"

CHECKED = {"free": "free", "open_weights": "open weights"}
PRICES = {"max_input": "max_cost_input", "max_output": "max_cost_output"}
"""Box -> the option of find."""

COLUMNS = {
    "name": "Model",
    "input": "Input",
    "cached": "Cached",
    "output": "Output",
    "context": "Context",
    "released": "Released",
}
ORDERS = {
    NOTABLE: "newest of labs",
    "price": "cheapest",
    "input": "cheapest input",
    "output": "cheapest output",
    "-context": "longest context",
    "-released": "newest",
    "-offers": "most offers",
    "name": "name",
}
"""What the form sorts by."""

LARGEST_FIRST = ("context", "released", "offers")
"""What a click on a column's name puts on top."""


def facts(catalog: Catalog, request: PageRequest) -> dict[str, Any]:
    """The models that fit, from `?offset=` on: by `?sort=` (price, input, cached, output, context,
    released, offers or name; `-` before it: the largest first; notable), without it the cheapest first, and
    where nothing is asked for those that their labs and several others offer, the newest first.

    `?require=` capabilities, `?max_input=` and `?max_output=` USD per 1M tokens, `?min_context=` tokens,
    `?sellers=labs` for offers of the lab alone, `?provider=`, `?kind=` (chat; any for all), `?free=1`,
    `?open_weights=1`, `?q=` words. Raises what find() raises.
    """
    choice = _choice(request)
    usual = "price" if any({**choice, "kind": choice["kind"] != USUAL_KIND}.values()) else NOTABLE
    sort = request.one("sort", usual)
    found = fold(catalog.connection, _options(choice), sort)
    offset = request.number("offset", 0, 0, len(found))
    rows = found[offset : offset + A_PAGE]
    return {
        "ok": True,
        **choice,
        "sort": sort,
        "count": len(found),
        "offers_count": sum(model.offers for model in found),
        "offset": offset,
        "next_offset": offset + A_PAGE if offset + A_PAGE < len(found) else None,
        "models": [
            {**row._asdict(), "offer": catalog.model(row.cheapest)._asdict()} for row in rows
        ],
        "_choice": {
            **{name: value for name, value in choice.items() if value},
            "sort": sort if sort != usual else None,
            "kind": choice["kind"] if choice["kind"] != USUAL_KIND else None,
        },
        "_before": max(0, offset - A_PAGE) if offset else None,
        "_last": offset + len(rows),
        "_sorts": {name: next_sort(name, sort) for name in SORTS},
        "_orders": ORDERS,
        "_offered": OFFERED,
        "_others": [name for name in choice["require"] if name not in OFFERED],
        "_checked": CHECKED,
        "_offered_by": OFFERED_BY,
        "_columns": COLUMNS,
        "_kinds": kinds(catalog),
        "_providers": provider_names(catalog),
    }


@once_a_file
def kinds(catalog: Catalog) -> list[str]:
    """What models are for, the most frequent first."""
    return [kind for kind, _ in catalog.connection.execute(KINDS).fetchall()]


def _choice(request: PageRequest) -> dict[str, Any]:
    """What is asked for, checked."""
    return {
        "q": request.one("q"),
        "require": [canonical(name) for name in request.many("require")],
        **{name: request.price(name) for name in PRICES},
        "min_context": request.tokens("min_context"),
        "sellers": "labs" if request.one("sellers") == "labs" else "",
        "provider": request.one("provider"),
        "kind": request.one("kind", USUAL_KIND),
        **{name: "1" if request.one(name) == "1" else "" for name in CHECKED},
    }


def _options(choice: dict[str, Any]) -> dict[str, Any]:
    """The options of find."""
    return {
        "text": choice["q"] or None,
        "require": choice["require"],
        **{option: choice[name] for name, option in PRICES.items()},
        "min_context": choice["min_context"],
        "first_party": True if choice["sellers"] else None,
        "provider": choice["provider"] or None,
        "task": None if choice["kind"] == ANY else choice["kind"],
        **{name: True if choice[name] else None for name in CHECKED},
    }


def next_sort(field: str, sort: str) -> str:
    """What a click on a column's name sorts by: turned around where it is sorted by already."""
    first, second = (f"-{field}", field) if field in LARGEST_FIRST else (field, f"-{field}")
    return second if sort == first else first
