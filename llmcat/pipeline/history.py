"""History: since when what is true now has been said.

The present state opens a stretch for every model and every price, at the instant of the inputs.
"""

from __future__ import annotations

from llmcat.pipeline.flatten import Row, Rows, prices_of
from llmcat.pipeline.merge import EVERYTHING_ELSE, Records


def record_present(records: Records, rows: Rows, at: str) -> Rows:
    """`rows` with the tables model_versions and prices added, every stretch open since `at`."""
    sources: dict[str, str] = {}
    prices: dict[tuple[str, str, int, str], Row] = {}
    for (provider, id_), merged in records.models.items():
        spec = f"{provider}:{id_}"
        said_by = merged.said_by
        sources[spec] = first = said_by[EVERYTHING_ELSE]
        of_cost = said_by.get("cost", first)
        for mode, min_context, meter, price in prices_of(merged.facts):
            source = said_by.get(f"cost.{meter}", of_cost)
            key = (spec, mode, min_context, meter)
            prices[key] = (*key, price, at, None, source)
    versions = [(*row, at, None, sources[row[0]]) for row in rows["models"]]
    return {**rows, "model_versions": versions, "prices": [prices[key] for key in sorted(prices)]}
