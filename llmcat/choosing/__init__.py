"""Choosing models: options, the SQL they become, find, select, search, compare.

What the calls of Catalog need is imported when it is used: reading one model takes none of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from llmcat.choosing.compare import Comparison, compare_specs
    from llmcat.choosing.find import find_models
    from llmcat.choosing.notebook_completion import complete_in_notebooks
    from llmcat.choosing.offers import Offer, Offers, find_offers
    from llmcat.choosing.options import FindOptions
    from llmcat.choosing.search import correct, search_models
    from llmcat.choosing.select import Explanation, explain_model, select_model

__all__ = [
    "Comparison",
    "Explanation",
    "FindOptions",
    "Offer",
    "Offers",
    "compare_specs",
    "complete_in_notebooks",
    "correct",
    "explain_model",
    "find_models",
    "find_offers",
    "search_models",
    "select_model",
]

MODULE_OF = {
    "compare_specs": "compare",
    "correct": "search",
    "explain_model": "select",
    "find_models": "find",
    "find_offers": "offers",
    "search_models": "search",
    "select_model": "select",
    "complete_in_notebooks": "notebook_completion",
}
"""Call -> the module that has it."""


def __getattr__(name: str) -> Any:
    if name not in MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    call = globals()[name] = getattr(import_module(f"{__name__}.{MODULE_OF[name]}"), name)
    return call
