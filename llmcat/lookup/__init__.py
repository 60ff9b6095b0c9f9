"""From a name as somebody wrote it to a model of the catalogue.

resolve.py goes through the interpretations.py of a text, one after the other; spellings.py and variants.py
know what may stand around an id, former_names.py what was called otherwise once. not_found.py makes the
error. model_by_name.py, prices_by_name.py and the other files ask storage, pricing and history for what a
name means; the calls of Catalog that need them import them when they are made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llmcat.lookup.cost_of_response import cost_of_call
    from llmcat.lookup.past_by_name import (
        capabilities_of,
        changes_between,
        changes_of,
        prices_of,
        rates_of,
    )
    from llmcat.lookup.prices_by_name import kept_prices
    from llmcat.lookup.providers import default_spec, provider, providers_with, specs_of

__all__ = [
    "capabilities_of",
    "changes_between",
    "changes_of",
    "cost_of_call",
    "default_spec",
    "kept_prices",
    "prices_of",
    "provider",
    "providers_with",
    "rates_of",
    "specs_of",
]

MODULE_OF = {
    "capabilities_of": "past_by_name",
    "changes_between": "past_by_name",
    "changes_of": "past_by_name",
    "cost_of_call": "cost_of_response",
    "default_spec": "providers",
    "kept_prices": "prices_by_name",
    "prices_of": "past_by_name",
    "provider": "providers",
    "providers_with": "providers",
    "rates_of": "past_by_name",
    "specs_of": "providers",
}
"""Call -> the module that has it."""


def __getattr__(name: str) -> Any:
    if name not in MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    call = globals()[name] = getattr(import_module(f"{__name__}.{MODULE_OF[name]}"), name)
    return call
