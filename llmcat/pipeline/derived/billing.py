"""How an offer is paid for: by the token, by another unit, by subscription, or not at all.

Upstream lists 0 for input and output where something else pays, and where nobody knows. Such a 0 is no
price: the recipe says which providers list it for a subscription or without knowing, and no 0 of theirs
is taken for free. What they listed stays in the model's `extra`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence

from llmcat.meters import METERS
from llmcat.pipeline.entries import Facts
from llmcat.pipeline.globs import compile_glob

TOKEN_UNIT = frozenset(meter.name for meter in METERS if meter.unit == "token")

NO_PRICE = ("subscription", "unknown")
"""Kinds of billing under which a 0 for tokens is no price."""

BillingOf = Callable[[str], "str | None"]


def billing_finder(table: Mapping[str, Sequence[str]]) -> BillingOf:
    """A function from a provider to how its models at 0 are paid for: subscription, free, unknown; None
    where the table, billing -> globs of providers, does not name it."""
    matchers = [(billing, list(map(compile_glob, globs))) for billing, globs in table.items()]

    @functools.cache
    def billing_of(provider: str) -> str | None:
        for billing, globs in matchers:
            if any(matches(provider) for matches in globs):
                return billing
        return None

    return billing_of


def billing(facts: Facts, at_zero: str | None) -> str | None:
    """How a model is paid for, as its prices tell; `at_zero` is what its provider's zeros stand for.
    None where no price is known.

    A 0 for tokens is free only of a model that gives text: what gives images or vectors for 0 a token
    is paid for in another unit, or nobody knows.
    """
    prices = dict(_plain_prices(facts.get("cost", {})))
    paid = {meter for meter, price in prices.items() if price > 0}
    if paid & TOKEN_UNIT:
        return "token"
    if paid:
        return "unit"
    if "input" not in prices or "output" not in prices:
        return None
    if at_zero is not None:
        return at_zero
    gives = facts.get("modalities", {}).get("output")
    converses = facts.get("task") in (None, "chat", "completion")
    return "free" if converses and (gives is None or gives == ["text"]) else "unknown"


def is_paid(facts: Facts) -> bool:
    """Whether a price above 0 is known."""
    return any(price > 0 for _, price in _plain_prices(facts.get("cost", {})))


def _plain_prices(cost: Facts) -> Iterator[tuple[str, float]]:
    return ((meter, price) for meter, price in cost.items() if isinstance(price, (int, float)))


def without_zeros(facts: Facts) -> Facts:
    """The facts of a model whose zeros are no prices, without them: `extra` keeps what was listed."""
    cost = facts["cost"]
    zeros = {meter: price for meter, price in _plain_prices(cost) if price == 0}
    kept = {meter: price for meter, price in cost.items() if meter not in zeros}
    extra = {**facts.get("extra", {}), "listed_at_zero": zeros}
    return {**facts, "cost": kept, "extra": extra}


def with_zeros(facts: Facts) -> Facts:
    """The facts as they were before `without_zeros`: with the zeros that their source listed."""
    extra = dict(facts.get("extra", {}))
    zeros = extra.pop("listed_at_zero", None)
    if zeros is None:
        return facts
    listed = {**facts, "cost": {**zeros, **facts.get("cost", {})}, "extra": extra}
    return listed if extra else {key: value for key, value in listed.items() if key != "extra"}
