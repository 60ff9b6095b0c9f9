"""Whether a model is still in service, in words: by its status, its days, and what day it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from llmcat.records import Model


class Banner(NamedTuple):
    """What stands on top of a model's page: how grave it is (retired, deprecated, notice), and words."""

    kind: str
    words: str


def banner(model: Model, today: str) -> Banner | None:
    """None for a model in service of which nothing else is said. A day counts as come on that day.

    The status is that of the day when the catalogue was built; days that have come since are said, too.
    """
    gone = model.status == "retired" or _has_come(model.retires_on, today)
    going = gone or model.status == "deprecated" or _has_come(model.deprecated_on, today)
    said = [_retired(model, gone), _deprecated(model, going)]
    words = " ".join(sentence for sentence in said if sentence)
    if words:
        return Banner("retired" if gone else "deprecated" if going else "notice", words)
    if model.status in ("alpha", "beta"):
        return Banner("notice", f"This model is in {model.status}.")
    return None


def _has_come(day: str | None, today: str) -> bool:
    return day is not None and day <= today


def _retired(model: Model, gone: bool) -> str:
    if gone:
        return f"Switched off on {model.retires_on}." if model.retires_on else "Switched off."
    return f"Will be switched off on {model.retires_on}." if model.retires_on else ""


def _deprecated(model: Model, going: bool) -> str:
    if not model.deprecated_on:
        return "Deprecated." if model.status == "deprecated" else ""
    return f"Deprecated {'since' if going else 'from'} {model.deprecated_on}."
