"""The names of providers: every spelling that the recipe knows, and the id that it means."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from llmcat.spec import fold_provider

Rename = Callable[[Any], Any]


def provider_renamer(aliases: Mapping[str, str]) -> Rename:
    """A function from any spelling of a provider to its id; what is no text comes back as it is."""
    folded = {fold_provider(alias): target for alias, target in aliases.items()}

    @functools.cache
    def rename(text: Any) -> Any:
        return (
            folded.get(fold_provider(text), fold_provider(text)) if isinstance(text, str) else text
        )

    return lambda text: rename(text) if isinstance(text, str) else text
