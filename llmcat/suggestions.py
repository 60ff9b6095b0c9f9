""" "Did you mean": the names that are most like a word that nobody knows.

difflib compares well and slowly, 8,000 ids in 50 ms; so of many names it compares only those that share
the most runs of letters with the word. Names that are asked for again and again are a Pool.
"""

from __future__ import annotations

from collections.abc import Iterable

MOST = 3
"""So many names are suggested unless somebody asks for another number."""

LIKENESS = 0.6
"""difflib's ratio that makes a suggestion: 1 is the same word."""

RUN = 3
"""Letters in a run; of short words, pairs."""

FEW = 100
"""Up to so many names all are compared letter by letter: two letters that changed places leave no run."""

SHORTLIST = 20
"""So many of more names are compared letter by letter."""

ENOUGH = 2_000
"""So many places where names share a run are looked at."""

EVERYDAY = {
    "price": ("cost_input", "cost_output"),
    "cost": ("cost_input", "cost_output"),
    "context": ("limit_context",),
    "released": ("release_date",),
}
"""What people call a column -> what it is called here."""


class Pool:
    """Names to suggest from; what it takes to look among them is made once."""

    def __init__(self, names: Iterable[str]) -> None:
        from itertools import accumulate

        self.names = list(names)
        self._text = "\n".join(self.names)
        self._ends = list(accumulate([len(name) + 1 for name in self.names]))

    def near(self, word: str, most: int = MOST, likeness: float = LIKENESS) -> list[str]:
        """Up to `most` of the names that are like the word, the nearest first; case counts."""
        from difflib import get_close_matches

        return get_close_matches(word, self.shortlist(word), most, likeness)

    def shortlist(self, word: str) -> list[str]:
        """The names that share the most runs of letters with the word, for their length."""
        from heapq import nlargest

        names = self.names
        if len(names) <= FEW:
            return names
        shared = self._shared_runs(word)

        def likeness(number: int) -> float:
            return shared[number] / (len(word) + len(names[number]))

        return [names[number] for number in nlargest(SHORTLIST, shared, key=likeness)]

    def _shared_runs(self, word: str) -> dict[int, int]:
        """The number of each name that shares a run of letters with the word -> how many it shares.

        The rarest runs are looked for first, and the commonest, which tell little, no more once ENOUGH
        was found.
        """
        from bisect import bisect_right
        from collections import defaultdict

        text, ends = self._text, self._ends
        shared: dict[int, int] = defaultdict(int)
        run = RUN if len(word) > 2 * RUN else RUN - 1
        runs = {word[start : start + run] for start in range(len(word) - run + 1)}
        found = 0
        for count, letters in sorted([(text.count(letters), letters) for letters in runs]):
            if found and found + count > ENOUGH:
                break
            found += count
            at = text.find(letters) if count else -1
            while at >= 0:
                number = bisect_right(ends, at)
                shared[number] += 1
                at = text.find(letters, ends[number])
        return shared


def near(
    word: str, names: Iterable[str], most: int = MOST, likeness: float = LIKENESS
) -> list[str]:
    """Up to `most` of the names that are like the word, the nearest first; case counts."""
    return Pool(names).near(word, most, likeness)


def near_column(word: str, columns: Iterable[str]) -> list[str]:
    """The columns that are meant by an everyday word, else those that are like it."""
    known = list(columns)
    meant = [column for column in EVERYDAY.get(word, ()) if column in known]
    return meant or near(word, known)
