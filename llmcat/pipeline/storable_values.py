"""Storable: what JSON, SQLite and every reader can hold. No NaN, no NUL, no lone surrogate, no abyss."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

MAX_DEPTH = 32

MAX_TOKENS = 2**53
"""The largest whole number that every reader, JavaScript's too, holds exactly."""

MAX_FAULTS = 1_000
"""Beyond so many bad parts of one value nobody counts them any more."""

FieldPath = tuple[Any, ...]
"""Keys and positions that lead to a field: ("cost", "tiers", 0, "input")."""


class Misplaced(ValueError):
    """Parts of a value that cannot be taken while the rest can: path below the value -> reason."""

    def __init__(self, parts: Mapping[FieldPath, str]) -> None:
        self.parts = parts
        super().__init__(next(iter(parts.values())))


def storable(value: Any) -> Any:
    """`value` itself. Raises Misplaced with every part of it that is not storable."""
    try:
        _check(value, 0)
    except ValueError:
        raise Misplaced(dict(islice(_faults((), value), MAX_FAULTS + 1))) from None
    return value


def _check(value: Any, depth: int) -> None:
    """Raises ValueError at the first part that is not storable."""
    if depth > MAX_DEPTH:
        raise ValueError(f"nested more than {MAX_DEPTH} deep")
    if value is None or value is True or value is False:
        return
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("text holds a NUL character")
        if not value.isascii():
            try:
                value.encode("utf-8")
            except UnicodeEncodeError:
                raise ValueError("text holds a lone surrogate") from None
    elif isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError("number is not finite")
    elif isinstance(value, int):
        if abs(value) >= 2**63:
            raise ValueError("whole number of 2^63 or more")
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _check(key, depth + 1)
            _check(item, depth + 1)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _check(item, depth + 1)
    else:
        raise ValueError(f"{type(value).__name__} is no JSON value")


def _faults(path: FieldPath, value: Any) -> Iterator[tuple[FieldPath, str]]:
    """The smallest parts of `value` that are not storable, each with the reason."""
    inner: Iterable[tuple[Any, Any]] = ()
    if len(path) < MAX_DEPTH and isinstance(value, Mapping):
        inner = value.items()
    elif len(path) < MAX_DEPTH and isinstance(value, (list, tuple)):
        inner = enumerate(value)
    elif reason := _reason(value, len(path)):
        yield path, reason
    for key, item in inner:
        if reason := _reason(key, 0):
            yield (*path, key), reason
        else:
            yield from _faults((*path, key), item)


def _reason(value: Any, depth: int) -> str | None:
    try:
        _check(value, depth)
    except ValueError as error:
        return str(error)
    return None
