"""The status of a model on a day.

The column `models.status` is what the sources said when the catalogue was built. A day that has come
since counts all the same: it counts as come on that day.
"""

from __future__ import annotations

ENDED = ("deprecated", "retired")


def status_on(
    status: str | None, deprecated_on: str | None, retires_on: str | None, day: str
) -> str | None:
    """retired or deprecated once the day for it has come, else as the sources say.

    All days are YYYY-MM-DD.
    """
    if status == "retired" or has_come(retires_on, day):
        return "retired"
    if status == "deprecated" or has_come(deprecated_on, day):
        return "deprecated"
    return status


def has_come(when: str | None, day: str) -> bool:
    """Whether `when` is known and not after `day`."""
    return when is not None and when <= day
