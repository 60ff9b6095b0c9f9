"""Quality tiers follow from price and age, relative to what the catalogue knows."""

from __future__ import annotations

import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from llmcat.pipeline.derived.quality import quality_tiers
from tests.examples import examples

Models = dict[tuple[str, str], dict[str, Any]]

TEXT = {"input": ["text"], "output": ["text"]}


def facts(spec: str, input: float, output: float, released: str, **more: Any) -> dict[str, Any]:
    """The merged facts of one offer."""
    provider, _, id_ = spec.partition(":")
    return {
        "provider": provider,
        "id": id_,
        "cost": {"input": input, "output": output},
        "release_date": released,
        "modalities": TEXT,
        **more,
    }


def peers() -> Models:
    """Sixteen recent models, from 0.0625 to 16 USD blended."""
    said = [facts(f"lab:model-{n}", n / 4, n / 2, f"2026-{1 + n % 4:02}") for n in range(1, 17)]
    return {(f["provider"], f["id"]): f for f in said}


def tier(*offers: dict[str, Any]) -> list[str | None]:
    """The tiers of these offers among the peers."""
    models = peers() | {(f["provider"], f["id"]): f for f in offers}
    tiers = quality_tiers(models)
    return [tiers.get((f["provider"], f["id"])) for f in offers]


def test_dear_is_best_and_cheap_is_cheap() -> None:
    """The dearest quarter, the cheapest third, the rest between them."""
    tiers = quality_tiers(peers())
    assert [tiers["lab", f"model-{n}"] for n in (1, 5, 6, 12, 13, 16)] == [
        *("cheap", "cheap", "balanced", "balanced", "best", "best")
    ]


def test_an_older_model_slides_one_step_down() -> None:
    """gpt-4 still costs what the best cost: it is not called cheap."""
    assert tier(
        facts("openai:gpt-4", 30, 60, "2023-11-06"),
        facts("openai:gpt-3.5-turbo", 1.5, 3, "2023-03-01"),
        facts("openai:old-nano", 0.01, 0.02, "2023"),
    ) == ["balanced", "cheap", "cheap"]


def test_an_update_makes_a_model_young() -> None:
    """mistral-large-latest was released in 2024 and is another model by now."""
    old = facts("mistral:large-latest", 8, 8, "2024-07")
    assert tier(old) == ["balanced"]
    assert tier({**old, "last_updated": "2025-12-02"}) == ["best"]


def test_the_makers_price_counts_for_all_offers() -> None:
    """A reseller that gives it away, or asks ten times as much, sells the same model."""
    assert tier(
        facts("openai:gpt-5", 8, 8, "2025-08-07", first_party=True),
        facts("copilot:openai/GPT-5", 0, 0, "2025-08-07"),
        facts("bazaar:gpt-5", 0.1, 0.1, "2025-08-07", first_party=False),
    ) == ["best", "best", "best"]


def test_without_its_maker_the_median_price_counts() -> None:
    """One odd price does not move a model of open weights."""
    assert tier(
        facts("one:llama-9", 2, 3, "2026-01-01"),
        facts("two:meta/llama-9", 2, 3.5, "2026-01-01"),
        facts("three:llama-9", 2000, 3000, "2026-01-01"),
    ) == ["balanced", "balanced", "balanced"]


def test_too_little_to_say_is_unknown() -> None:
    """No price, free, no date, a clock that was not set, or no text at both ends."""
    unpriced = facts("a:unpriced", 1, 1, "2026-01-01")
    del unpriced["cost"]
    undated = facts("a:undated", 1, 1, "2026-01-01")
    del undated["release_date"]
    unsaid = facts("a:unsaid", 1, 1, "2026-01-01")
    del unsaid["modalities"]
    picture = {"input": ["text"], "output": ["image", "text"]}
    speech = {"input": ["audio"], "output": ["text"]}
    assert (
        tier(
            unpriced,
            undated,
            unsaid,
            facts("a:free", 0, 0, "2026-01-01"),
            facts("a:embedding", 0.1, 0, "2026-01-01"),
            facts("a:epoch", 9, 9, "1970-01-01"),
            facts("a:painter", 9, 9, "2026-01-01", modalities=picture),
            facts("a:listener", 9, 9, "2026-01-01", modalities=speech),
        )
        == [None] * 8
    )


def test_few_models_are_no_measure() -> None:
    """A catalogue of one's own three models says nothing of quality."""
    assert quality_tiers(dict(list(peers().items())[:11])) == {}
    assert quality_tiers({}) == {}


def test_a_tier_that_is_said_is_left_alone() -> None:
    """Overlays override: the answer has no other word for that model."""
    models = peers()
    models["lab", "model-16"]["quality_tier"] = "cheap"
    tiers = quality_tiers(models)
    assert ("lab", "model-16") not in tiers
    assert tiers["lab", "model-15"] == "best"


@settings(max_examples=examples(30), deadline=None, derandomize=True, database=None)
@given(st.integers(0, 10**6), st.sampled_from([0.01, 0.5, 7, 1000]))
def test_tiers_are_relative_and_do_not_depend_on_order(seed: int, factor: float) -> None:
    """Everything at another currency's prices, in another order: the same tiers."""
    models = list(peers().items())
    random.Random(seed).shuffle(models)
    scaled = {
        key: {**said, "cost": {meter: price * factor for meter, price in said["cost"].items()}}
        for key, said in models
    }
    assert quality_tiers(scaled) == quality_tiers(peers())
