"""Which prices stand out so far that they were hardly ever charged."""

from __future__ import annotations

import pytest

from llmcat.history.outliers import suspects


@pytest.mark.parametrize(
    ("prices", "suspect"),
    [
        ([3, 2, 0.5, 10], []),
        ([0.5, 500, 0.5, 5], [500]),  # what stands on both sides tells which
        ([5, 4.88, 0.001, 0.002], [4.88, 0.001]),  # each side has a witness
        ([4, 3, 200], [200]),  # so does what stood before
        ([75, 0.075], [75, 0.075]),  # nothing tells
        ([7.5e-07, 0.75, 0.7], [7.5e-07]),  # per token, and mended
        ([4.88, 4_880_000], [4_880_000]),  # gone with the price: nobody charges that
        ([0, 200_000], [200_000]),
        ([67_000], [67_000]),
        ([0.27, 0, 270_000], [0, 270_000]),
        ([3, 0, 3, 2], [0]),
        ([0, 600], []),  # a preview ends, however dear the model
        ([3, 0], []),  # a model becomes free
        ([0.2, 0, 0.3, 0], [0]),
        ([], []),
    ],
)
def test_what_stands_out(prices: list[float], suspect: list[float]) -> None:
    """The prices of one meter in order of time, and the suspect ones among them."""
    assert [price for price, found in zip(prices, suspects(prices)) if found] == suspect
