"""Prices that are not per token, in words."""

from __future__ import annotations

from typing import Any

import pytest

from llmcat.pricing.unit_prices import piece_prices

IMAGE = {"id": "image.output.1k", "kind": "image", "unit": "image", "per": 1, "rate": 0.05}


@pytest.mark.parametrize(
    ("component", "shown"),
    [
        (IMAGE, "$0.05 per image"),
        ({**IMAGE, "size_class": "1K", "notes": "jpeg"}, "$0.05 per image (1K, jpeg)"),
        ({**IMAGE, "per": 1_000, "unit": "request"}, "$0.05 per 1K requests"),
        ({**IMAGE, "unit": "other", "notes": "per hour of audio"}, "$0.05 per hour of audio"),
        ({**IMAGE, "unit": "other", "meter": "video_second"}, "$0.05 per video second"),
        ({**IMAGE, "unit": "other"}, "$0.05, unit not said"),
        ({**IMAGE, "per": 0.5, "unit": "hour"}, "$0.05 per 0.5 hours"),
        ({**IMAGE, "rate": 0}, "free per image"),
        ({**IMAGE, "rate": "cheap", "per": "each"}, "? per image"),
    ],
)
def test_a_component_is_told_with_its_unit(component: dict[str, Any], shown: str) -> None:
    """By its unit, or by the notes or the meter that stand for one; what is not said is not guessed."""
    assert piece_prices([("", {"components": [component]})]) == [("image.output.1k", shown)]


def test_a_meter_is_told_unless_a_component_says_it() -> None:
    """An image is a piece; what 0.111 buys of audio, only the component knows."""
    assert piece_prices([("", {"input": 5, "image": 0.04, "audio": 0.111})]) == [
        ("image", "$0.04 per image"),
        ("audio", "$0.111, unit not said"),
    ]
    hour = {"id": "audio.hour", "rate": 0.111, "notes": "per hour of audio"}
    assert piece_prices([("", {"audio": 0.111, "components": [hour]})]) == [
        ("audio.hour", "$0.111 per hour of audio")
    ]


def test_modes_and_regions_have_prices_of_their_own() -> None:
    """Under the name of the mode, in the region where it has its own."""
    assert piece_prices(
        [("", {}), ("batch", {"request": 0.001}), ("in eu, fast", {"image": 0.04})]
    ) == [
        ("batch request", "$0.001 per request"),
        ("in eu, fast image", "$0.04 per image"),
    ]


def test_a_component_that_repeats_a_price_per_token_is_left_out() -> None:
    """It stands among the prices per 1M tokens already; another one does not."""
    token = {"id": "token.input", "unit": "token", "per": 1_000_000, "rate": 1.74}
    assert piece_prices([("", {"input": 1.74, "components": [token]})]) == []
    assert piece_prices([("", {"input": 2, "components": [token]})]) == [
        ("token.input", "$1.74 per 1M tokens")
    ]


def test_what_a_component_holds_cannot_steer_a_terminal() -> None:
    """Nor begin a line of its own."""
    odd = {"id": "a\x1b[2J", "unit": "other", "rate": 1, "notes": "per\nimage\x07"}
    assert piece_prices([("", {"components": [odd]})]) == [("a [2J", "$1.00 per image")]


@pytest.mark.parametrize("odd", [None, 5, "free", {}, [5, None, {}]])
def test_what_is_no_list_of_components_is_no_traceback(odd: Any) -> None:
    """Nothing checks what a source writes there."""
    assert piece_prices([("", {"components": odd})]) in (
        [],
        [("another price", "?, unit not said")],
    )
