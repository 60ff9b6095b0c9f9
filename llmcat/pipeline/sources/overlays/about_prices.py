"""Keys beside prices that are none. A build asks for them, and need not read all of format.py for that."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict


class AboutPrices(TypedDict, total=False):
    """Keys that speak of prices and are none, whatever their values are: they are kept in extra."""

    as_of: Any
    batch: Any
    batch_discount: Any
    discount: Any
    discounts: Any
    effective_date: Any
    free_tier: Any
    last_updated: Any
    merge: Any
    note: Any
    notes: Any
    per: Any
    source: Any
    special_pricing: Any
    unit: Any
    units: Any
    updated_at: Any
    url: Any
    valid_from: Any
    volume_discounts: Any
    volume_tiers: Any
