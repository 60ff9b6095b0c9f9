"""What a caller hears when a file that was believed turns out to be damaged while it is read."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

from llmcat.errors import CatalogError, OptionError

UNREADABLE = ("JSONDecodeError", "InvalidOperation")
"""Errors of json and decimal by their names: neither may be imported yet."""

Read = TypeVar("Read", bound=Callable[..., Any])
Class = TypeVar("Class", bound=type)

NOT_DAMAGE = (sqlite3.ProgrammingError, sqlite3.NotSupportedError)
"""Errors of SQLite's that are about what the caller gave."""

MAY_BE_DAMAGE = (sqlite3.DatabaseError, ValueError, ArithmeticError)


def damaged(path: str, reason: object) -> CatalogError:
    """The error to raise: the file, what is wrong, how to see more of it and get another."""
    return CatalogError(
        f"{path}: is damaged ({reason}); see `llmcat check {path}`, then build it again (`llmcat build`)"
        " or take another copy"
    )


def in_words(error: Exception, path: str) -> Exception:
    """The CatalogError for an error of SQLite's or JSON's that means damage; any other as it is."""
    if isinstance(error, sqlite3.DatabaseError):
        if isinstance(error, NOT_DAMAGE):
            return OptionError(f"a value that cannot be looked for: {error}")
        return damaged(path, error)
    if isinstance(error, UnicodeEncodeError):
        return OptionError(f"{error.object!a} holds half a character")
    if type(error).__name__ in UNREADABLE:
        return damaged(path, f"a value that cannot be read: {error}")
    return error


def tells_damage(path_of: Callable[[Any], str]) -> Callable[[Read], Read]:
    """A decorator of what reads a file: errors of SQLite's and JSON's become CatalogError.

    `path_of` gives the file's path for the first argument.
    """

    def decorate(read: Read) -> Read:
        @functools.wraps(read)
        def guarded(first: Any, *rest: Any, **options: Any) -> Any:
            try:
                return read(first, *rest, **options)
            except MAY_BE_DAMAGE as error:
                raise in_words(error, path_of(first)) from None

        return guarded  # type: ignore[return-value]

    return decorate


def calls_tell_damage(*but: str) -> Callable[[Class], Class]:
    """A class decorator: every public method tells damage, except those named, which must be fast and
    have it done where they read."""

    def decorate(cls: Class) -> Class:
        tell = tells_damage(lambda self: self.path)
        for name, call in list(vars(cls).items()):
            if not name.startswith("_") and name not in but and callable(call):
                setattr(cls, name, tell(call))
        return cls

    return decorate
