"""What an agent asks with: checked here, not by the server, whose own words run over many lines.

The server is told of every parameter with its schema and takes whatever comes; Arguments then checks
it against the types of the tool.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from inspect import Parameter
from typing import Annotated, Any

from mcp.server.mcpserver.exceptions import ToolError
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetPydanticSchema,
    TypeAdapter,
    ValidationError,
    WithJsonSchema,
    create_model,
)
from pydantic_core import ErrorDetails, core_schema

from llmcat.capabilities import CANONICAL, canonical
from llmcat.display import shown
from llmcat.suggestions import near

ABSENT = object()
"""What stands for a required argument that was not given."""

SHOWN_ERRORS = 3


def unchecked(parameter: Parameter) -> Parameter:
    """The parameter as the server is told of it: with its schema, but anything is let through."""
    own: Any = parameter.annotation
    schema = terse(TypeAdapter(own).json_schema())
    if parameter.default not in (None, Parameter.empty):
        schema["default"] = parameter.default
    taken = GetPydanticSchema(lambda source, handler: _anything())

    def only_this(with_defaults: dict[str, Any]) -> None:
        with_defaults.clear()
        with_defaults.update(schema)

    whole = Field(json_schema_extra=only_this)
    return parameter.replace(annotation=Annotated[own, taken, WithJsonSchema(schema), whole])


def terse(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema in fewer words: an argument that may be left out need not say that null will do, nor a
    number of tokens or dollars that it is not negative."""
    some = [part for part in schema.get("anyOf", ()) if part != {"type": "null"}]
    merged = {**schema, **(some[0] if len(some) == 1 else {})}
    left_out = ("title", "maxLength", *(("anyOf",) if len(some) == 1 else ()))
    kept = {k: v for k, v in merged.items() if k not in left_out}
    if kept.get("minimum") == 0 and "maximum" not in kept:
        del kept["minimum"]
    if isinstance(items := kept.get("items"), dict):
        kept["items"] = terse(items)
    return kept


def _anything() -> core_schema.CoreSchema:
    """Within a chain, a default leaves a parameter required in the schema that an agent reads."""
    return core_schema.chain_schema(
        [core_schema.with_default_schema(core_schema.any_schema(), default=ABSENT)]
    )


REQUEST = ("name", "arguments")
"""What a call of a tool holds; beside it the protocol's own words, which begin with an underscore or
stand for themselves."""

PROTOCOL = ("task", "inputResponses", "requestState")


def written_arguments(request: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments in a request, as the agent wrote them.

    Raises ToolError for a word that may have been meant for `arguments`: the tool would be called
    without any, and answer what nobody asked.
    """
    for word in request:
        if word not in (*REQUEST, *PROTOCOL) and not word.startswith("_"):
            raise ToolError(
                f"no parameter {word[:100]!r} of a call; there are {' and '.join(REQUEST)}"
            )
    return request.get("arguments") or {}


class Arguments:
    """The arguments of one tool."""

    def __init__(self, tool: str, parameters: Sequence[Parameter]) -> None:
        self._tool = tool
        self._known = [parameter.name for parameter in parameters]
        fields: dict[str, Any] = {
            p.name: (p.annotation, ... if p.default is Parameter.empty else p.default)
            for p in parameters
        }
        self._model: type[BaseModel] = create_model(
            tool, __config__=ConfigDict(arbitrary_types_allowed=True), **fields
        )

    def checked(self, arguments: Mapping[str, Any], written: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments in the types of the tool; `written` is what the agent sent, all of it.

        Raises ToolError, one line that says the way out.
        """
        self._refuse_unknown(written)
        given = {name: value for name, value in arguments.items() if value is not ABSENT}
        try:
            model = self._model.model_validate(given)
        except ValidationError as error:
            errors = error.errors(include_url=False, include_context=False)
            raise ToolError("; ".join(map(self._given, errors[:SHOWN_ERRORS]))) from None
        return {name: getattr(model, name) for name in self._known}

    def _refuse_unknown(self, written: Mapping[str, Any]) -> None:
        """A misspelled argument would ask for nothing in silence, and the server drops it."""
        for name in written:
            if name not in self._known:
                meant = near(name, self._known, 1)
                hint = f"did you mean {meant[0]}?" if meant else self._there_are()
                if "require" in self._known and canonical(name) in CANONICAL:
                    hint = f"did you mean require: [{name!r}]?"
                raise ToolError(f"no argument {name[:100]!r}; {hint}")

    def _given(self, error: ErrorDetails) -> str:
        where = ".".join(map(str, error["loc"]))
        if error["type"] == "missing":
            return f"the argument {where} is missing; {self._there_are()}"
        wanted = error["msg"][:1].lower() + error["msg"][1:]
        value = error["input"]
        return f"{where}: {wanted}" + (
            "" if isinstance(value, (dict, list)) else f", not {shown(value)}"
        )

    def _there_are(self) -> str:
        return f"{self._tool} takes {', '.join(self._known)}"
