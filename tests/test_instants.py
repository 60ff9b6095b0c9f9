"""Instants: one way to read them, to write them, and to say how long ago they were."""

from __future__ import annotations

from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcat.errors import OptionError
from llmcat.instants import (
    UNKNOWN_TIME,
    age_in_words,
    epoch,
    from_epoch,
    instant,
    moment,
    utc_text,
    with_age,
)

NOON = datetime(2026, 5, 21, 12, tzinfo=timezone.utc)


def test_a_time_that_no_source_tells_is_unknown() -> None:
    """Not 1970, and not 20,000 days old."""
    assert with_age(UNKNOWN_TIME, NOON) == "unknown: no source tells its time"
    assert with_age("2026-05-18T00:00:00Z", NOON) == "2026-05-18T00:00:00Z (3 days old)"


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


@given(st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(timezone.utc)))
def test_what_is_written_is_read_back(at: datetime) -> None:
    """Text, datetime and seconds are three forms of one instant, to the second."""
    text = utc_text(at)
    assert instant(text) == text
    assert moment(text) == at.replace(microsecond=0)
    assert from_epoch(epoch(text)) == text


@pytest.mark.parametrize(
    "text",
    ["20260301", "2026-W10-1", "2026-03-01T1000", "2026-03-01T10", "٢٠٢٦-03-01", "2026-03-01Z"],
)
def test_no_python_reads_forms_of_its_own(text: str) -> None:
    """What one version of Python takes and another does not is refused by all."""
    with pytest.raises(OptionError, match="is no instant"):
        instant(text)


def test_fractions_of_a_second_are_cut_off() -> None:
    """However many digits they have."""
    assert instant("2026-03-01T10:00:59.9Z") == "2026-03-01T10:00:59Z"
    assert instant("2026-03-01 10:00:59.123456+01:00") == "2026-03-01T09:00:59Z"
