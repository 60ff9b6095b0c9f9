"""Evidence: several sources say what one value is; decide() names the claim that stands, and why.

Copies of one data set are one family and count once. The rules, in their order:

1. correction: a value that the user or an overlay corrected stands.
2. authoritative: what the provider itself says is right, unless what stands is newer than that.
3. more exact: a price that is another one cut to its first digits (0.083333 for a twelfth) says the
   same, less exactly; so does a price that others know to hold at some hours only.
4. newer majority: two families or more that agree with each other, outnumber those behind the value,
   and are all newer than it, are right.
5. more accurate: where one family speaks against another, or against several that agree or that are all
   newer, the one whose prices were measured to be right most often at this provider is right.
6. more exact, again: a price that is another one rounded to two digits (0.08 for 0.075), unless the
   family that says so was measured to be right more often there: some providers charge in cents.
7. Otherwise the value stays, and is contested.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

TOLERANCE = 1e-9
"""Prices that differ by less, relatively, are equal: they were calculated in floating point."""

CUT = 1e-4
"""How far, relatively, a price may be from the one that it is cut from."""
LONG = len("0.083333333")
"""Digits of a price that was calculated, not set: only such are cut."""

UNMEASURED = 0.9
"""The share of right prices of a family that nobody measured: about what the best three have."""

Accuracy = Mapping[str, float]
"""Family -> the share of its prices that was right when measured at one provider."""


class Claim(NamedTuple):
    """That a source says `value`, and since when. `source` belongs to `family`; `at_hours` are the other
    prices that it says for hours of their own."""

    source: str
    family: str
    date: str
    value: Any
    authoritative: bool = False
    correction: bool = False
    at_hours: tuple[float, ...] = ()


class Verdict(NamedTuple):
    """The claim that stands, by which rule, and whether others contest it still."""

    claim: Claim
    rule: str
    contested: bool = False


def decide(claim: Claim, others: Sequence[Claim], accuracy: Accuracy) -> Verdict:
    """Which of the claims stands: `claim`, which did so far, or one of the others."""
    differing = [
        other
        for other in others
        if not equal(other.value, claim.value) and not _cut_to(claim.value, other.value)
    ]
    if not differing:
        return Verdict(claim, "agreed")
    if claim.correction:
        return Verdict(claim, "correction")
    if claim.authoritative:
        return Verdict(claim, "authoritative")
    authorities = [o for o in others if o.authoritative and o.date >= claim.date]
    if authorities:
        newest = max(authorities, key=lambda other: other.date)
        return Verdict(claim if equal(newest.value, claim.value) else newest, "authoritative")
    if exact := next((o for o in differing if _says_more(o, claim.value)), None):
        return Verdict(exact, "more exact")
    behind = {claim.family} | {o.family for o in others if equal(o.value, claim.value)}
    if winner := _newer_majority(claim, differing, behind):
        return Verdict(winner, "newer majority")
    if len(behind) == 1 and (other := _more_accurate(claim, differing, accuracy)):
        return Verdict(other, "more accurate", contested=True)
    exact = next((o for o in differing if _rounds_to(o.value, claim.value)), None)
    if exact and not _measured(accuracy, claim.family, exact.family):
        return Verdict(exact, "more exact")
    return Verdict(claim, "undecided", contested=True)


def _says_more(exact: Claim, value: Any) -> bool:
    """Whether `value` is what a claim says, cut short or for all hours of the day."""
    return _cut_to(exact.value, value) or any(equal(price, value) for price in exact.at_hours)


def _more_accurate(claim: Claim, differing: Iterable[Claim], accuracy: Accuracy) -> Claim | None:
    """The claim of the family that was measured to be right most often, if more often than that of `claim`;
    of several that do not agree, where each is newer than `claim`: what none of them says any more is over."""
    others = [other for other in differing if other.family != claim.family]
    agree = all(equal(other.value, others[0].value) for other in others)
    if not agree and not all(other.date > claim.date for other in others):
        return None
    better = [other for other in others if _measured(accuracy, other.family, claim.family)]
    return max(better, key=lambda other: accuracy[other.family], default=None)


def _measured(accuracy: Accuracy, better: str, worse: str) -> bool:
    """Whether one family was measured to be right more often than the other."""
    return better in accuracy and worse in accuracy and accuracy[better] > accuracy[worse]


def _newer_majority(claim: Claim, differing: Iterable[Claim], behind: set[str]) -> Claim | None:
    """The claim of two families or more, newer than `claim`, that agree and outnumber those behind it."""
    groups: list[list[Claim]] = []
    for other in differing:
        if other.date <= claim.date or other.family in behind:
            continue
        for group in groups:
            if equal(group[0].value, other.value):
                group.append(other)
                break
        else:
            groups.append([other])
    for group in sorted(groups, key=len, reverse=True):
        if len({other.family for other in group}) >= max(2, len(behind) + 1):
            return group[0]
    return None


def equal(one: Any, other: Any) -> bool:
    """Whether two values are the same, but for the noise of floating point in prices."""
    if one == other:
        return True
    if isinstance(one, float) and isinstance(other, (int, float)):
        return abs(one - other) <= TOLERANCE * max(abs(one), abs(other))
    return False


def _rounds_to(exact: Any, rounded: Any) -> bool:
    """Whether a price is `exact` rounded to two digits behind the point."""
    if not isinstance(exact, float) or not isinstance(rounded, float):
        return False
    two_digits = round(rounded, 2) == rounded > 0
    return two_digits and round(exact, 2) != exact and abs(exact - rounded) <= 0.005 + TOLERANCE


def _cut_to(exact: Any, cut: Any) -> bool:
    """Whether a price is `exact` with only the first of its digits, and nobody would pay another sum."""
    if not isinstance(exact, float) or not isinstance(cut, float) or cut <= 0:
        return False
    near = abs(exact - cut) <= CUT * cut
    return near and len(repr(exact)) > len(repr(cut)) and len(repr(exact)) >= LONG


def score(standing: Claim, other: Claim, claims: Sequence[Claim], accuracy: Accuracy) -> float:
    """How probable it is that `other` is right and the standing value is not, 0 … 1, by how often each
    family that speaks was right at this provider. What is right by rule is not at stake."""
    if standing.correction or standing.authoritative:
        return 0.0
    for_other, for_standing = _odds(other, claims, accuracy), _odds(standing, claims, accuracy)
    return round(for_other / (for_other + for_standing), 3)


def _odds(claim: Claim, claims: Sequence[Claim], accuracy: Accuracy) -> float:
    """The product of the odds of being right of the families that say the same."""
    odds = 1.0
    for family in {other.family for other in claims if equal(other.value, claim.value)}:
        share = min(max(accuracy.get(family, UNMEASURED), 0.01), 0.99)
        odds *= share / (1 - share)
    return odds
