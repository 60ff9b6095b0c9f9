"""Anthropic's shapes: Messages and its usage reports. The cache stands beside input_tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from llmcat.pricing.counts import number
from llmcat.pricing.usage.fields import fields_of, items_of
from llmcat.pricing.usage.openai import SERVED
from llmcat.pricing.usage.shape import Shape

if TYPE_CHECKING:
    from llmcat.pricing.usage.reading import Reading

CACHE = {
    "cache_read_input_tokens": "+cache_read",
    "cache_creation_input_tokens": "+written",
    "cache_creation/ephemeral_5m_input_tokens": "write_5m",
    "cache_creation/ephemeral_1h_input_tokens": "cache_write_1h",
}
TOOLS = {
    "server_tool_use/web_search_requests": "web_search",
    # reading a page costs nothing beside its tokens, and so does the search of tools
    "server_tool_use/web_fetch_requests": "-",
    "server_tool_use/tool_search_requests": "-",
    "server_tool_use/code_execution_requests": "session",
}
MESSAGES = {
    "input_tokens": "input",
    "output_tokens": "output",
    "output_tokens_details/thinking_tokens": "reasoning",
    "total_tokens": "-",
    "iterations": "-",
    **CACHE,
    **TOOLS,
    **SERVED,
}
REPORT = {
    "uncached_input_tokens": "input",
    "output_tokens": "output",
    "context_window": "-",
    **CACHE,
    **TOOLS,
    **SERVED,
}
ADDED = {
    "input_tokens": "input",
    "output_tokens": "output",
    "cache_read_input_tokens": "cache_read",
}


def _with_compaction(reading: Reading, body: Mapping[str, Any]) -> None:
    """The top counts leave out what a compaction used; other models' tokens have other prices."""
    for place, item in enumerate(items_of(body.get("iterations")) or ()):
        iteration = fields_of(item)
        kind, model = iteration.get("type"), iteration.get("model")
        for key, count in _counts_of(iteration, f"iterations.{place}"):
            if kind == "compaction" and model is None:
                _add(reading, key, count)
            elif kind != "message":
                reading.unbilled[f"iterations.{place}.{key}"] = count
    if any(
        fields_of(item).get("type") == "compaction"
        for item in items_of(body.get("iterations")) or ()
    ):
        reading.notes.append("the tokens of a compaction are added to those of the answer")


def _counts_of(iteration: Mapping[str, Any], path: str) -> list[tuple[str, int]]:
    """Key -> count of one iteration, cache writes by the time for which they were made."""
    created = fields_of(iteration.get("cache_creation"))
    for_an_hour = _whole(created, "ephemeral_1h_input_tokens", path)
    written = _whole(iteration, "cache_creation_input_tokens", path)
    found = [(key, _whole(iteration, key, path)) for key in ADDED]
    found += [("cache_write", written - for_an_hour), ("cache_write_1h", for_an_hour)]
    return [(key, count) for key, count in found if count > 0]


def _whole(fields: Mapping[str, Any], key: str, path: str) -> int:
    value = fields.get(key)
    return 0 if value is None else int(number(value, f"{path}.{key}"))


def _add(reading: Reading, key: str, count: int) -> None:
    meter = ADDED.get(key, key)
    reading.add(meter, count)
    if meter not in ("input", "output"):
        reading.add("input", count)


SHAPES = (
    Shape(
        "Anthropic usage report",
        REPORT,
        "anthropic Admin API, usage_report/messages",
        keys=("uncached_input_tokens",),
        includes="cached and written stand beside the input",
    ),
    Shape(
        "Anthropic Messages, Claude Code",
        MESSAGES,
        "anthropic Usage; recorded answers; Claude Code session logs",
        any_of=("cache_read_input_tokens", "cache_creation_input_tokens", "cache_creation"),
        includes="cached and written stand beside the input; compactions beside both",
        finish=_with_compaction,
    ),
)
