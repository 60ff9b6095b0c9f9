"""Kept: a field of a file whose value stays as it is where it is not what is expected: a warning, no error."""

from __future__ import annotations

from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, ValidationError
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

KEPT = "kept"
"""The type of pydantic's errors that are warnings."""


def kept(message: str) -> PydanticCustomError:
    """The error to raise in a validator for a value that the build keeps."""
    return PydanticCustomError(KEPT, "{message}", {"message": message})


class Kept:
    """In an annotation: what is not of the type is kept. Validators see it as errors of the type KEPT;
    the schema names the type first, for editors, and then allows everything."""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_wrap_validator_function(_as_kept, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [handler(schema), {}]}


def _as_kept(value: Any, check: core_schema.ValidatorFunctionWrapHandler) -> Any:
    try:
        return check(value)
    except ValidationError as error:
        raise ValidationError.from_exception_data(
            error.title,
            [
                {
                    "type": kept(f"{failure['msg']}; it is kept as it is"),
                    "loc": failure["loc"],
                    "input": failure["input"],
                }
                for failure in error.errors(include_url=False)
            ],
        ) from None
