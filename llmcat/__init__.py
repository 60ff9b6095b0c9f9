"""llmcat: a catalogue of LLM models in one SQLite file.

from llmcat import Catalog

cat = Catalog()
cat.model("openai:gpt-4o").cost_input      # USD per 1M tokens
"""

from llmcat.catalog import Catalog
from llmcat.errors import (
    CatalogError,
    LlmcatError,
    ModelNotFound,
    ProviderNotFound,
    QueryError,
    SpecError,
)
from llmcat.records import Details, Model, Provider
from llmcat.version import __version__

__all__ = [
    "Catalog",
    "CatalogError",
    "Details",
    "LlmcatError",
    "Model",
    "ModelNotFound",
    "Provider",
    "ProviderNotFound",
    "QueryError",
    "SpecError",
    "__version__",
]
