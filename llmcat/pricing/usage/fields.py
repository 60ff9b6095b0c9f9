"""The names and values of a usage, be it a mapping or an SDK's object, and its numbers as exact ones."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from llmcat.pricing.counts import is_numpy_number

NO_FIELDS: Mapping[str, Any] = {}


def fields_of(value: object) -> Mapping[str, Any]:
    """Name -> value of a mapping, a pydantic model, dataclass, named tuple, protobuf message or any
    other object with attributes; empty for everything else."""
    if isinstance(value, Mapping):
        return value
    if isinstance(value, (str, bytes, int, float, Decimal, type, type(None))):
        return NO_FIELDS
    if hasattr(value, "_asdict"):
        return dict(value._asdict())
    if hasattr(value, "ListFields"):  # protobuf, as xai-sdk hands it out
        return {field.name: item for field, item in value.ListFields()}
    extra = getattr(value, "__pydantic_extra__", None) or NO_FIELDS
    slots = [name for kind in type(value).__mro__ for name in _slots(kind)]
    given = {name: getattr(value, name) for name in slots if hasattr(value, name)}
    found = {**given, **getattr(value, "__dict__", NO_FIELDS), **extra}
    return {name: item for name, item in found.items() if not name.startswith("_")}


def _slots(kind: type) -> tuple[str, ...]:
    slots = kind.__dict__.get("__slots__", ())
    return (slots,) if isinstance(slots, str) else tuple(slots)


def items_of(value: object) -> list[Any] | None:
    """The items of a list, a tuple or a protobuf's repeated field; None for anything else."""
    if isinstance(value, (list, tuple)) and not hasattr(value, "_asdict"):
        return list(value)
    is_repeated = hasattr(value, "extend") and hasattr(value, "__len__")
    return list(value) if is_repeated else None  # type: ignore[call-overload]


def is_unset(value: object) -> bool:
    """Whether an SDK has put a mark of its own in place of a value that was not given: None, Mistral's
    Unset, OpenAI's NotGiven. They are false and neither number, text nor collection."""
    if value is None:
        return True
    is_value = isinstance(value, (str, bytes, int, float, Decimal, Mapping, list, tuple))
    return not (is_value or hasattr(value, "__len__") or is_numpy_number(value) or value)


def is_number(value: object) -> bool:
    """Whether it counts something: an int, float, Decimal or numpy number; True and False do not."""
    if isinstance(value, (bool, str, bytes)):
        return False
    return isinstance(value, (int, float, Decimal)) or is_numpy_number(value)


def amount(value: Any) -> Decimal | None:
    """An amount of money that an answer names, None where it is none."""
    try:
        found = Decimal(str(value)) if is_number(value) or isinstance(value, str) else None
    except InvalidOperation:
        return None
    return found if found is not None and found.is_finite() and found >= 0 else None
