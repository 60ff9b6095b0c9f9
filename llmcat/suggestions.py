""" "Did you mean": the names that are most like a word that nobody knows.

difflib compares well and slowly, 8,000 ids in 50 ms; so of many names it compares only those that share
the most runs of letters with the word.
"""

from __future__ import annotations

from collections.abc import Iterable

MOST = 3
"""So many names are suggested unless somebody asks for another number."""

LIKENESS = 0.6
"""difflib's ratio that makes a suggestion: 1 is the same word."""

RUN = 3
"""Letters in a run; of short words, pairs."""

SHORTLIST = 20
"""So many of the names are compared letter by letter."""


def near(
    word: str, names: Iterable[str], most: int = MOST, likeness: float = LIKENESS
) -> list[str]:
    """Up to `most` of the names that are like the word, the nearest first; case counts."""
    from difflib import get_close_matches

    known = list(names)
    if len(known) > SHORTLIST:
        known = shortlist(word, known)
    return get_close_matches(word, known, most, likeness)


def shortlist(word: str, names: list[str]) -> list[str]:
    """The names that share the most runs of letters with the word, for their length."""
    from bisect import bisect_right
    from collections import defaultdict
    from heapq import nlargest
    from itertools import accumulate

    text = "\n".join(names)
    ends = list(accumulate([len(name) + 1 for name in names]))
    shared: dict[int, int] = defaultdict(int)
    run = RUN if len(word) > 2 * RUN else RUN - 1
    for start in range(len(word) - run + 1):
        letters = word[start : start + run]
        at = text.find(letters)
        while at >= 0:
            number = bisect_right(ends, at)
            shared[number] += 1
            at = text.find(letters, ends[number])

    def likeness(number: int) -> float:
        return shared[number] / (len(word) + len(names[number]))

    return [names[number] for number in nlargest(SHORTLIST, shared, key=likeness)]
