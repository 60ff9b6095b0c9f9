"""From an overlay's words for capabilities to facts: a list of names, or a table.

An item of the list is a name, or a table of one name and what is known of it, as ExLLM would have it:
`- web_search: {added_in: "2025-01-15", status: beta, breaking_changes: […]}`. A table has a flag or a
table of facts for each name. chuk-llm puts limits and prices among its capabilities.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from llmcat.display import shown
from llmcat.pipeline.entries import Facts, Unreadable

SPLIT = {
    ("json", "native"): "json_mode",
    ("json", "schema"): "structured_outputs",
    ("tools", "parallel"): "parallel_function_calling",
    ("tools", "forced_choice"): "tool_choice",
    ("streaming", "text"): "streaming",
}
"""LLMModels' flags inside a capability table that are capabilities of their own."""

MOVED = {
    ("json", "strict"): ("structured_outputs", "strict"),
    ("streaming", "tool_calls"): ("function_calling", "streaming"),
}
"""LLMModels' facts inside a capability table that speak of another capability."""

OF_SOMETHING_THAT_IS_THERE = frozenset(
    ("added_in", "since", "stable_since", "version", "documentation", "breaking_changes")
)
"""Facts that say that the model has the capability, `supported: true` or not."""

PREFIX = "supports_"
"""chuk-llm's and LiteLLM's flags: supports_tools."""

CHUK = {
    "max_context": ("limit", "context"),
    "max_output_tokens": ("limit", "output"),
    "input_cost_per_1m": ("cost", "input"),
    "output_cost_per_1m": ("cost", "output"),
}
"""chuk-llm's capabilities that are limits and prices here."""


def translate_capabilities(value: Any, facts: Facts) -> Facts:
    """Name -> flag or facts. What chuk-llm says of limits, prices and tier goes to `facts`."""
    if isinstance(value, (list, tuple)):
        named = list(_listed(value))
    elif isinstance(value, Mapping):
        named = list(value.items())
    elif value is None:
        return {}
    else:
        facts["capabilities?"] = Unreadable(
            "capabilities", f"must be a list of names, or a table, not {shown(value)}", value
        )
        return {}
    capabilities: Facts = {}
    for name, of_it in named:
        if name in CHUK and isinstance(value, Mapping):
            table, key = CHUK[name]
            facts.setdefault(table, {})[key] = of_it
        elif name == "quality_tier" and isinstance(of_it, str):
            if of_it != "unknown":
                facts["quality_tier"] = of_it
        elif isinstance(of_it, Mapping):
            _take(capabilities, name, dict(of_it))
        else:
            plain = name.removeprefix(PREFIX) if isinstance(of_it, bool) else name
            _put(capabilities, plain, "supported", of_it)
    return capabilities


def _listed(items: list[Any] | tuple[Any, ...]) -> Iterator[tuple[str, Any]]:
    """The names of a list, true unless a table says otherwise."""
    for item in items:
        if isinstance(item, str):
            yield item, True
        elif isinstance(item, Mapping) and item:
            for name, of_it in item.items():
                if isinstance(of_it, Mapping):
                    given = "supported" if "enabled" not in of_it else "enabled"
                    yield name, {given: True, **of_it}
                else:
                    yield name, True if of_it is None else of_it
        else:
            quoted = shown(item)
            reason = f"{quoted} is no name of a capability; put it in quotes"
            yield quoted, Unreadable("capabilities", reason, item)


def _take(capabilities: Facts, name: str, facts: Facts) -> None:
    """One capability's table of facts."""
    for (of, flag), capability in SPLIT.items():
        if of == name and flag in facts:
            _put(capabilities, capability, "supported", facts.pop(flag))
    for (of, fact), (capability, meant) in MOVED.items():
        if of == name and fact in facts:
            _put(capabilities, capability, meant, facts.pop(fact))
    if "enabled" in facts:
        facts["supported"] = facts.pop("enabled")
    elif name == "embeddings" or not OF_SOMETHING_THAT_IS_THERE.isdisjoint(facts):
        facts.setdefault("supported", True)  # {default_dimensions = 1536} says that it embeds
    for fact, value in facts.items():
        if value is not None:
            _put(capabilities, "function_calling" if name == "tools" else name, fact, value)


def _put(capabilities: Facts, name: str, fact: str, value: Any) -> None:
    """One fact; a capability of which there is no other stays a plain flag."""
    is_plain = fact == "supported" and not isinstance(value, Mapping)
    if is_plain and not isinstance(capabilities.get(name), dict):
        capabilities[name] = value
        return
    known = capabilities.get(name, {})
    facts = known if isinstance(known, dict) else {"supported": known}
    capabilities[name] = {**facts, fact: value}
