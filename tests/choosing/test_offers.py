"""Offers: one model at every provider, by upstream's word first; outliers lead no list."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from llmcat import Catalog
from llmcat.errors import ModelNotFound
from tests.cli.running import llmcat
from tests.pipeline.series import JANUARY, api, build_series, model, write_series

LAB = "deepseek/deepseek-v3.2"


def offer(price: float | None, base: str | None = LAB, **said: Any) -> dict[str, Any]:
    """A model object with a price and a base model, where they are known."""
    known = {} if price is None else {"cost": {"input": price, "output": 3 * price}}
    return model(**known, **({"canonical_model_id": base} if base else {}), **said)


OFFERS = api(
    deepseek={"deepseek-chat": offer(0.3)},
    cheap={"deepseek-v3-2": offer(0.2)},
    dear={"deepseek-ai/DeepSeek-V3.2": offer(75)},
    middle={"deepseek-v3.2": offer(0.4), "deepseek-v3.2-fast": offer(0.5, "deepseek/other")},
    silent={
        "DeepSeek-V3.2": offer(0.1, None),
        "huge": model(limit={"context": 99_999_999, "output": 1}),
    },
    unknown={"deepseek-v3.2": offer(None)},
    other={
        "deepseek-v3.2": offer(0.01, "lab/another"),
        "large": model(limit={"context": 2_000_000, "output": 1}),
    },
)


@pytest.fixture
def db(tmp_path: Path) -> Path:
    """A catalogue of these offers."""
    return build_series(tmp_path / "catalog.db", write_series(tmp_path / "s", {JANUARY: OFFERS}))


EXPECTED = [
    ("cheap:deepseek-v3-2", "base_model", False),
    ("deepseek:deepseek-chat", "base_model", False),
    ("middle:deepseek-v3.2", "base_model", False),
    ("unknown:deepseek-v3.2", "base_model", False),
    ("dear:deepseek-ai/DeepSeek-V3.2", "base_model", True),
    ("silent:DeepSeek-V3.2", "id", False),
]


@pytest.mark.parametrize("asked", [LAB, "deepseek:deepseek-chat", "DEEPSEEK/deepseek-v3.2"])
def test_one_model_at_every_provider_the_cheapest_first(db: Path, asked: str) -> None:
    """Whatever an offer is called; the outlier behind those with a price, equal ids behind all."""
    found = Catalog(db).offers(asked)
    assert [(offer.model.spec, offer.same, offer.outlier) for offer in found] == EXPECTED


def test_a_name_of_two_base_models_gives_both(db: Path) -> None:
    """The bare name deepseek-v3.2 is that of one base model here, and id of an offer of another."""
    specs = [offer.model.spec for offer in Catalog(db).offers("deepseek-v3.2")]
    assert specs == [spec for spec, _, _ in EXPECTED]


def test_offers_take_the_options_of_find(db: Path) -> None:
    """A bound on the price, a limit and an offset."""
    cat = Catalog(db)
    cheap = cat.offers(LAB, max_cost_input=0.3)
    assert [offer.model.provider for offer in cheap] == ["cheap", "deepseek", "silent"]
    assert [offer.model.provider for offer in cat.offers(LAB, limit=1, offset=1)] == ["deepseek"]


def test_an_offer_without_base_model_is_told_by_its_id(db: Path) -> None:
    """Nobody says what `silent` serves: its equals are those of no base model, too."""
    found = Catalog(db).offers("silent:huge")
    assert [(offer.model.spec, offer.same) for offer in found] == [("silent:huge", "id")]


@pytest.mark.parametrize("asked", ["acme/acme-1.5", "acme-1.5", "acme:acme-1.5", "reseller:1-5"])
def test_the_labs_own_offer_is_of_its_base_model(tmp_path: Path, asked: str) -> None:
    """Upstream says a base model of what others serve, not of the lab's own; asked for by any of its
    names, all of them are found, and so are those of an equal id alone."""
    offers = api(
        acme={"acme-1.5": offer(1, None), "acme-2": offer(1, None)},
        reseller={"1-5": offer(2, "acme/acme-1.5"), "acme-2": offer(2, None)},
        gateway={"acme/acme-1-5": offer(3, None)},
    )
    db = build_series(tmp_path / "catalog.db", write_series(tmp_path / "s", {JANUARY: offers}))
    expected = {
        "acme:acme-1.5": "base_model",
        "reseller:1-5": "base_model",
        "gateway:acme/acme-1-5": "id",
    }
    assert {offer.model.spec: offer.same for offer in Catalog(db).offers(asked)} == expected
    by_id = {offer.model.spec: offer.same for offer in Catalog(db).offers("gateway:acme/acme-1-5")}
    assert by_id == expected


def test_a_model_that_nobody_serves(db: Path) -> None:
    """The error is that of model(), with suggestions."""
    with pytest.raises(ModelNotFound):
        Catalog(db).offers("no-such-model")


def test_the_command_marks_what_stands_out(db: Path) -> None:
    """Outliers and equal ids are named in the last column; programs get both facts."""
    lines = llmcat("offers", "deepseek-v3.2", "--db", str(db)).lines
    assert [line.split()[0] for line in lines[-6:]] == [spec for spec, _, _ in EXPECTED]
    assert lines[-2].endswith("outlier")
    assert lines[-1].endswith("by id")
    told = llmcat("offers", LAB, "--db", str(db), "--json").json
    assert [(row["spec"], row["same"], row["outlier"]) for row in told] == EXPECTED


def test_outliers_are_in_a_table(db: Path) -> None:
    """With the median of the siblings, and windows that no model takes."""
    rows = Catalog(db).sql("SELECT field, spec, value, usual FROM outliers ORDER BY field")
    assert [tuple(row.values()) for row in rows] == [
        ("cost_input", "dear:deepseek-ai/DeepSeek-V3.2", 75.0, 0.3),
        ("cost_output", "dear:deepseek-ai/DeepSeek-V3.2", 225.0, pytest.approx(0.9)),
        ("limit_context", "silent:huge", 99_999_999, None),
    ]


def test_outliers_lead_no_list(db: Path) -> None:
    """Largest first: they come behind all others, pages included."""
    cat = Catalog(db)
    first = cat.find(order_by="-limit_context")
    assert first[0].spec == "other:large"
    assert first[-1].spec == "silent:huge"
    assert [
        m.spec for m in cat.find(order_by="-limit_context", limit=1, offset=len(first) - 1)
    ] == ["silent:huge"]
    dearest = cat.find(order_by="-cost_input", min_cost_input=0.4)
    assert [m.cost_input for m in dearest] == [0.5, 0.4, 75]
    assert cat.select(order_by="-blend", prefer=()).cost_input == 0.5  # type: ignore[union-attr]
    assert cat.compare(["silent:huge", "other:large", "deepseek:deepseek-chat"]).largest[
        "limit_context"
    ] == ["other:large"]


def test_a_price_that_is_a_slip_is_neither_the_cheapest_nor_selected(tmp_path: Path) -> None:
    """A fifteenth of what the others ask, whether upstream names the base model or the id is equal, and
    less than anybody asks for a million tokens."""
    offers = api(
        one={"glm": offer(0.6, "lab/glm")},
        two={"glm": offer(0.7, "lab/glm")},
        three={"glm": offer(0.5, "lab/glm")},
        slip={"glm": offer(0.01, "lab/glm")},
        equal={"glm": offer(0.01, None)},
        steps={"ssd": offer(0.00013, None)},
    )
    cat = Catalog(build_series(tmp_path / "c.db", write_series(tmp_path / "s", {JANUARY: offers})))
    by_price = [m.provider for m in cat.find(order_by="cost_input")]
    assert by_price == ["three", "one", "two", "steps", "equal", "slip"]
    assert cat.select(task="chat").provider == "three"  # type: ignore[union-attr]
    assert cat.select(prefer="slip").provider == "slip"  # type: ignore[union-attr]
