"""What notebooks complete by, from live objects and not from types: keywords, and specs in brackets."""

from __future__ import annotations

from inspect import Parameter, Signature, signature
from typing import Any

from llmcat.choosing.keywords import keywords
from llmcat.lookup.providers import specs_of

CALLS = ("find", "select", "explain", "offers")
"""The calls of Catalog that take the options of find."""


def complete_in_notebooks(cls: type[Any]) -> None:
    """Give the calls of a Catalog signatures with the options of find one by one in place of `**options`,
    and its brackets the specs."""
    options = signature(keywords).parameters.values()
    for name in CALLS:
        call = getattr(cls, name)
        own = [
            parameter
            for parameter in signature(call).parameters.values()
            if parameter.kind is not Parameter.VAR_KEYWORD
        ]
        call.__signature__ = Signature([*own, *options])
    cls._ipython_key_completions_ = _specs


def _specs(catalog: Any) -> list[str]:
    """What `cat["` goes on with."""
    return specs_of(catalog.connection, None)
