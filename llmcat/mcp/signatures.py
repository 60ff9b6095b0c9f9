"""The parameters of tools: their types, and those that follow from the tables of options and counts."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from inspect import Parameter
from typing import Annotated, Any, NamedTuple, get_args

from pydantic import BeforeValidator, Field

from llmcat.arguments import token_count
from llmcat.choosing.options import OPTIONS
from llmcat.pricing.counts import METER_OF

Name = Annotated[str, Field(max_length=200)]
MaybeName = Name | None
Listed = BeforeValidator(lambda value: [value] if isinstance(value, str) else value)
"""One name, not in a list, stands for a list of one."""

Names = Annotated[list[Name] | None, Listed]
Spec = Annotated[
    Name,
    Field(
        description="provider:id, such as openai:gpt-4o; also an alias, a bare id or what LiteLLM,"
        " gateways and clouds write, where it is not ambiguous"
    ),
]
Specs = Annotated[list[Name], Field(min_length=1, max_length=6), Listed]
Written = BeforeValidator(token_count)
"""200k and 1M are understood, as people write them."""

Count = Annotated[int | None, Field(ge=0), Written]
Units = Annotated[float | None, Field(ge=0)]
Number = Annotated[float | None, Field(ge=0, allow_inf_nan=False)]
Limit = Annotated[int, Field(ge=1, le=50)]

TYPES: dict[str, Any] = {
    "names": Names,
    "columns": Names,
    "text": MaybeName,
    "date": MaybeName,
    "flag": bool | None,
    "tokens": Count,
    "price": Number,
}
"""Type of an option of find -> that of a parameter."""

DOCS = {
    "require": "capabilities: vision, tools, reasoning, structured_outputs, pdf_input, …",
    "forbid": "capabilities that it must not be known to have",
    "task": "chat, embedding, rerank, image, transcription, speech, …",
    "billing": "token, unit, subscription, free or unknown",
    "effort": "reasoning efforts that it takes: low, medium, high, …",
    "parameters": "request parameters that it takes, such as seed",
    "first_party": "served by the lab that made it",
    "released_after": "YYYY, YYYY-MM or YYYY-MM-DD",
    "text": "words in name or description",
    "order_by": "such as cost_input, release_date, limit_context, blend; - before it: largest first",
}
"""What the name of an option does not say by itself."""


class Several(NamedTuple):
    """The parameters that stand behind `**` in a tool's signature, in the annotation there."""

    parameters: tuple[Parameter, ...]


def parameters_of(tool: Callable[..., Any]) -> list[Parameter]:
    """The parameters of a tool but the catalogue, those behind `**` one by one."""
    # the types of arguments are needed by name: annotations are text
    _, *own = inspect.signature(tool, eval_str=True).parameters.values()
    found: list[Parameter] = []
    for parameter in own:
        if parameter.kind is Parameter.VAR_KEYWORD:
            found += get_args(parameter.annotation)[1].parameters
        else:
            found.append(parameter.replace(kind=Parameter.KEYWORD_ONLY))
    return found


def _options(names: Iterable[str], docs: Mapping[str, str]) -> Several:
    return Several(tuple([_option(name, docs.get(name)) for name in names]))


def _option(name: str, doc: str | None) -> Parameter:
    return _optional(name, Annotated[TYPES[OPTIONS[name].type], Field(description=doc)])


def _optional(name: str, annotation: Any) -> Parameter:
    return Parameter(name, Parameter.KEYWORD_ONLY, default=None, annotation=annotation)


FINDING = (
    *("require", "forbid", "min_context", "min_output", "min_cost_input", "max_cost_input"),
    *("max_cost_output", "max_blend", "provider", "family", "task", "billing", "free", "effort"),
    *("parameters", "open_weights", "first_party", "local", "modalities_input"),
    *("modalities_output", "released_after", "text", "order_by"),
)
"""The options of find that agents are offered."""

COUNTED = (
    *("cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens", "input_audio_tokens"),
    *("output_audio_tokens", "reasoning_tokens", "input_image_tokens", "output_image_tokens"),
    *("images", "seconds", "characters", "pages", "requests", "queries", "web_searches"),
    *("file_searches", "sessions"),
)
"""The counts of cost() that agents are offered beside input and output tokens."""

Options = Annotated[Any, _options(FINDING, DOCS)]
OptionsOfFind = Annotated[Any, _options(FINDING, {})]
"""The same, where another tool has explained them."""

Counts = Annotated[
    Any,
    Several(
        tuple(
            [
                _optional(name, Count if name.endswith("_tokens") else Units)
                for name in COUNTED
                if name in METER_OF
            ]
        )
    ),
]
