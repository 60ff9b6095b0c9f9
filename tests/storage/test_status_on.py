"""The status of a model on a day: its last day decides where it is known."""

from __future__ import annotations

import pytest

from llmcat.storage.views.status_on import status_on


@pytest.mark.parametrize(
    ("status", "deprecated_on", "retires_on", "expected"),
    [
        (None, None, None, None),
        ("beta", None, None, "beta"),
        ("active", None, "2026-05-01", "retired"),
        ("retired", None, "2026-05-02", "deprecated"),  # by now it is; on that day it was not
        ("retired", "2026-04-01", "2026-06-01", "deprecated"),
        ("retired", None, None, "retired"),  # nobody knows since when
        ("deprecated", "2026-05-02", None, "deprecated"),
        ("deprecated", None, "2026-06-01", "deprecated"),
        ("active", "2026-05-01", None, "deprecated"),
    ],
)
def test_the_status_on_a_day(
    status: str | None, deprecated_on: str | None, retires_on: str | None, expected: str | None
) -> None:
    """On 2026-05-01, whatever the catalogue said when it was built."""
    assert status_on(status, deprecated_on, retires_on, "2026-05-01") == expected
    again = status_on(expected, deprecated_on, retires_on, "2026-05-01")
    assert again == expected  # judged once more, it is the same
