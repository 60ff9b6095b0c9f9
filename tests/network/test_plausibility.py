"""Whether data may follow what came before: a tenth of the models, a twentieth of the prices, a month."""

from __future__ import annotations

from pathlib import Path

import pytest

from llmcat import Catalog
from llmcat.network.plausibility import Offers, doubt, offers_in_catalog
from tests.conftest import MakeCatalog

MAY = "2026-05-01T00:00:00Z"
SEPTEMBER = "2026-09-01T00:00:00Z"


def offers(at: str, models: int, dearer: int = 0, factor: float = 2.0) -> Offers:
    """So many models at 1 and 4 USD, the first of them at other input prices."""
    return Offers(
        "the last",
        at,
        {
            f"acme:m{n}": {"input": factor if n < dearer else 1.0, "output": 4.0}
            for n in range(models)
        },
    )


@pytest.mark.parametrize(
    ("left", "at", "believed"),
    [
        (90, MAY, True),
        (89, MAY, False),
        (72, SEPTEMBER, True),  # as upstream did
        (50, SEPTEMBER, True),
        (49, SEPTEMBER, False),
        (50, "2036-09-01T00:00:00Z", True),
        (49, "2036-09-01T00:00:00Z", False),  # half is never taken for granted
        (500, MAY, True),
    ],
)
def test_a_tenth_of_the_models_may_go_and_as_much_each_month(
    left: int, at: str, believed: bool
) -> None:
    """What is new is welcome."""
    assert (doubt(offers(at, left), [offers(MAY, 100)]) is None) is believed


@pytest.mark.parametrize(
    ("dearer", "factor", "at", "believed"),
    [
        (10, 2.0, MAY, True),  # 10 of 200 prices
        (11, 2.0, MAY, False),
        (11, 1.5, MAY, True),
        (11, 0.5, MAY, True),
        (11, 0.49, MAY, False),
        (11, 0.0, MAY, False),
        (50, 2.0, SEPTEMBER, True),
        (51, 2.0, SEPTEMBER, False),
    ],
)
def test_a_twentieth_of_the_prices_may_move_far(
    dearer: int, factor: float, at: str, believed: bool
) -> None:
    """By more than half, up or down; free is far from any price."""
    assert (doubt(offers(at, 100, dearer, factor), [offers(MAY, 100)]) is None) is believed


def test_a_price_that_is_gone_has_moved() -> None:
    """All models there and no price at all: that is no catalogue of prices any more."""
    bare = Offers("new", MAY, {f"acme:m{n}": {} for n in range(100)})
    words = doubt(bare, [offers(MAY, 100)])
    assert words == (
        "moves 200 of the 200 (100%, where 5% may be right) prices of the last by more than half"
    )


def test_free_stays_free_and_may_not_become_dear() -> None:
    """A price of 0 has no ratio, and any other is far from it."""
    free, dear = offers(MAY, 10, 10, 0.0), offers(MAY, 10, 10, 0.1)
    assert doubt(free, [free]) is None
    assert doubt(dear, [free]) is not None


def test_every_measure_counts() -> None:
    """The one that is hurt is named, whichever it is."""
    new = offers(MAY, 50)
    fine, hurt = offers(MAY, 50), offers(MAY, 60)._replace(name="the pinned snapshot")
    assert "10 of the 60" in str(doubt(new, [fine, hurt]))
    assert "the pinned snapshot" in str(doubt(new, [fine, hurt]))
    assert doubt(new, []) is None


def test_a_catalogue_can_be_held_against_another(make_catalog: MakeCatalog) -> None:
    """For whatever takes whole catalogues from outside."""
    models = [{"id": f"m{n}", "cost": {"input": 1, "output": 2}} for n in range(10)]
    path: Path = make_catalog({"acme": {"models": models}})
    with Catalog(path) as catalog:
        known = offers_in_catalog(catalog, "ours")
        assert offers_in_catalog(catalog, "ours", "models.dev").models == {}
    assert known.models["acme:m3"] == {"input": 1, "output": 2}
    assert doubt(known._replace(models=dict(list(known.models.items())[:8])), [known]) == (
        "lacks 2 of the 10 (20%, where 10% may be right) models of ours"
    )
