"""Langfuse's model definitions: the bodies of POST /api/public/models, one for each model and price change.

llmcat export langfuse | jq -c '.[]' | while read -r body; do
    curl -u "$PUBLIC:$SECRET" -H 'content-type: application/json' -d "$body" "$HOST/api/public/models"; done
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any

from llmcat.exports.export import Export, as_json, per_token, served

if TYPE_CHECKING:
    from llmcat.catalog import Catalog

USAGE_TYPES = {
    "input": "input",
    "output": "output",
    "cache_read": "input_cached_tokens",
    "cache_write": "input_cache_creation",
    "reasoning": "output_reasoning_tokens",
    "input_audio": "input_audio_tokens",
    "output_audio": "output_audio_tokens",
}
"""Meter -> the usage type of Langfuse's own SDKs."""

QUERY = """
SELECT spec, valid_from, meter, usd FROM prices
WHERE mode = 'standard' AND region IS NULL AND hours IS NULL AND min_context = 0 AND NOT suspect
    AND coalesce(valid_to, '') <> valid_from
ORDER BY spec, valid_from, meter
"""


def export(catalog: Catalog) -> Export:
    """For each model a body a price change, each with all prices of that time; Langfuse takes the newest
    that begins before a call."""
    changes: dict[str, dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for spec, since, meter, usd in catalog.connection.execute(QUERY):
        if meter in USAGE_TYPES:
            changes[spec][since][meter] = usd
    bodies: list[dict[str, Any]] = []
    count, left_out = 0, Counter[str]()
    for model in served(catalog):
        held: dict[str, float] = {}
        before = len(bodies)
        for number, (since, prices) in enumerate(sorted(changes[model.spec].items())):
            held.update(prices)
            body: dict[str, Any] = {
                "modelName": model.spec,
                "matchPattern": f"(?i)^({re.escape(model.provider)}[/:])?{re.escape(model.id)}$",
                "unit": "TOKENS",
                "prices": {USAGE_TYPES[meter]: per_token(usd) for meter, usd in held.items()},
            }
            bodies.append(body if number == 0 else {**body, "startDate": since})
        if len(bodies) == before:
            left_out["no price per token is known"] += 1
        else:
            count += 1
    return as_json(bodies, count, left_out)
