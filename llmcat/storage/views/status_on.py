"""The status of a model on a day.

The column `models.status` is that of the day on which the catalogue was built. Asked for another day, a day
that has come since counts, and before its last day a model is not retired yet.
"""

from __future__ import annotations

ENDED = ("deprecated", "retired")


def status_on(
    status: str | None, deprecated_on: str | None, retires_on: str | None, day: str
) -> str | None:
    """retired or deprecated once the day for it has come, else as the sources say; before its last day
    a model that is retired by now was deprecated at most.

    All days are YYYY-MM-DD.
    """
    if has_come(retires_on, day) or (status == "retired" and retires_on is None):
        return "retired"
    if status in ENDED or has_come(deprecated_on, day):
        return "deprecated"
    return status


def has_come(when: str | None, day: str) -> bool:
    """Whether `when` is known and not after `day`."""
    return when is not None and when <= day
