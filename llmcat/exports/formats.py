"""Every format that `llmcat export` knows, one row each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from llmcat.exports import (
    aider,
    exllm,
    flat_tables,
    genai_prices,
    langfuse,
    litellm,
    llm_prices,
    llmmodels,
    models_dev,
)
from llmcat.exports.export import Export


class Format(NamedTuple):
    """How a catalogue is written for another program: as one file, as a folder of files, or both.
    `based` says that it can be laid over the program's own file."""

    what: str
    export: Callable[..., Export] | None = None
    files: Callable[[Any], dict[str, bytes]] | None = None
    based: bool = False


FORMATS = {
    "models.dev": Format("api.json of models.dev, for opencode", models_dev.export),
    "litellm": Format("LiteLLM's map of prices, over --base", litellm.export, based=True),
    "genai-prices": Format("genai-prices' list, over --base", genai_prices.export, based=True),
    "llm-prices": Format("llm-prices' JSON", llm_prices.export),
    "langfuse": Format("bodies of Langfuse's model definitions", langfuse.export),
    "aider": Format(".aider.model.metadata.json", aider.export),
    "exllm": Format("ExLLM's YAML; into a folder with -o", exllm.export, exllm.files),
    "llmmodels": Format("LLMModels' TOML, into a folder with -o", None, llmmodels.files),
    "csv": Format("the table models as CSV", flat_tables.models_as_csv),
    "parquet": Format("the table models as Parquet", flat_tables.models_as_parquet),
    "prices": Format("all prices of all times as CSV, for a warehouse", flat_tables.prices_as_csv),
    "prices.parquet": Format("the same as Parquet", flat_tables.prices_as_parquet),
}
"""Name -> format."""
