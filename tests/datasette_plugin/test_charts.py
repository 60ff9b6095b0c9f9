"""Charts are drawn to scale, say what they show, and survive any prices."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("datasette", reason="the browse extra is not installed")

from llmcat.datasette_plugin.charts.svg import Point, scatter, step_chart
from llmcat.instants import epoch
from llmcat.rendering.price_steps import Series, Step

JANUARY, MARCH, MAY = (epoch(f"2026-0{month}-01T00:00:00Z") for month in (1, 3, 5))
PRICES = st.floats(min_value=0, max_value=1e6, allow_nan=False)


def test_a_price_that_fell_is_a_line_of_two_steps() -> None:
    """Joined where one price follows the other at once; the scale begins at zero."""
    line = Series("prompt", [Step(JANUARY, MARCH, 5.0), Step(MARCH, MAY, 2.5)])
    drawn = step_chart("Prices of a model", [line], JANUARY, MAY)
    path = re.search(r'class="llmcat-line llmcat-s1" d="([^"]+)"', drawn)
    assert path is not None
    assert path[1].count("M") == 1
    assert path[1].count("H") == 2
    assert path[1].startswith("M0.00 0.00H")  # the highest price is the top of the scale
    assert path[1].endswith("50.00H100.00")  # half the price is half the height
    assert 'role="img" aria-label="Prices of a model"' in drawn
    assert "prompt <b>$2.50</b>" in drawn


def test_a_time_without_a_price_is_a_gap() -> None:
    """A model that was gone for a while is not drawn through."""
    line = Series("prompt", [Step(JANUARY, MARCH, 1.0), Step(MARCH + 86_400, MAY, 1.0)])
    path = re.search(r'llmcat-line llmcat-s1" d="([^"]+)"', step_chart("", [line], JANUARY, MAY))
    assert path is not None
    assert path[1].count("M") == 2


def test_months_are_marked_where_they_begin() -> None:
    """The ticks stand at first days of months, in UTC."""
    drawn = step_chart("", [Series("a", [Step(JANUARY, MAY, 1.0)])], JANUARY, MAY)
    assert re.findall(r'llmcat-x" style="left:([\d.]+)%">([^<]+)<', drawn) == [
        ("0.00", "Jan 2026"),
        ("25.83", "Feb 2026"),
        ("49.17", "Mar 2026"),
        ("75.00", "Apr 2026"),
        ("100.00", "May 2026"),
    ]


def test_nothing_listed_is_no_chart() -> None:
    """An unknown price is not drawn as 0."""
    assert step_chart("", [Series("prompt", [])], JANUARY, MAY) == ""
    assert scatter("", [], ("", ""), (str, str)) == ""


def test_a_chart_says_its_unit() -> None:
    """A dollar sign does not say for how many tokens."""
    drawn = step_chart("", [Series("prompt", [Step(JANUARY, MAY, 1.0)])], JANUARY, MAY)
    assert ">USD per 1M tokens</b>" in drawn


def test_a_speck_is_no_chart() -> None:
    """A price that held for an hour of four months is not drawn alone."""
    hour = Step(JANUARY, JANUARY + 3_600, 1.0)
    assert step_chart("", [Series("prompt", [hour])], JANUARY, MAY) == ""
    assert step_chart("", [Series("prompt", [hour, Step(MARCH, MAY, 1.0)])], JANUARY, MAY)


def test_names_are_escaped() -> None:
    """What upstream calls a model cannot become markup."""
    name = '<script>alert("x")</script>'
    drawn = step_chart(name, [Series(name, [Step(JANUARY, MAY, 1.0)])], JANUARY, MAY)
    assert "<script>" not in drawn
    assert "<script>" not in scatter("", [Point(1.0, 1.0, name, name, 1)], ("", ""), (str, str))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a busy machine
@given(st.lists(st.tuples(st.floats(1, 1e9), PRICES), min_size=1, max_size=20))
def test_every_point_lies_within_the_plot(places: list[tuple[float, float]]) -> None:
    """Free ones lie in their band at the bottom, the others above it."""
    points = [Point(x, y if y > 1e-9 else 0.0, "m", "/m", 1) for x, y in places]
    drawn = scatter("", points, ("x", "y"), (str, str))
    found = re.findall(r'style="left:([\d.-]+)%;bottom:([\d.-]+)%"', drawn)
    assert len(found) == len(points)
    for (left, bottom), point in zip(found, points):
        assert 0 <= float(left) <= 100
        assert float(bottom) == 4 if point.y == 0 else 8 <= float(bottom) <= 100


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PRICES, min_size=1, max_size=10))
def test_every_step_lies_within_the_plot(prices: list[float]) -> None:
    """Whatever the prices, from zero to the top tick."""
    steps = [
        Step(JANUARY + n * 86_400, JANUARY + (n + 1) * 86_400, p) for n, p in enumerate(prices)
    ]
    drawn = step_chart("", [Series("a", steps)], JANUARY, MAY)
    for bottom in re.findall(r"bottom:([\d.e+-]+)%", drawn):
        assert -0.01 <= float(bottom) <= 200  # one step of the scale above the highest at most
