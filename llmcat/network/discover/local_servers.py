"""How local servers are asked. What answers need not be what its port suggests: Ollama must prove
itself, and an OpenAI-compatible list says in `owned_by` whose it is.

`get(path)` gives the parsed answer; `get(path, optional=True)` None where there is none.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from llmcat.errors import PullError

Get = Callable[..., Any]

MOST_SHOWN = 300
"""Models of which details are asked one by one."""


class Local(NamedTuple):
    """A server that may run on this machine: where, and who says how its answers look."""

    kind: str
    base: str
    env: tuple[str, ...]
    key_env: tuple[str, ...]
    seen: str
    verified: bool = False


LOCAL: dict[str, Local] = {
    "ollama": Local(
        "ollama",
        "http://127.0.0.1:11434",
        ("OLLAMA_HOST",),
        (),
        "ollama api/types.go of August 2026",
    ),
    "lmstudio": Local(
        "lmstudio", "http://127.0.0.1:1234", (), ("LM_API_TOKEN",), "lmstudio-ai/docs of April 2026"
    ),
    "llamacpp": Local(
        "openai-compatible",
        "http://127.0.0.1:8080",
        ("LLAMACPP_HOST",),
        ("LLAMA_API_KEY",),
        "answers of llama-server 11434, November 2026",
        True,
    ),
    "vllm": Local(
        "openai-compatible",
        "http://127.0.0.1:8000",
        ("VLLM_HOST",),
        ("VLLM_API_KEY",),
        "answers of the routes of vllm 0.32, November 2026",
        True,
    ),
    "sglang": Local(
        "openai-compatible", "http://127.0.0.1:30000", (), (), "sglang 0.5 entrypoints"
    ),
    "koboldcpp": Local("openai-compatible", "http://127.0.0.1:5001", (), (), "koboldcpp.py"),
    "litellm": Local(
        "openai-compatible",
        "http://127.0.0.1:4000",
        ("LITELLM_PROXY_API_BASE",),
        ("LITELLM_PROXY_API_KEY", "LITELLM_API_KEY", "LITELLM_MASTER_KEY"),
        "answers of a proxy 1.108, November 2026",
        True,
    ),
}
"""Provider id -> where its server listens by default."""

DIALECTS = ("llamacpp", "vllm", "sglang", "koboldcpp")
"""What `owned_by` says of a server that is none of OpenAI's."""


def ask_ollama(get: Get) -> dict[str, Any]:
    """Version, models, what is loaded, and what /api/show knows of each model.

    Raises PullError for a server that merely imitates Ollama's list.
    """
    version = get("/api/version")
    if not isinstance(version, dict) or not isinstance(version.get("version"), str):
        raise PullError("is no Ollama: /api/version gives no version")
    listed = get("/v1/models", optional=True)
    if (dialect := dialect_of(listed)) in DIALECTS:
        raise PullError(f"is no Ollama but {dialect}; name it under [endpoints] in config.toml")
    tags = get("/api/tags")
    models = tags.get("models") if isinstance(tags, dict) else None
    names = [row.get("model") or row.get("name") for row in models or () if isinstance(row, dict)]
    shown = {
        name: get("/api/show", body=json.dumps({"model": name}).encode(), optional=True)
        for name in names[:MOST_SHOWN]
        if isinstance(name, str)
    }
    return {"tags": tags, "ps": get("/api/ps", optional=True), "show": shown}


def ask_lmstudio(get: Get) -> dict[str, Any]:
    """The list with what is loaded; older servers have it at another address."""
    if (listed := get("/api/v1/models", optional=True)) is not None:
        return {"v1": listed}
    return {"v0": get("/api/v0/models")}


def ask_openai_compatible(get: Get) -> dict[str, Any]:
    """The list, and what the server behind it knows beyond that."""
    listed = get("/v1/models", optional=True) or get("/models")
    if not isinstance(listed, dict) or not isinstance(listed.get("data"), list):
        raise PullError("gives no list of models: there is no data in it")
    answer: dict[str, Any] = {"models": listed}
    dialect = dialect_of(listed)
    if dialect == "llamacpp":
        answer["props"] = _llamacpp_props(get, listed["data"])
    elif dialect == "sglang":
        answer["model_info"] = get("/model_info", optional=True)
    elif dialect == "koboldcpp":
        answer["context"] = get("/api/extra/true_max_context_length", optional=True)
        answer["version"] = get("/api/extra/version", optional=True)
    elif dialect != "vllm" and (info := get("/model/info", optional=True)):
        answer["model_info"] = info  # LiteLLM's proxy: its list alone looks like OpenAI's
    return answer


def dialect_of(listed: Any) -> str | None:
    """What the first row of an OpenAI-compatible list calls its owner."""
    rows = listed.get("data") if isinstance(listed, dict) else None
    first = rows[0] if isinstance(rows, list) and rows else None
    owner = first.get("owned_by") if isinstance(first, dict) else None
    return owner if isinstance(owner, str) else None


def _llamacpp_props(get: Get, rows: list[Any]) -> dict[str, Any]:
    """/props by model. In router mode asking it of a model loads that model, unless forbidden."""
    props = {}
    for row in rows[:MOST_SHOWN]:
        if not isinstance(row, dict) or not isinstance(row.get("id"), str):
            continue
        status = row.get("status")
        if status is None:
            props[row["id"]] = get("/props", optional=True)
        elif isinstance(status, dict) and status.get("value") == "loaded":
            path = f"/props?model={quote(row['id'], safe='')}&autoload=false"
            props[row["id"]] = get(path, optional=True)
    return props


def ask_gguf(folder: str) -> dict[str, Any]:
    """The models that lie in a folder, by their headers: no server is asked."""
    from llmcat.pipeline.entries import Reject
    from llmcat.pipeline.sources.gguf.folder import facts_of_file, read_folder

    found = list(read_folder(Path(folder)))
    return {
        "models": [facts_of_file(item) for item in found if not isinstance(item, Reject)],
        "unreadable": [
            {"file": Path(item.place).name, "reason": item.reason}
            for item in found
            if isinstance(item, Reject)
        ],
    }


ASK: dict[str, Callable[[Get], dict[str, Any]]] = {
    "ollama": ask_ollama,
    "lmstudio": ask_lmstudio,
    "openai-compatible": ask_openai_compatible,
}
"""Kind of a server -> how it is asked."""
