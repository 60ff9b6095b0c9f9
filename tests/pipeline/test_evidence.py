"""Which of several claims stands: the rules, one story each, and what must hold of any claims."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from llmcat.pipeline.evidence import Claim, Verdict, decide, equal, score
from tests.examples import examples

BASE = Claim("models.dev", "models.dev", "2026-05-01", 2.5)
LITELLM = Claim("litellm", "litellm", "2026-11-20", 2.0)
GENAI = Claim("genai-prices", "genai-prices", "2026-11-09", 2.0)
MEASURED = {"litellm": 0.94, "models.dev": 0.91}


def test_two_newer_families_that_agree_override() -> None:
    """The base has said so since May; both witnesses are of November."""
    verdict = decide(BASE, [LITELLM, GENAI], {})
    assert (verdict.claim.value, verdict.rule, verdict.contested) == (2.0, "newer majority", False)


def test_a_value_that_is_newer_than_a_witness_stays() -> None:
    """A price that moved yesterday is not what a file of last month says."""
    moved = BASE._replace(date="2026-11-15")
    verdict = decide(moved, [LITELLM, GENAI], {})
    assert (verdict.claim, verdict.rule, verdict.contested) == (moved, "undecided", True)


def test_copies_of_one_family_count_once() -> None:
    """A gateway's copy of LiteLLM's map is no second witness."""
    copy = LITELLM._replace(source="gateway")
    verdict = decide(BASE, [LITELLM, copy], {})
    assert (verdict.claim, verdict.contested) == (BASE, True)


def test_as_many_families_behind_the_value_keep_it() -> None:
    """Two against two is no majority."""
    others = [LITELLM, GENAI, Claim("openrouter", "openrouter", "2026-11-10", 2.5)]
    assert decide(BASE, others, {}).claim == BASE


def test_the_more_accurate_of_two_stands_and_is_contested() -> None:
    """Where it was measured for this provider, and only there."""
    verdict = decide(BASE, [LITELLM], MEASURED)
    assert (verdict.claim, verdict.rule, verdict.contested) == (LITELLM, "more accurate", True)
    assert decide(BASE, [LITELLM], {}).claim == BASE
    assert decide(LITELLM, [BASE], MEASURED).claim == LITELLM


def test_the_more_accurate_stands_where_another_family_says_so_too() -> None:
    """Two that agree are no weaker than one: neither need be newer. Where they differ, they decide nothing,
    unless all are newer: what none of them says any more is over, and the most accurate is believed."""
    old = GENAI._replace(date="2026-01-05")
    verdict = decide(BASE, [old, LITELLM], MEASURED)
    assert (verdict.claim, verdict.rule, verdict.contested) == (LITELLM, "more accurate", True)
    assert decide(BASE, [old._replace(value=3.0), LITELLM], MEASURED).rule == "undecided"
    assert decide(BASE, [GENAI._replace(value=3.0), LITELLM], MEASURED).claim == LITELLM
    assert decide(BASE, [GENAI._replace(value=3.0), LITELLM], {}).claim == BASE
    assert decide(BASE, [old, LITELLM], {}).claim == BASE


def test_a_price_of_some_hours_is_the_whole_price_told_short() -> None:
    """The base knows the price of the night alone; who knows both says more."""
    both = LITELLM._replace(value=5.0, at_hours=(2.5,))
    verdict = decide(BASE, [both], {})
    assert (verdict.claim, verdict.rule, verdict.contested) == (both, "more exact", False)
    assert decide(BASE, [both._replace(at_hours=(2.0,))], {}).claim == BASE


def test_the_provider_itself_is_right_unless_something_newer_is_known() -> None:
    """Its list of August overrides a price of May, and not one of September."""
    own = Claim("openrouter", "openrouter", "2026-08-20", 3.0, authoritative=True)
    assert decide(BASE, [LITELLM, GENAI, own], {}).claim == own
    moved = BASE._replace(date="2026-09-10")
    assert decide(moved, [own], {}).claim == moved


def test_a_correction_stands_whoever_disputes_it() -> None:
    """What a user writes down is what the user gets."""
    ours = BASE._replace(correction=True)
    own = Claim("openrouter", "openrouter", "2026-12-01", 3.0, authoritative=True)
    verdict = decide(ours, [LITELLM, GENAI, own], MEASURED)
    assert (verdict.claim, verdict.rule, verdict.contested) == (ours, "correction", False)


def test_the_exact_price_stands_for_the_rounded_one() -> None:
    """0.08 is 0.075 rounded to two digits: nobody contests anything."""
    rounded, exact = BASE._replace(value=0.08), LITELLM._replace(value=0.075)
    verdict = decide(rounded, [exact], {})
    assert (verdict.claim, verdict.rule, verdict.contested) == (exact, "more exact", False)
    assert decide(exact, [rounded], {}).claim == exact


def test_a_price_that_was_cut_says_the_same_as_the_whole_one() -> None:
    """A twelfth to six digits and to twelve: that is no dispute, whoever is measured to be better."""
    cut, whole = BASE._replace(value=0.083333), GENAI._replace(value=0.0833333333333)
    better = {"models.dev": 0.9, "genai-prices": 0.1}
    assert decide(cut, [whole], better) == Verdict(whole, "more exact")
    assert decide(whole, [cut], {}) == Verdict(whole, "agreed")


def test_where_a_provider_charges_in_cents_the_rounded_price_is_right() -> None:
    """The family that rounds was measured to be right more often there."""
    rounded, exact = BASE._replace(value=0.13), GENAI._replace(value=0.125)
    assert decide(rounded, [exact], {"models.dev": 0.9, "genai-prices": 0.1}).claim == rounded


def test_the_score_is_how_probable_the_other_value_is() -> None:
    """Two good families against one are probably right; a correction is not at stake."""
    claims = [BASE, LITELLM, GENAI]
    assert score(BASE, LITELLM, claims, {}) == 0.9
    assert score(LITELLM, BASE, claims, {}) == 0.1
    assert score(BASE, LITELLM, [BASE, LITELLM], {}) == 0.5
    assert score(BASE._replace(correction=True), LITELLM, claims, {}) == 0.0


claims = st.builds(
    Claim,
    source=st.sampled_from(["a", "b", "c", "d"]),
    family=st.sampled_from(["a", "b", "c"]),
    date=st.sampled_from(["2026-05-01", "2026-08-20", "2026-11-09"]),
    value=st.sampled_from([0.0, 0.075, 0.08, 2.0, 2.5, 75.0]),
    authoritative=st.booleans(),
    correction=st.just(False),
)
shares = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.floats(0, 1), max_size=3)


@settings(max_examples=examples(150))
@given(claims, st.lists(claims, min_size=1, max_size=5), shares)
def test_what_holds_of_any_claims(
    claim: Claim, others: list[Claim], accuracy: dict[str, float]
) -> None:
    """What stands was said by somebody; silence of the others contests nothing; the order of the
    others decides no value where a rule does."""
    verdict = decide(claim, others, accuracy)
    assert verdict.claim in (claim, *others)
    if all(equal(other.value, claim.value) for other in others):
        assert (verdict.claim, verdict.contested) == (claim, False)
    if verdict.claim is not claim:
        assert verdict.rule != "undecided"
    if verdict.rule == "newer majority":
        behind = [o for o in others if equal(o.value, verdict.claim.value) and o.date > claim.date]
        assert len({o.family for o in behind} - {claim.family}) >= 2
    assert 0 <= score(verdict.claim, others[0], [claim, *others], accuracy) <= 1


@given(claims, st.lists(claims, min_size=1, max_size=4))
def test_a_claim_that_is_repeated_changes_nothing(claim: Claim, others: list[Claim]) -> None:
    """A second copy of what a witness says is no second witness."""
    once, twice = decide(claim, others, {}), decide(claim, [*others, others[0]], {})
    assert equal(once.claim.value, twice.claim.value)
