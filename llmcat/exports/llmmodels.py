"""LLMModels' TOML (llm_db): a file a model in a folder of its provider, `openai/gpt-4o.toml`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

if TYPE_CHECKING:
    from llmcat.catalog import Catalog
    from llmcat.records import Model

SAME = ("id", "name", "family", "provider_model_id", "knowledge", "release_date", "last_updated")

ENABLED = {
    "reasoning": "reasoning",
    "tools": "tools",
    "embeddings": "embeddings",
    "streaming": "streaming",
}
"""Our field -> the table under capabilities that says whether it is enabled."""

COSTS = {
    "input": "cost_input",
    "output": "cost_output",
    "cache_read": "cost_cache_read",
    "cache_write": "cost_cache_write",
    "reasoning": "cost_reasoning",
    "input_audio": "cost_input_audio",
    "output_audio": "cost_output_audio",
}


def files(catalog: Catalog) -> dict[str, bytes]:
    """Path of the file -> its content."""
    return {_path(model): _toml(_model(model)) for model in catalog.models()}


def _path(model: Model) -> str:
    """`openai/gpt-4o.toml`. A file that has the name of its folder, or is provider.toml, is the provider's: a
    model of such a name has its first letter as a number."""
    folder, name = model.provider.replace("-", "_"), quote(model.id, safe=" ")
    if name in (folder, "provider"):
        name = f"%{ord(name[0]):02X}{name[1:]}"
    return f"{folder}/{name}.toml"


def _model(model: Model) -> dict[str, Any]:
    flags = ("attachment", "open_weights", "temperature")
    return {
        **{name: getattr(model, name) for name in SAME},
        "aliases": list(model.aliases) or None,
        "tags": list(model.tags) or None,
        "limits": {"context": model.limit_context, "output": model.limit_output},
        "cost": {name: getattr(model, column) for name, column in COSTS.items()},
        "modalities": {
            "input": list(model.modalities_input) or None,
            "output": list(model.modalities_output) or None,
        },
        "capabilities": {
            name: {"enabled": getattr(model, field)}
            for field, name in ENABLED.items()
            if getattr(model, field) is not None
        },
        "lifecycle": {
            "status": model.status,
            "deprecated_at": model.deprecated_on,
            "retires_at": model.retires_on,
            "replacement": model.replacement,
        },
        "extra": {name: getattr(model, name) for name in flags},
    }


def _toml(table: Mapping[str, Any]) -> bytes:
    return ("\n".join(_lines(table, ())).lstrip("\n") + "\n").encode()


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    """A table's lines: its values, then its tables. What is None has no line, for TOML has no null."""
    values = {k: v for k, v in table.items() if v is not None and not isinstance(v, Mapping)}
    lines = [f"{name} = {_value(value)}" for name, value in values.items()]
    if path and lines:
        lines = ["", f"[{'.'.join(path)}]", *lines]
    for name, inner in table.items():
        if isinstance(inner, Mapping):
            lines += _lines(inner, (*path, name))
    return lines


def _value(value: Any) -> str:
    """A text, number, flag or list of texts: of these JSON's form is TOML's, but for one character."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
