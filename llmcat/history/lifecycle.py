"""The end of a model in words: when it goes or went, and what to take in its place."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from llmcat import instants
from llmcat.storage.views.status_on import ENDED, has_come, status_on

if TYPE_CHECKING:
    from datetime import date

    from llmcat.catalog import Catalog
    from llmcat.records import Model
    from llmcat.storage.models import Reader
    from llmcat.storage.rows import Models

ENDING = """
SELECT spec FROM models
WHERE retires_on BETWEEN ?1 AND ?2 OR deprecated_on BETWEEN ?1 AND ?2
ORDER BY CASE WHEN deprecated_on >= ?1 THEN min(deprecated_on, coalesce(retires_on, deprecated_on))
    ELSE retires_on END, spec"""


def ending_soon(connection: sqlite3.Connection, day: str, days: int) -> list[str]:
    """The specs of models that will be deprecated or retired within `days` days of `day`, the next
    first. Raises OptionError for days that are none to look ahead."""
    rows = connection.execute(ENDING, (day, instants.days_from(day, days)))
    return [spec for (spec,) in rows]


def models_ending(reader: Reader, days: int, today: str | date | None = None) -> Models:
    """The models that end within `days` days of `today`, else of the day that the reader shows, the next
    first. Raises OptionError."""
    day = reader.day or instants.today() if today is None else instants.instant(today)[:10]
    return reader.several(ending_soon(reader.connection, day, days), day)


def stages(model: Model, day: str) -> list[str]:
    """What is known of its end, in words: when it was or will be switched off, and deprecated."""
    known = [_retired(model, _status(model, day) == "retired"), _deprecated(model, day)]
    return [stage for stage in known if stage]


def farewell(
    model: Model, day: str, model_named: Callable[[str], Model | None] = lambda spec: None
) -> str | None:
    """What to know before one takes it, in a line; None for a model in service.

    `model_named` gives the model of a spec, None where there is none: a replacement that is gone
    itself leads on to its own.
    """
    if _status(model, day) not in ENDED:
        return None
    instead = _instead(model, successors(model, day, model_named), day)
    return "; ".join([*stages(model, day), *instead])


def named_in(catalog: Catalog) -> Callable[[str], Model | None]:
    """A function from a spec to its model in `catalog`, None where there is none."""

    def model_named(spec: str) -> Model | None:
        try:
            return catalog.model(spec)
        except (LookupError, ValueError):
            return None

    return model_named


def successors(model: Model, day: str, model_named: Callable[[str], Model | None]) -> list[Model]:
    """The replacement of a model, where it has ended by `day` the replacement of that, and so on:
    the last is in service, or nobody names another. Empty where the catalogue has none of them."""
    found: list[Model] = []
    current = model
    while current.replacement:
        follower = model_named(f"{current.provider}:{current.replacement}")
        if follower is None or follower.spec in {model.spec, *(m.spec for m in found)}:
            break
        found.append(follower)
        if _status(follower, day) not in ENDED:
            break
        current = follower
    return found


def replacement_today(
    model: Model, day: str, model_named: Callable[[str], Model | None]
) -> str | None:
    """The id to use in place of a model: the one that its provider names, or where that has ended by
    `day` the one named in its place; None where nobody names one."""
    found = successors(model, day, model_named)
    if found and _status(found[-1], day) not in ENDED:
        return found[-1].id
    return model.replacement


def _instead(model: Model, found: Sequence[Model], day: str) -> list[str]:
    """What to use in its place, and which of those that were named first have ended, too."""
    if not model.replacement:
        return []
    if not found or found[-1].id == model.replacement:
        return [f"use {model.replacement} instead"]
    gone = [m.id for m in found if _status(m, day) in ENDED]
    *_, last = found
    if last.id in gone:
        return [f"use {model.replacement} instead, though {' and '.join(gone)} ended as well"]
    return [f"use {last.id} instead ({' and '.join(gone)}, named before, ended as well)"]


def _status(model: Model, day: str) -> str | None:
    return status_on(model.status, model.deprecated_on, model.retires_on, day)


def _retired(model: Model, gone: bool) -> str | None:
    if gone:
        return f"switched off on {model.retires_on}" if model.retires_on else "switched off"
    return f"will be switched off on {model.retires_on}" if model.retires_on else None


def _deprecated(model: Model, day: str) -> str | None:
    if not model.deprecated_on:
        return "deprecated" if model.status == "deprecated" else None
    since = "since" if has_come(model.deprecated_on, day) else "from"
    return f"deprecated {since} {model.deprecated_on}"
