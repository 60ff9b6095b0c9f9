"""What is derived from a whole file: made when it is first asked for, and kept as long as the file is open."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar

Derived = TypeVar("Derived")


def derived(connection: sqlite3.Connection, make: Callable[[Any], Derived]) -> Derived:
    """What `make` makes of the file that `connection` reads; a file does not change while it is open.

    The connections of one open file share it. On a connection that is not llmcat's it is made anew.
    """
    kept: dict[Any, Any] = getattr(connection, "derived", {})
    if make not in kept:
        kept[make] = make(connection)
    found: Derived = kept[make]
    return found
