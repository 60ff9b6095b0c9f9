"""llmcat: a catalogue of LLM models in one SQLite file.

from llmcat import Catalog

cat = Catalog()
cat.model("openai:gpt-4o").cost_input      # USD per 1M tokens
"""

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
]
