"""Formulas: usages that are like one before are counted as reading each of them would."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from llmcat import Catalog
from llmcat.errors import LlmcatError, ModelNotFound, UsageError
from llmcat.pricing.bill import Bill, make_bill
from llmcat.pricing.counts import billable
from llmcat.pricing.logs.log_file import add_log
from llmcat.pricing.tally import Tally
from llmcat.pricing.usage import Usage, formulas
from llmcat.pricing.usage.reading import read
from tests.examples import examples
from tests.pipeline.series import APRIL, FEBRUARY, api, build_series, model, write_series
from tests.pricing.usage_bodies import ANTHROPIC, BODIES, CHAT, GEMINI, RESPONSES

USAGES = [CHAT, RESPONSES, ANTHROPIC, GEMINI, *(one["usage"] for one in BODIES)]
THOROUGH = settings(
    deadline=None, max_examples=examples(60), suppress_health_check=list(HealthCheck)
)


@st.composite
def like(draw: st.DrawFn, usage: Any) -> Any:
    """A usage with the same keys, some of its numbers others."""
    if isinstance(usage, dict):
        return {key: draw(like(value)) for key, value in usage.items()}
    if isinstance(usage, list):
        return [draw(like(value)) for value in usage]
    if type(usage) is int:
        return draw(st.sampled_from([usage, usage, usage, 0, usage * 2, usage // 2, 1, -1]))
    return usage


def by_itself(usage: Any) -> tuple[list[Any], tuple[str, ...]] | None:
    """The amounts of a usage that is read alone and the meters of the last of them; None: it has no formula."""
    try:
        reading = read(usage)
        counts = billable(reading.counts)
    except UsageError:
        return None
    wholes = reading.counts
    if reading.notes or reading.unbilled or reading.charged is not None:
        return None
    sums = [1, wholes.get("input", 0), wholes.get("output", 0), 0, *counts.values()]
    return sums, tuple(counts)


@pytest.mark.parametrize("usage", [CHAT, RESPONSES, ANTHROPIC], ids=["chat", "responses", "claude"])
def test_a_third_usage_is_counted_by_the_formula_of_the_second(usage: dict[str, Any]) -> None:
    """A log holds a million like it."""
    found = [formulas.find(usage) for _ in range(3)][-1]
    assert found is not None
    formula, _, amounts = found
    assert ([*amounts], formula.meters) == by_itself(usage)


@THOROUGH
@given(st.sampled_from(USAGES).flatmap(lambda usage: st.lists(like(usage), max_size=6)))
def test_a_formula_counts_what_reading_counts(usages: list[Any]) -> None:
    """Whatever the numbers are: what a condition of the formula excludes is read by itself."""
    for usage in usages * 3:
        if (found := formulas.find(usage)) is not None:
            formula, _, amounts = found
            assert ([*amounts], formula.meters) == by_itself(usage)


def test_counts_of_a_table_have_a_formula_too() -> None:
    """Rows of a CSV file are Usage."""
    for _ in range(2):
        formulas.find(Usage(input_tokens=10, output_tokens=5, cache_read_tokens=4))
    found = formulas.find(Usage(input_tokens=1_000, output_tokens=7, cache_read_tokens=400))
    assert found is not None
    assert found[2] == (1, 1_000, 7, 0, 600, 7, 400)
    assert formulas.find(Usage(input_tokens=10, output_tokens=5, cache_read_tokens=400)) is None


@pytest.mark.parametrize(
    "usage",
    [
        {**CHAT, "surprise": 1},
        {**CHAT, "cost": 0.25},
        {**CHAT, "prompt_tokens": 2006.0},
        {**ANTHROPIC, "iterations": [{"type": "compaction", "input_tokens": 5}]},
    ],
    ids=["unknown key", "amount", "float", "iterations"],
)
def test_what_must_be_said_of_a_usage_has_no_formula(usage: dict[str, Any]) -> None:
    """What is unbilled, charged or noted stands with each call."""
    assert [formulas.find(usage) for _ in range(9)] == [None] * 9


@THOROUGH
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["acme:swift", "acme:long", "acme:cheap"]),
            st.sampled_from([CHAT, RESPONSES, ANTHROPIC, GEMINI]).flatmap(like),
        ),
        max_size=12,
    )
)
def test_sums_cost_what_single_calls_cost(
    acme: Catalog, calls: list[tuple[str, dict[str, Any]]]
) -> None:
    """To the last digit, and what cannot be priced is the same."""
    costs: list[Decimal] = []
    for spec, usage in calls:
        try:
            cost = acme.cost_of(spec, usage)
        except LlmcatError:
            continue
        if any(read(usage).usage):  # a bill tells of calls of which all counts are 0
            costs.append(cost.total)
    bill = acme.bill([{"model": spec, "usage": usage} for spec, usage in calls * 4])
    assert bill.total == 4 * sum(costs)
    assert (bill.calls, bill.unpriced_calls) == (4 * len(costs), 4 * (len(calls) - len(costs)))


@pytest.fixture
def moving(tmp_path: Path) -> Catalog:
    """Three models of which one changed its price in April, one came then, and one went."""
    states = {
        FEBRUARY: api(acme={"swift": model(cost={"input": 2, "output": 8}), "gone": model()}),
        APRIL: api(
            acme={
                "swift": model(cost={"input": 1, "output": 8}),
                "late": model(cost={"input": 3, "output": 9}),
            }
        ),
    }
    paths = write_series(tmp_path / "series", states)
    return Catalog(build_series(tmp_path / "moving.db", paths))


def test_periods_without_a_change_are_one(moving: Catalog) -> None:
    """The sums are fewer where other models change; the bill is the same, elsewhere too."""
    days = ("2020-01-01", "2026-03-01", "2026-03-20", "2026-05-01", "2026-06-01T12:00:00Z", None)
    rows = [
        {"model": f"acme:{id}", "input_tokens": 1_000, "output_tokens": 10, "at": at}
        for id in ("swift", "late")
        for at in days
    ]

    def bill(others: list[str] | None) -> tuple[int, Bill]:
        tally = Tally(moving, ("month",), others)
        add_log(tally, rows)
        return len(tally.whole()), make_bill(tally, moving, instead="acme:late")

    (fine, known), (coarse, found) = bill(None), bill(["acme:late"])
    assert coarse <= fine
    assert found == known
    assert found == moving.bill(rows, by="month", instead="acme:late")


def test_a_name_that_no_time_knows_is_known_as_such(moving: Catalog) -> None:
    """It need not be looked up again for another day."""
    for name, at_no_time in (("nobody-7", True), ("acme:gone", False)):
        with pytest.raises(ModelNotFound) as raised:
            moving.resolve(name, at="2026-05-01")
        assert raised.value.at_no_time is at_no_time
