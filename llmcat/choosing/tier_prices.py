"""What models cost for an input that is so long that a dearer tier holds."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable

METERS = ("input", "output", "cache_read")

QUERY = f"""
SELECT spec, meter, usd FROM prices
WHERE spec IN (SELECT value FROM json_each(?)) AND valid_to IS NULL AND mode = 'standard' AND region IS NULL
    AND hours IS NULL AND min_context > 0 AND min_context < ? AND meter IN {METERS}
ORDER BY min_context"""


def prices_at(
    connection: sqlite3.Connection, specs: Iterable[str], input_tokens: int
) -> dict[str, dict[str, float]]:
    """Spec -> the prices of the tier that holds for an input of so many tokens, as cost_input, cost_output and
    cost_cache_read; those for which the columns of `models` hold are left out."""
    found: dict[str, dict[str, float]] = {}
    if input_tokens:
        for spec, meter, usd in connection.execute(QUERY, (json.dumps(list(specs)), input_tokens)):
            found.setdefault(spec, {})[f"cost_{meter}"] = usd
    return found
