"""Whether a model is still in service: by its status, its days, and what day it is.

The column `status` is what the sources said when the catalogue was built. Days that have come since
count all the same, here as in find (see conditions.py), and a day counts as come on that day.
"""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

from llmcat.instants import days_from
from llmcat.records import ModelRow

if TYPE_CHECKING:
    from llmcat.records import Model

ENDING = f"""
SELECT {", ".join(ModelRow._fields)} FROM models
WHERE retires_on BETWEEN ?1 AND ?2 OR deprecated_on BETWEEN ?1 AND ?2
ORDER BY CASE WHEN deprecated_on >= ?1 THEN min(deprecated_on, coalesce(retires_on, deprecated_on))
    ELSE retires_on END, spec"""


def ending_soon(connection: sqlite3.Connection, day: str, days: int) -> list[tuple[Any, ...]]:
    """The rows of models that will be deprecated or retired within `days` days of `day`, the next
    first. Raises OptionError for days that are none to look ahead."""
    return connection.execute(ENDING, (day, days_from(day, days))).fetchall()


def status_on(model: Model, day: str) -> str | None:
    """retired or deprecated once the day for it has come, else as the sources say."""
    if model.status == "retired" or _has_come(model.retires_on, day):
        return "retired"
    if model.status == "deprecated" or _has_come(model.deprecated_on, day):
        return "deprecated"
    return model.status


def as_on(model: Model, day: str) -> Model:
    """The model with the status that it has on this day."""
    return model._replace(status=status_on(model, day))


def stages(model: Model, day: str) -> list[str]:
    """What is known of its end, in words: when it was or will be switched off, and deprecated."""
    known = [_retired(model, status_on(model, day) == "retired"), _deprecated(model, day)]
    return [stage for stage in known if stage]


def farewell(model: Model, day: str) -> str | None:
    """What to know before one takes it, in a line; None for a model in service."""
    if status_on(model, day) not in ("deprecated", "retired"):
        return None
    instead = [f"use {model.replacement} instead"] if model.replacement else []
    return "; ".join([*stages(model, day), *instead])


def _has_come(when: str | None, day: str) -> bool:
    return when is not None and when <= day


def _retired(model: Model, gone: bool) -> str | None:
    if gone:
        return f"switched off on {model.retires_on}" if model.retires_on else "switched off"
    return f"will be switched off on {model.retires_on}" if model.retires_on else None


def _deprecated(model: Model, day: str) -> str | None:
    if not model.deprecated_on:
        return "deprecated" if model.status == "deprecated" else None
    since = "since" if _has_come(model.deprecated_on, day) else "from"
    return f"deprecated {since} {model.deprecated_on}"
