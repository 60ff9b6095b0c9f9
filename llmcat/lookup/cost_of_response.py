"""What a call costs by what its API returned: the whole response, or its usage and the model's name."""

from __future__ import annotations

from datetime import date
from typing import Any

from llmcat.errors import UnknownPrice
from llmcat.lookup.interpretations import find_provider
from llmcat.lookup.prices_by_name import first_priced, kept_prices, price_list_of
from llmcat.pricing.cost import cost_of_reading
from llmcat.pricing.cost_result import CallCost
from llmcat.pricing.price_list import Prices
from llmcat.pricing.response import Response, read_response, usage_with_tier, whole
from llmcat.pricing.usage.reading import read
from llmcat.storage.models import Reader


def cost_of_call(
    reader: Reader,
    spec: Any,
    usage: Any,
    at: str | date | None,
    mode: str | None = None,
    region: str | None = None,
) -> CallCost:
    """What a call costs by its usage, or by the whole response: given for `spec`, or as `usage` beside it.

    A response's own time holds where neither `at` nor the reader's view names another.
    """
    response = whole(spec) if usage is None else read_response(usage)
    if response is not None:
        usage = usage_with_tier(response)
    name = spec if isinstance(spec, str) or response is None else _name_in(reader, response)
    if response is None or response.at is None or at is not None or reader.view.at is not None:
        prices = kept_prices(reader, name, at)
    else:
        prices = prices_of_call(reader, name, response.at)
    return cost_of_reading(prices, read(usage), mode, region)


def _name_in(reader: Reader, response: Response) -> str:
    """The name of the model in a response, at its provider where it says one that the catalogue has."""
    model = str(response.model)
    if response.provider is None or find_provider(reader.connection, response.provider) is None:
        return model
    return f"{response.provider}:{model}"


def prices_of_call(reader: Reader, name: str, moment: str) -> Prices:
    """The prices of the model that `name` means at the moment at which a response says that it was made.

    Of a moment before the first known price, that one holds, and `assumed` says so.
    """
    now = reader.prices.get((name, None))
    if now is None:
        try:
            now = kept_prices(reader, name, None)
        except UnknownPrice:
            return kept_prices(reader, name, moment)
    if now.steady_since is not None and moment >= now.steady_since:
        return now
    try:
        return kept_prices(reader, name, moment)
    except UnknownPrice:
        first = first_priced(reader.connection, name)
        if first is None or first <= moment:
            raise
        prices = price_list_of(reader.connection, name, first)
        why = f"no price of {moment} is known: billed at the first that is, of {first}"
        prices.assumed = (*prices.assumed, why)
        return reader.keep_prices(name, moment, prices)
