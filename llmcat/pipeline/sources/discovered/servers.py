"""What local servers answer: Ollama, LM Studio, llama.cpp, vLLM, SGLang, KoboldCpp, LiteLLM's proxy.

`limit.context` is what the endpoint gives now; what the model was trained for stands in
`weights.trained_context`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from llmcat.pipeline.entries import BadRecord, Facts
from llmcat.pipeline.sources.discovered.found import Found, id_of, sparse
from llmcat.pipeline.sources.discovered.scalars import (
    MILLION,
    flags,
    limits,
    price,
    rows,
    table,
    tokens,
    words,
)

CLOUD = "ollama-cloud"
OLLAMA = {
    "completion": "chat",
    "tools": "function_calling",
    "vision": "vision",
    "embedding": "embeddings",
    "thinking": "reasoning",
    "image": "image_generation",
    "audio": "audio_input",
    "insert": "fill_in_the_middle",
}
LITELLM_FLAGS = {
    "supports_function_calling": "function_calling",
    "supports_parallel_function_calling": "parallel_function_calling",
    "supports_vision": "vision",
    "supports_reasoning": "reasoning",
    "supports_response_schema": "structured_outputs",
    "supports_prompt_caching": "prompt_caching",
    "supports_audio_input": "audio_input",
    "supports_audio_output": "audio_output",
    "supports_pdf_input": "pdf_input",
    "supports_web_search": "web_search",
    "supports_tool_choice": "tool_choice",
    "supports_computer_use": "computer_use",
}
LITELLM_COSTS = {
    "input_cost_per_token": "input",
    "output_cost_per_token": "output",
    "cache_read_input_token_cost": "cache_read",
    "cache_creation_input_token_cost": "cache_write",
}

Answer = dict[str, Any]
Some = Iterator[Found | BadRecord]


def ollama(answer: Answer) -> Some:
    """Ollama: the list, what is loaded, and what /api/show says. Models that run in Ollama's cloud
    belong to ollama-cloud: they are neither local nor free."""
    loaded = {}
    for row in rows(table(answer.get("ps")).get("models")):
        if isinstance(row, dict):
            loaded[row.get("model") or row.get("name")] = row
    for row in rows(table(answer.get("tags")).get("models")):
        try:
            id_ = id_of(row, "model", "name")
        except BadRecord as bad:
            yield bad
            continue
        shown = table(table(answer.get("show")).get(id_))
        facts = _ollama_facts(id_, table(row.get("details")), shown, loaded.get(id_))
        claimed = words(row.get("capabilities")) or words(shown.get("capabilities"))
        if claimed:
            facts["capabilities"] = {OLLAMA.get(name, name): True for name in claimed}
        if row.get("remote_host"):
            facts["id"] = str(row.get("remote_model") or id_)
            facts["aliases"] = [id_] if facts["id"] != id_ else []
            yield Found(facts, row, provider=CLOUD)
        else:
            facts["aliases"] = [id_.removesuffix(":latest")] if id_.endswith(":latest") else []
            yield Found(facts, row, callable=True if id_ in loaded else None)


def _ollama_facts(id_: str, details: Any, shown: Any, loaded: Any) -> Facts:
    info = table(shown.get("model_info"))
    architecture = info.get("general.architecture")
    trained = tokens(
        details.get("context_length") or info.get(f"{architecture}.context_length"),
        "context_length",
    )
    served = tokens(table(loaded).get("context_length"), "context_length")
    if served is None:
        served = tokens(_parameter(shown.get("parameters"), "num_ctx"), "num_ctx")
    return sparse(
        id=id_,
        family=details.get("family") or None,
        limit=sparse(context=served),
        dimensions=info.get(f"{architecture}.embedding_length")
        if "embedding" in words(shown.get("capabilities"))
        else None,
        weights=sparse(
            trained_context=trained if isinstance(trained, int) else None,
            parameters=details.get("parameter_size"),
            quantization=details.get("quantization_level"),
            format=details.get("format"),
        ),
        license=_license(shown.get("license")),
    )


def _parameter(text: Any, name: str) -> str | None:
    """A parameter of a Modelfile: lines of name and value."""
    for line in text.splitlines() if isinstance(text, str) else ():
        key, _, value = line.strip().partition(" ")
        if key == name:
            return str(value).strip()
    return None


def _license(text: Any) -> str | None:
    """The first line of a licence that may be a whole text."""
    line = text.strip().partition("\n")[0].strip() if isinstance(text, str) else ""
    return line[:200] or None


def lmstudio(answer: Answer) -> Some:
    """LM Studio: what a call gets is the context of the loaded instance."""
    listed = table(answer.get("v1")).get("models") or table(answer.get("v0")).get("data")
    for row in rows(listed):
        try:
            id_ = id_of(row, "key", "id")
        except BadRecord as bad:
            yield bad
            continue
        instances = rows(row.get("loaded_instances"))
        config = table(table(instances[0]).get("config")) if instances else {}
        served = config.get("context_length") or row.get("loaded_context_length")
        claimed = table(row.get("capabilities"))
        able: Facts = flags(
            claimed, {"vision": "vision", "trained_for_tool_use": "function_calling"}
        )
        if claimed.get("reasoning"):
            able["reasoning"] = True
        kind = row.get("type")
        able["embeddings" if str(kind).startswith("embedding") else "chat"] = True
        if kind == "vlm":
            able["vision"] = True
        trained = tokens(row.get("max_context_length"), "max_context_length")
        quantization = row.get("quantization")
        yield Found(
            sparse(
                id=id_,
                name=row.get("display_name"),
                limit=sparse(context=tokens(served, "context_length")),
                capabilities=able,
                weights=sparse(
                    trained_context=trained if isinstance(trained, int) else None,
                    parameters=row.get("params_string"),
                    quantization=table(quantization).get("name") or quantization,
                    format=row.get("format") or row.get("compatibility_type"),
                ),
            ),
            row,
            callable=True if instances or row.get("state") == "loaded" else None,
        )


def openai_compatible(answer: Answer) -> Some:
    """Any OpenAI-compatible server; `owned_by` says what it is, and LiteLLM's proxy has /model/info."""
    information = rows(table(answer.get("model_info")).get("data"))
    if any("model_name" in table(row) for row in information):
        yield from _litellm(information)
        return
    for row in rows(table(answer.get("models")).get("data")):
        try:
            id_ = id_of(row, "id")
        except BadRecord as bad:
            yield bad
            continue
        dialect = DIALECTS.get(str(row.get("owned_by")), _plain)
        yield dialect(id_, row, answer)


