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
    "pull",
]

if TYPE_CHECKING:
    from llmcat.network.sources import pull_and_install as pull


def __getattr__(name: str) -> Any:
    """`llmcat.pull`, which reading needs not: it is imported when it is used."""
    if name == "pull":
        from llmcat.network.sources import pull_and_install

        return pull_and_install
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
