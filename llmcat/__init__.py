"""llmcat: a catalogue of LLM models in one SQLite file.

from llmcat import Catalog

cat = Catalog()
cat.model("openai:gpt-4o").cost_input      # USD per 1M tokens
"""

from typing import TYPE_CHECKING, Any

from llmcat.catalog import Catalog
from llmcat.errors import (
    Ambiguous,
    CatalogError,
    LlmcatError,
    ModelNotFound,
    OptionError,
    ProviderNotFound,
    QueryError,
    SpecError,
    UnknownCapability,
    UnknownPrice,
    UsageError,
)
from llmcat.records import Details, Model, Provider
from llmcat.version import __version__

__all__ = [
    "Ambiguous",
    "Catalog",
    "CatalogError",
    "Details",
    "LlmcatError",
    "Model",
    "ModelNotFound",
    "OptionError",
    "Provider",
    "ProviderNotFound",
    "QueryError",
    "SpecError",
    "UnknownCapability",
    "UnknownPrice",
    "UsageError",
    "__version__",
    "adiscover",
    "discover",
    "pull",
]

if TYPE_CHECKING:
    from llmcat.network.discover.discovery import adiscover, discover
    from llmcat.network.sources import pull_and_install as pull

NETWORK = {
    "pull": ("llmcat.network.sources", "pull_and_install"),
    "discover": ("llmcat.network.discover.discovery", "discover"),
    "adiscover": ("llmcat.network.discover.discovery", "adiscover"),
}
"""Public name -> where it stands. Reading needs none of them: they are imported when they are used."""


def __getattr__(name: str) -> Any:
    """What uses the network."""
    if name in NETWORK:
        from importlib import import_module

        module, function = NETWORK[name]
        return getattr(import_module(module), function)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