def _plain(id_: str, row: Any, answer: Answer) -> Found:
    """What OpenAI-compatible servers say beyond the id, by the names that several use."""
    context = next(
        (row[k] for k in ("context_window", "context_length", "max_model_len") if row.get(k)), None
    )
    return Found(
        sparse(
            id=id_,
            limit=sparse(
                context=tokens(context, "context_length"),
                **limits(row, input="max_input_tokens", output="max_output_tokens"),
            ),
        ),
        row,
    )


def _llamacpp(id_: str, row: Any, answer: Answer) -> Found:
    """llama.cpp: meta.n_ctx is what one slot gives, n_ctx_train what the model was trained for. A router
    lists each file of its folder, and says which it could not load when it tried."""
    meta, props = table(row.get("meta")), table(table(answer.get("props")).get(id_))
    trained = tokens(meta.get("n_ctx_train"), "n_ctx_train")
    state = table(row.get("status"))
    status = state.get("value")
    architecture = table(row.get("architecture"))
    template = table(props.get("chat_template_caps"))
    served = meta.get("n_ctx") or table(props.get("default_generation_settings")).get("n_ctx")
    return Found(
        sparse(
            id=id_,
            aliases=[alias for alias in words(row.get("aliases")) if alias != id_],
            limit=sparse(context=tokens(served, "n_ctx")),
            modalities=sparse(
                input=words(architecture.get("input_modalities")),
                output=words(architecture.get("output_modalities")),
            ),
            capabilities=flags(template, {"supports_tools": "function_calling"}),
            weights=sparse(
                trained_context=trained if isinstance(trained, int) else None,
                parameters=meta.get("n_params"),
                quantization=meta.get("ftype") or props.get("model_ftype"),
                format="gguf",
            ),
        ),
        row,
        callable=False if state.get("failed") is True else status in (None, "loaded") or None,
    )


def _vllm(id_: str, row: Any, answer: Answer) -> Found:
    """vLLM: max_model_len is the served limit; an adapter has the model that it adapts for a parent, and
    the limit of that."""
    if isinstance(parent := row.get("parent"), str):
        listed = rows(table(answer.get("models")).get("data"))
        served = [other for other in listed if table(other).get("id") == parent]
        found = _plain(id_, served[0] if served else row, answer)
        found.facts["weights"] = {"adapter_of": parent}
    else:
        found = _plain(id_, row, answer)
    return found._replace(row=row, callable=True)


def _sglang(id_: str, row: Any, answer: Answer) -> Found:
    found = _plain(id_, row, answer)
    claimed = table(answer.get("model_info"))
    able: Facts = flags(
        claimed,
        {"has_image_understanding": "vision", "has_audio_understanding": "audio_input"},
    )
    if isinstance(claimed.get("tool_call_parser"), str):
        able["function_calling"] = True
    if isinstance(claimed.get("reasoning_parser"), str):
        able["reasoning"] = True
    if able:
        found.facts["capabilities"] = able
    return found._replace(callable=True)


def _koboldcpp(id_: str, row: Any, answer: Answer) -> Found:
    able = flags(table(answer.get("version")), {"vision": "vision", "txt2img": "image_generation"})
    context = tokens(table(answer.get("context")).get("value"), "true_max_context_length")
    facts = sparse(id=id_, limit=sparse(context=context), capabilities=able)
    return Found(facts, row, callable=True)


DIALECTS = {"llamacpp": _llamacpp, "vllm": _vllm, "sglang": _sglang, "koboldcpp": _koboldcpp}
"""What `owned_by` says -> who reads the row."""


def _litellm(listed: list[Any]) -> Some:
    """/model/info of LiteLLM's proxy: model_name is what a call names; `created` and owned_by in the
    list are constants, and an id with a star is a pattern."""
    seen = set()
    for row in listed:
        try:
            id_ = id_of(row, "model_name")
        except BadRecord as bad:
            yield bad
            continue
        if id_ in seen:
            continue  # one of several deployments behind one name
        seen.add(id_)
        info = table(row.get("model_info"))
        cost = {}
        for key, meter in LITELLM_COSTS.items():
            if (usd := price(info.get(key), MILLION, key)) is not None:
                cost[meter] = usd
        served = (
            info.get("base_model")
            or info.get("key")
            or table(row.get("litellm_params")).get("model")
        )
        yield Found(
            sparse(
                id=id_,
                task=info.get("mode") if isinstance(info.get("mode"), str) else None,
                limit=limits(info, context="max_input_tokens", output="max_output_tokens"),
                cost=cost if cost.get("input") or cost.get("output") else {},
                capabilities=flags(info, LITELLM_FLAGS),
                metadata=sparse(serves=served if isinstance(served, str) else None),
            ),
            row,
        )
