"""A bill: the calls of logs, in every format, at the prices of the day of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.errors import Ambiguous, ModelNotFound
from llmcat.pricing.logs.formats import FormatReader
from llmcat.pricing.logs.log_file import calls_of_block
from llmcat.pricing.logs.sessions import Seen
from llmcat.pricing.tally import Tally
from tests.pipeline.series import APRIL, FEBRUARY, api, build_series, model, write_series


@pytest.fixture
def dated(tmp_path: Path) -> Catalog:
    """A model whose price fell in April."""
    states = {
        FEBRUARY: api(acme={"swift": model(cost={"input": 2, "output": 8})}),
        APRIL: api(acme={"swift": model(cost={"input": 1, "output": 8})}),
    }
    paths = write_series(tmp_path / "series", states)
    return Catalog(build_series(tmp_path / "dated.db", paths))


def row(
    model: str = "acme:swift", input: int = 1_000, output: int = 100, **more: Any
) -> dict[str, Any]:
    """A call in a log of our own."""
    return {"model": model, "input_tokens": input, "output_tokens": output, **more}


def test_prices_are_those_of_the_day_of_each_call(dated: Catalog) -> None:
    """The same tokens cost what they cost when the call was made."""
    rows = [row(input=1_000_000, output=0, at=at) for at in ("2026-03-01", "2026-04-02T10:00:00Z")]
    assert dated.bill(rows).total == 2 + 1
    assert [r.usd for r in dated.bill(rows, by="month").rows] == [2, 1]


def test_a_call_before_the_first_price_says_what_was_assumed(dated: Catalog) -> None:
    """It is billed at the first prices that are known, and the sentence counts the calls."""
    bill = dated.bill([row(at="2020-01-01")])
    [(sentence, calls)] = bill.assumed.items()
    assert "not yet listed on the day of the call" in sentence
    assert calls == 1


def test_a_model_that_is_gone_is_billed_as_it_was(tmp_path: Path) -> None:
    """An old log names it by its spec, as LiteLLM does, or barely: then it is the one of its lab."""
    resale = {"swift-1": model(cost={"input": 9, "output": 9})}
    states = {
        FEBRUARY: api(acme={"swift-1": model(cost={"input": 2, "output": 8})}, resale=resale),
        APRIL: api(acme={"swift-2": model(cost={"input": 1, "output": 8})}, resale=resale),
    }
    paths = write_series(tmp_path / "series", states)
    catalog = Catalog(build_series(tmp_path / "gone.db", paths, labs={"acme": ["swift-*"]}))
    calls = [
        row(name, 1_000_000, 0, at="2026-03-01")
        for name in ("acme:swift-1", "acme/swift-1", "swift-1")
    ]
    assert catalog.bill(calls).total == 2 * len(calls)
    both = [row("swift-1", 1_000_000, 0, at=at) for at in ("2026-03-01", "2026-05-01")]
    assert catalog.bill(both).total == catalog.bill(both[::-1]).total == 2 + 9
    assert catalog.cost("swift-1", 1_000_000, 0, at="2026-03-01").total == 2
    assert catalog.resolve("swift-1").spec == "resale:swift-1"  # who asks of today
    [unpriced] = catalog.bill([row("acme/swift-1", at="2026-05-01")]).unpriced
    assert (unpriced.reason, unpriced.model) == ("unknown model", "acme/swift-1")


def test_a_name_that_several_had_is_not_guessed(tmp_path: Path) -> None:
    """None of them was the lab, and two still have it."""
    offer = {"swift-1": model(cost={"input": 2, "output": 8})}
    states = {
        FEBRUARY: api(acme=offer, resale=offer, third=offer),
        APRIL: api(resale=offer, third=offer),
    }
    catalog = Catalog(build_series(tmp_path / "many.db", write_series(tmp_path / "s", states)))
    for at in (None, "2026-03-01"):
        with pytest.raises(Ambiguous, match="resale:swift-1, third:swift-1"):
            catalog.resolve("swift-1", at=at)


def test_the_bill_is_the_sum_of_its_calls(acme: Catalog) -> None:
    """Sums by kind of call, across tiers, caches and groups, are exact to the last digit."""
    rows = [
        row(model, size, size // 7, cache_read_tokens=size // 3 * (size % 2), user=f"u{size % 3}")
        for model in ("acme:swift", "acme:long")
        for size in (1, 199_999, 200_000, 200_001, 200_003, 700_000)
    ]
    each = sum(
        acme.cost(
            r["model"],
            r["input_tokens"],
            r["output_tokens"],
            cache_read_tokens=r["cache_read_tokens"],
        ).total
        for r in rows
    )
    bill = acme.bill(rows, by=["user", "model"])
    assert (bill.calls, bill.total) == (12, each)
    assert sum(r.usd for r in bill.rows) == each


def test_groups_are_added_up(acme: Catalog) -> None:
    """A call with two tags stands in both rows, and once in the total."""
    rows = [row(tags=["a", "b"], at="2026-11-28"), row(tags="b", at="2026-11-29"), row()]
    bill = acme.bill(rows, by=["tag", "month"])
    assert {(r.group["tag"], r.group["month"]): r.calls for r in bill.rows} == {
        ("a", "2026-11"): 1,
        ("b", "2026-11"): 2,
        ("", ""): 1,
    }
    assert bill.total == 3 * acme.cost("acme:swift", 1_000, 100).total
    assert bill.untimed == 1
    flat = {"model": "acme:swift", "prompt_tokens": 1, "timestamp": 1_770_000_000, "id": 7}
    assert acme.bill([flat]).assumed == {}


def test_a_bill_is_a_table_in_a_notebook(acme: Catalog) -> None:
    """Its groups, the total, and how much of the log it lacks."""
    rows = [row("acme:swift", 1_000_000, 0), row("nobody:knows")]
    shown = acme.bill(rows, by="model")._repr_html_()
    assert "acme:swift" in shown
    assert "<th>model</th>" in shown
    assert "USD; calls: 1; not priced: 1" in shown


def test_what_cannot_be_priced_is_counted_by_reason(acme: Catalog) -> None:
    """It is never 0 and never dropped; its place is that of the first."""
    rows = [
        row(),
        row("acme:unpriced"),
        row("acme:unpriced"),
        row("nobody"),
        {"model": "acme:swift"},
    ]
    bill = acme.bill([*rows, "no json", {"something": "else"}])
    found = {(p.reason, p.model): (p.calls, p.place) for p in bill.unpriced}
    assert found == {
        ("no price", "acme:unpriced"): (2, "row:2"),
        ("unknown model", "nobody"): (1, "row:4"),
        ("no usage", "acme:swift"): (1, "row:5"),
        ("no JSON", ""): (1, "row:6"),
    }
    assert (bill.calls, bill.unpriced_calls, bill.skipped) == (1, 5, 1)


def test_a_row_without_tokens_names_its_columns_as_they_stand(acme: Catalog) -> None:
    """The sentence about a row in which nothing counts tokens is the same each time."""
    bill = acme.bill([{"model": "acme:swift", "who": "ann", "note": "", "colour": "red"}])
    assert bill.unpriced[0].detail.endswith("there are model, who, note, colour")


def test_counts_that_cannot_be_are_not_priced(acme: Catalog) -> None:
    """More cached tokens than input, and all counts 0, are no usage."""
    bill = acme.bill([row(cache_read_tokens=2_000), row(input=0, output=0)])
    assert [(p.reason, p.calls) for p in bill.unpriced] == [("no usage", 2)]


def test_the_same_tokens_elsewhere(acme: Catalog) -> None:
    """In a row, and in all; a model that has no price gives no amount."""
    bill = acme.bill([row(), row()], instead=["acme:cheap", "acme:unpriced"])
    there = 2 * acme.cost("acme:cheap", 1_000, 100).total
    assert bill.instead == {"acme:cheap": there, "acme:unpriced": None}
    assert bill.rows[0].instead == bill.instead
    with pytest.raises(ModelNotFound):
        acme.bill([row()], instead="nobody")


def test_the_cheapest_must_do_as_much(acme: Catalog) -> None:
    """`cheap` has no tools; where nothing but a price is asked for, it wins."""
    bill = acme.bill([row()], cheapest=True)
    assert [(one.spec, one.cheapest) for one in bill.elsewhere] == [("acme:swift", "acme:long")]
    assert bill.elsewhere[0].cheapest_usd == acme.cost("acme:long", 1_000, 100).total


def test_what_the_log_says_that_it_cost_stands_beside_what_it_cost_here(acme: Catalog) -> None:
    """A column, LiteLLM's spend, the cost in OpenRouter's usage; calls of which it says nothing are left out."""
    said = [
        row(cost="0.5"),
        {
            "model": "acme:swift",
            "usage": {"prompt_tokens": 1_000, "completion_tokens": 0, "cost": 0.25},
        },
        {**SPEND, "model": "acme:swift"},
        row(),
    ]
    bill = acme.bill(said)
    here = acme.cost("acme:swift", 1_000, 100).total
    [charged] = bill.charged
    assert (charged.spec, charged.calls, str(charged.charged)) == ("acme:swift", 3, "0.7501")
    assert (
        charged.usd
        == here + acme.cost("acme:swift", 1_000).total + acme.cost("acme:swift", 10).total
    )
    assert acme.bill([row()]).charged == []


SPEND = {
    "spend": 0.0001,
    "call_type": "acompletion",
    "startTime": "2026-02-01T10:00:00Z",
    "prompt_tokens": 10,
    "completion_tokens": 0,
    "total_tokens": 10,
}


def test_a_region_and_a_tier_beside_the_usage_count() -> None:
    """azure/eu/… says where, and an answer says its service_tier beside its usage."""
    cost = {"input": 2, "output": 8}
    regions = {"eu": {"cost": {"input": 2.2, "output": 8.8}}}
    modes = {"flex": {"cost": {"input": 1, "output": 4}}}
    models = [{"id": "gpt-5.4", "cost": cost, "regions": regions, "modes": modes}]
    catalog = Catalog.from_sources({"azure": {"models": models}})
    usage = {"prompt_tokens": 1_000_000, "completion_tokens": 0}
    assert str(catalog.bill([{"model": "azure/eu/gpt-5.4", "usage": usage}]).total) == "2.2"
    answer = {"model": "azure:gpt-5.4", "choices": [], "service_tier": "flex", "usage": usage}
    assert str(catalog.bill([answer]).total) == "1"


def test_a_provider_with_a_name_of_its_own_is_said(acme: Catalog) -> None:
    """Codex writes the name that its configuration gives to a provider."""
    bill = acme.bill([row("swift", provider="my-proxy")])
    assert bill.total == acme.cost("acme:swift", 1_000, 100).total
    assert list(bill.assumed) == [
        "provider 'my-proxy' is none of the catalogue: billed as acme:swift"
    ]


def test_an_answer_of_openrouter_was_paid_to_openrouter() -> None:
    """It names who served it under `provider`; a row of one's own means what it says."""
    offer = {"models": [{"id": "openai/gpt-4o", "cost": {"input": 3}}]}
    azure = {"models": [{"id": "gpt-4o", "cost": {"input": 4}}]}
    catalog = Catalog.from_sources({"openrouter": offer, "azure": azure})
    usage = {"prompt_tokens": 1_000_000, "completion_tokens": 0}
    answer = {"provider": "Azure", "model": "openai/gpt-4o", "choices": [], "usage": usage}
    assert str(catalog.bill([answer]).total) == "3"
    own = {"provider": "azure", "model": "gpt-4o", "usage": usage}
    assert str(catalog.bill([own]).total) == "4"


