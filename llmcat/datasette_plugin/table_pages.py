"""What a page of a table is asked for: too much, an order in which unknown prices lead, a place that is
none."""

from __future__ import annotations

import re
from typing import Any

from datasette.utils import urlsafe_components

from llmcat.datasette_plugin.parameters import is_number

MOST_FACETS, LARGEST_FACET, MOST_ROWS_OF_HTML = 12, 200, 200
MOST_FACET_BYTES = 2_000_000
"""Each value of a facet is a link that repeats the whole address: 65 facets of a thousand values were an
answer of 275 MB."""

MEASURE = re.compile(r"(cost|limit)_\w+", re.ASCII)


def too_much(request: Any, metadata: dict[str, Any]) -> str | None:
    """Why a page of a table would be too large: its rows, or its facets."""
    arguments = request.args
    html = not request.url_vars.get("format")
    rows, size = arguments.get("_size") or "", arguments.get("_facet_size") or ""
    if html and (rows == "max" or (is_number(rows) and int(rows) > MOST_ROWS_OF_HTML)):
        return f"a page shows {MOST_ROWS_OF_HTML} rows at most; JSON and CSV have up to 1,000"
    if size and not (is_number(size) and int(size) <= LARGEST_FACET):
        return f"_facet_size is a number up to {LARGEST_FACET}"
    names = [name for name in arguments if name.startswith("_facet") and name != "_facet_size"]
    facets = [(name, value) for name in names for value in arguments.getlist(name)]
    if len(set(facets)) < len(facets):
        return "a facet is named twice"
    if len(facets) > MOST_FACETS:
        return f"{len(facets)} facets are too many; {MOST_FACETS} are the most"
    values = (len(facets) + len(metadata.get("facets", ()))) * int(size or 10)
    if values * len(request.query_string) > MOST_FACET_BYTES:
        return "these facets under so long an address are too much; ask for fewer or smaller ones"
    return None


def without_unknown(request: Any, table: str) -> str | None:
    """Where the models sorted by a price or limit, the smallest first, are without those of which it is
    not known: SQLite puts what is unknown before 0. The headers of the table lead there; the form, which
    a phone shows in their place, cannot. None where that is not asked, or by a program."""
    arguments, column = request.args, request.args.get("_sort") or ""
    if table != "models" or request.url_vars.get("format") or not MEASURE.fullmatch(column):
        return None
    known = "_sort_by_desc" in arguments or f"{column}__notnull" in arguments
    return None if known else f"?{request.query_string}&{column}__notnull=1"


def is_place(text: str, keys: list[str], is_sorted: bool) -> bool:
    """Whether `_next` can be one of ours: a number in a view, which has no `keys`, else the key behind
    which to go on, after the value that is sorted by."""
    return len(urlsafe_components(text)) == len(keys) + is_sorted if keys else text.isdecimal()
