"""Traced: a number that remembers what it is made of, and what it was compared with."""

from __future__ import annotations

from typing import Any

SIGNS = {-1: "<", 0: "==", 1: ">"}
ONE = -1
"""The place of the number 1 among terms."""


class Untraceable(Exception):
    """What is no sum of whole numbers."""


class Traced(int):
    """A number among others that are not 0, or a sum of some: `terms` has how often each is in it, by its
    place. Each difference that was compared is noted in `conditions`, as Python over the numbers `n`, with
    its sign: <, == or > 0."""

    terms: dict[int, int]
    conditions: dict[str, str]

    @classmethod
    def of(cls, value: int, terms: dict[int, int], conditions: dict[str, str]) -> Traced:
        """A number that is the sum of these terms."""
        traced = cls(value)
        traced.terms = {place: times for place, times in terms.items() if times}
        traced.conditions = conditions
        return traced

    def text(self) -> str:
        """The sum as Python."""
        parts = [_term(place, times) for place, times in self.terms.items()]
        return "".join(parts).removeprefix("+") or "0"

    def _plus(self, other: Any, sign: int = 1) -> Traced:
        if not isinstance(other, int):
            raise Untraceable
        terms = dict(self.terms)
        for place, times in getattr(other, "terms", {ONE: int(other)}).items():
            terms[place] = terms.get(place, 0) + sign * times
        return self.of(int(self) + sign * int(other), terms, self.conditions)

    def _sign(self, other: Any) -> int:
        """-1, 0 or 1, as the difference is."""
        rest = self._plus(other, -1)
        sign = (int(rest) > 0) - (int(rest) < 0)
        if len(rest.terms) > 1:  # of one number it is known
            self.conditions[rest.text()] = SIGNS[sign]
        return sign

    def __add__(self, other: Any) -> Traced:
        return self._plus(other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Traced:
        return self._plus(other, -1)

    def __rsub__(self, other: Any) -> Traced:
        return (-self)._plus(other)

    def __neg__(self) -> Traced:
        negated = {place: -times for place, times in self.terms.items()}
        return self.of(-int(self), negated, self.conditions)

    def __lt__(self, other: Any) -> bool:
        return self._sign(other) < 0

    def __le__(self, other: Any) -> bool:
        return self._sign(other) <= 0

    def __gt__(self, other: Any) -> bool:
        return self._sign(other) > 0

    def __ge__(self, other: Any) -> bool:
        return self._sign(other) >= 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int) and self._sign(other) == 0

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __bool__(self) -> bool:
        return self._sign(0) != 0

    __hash__ = int.__hash__


def _term(place: int, times: int) -> str:
    if place == ONE:
        return f"{times:+}"
    factor = "" if abs(times) == 1 else f"{abs(times)}*"
    return f"{'-' if times < 0 else '+'}{factor}n[{place}]"
