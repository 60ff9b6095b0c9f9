""" "Did you mean": the same suggestions as a comparison with every name, in a fraction of the time."""

from __future__ import annotations

from difflib import get_close_matches

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmcat.suggestions import MOST, Pool, near

LABS = ("gpt", "claude-sonnet", "claude-opus", "gemini", "llama", "mistral-large", "qwen", "grok")
IDS = [
    f"{lab}-{version}{kind}"
    for lab in LABS
    for version in ("3", "3.5", "4", "4-1", "4.5", "5", "2025-08-07")
    for kind in ("", "-mini", "-pro", "-latest", "-preview", "-70b", ":free")
]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("gpt-4.5-miny", "gpt-4.5-mini"),
        ("claud-sonnet-4-1", "claude-sonnet-4-1"),
        ("mistral-larg-latest", "mistral-large-4-latest"),
        ("gpt4", "gpt-4"),
        ("grok-5:fre", "grok-5:free"),
    ],
)
def test_a_slip_finds_the_name_that_was_meant(word: str, meant: str) -> None:
    """It stands first, or among the few."""
    assert meant in near(word, IDS, 5)


@given(st.sampled_from(IDS), st.data())
def test_a_letter_more_less_or_other_is_found_as_in_a_full_comparison(
    id: str, data: st.DataObject
) -> None:
    """What difflib puts first among all names is among the suggestions."""
    place = data.draw(st.integers(0, len(id) - 1))
    letter = data.draw(st.sampled_from(("", "x", "4", "-")))
    word = id[:place] + letter + id[place + data.draw(st.integers(0, 1)) :]
    best = get_close_matches(word, IDS, MOST)
    assert not best or set(best) & set(near(word, IDS))
    assert id in Pool(IDS).shortlist(word) or id not in best


def test_nothing_is_suggested_for_what_is_like_nothing() -> None:
    """No suggestion is better than a wild one."""
    assert near("", IDS) == near("x", IDS) == near("zzyzx", IDS) == []
    assert near("zzyzx", []) == []