def test_parts_of_a_log_add_up(acme: Catalog) -> None:
    """Tallies that were made apart give the sums of one."""
    rows = [row(input=n, user=f"u{n % 2}", tags=["a", "b"][: n % 3]) for n in range(1, 30)]
    whole, parts = Tally(acme, ["tag", "user"]), Tally(acme, ["tag", "user"])
    whole.add_all(enumerate_calls(rows), "log")
    for start in range(0, len(rows), 7):
        part = parts.like_it()
        part.add_all(enumerate_calls(rows[start : start + 7]), "log")
        parts.merge(part)
    assert (parts.sums, parts.whole()) == (whole.sums, whole.whole())


def test_a_log_after_parts_that_were_merged_adds_up_too(acme: Catalog) -> None:
    """A short file after a long one, which several processes read, or before it."""
    rows = [row(input=n) for n in (10, 20, 30)]
    tally = Tally(acme)
    for _ in range(2):
        tally.add_all(enumerate_calls(rows), "short")
        part = tally.like_it()
        part.add_all(enumerate_calls(rows), "long")
        tally.merge(part)
        part.add_all(enumerate_calls(rows), "long")
    tally.add_all(enumerate_calls(rows), "short")
    [(kind, sums)] = tally.whole().items()
    assert (kind.meters, sums) == (("input", "output"), [15, 300, 1_500, 0, 300, 1_500])


def enumerate_calls(rows: list[dict[str, Any]]) -> Any:
    """The calls of rows, numbered."""
    lines = "\n".join(map(json.dumps, rows))
    return calls_of_block(lines.encode(), 1, FormatReader({}, Seen()))
