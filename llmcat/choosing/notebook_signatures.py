"""Signatures that name every keyword, for notebooks: they complete from live objects, not from types."""

from __future__ import annotations

from inspect import Parameter, Signature, signature
from typing import Any

from llmcat.choosing.keywords import keywords

CALLS = ("find", "select", "explain", "offers")
"""The calls of Catalog that take the options of find."""


def spell_out(cls: type[Any]) -> None:
    """Give the calls of a Catalog signatures with the options of find one by one in place of `**options`."""
    options = signature(keywords).parameters.values()
    for name in CALLS:
        call = getattr(cls, name)
        own = [
            parameter
            for parameter in signature(call).parameters.values()
            if parameter.kind is not Parameter.VAR_KEYWORD
        ]
        call.__signature__ = Signature([*own, *options])
