"""What every export has in common: its content, and what could not be put into it, by reason.

A format that demands a value gets none made up: a model of which it is not known is left out, and counted.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from llmcat.errors import SourceError

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.records import Model

MILLION = Decimal(1_000_000)

MAX_BASE = 256 * 2**20


class Export(NamedTuple):
    """A file in another program's format. `left_out` counts models by the reason why they are not in it."""

    content: bytes
    models: int
    left_out: Counter[str]


class Tier(NamedTuple):
    """Prices in USD by meter; they hold for a call whose input exceeds `min_context` tokens."""

    min_context: int
    prices: dict[str, float]


def as_json(value: Any, models: int, left_out: Counter[str], indent: int | None = 1) -> Export:
    """An export of JSON."""
    separators = None if indent else (",", ":")
    text = json.dumps(value, indent=indent, separators=separators, ensure_ascii=False)
    return Export(f"{text}\n".encode(), models, left_out)


def current_prices(catalog: Catalog) -> dict[str, list[Tier]]:
    """Spec -> its standard prices everywhere and always: the plain ones first, then its tiers."""
    rows = catalog.connection.execute(
        "SELECT spec, min_context, meter, usd FROM prices WHERE valid_to IS NULL AND mode = 'standard'"
        " AND region IS NULL AND hours IS NULL ORDER BY spec, min_context, effective_from"
    )
    found: dict[str, list[Tier]] = {}
    for spec, min_context, meter, usd in rows:
        tiers = found.setdefault(spec, [])
        if not tiers or tiers[-1].min_context != min_context:
            tiers.append(Tier(min_context, {}))
        tiers[-1].prices[meter] = usd
    return found


def per_token(usd: float) -> float:
    """USD per 1M tokens as USD per token, through its decimal text: 0.125 is 1.25e-07."""
    return float(Decimal(str(usd)) / MILLION)


def served(catalog: Catalog) -> Iterator[Model]:
    """All models but those that are retired."""
    return (model for model in catalog.models() if model.status != "retired")


def read_base(path: Path, kind: type[Any]) -> Any:
    """The JSON of a program's own file, which an export is laid over. Raises SourceError."""
    from llmcat.pipeline.sources.files import parse_json, read_bytes

    data = parse_json(path, read_bytes(path, MAX_BASE))
    if not isinstance(data, kind):
        raise SourceError(path, f"holds no JSON {'object' if kind is dict else 'array'}")
    return data
