"""How old a catalogue is, in words."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcat.age import UNKNOWN_TIME, age_in_words, as_of

NOON = datetime(2026, 5, 21, 12, tzinfo=timezone.utc)


def test_a_time_that_no_source_tells_is_unknown() -> None:
    """Not 1970, and not 20,000 days old."""
    assert as_of(UNKNOWN_TIME, NOON) == "unknown: no source tells its time"
    assert as_of("2026-05-18T00:00:00Z", NOON) == "2026-05-18T00:00:00Z (3 days old)"


@pytest.mark.parametrize(
    ("then", "words"),
    [
        ("2026-05-21T11:59:59Z", "less than a minute"),
        ("2026-05-21T12:30:00Z", "less than a minute"),
        ("2026-05-21T11:59:00Z", "1 minute"),
        ("2026-05-21T11:57:00Z", "3 minutes"),
        ("2026-05-21T10:00:00Z", "2 hours"),
        ("2026-05-20T12:00:00Z", "1 day"),
        ("2026-05-09T12:00:00Z", "12 days"),
        ("2026-05-18", "3 days"),
    ],
)
def test_age_in_words(then: str, words: str) -> None:
    """The largest unit that fits, rounded down."""
    assert age_in_words(then, NOON) == words


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)))
def test_age_always_has_words(then: datetime) -> None:
    """Any instant, past or future, gives a count that is not zero or "less than a minute"."""
    words = age_in_words(then.strftime("%Y-%m-%dT%H:%M:%SZ"), NOON)
    assert words == "less than a minute" or int(words.split()[0]) > 0
