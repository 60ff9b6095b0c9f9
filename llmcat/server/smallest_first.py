"""Models sorted by a price or a limit, the smallest first: without those of which it is not known.

SQLite puts what is unknown before 0. The headers of the table say `__notnull` themselves; the form, which
a phone shows in their place, cannot.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qs

PAGE = "/catalog/models"
MEASURE = re.compile(r"(cost|limit)_\w+", re.ASCII)


def known_only(path: str, query: str) -> str | None:
    """The query to ask in its place; None where there is nothing to leave out, or programs ask."""
    if path != PAGE:
        return None
    asked = parse_qs(query, keep_blank_values=True)
    column = asked.get("_sort", [""])[0]
    told = "_sort_by_desc" in asked or f"{column}__notnull" in asked
    return None if told or not MEASURE.fullmatch(column) else f"{query}&{column}__notnull=1"
